//! Frameworks: versioned mappings from the clauses of a law or standard to what projections measure.
//!
//! A mapping is a file, not code: which measures, compared with which thresholds, over which evidence, represent a
//! clause, and what a ledger can't know of it. Anybody who disagrees edits a file, and the report names its digest.

mod again;
mod by_clock;
mod check;
mod check_clause;
mod clocks;
mod error;
mod file;
mod framework;
mod hold;
mod judged;
mod left_open;
mod measured;
mod populations;
mod read;
mod shipped;
mod spanned;
mod threshold;
mod unusable;

pub use clocks::Clocks;
pub use error::{ClauseUnknown, MappingError, Problem};
pub use file::{Application, Kind, MAPPING_BYTES_MAX, MAPPING_FORMAT, Review, Source, SourceKind};
pub use framework::{Clause, Criterion, Framework, Held};
pub use hold::Outcome;
pub use judged::{Between, Found, Judged};
pub(crate) use left_open::{rests_on, up_to};
pub use populations::nothing_of;
pub use shipped::{NotShipped, SHIPPED, SetUnknown, Shipped, shipped, with_set};
pub use threshold::{Limit, Span, Threshold, ThresholdError};
pub use unusable::Unusable;
