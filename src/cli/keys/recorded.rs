//! The answer to a command that put something on record.

use std::fmt;

use indelible_proto::time::Timestamp;
use serde::Serialize;

use crate::cli::ui::{table::Table, time};

/// The record, and when it was made.
#[derive(Serialize)]
pub(crate) struct Recorded {
    sequence: u64,
    recorded_time: String,
}

impl Recorded {
    /// As the daemon says it.
    #[must_use]
    pub(crate) fn new(sequence: u64, recorded_time: Option<&Timestamp>) -> Self {
        Self {
            sequence,
            recorded_time: time::to_text(recorded_time),
        }
    }

    /// Adds it to a table.
    pub(crate) fn rows(&self, table: &mut Table) {
        table
            .row("sequence", self.sequence)
            .row("recorded", &self.recorded_time);
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        self.rows(&mut table);
        table.fmt(f)
    }
}
