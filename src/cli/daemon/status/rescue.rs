//! How the copies of data keys for a rescue stand.

use indelible_compliance::reports::counted;
use indelible_proto::v1::RescueStatus;
use serde::Serialize;

use crate::cli::ui::table::{Table, printable};

/// To whom copies are sealed, and how many are lacking.
#[derive(Serialize)]
pub(super) struct RescueView<'a> {
    recipients: &'a [String],
    /// Whether it is on record who they are.
    recorded: bool,
    /// Data keys that were looked at since the start.
    keys: u64,
    keys_without_copy: u64,
    /// Whether all of them were looked at.
    complete: bool,
    problem: &'a str,
}

impl<'a> RescueView<'a> {
    pub(super) fn new(status: &'a RescueStatus) -> Self {
        Self {
            recipients: &status.recipients,
            recorded: status.recorded,
            keys: status.key_count,
            keys_without_copy: status.lacking_count,
            complete: status.complete,
            problem: &status.problem,
        }
    }

    pub(super) fn rows(&self, table: &mut Table) {
        let seen = counted(self.keys, "data key", "data keys");
        let stands = match (self.recorded, self.complete) {
            _ if !self.problem.is_empty() => {
                format!("not all made yet: {}", printable(self.problem))
            }
            (false, _) if !self.recipients.is_empty() => {
                "none is made before it is on record who the recipients are".to_owned()
            }
            (_, true) if self.keys_without_copy == 0 => {
                format!("none is lacking, {seen} looked at")
            }
            (_, true) => format!("{} lacking, {seen} looked at", self.keys_without_copy),
            (_, false) => format!("{seen} looked at so far"),
        };
        table.row("rescue copies", stands);
        for recipient in self.recipients {
            table.row("rescue recipient", printable(recipient));
        }
    }
}
