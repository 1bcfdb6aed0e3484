//! Projections over the log, and the reports made of them.
//!
//! A projection is a [`projections::fold::Fold`]: pure, deterministic and versioned. It sees every record of a range once and in
//! order, as headers and bodies show them, and never a client's payload; of the daemon's own gate it sees what the gate recorded. The daemon folds its store, an auditor folds a
//! bundle; both run this code, and the same evidence gives the same bytes.
//!
//! No I/O, clock, randomness or floating point.

pub mod canonical;
pub mod conventions;
pub mod frameworks;
pub mod gate;
mod number;
pub mod projections;
pub mod reports;
pub mod survey;
pub mod time;
