//! Small pieces that states are made of. Each can take in the piece that comes after it: the same whole comes out
//! wherever the records were cut, so a fold made only of these is a homomorphism by construction.

mod counted;
mod hashed;
mod histogram;
mod keyed;
mod listed;
mod nanos;
#[cfg(test)]
mod tests;
mod timeline;
mod times;

pub use self::counted::{Counted, SUM_MAX, Sample, Sum};
pub use self::hashed::{Hash16, Hashed};
pub use self::histogram::Histogram;
pub use self::keyed::{KEY_BYTES_MAX, KEYS_MAX, Keyed, joined, parts};
pub use self::listed::{LISTED_MAX, Listed};
pub use self::nanos::Nanos;
pub use self::timeline::{Silence, Timeline};
pub use self::times::FirstTimes;

/// What can take in the piece of the records that come right after its own. `Default` is the piece of no record.
pub trait Absorb: Default {
    /// Takes in the piece of the records that come right after.
    fn absorb(&mut self, later: Self);
}

/// Makes a struct of pieces a piece: every field takes in its own.
macro_rules! absorb_fields {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::state::Absorb for $name {
            fn absorb(&mut self, later: Self) {
                // Names every field, so that a new one can't be forgotten.
                let Self { $($field),* } = later;
                $($crate::state::Absorb::absorb(&mut self.$field, $field);)*
            }
        }
    };
}
pub(crate) use absorb_fields;

/// The first of the two that is known.
impl<T> Absorb for Option<T> {
    fn absorb(&mut self, later: Self) {
        if self.is_none() {
            *self = later;
        }
    }
}

/// The last that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Last<T>(pub Option<T>);

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Absorb for Last<T> {
    fn absorb(&mut self, later: Self) {
        if later.0.is_some() {
            *self = later;
        }
    }
}

/// The greatest that was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Greatest(pub Option<u64>);

impl Greatest {
    /// Sees one more.
    pub fn see(&mut self, value: u64) {
        self.0 = self.0.max(Some(value.min(SUM_MAX)));
    }
}

impl Absorb for Greatest {
    fn absorb(&mut self, later: Self) {
        self.0 = self.0.max(later.0);
    }
}

/// Whether it was ever so.
impl Absorb for bool {
    fn absorb(&mut self, later: Self) {
        *self |= later;
    }
}

impl<T: Absorb> Absorb for [T; 7]
where
    Self: Default,
{
    fn absorb(&mut self, later: Self) {
        for (piece, later) in self.iter_mut().zip(later) {
            piece.absorb(later);
        }
    }
}
