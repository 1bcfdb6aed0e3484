//! The load generator behind `indelible bench`: appends to a running daemon and says how fast it answered.
//!
//! It shares the machine with what it measures, so it is made to cost little: one
//! thread, events that are patched into a template encoded once, no allocation
//! for each event. It sends exactly the messages that any client sends, through
//! the same gRPC library.

mod codec;
mod door;
mod errors;
mod events;
mod histogram;
mod ledgers;
mod load;
mod options;
mod pace;
mod projections;
mod report;
mod requests;
mod run;
mod streams;
mod tally;

pub use door::Door;
pub use errors::BenchError;
pub use options::{BenchArguments, BenchOptions, Workload};
pub use report::{BenchReport, Failure, Latency, LedgerState, ProjectionLag};
pub use run::{Progress, run, run_with_progress};
