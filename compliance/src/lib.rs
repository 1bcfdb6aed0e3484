//! Projections over the log, and the reports made of them.
//!
//! A projection is a [`fold::Fold`]: pure, deterministic and versioned. It sees every record of a range once and in
//! order, as headers and bodies show them, and never a payload. The daemon folds its store, an auditor folds a
//! bundle; both run this code, and the same evidence gives the same bytes.
//!
//! No I/O, clock, randomness or floating point.

pub mod bundle_records;
pub mod canonical;
pub mod catalogue;
pub mod event;
pub mod fold;
pub mod fold_run;
pub mod folds;
pub mod framework;
pub mod measure;
pub mod opening;
pub mod parallel;
pub mod record;
pub mod report;
pub mod schema;
pub mod state;
pub mod survey;
pub mod table;
pub mod time;
