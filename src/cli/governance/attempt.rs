//! An attempt at an output that failed, in answers.

use indelible_proto::v1;
use serde::Serialize;

use crate::cli::ui::table::Table;

/// An output that did not fit its schema, under a policy that says how often to try again.
#[derive(Serialize)]
pub(super) struct FailedAttempt {
    /// What another attempt names in `retry_of`.
    first: u64,
    attempt: u32,
    max_retries: u32,
    backoff_ms: u32,
    wait_ms: u64,
    /// Why no other may follow.
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
}

impl From<v1::FailedAttempt> for FailedAttempt {
    fn from(failed: v1::FailedAttempt) -> Self {
        Self {
            first: failed.first,
            attempt: failed.attempt,
            max_retries: failed.max_retries,
            backoff_ms: failed.backoff_ms,
            wait_ms: failed.wait_ms,
            code: failed.code,
        }
    }
}

impl FailedAttempt {
    /// What somebody at a terminal sees.
    pub(super) fn rows(&self, table: &mut Table) {
        let all = u64::from(self.max_retries) + 1;
        table.row("attempt", format!("{} of {all}", self.attempt));
        let next = match self.code.is_empty() {
            true => format!(
                "after {} ms, under another id and with \"retry_of\": {}",
                self.wait_ms, self.first
            ),
            false => format!("no: {}", self.code),
        };
        table.row("try again", next);
    }
}
