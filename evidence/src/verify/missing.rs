//! What is missing for an answer.

use crate::verdict::Answer;

/// What a bundle lacks of which some could not be read.
pub(super) const ALL_RECORDS: &str =
    "all records of the ledger, whole and unaltered, as the checkpoint signs them";

/// Holds if nothing is missing.
pub(super) fn holds_unless(missing: Vec<String>) -> Answer {
    match missing.is_empty() {
        true => Answer::Holds,
        false => Answer::Unanswerable(missing),
    }
}
