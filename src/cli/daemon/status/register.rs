//! How the register outside the machine stands.

use indelible_proto::v1::RegisterStatus;
use serde::Serialize;

use crate::cli::ui::{table::Table, time};

/// Where the register is, and whether it can be used.
#[derive(Serialize)]
pub(super) struct RegisterView<'a> {
    place: &'a str,
    ledgers: u64,
    number: u64,
    confirmed: bool,
    /// Why it can't be used now; empty if it can.
    problem: &'a str,
    problem_since: String,
}

impl<'a> RegisterView<'a> {
    pub(super) fn new(status: &'a RegisterStatus) -> Self {
        Self {
            place: &status.place,
            ledgers: status.ledger_count,
            number: status.number,
            confirmed: status.confirmed,
            problem: &status.problem,
            problem_since: time::to_text(status.problem_since_time.as_ref()),
        }
    }

    pub(super) fn rows(&self, table: &mut Table) {
        let stands = match (self.confirmed, self.problem) {
            (true, "") => "up to date",
            (true, _) => "can't be advanced",
            (false, _) => "not this daemon's, or not read yet",
        };
        table.row("register", format_args!("{}, {stands}", self.place));
    }
}
