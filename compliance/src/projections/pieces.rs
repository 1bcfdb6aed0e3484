//! Small pieces that states are made of. Each can take in the piece that comes after it: the same whole comes out
//! wherever the records were cut, so a fold made only of these is a homomorphism by construction.

pub(crate) mod absorb;
mod barred;
mod cases;
mod counted;
mod different;
mod few;
mod hashed;
mod histogram;
mod keyed;
mod last;
mod listed;
mod nanos;
mod numbered;
mod recurring;
mod runs;
mod standstill;
#[cfg(test)]
mod tests;
mod timeline;
mod times;

pub use self::absorb::Absorb;
pub(crate) use self::absorb::absorb_fields;
pub use self::barred::Barred;
pub use self::cases::{CASES_MAX, Case, Cases};
pub use self::counted::{Counted, RECORDS_NAMED_MAX, SUM_MAX, Sample, Sum};
pub use self::different::{Different, Told};
pub use self::few::Few;
pub use self::hashed::{Hash16, Hashed, Short};
pub use self::histogram::Histogram;
pub use self::keyed::{KEY_BYTES_MAX, KEYS_MAX, Keyed, joined, parts};
pub use self::last::{Greatest, Last, Longest};
pub use self::listed::{LISTED_MAX, Listed};
pub use self::nanos::Nanos;
pub use self::numbered::Numbered;
pub use self::recurring::{Recurring, Sign, Spread};
pub use self::runs::Runs;
pub use self::standstill::Standstill;
pub use self::timeline::{Silence, Timeline};
pub use self::times::{First, FirstTimes};
