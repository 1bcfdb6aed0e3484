//! What is missing for an answer.

use crate::verdict::Answer;

/// What a bundle lacks of which some could not be read.
pub(super) const ALL_RECORDS: &str =
    "all records of the ledger, whole and unaltered, as the checkpoint signs them";

/// What a bundle lacks whose records are all there, and behind whose last file more bytes follow.
pub(super) const ITS_END: &str = "a bundle that ends where its last file ends: its records are all there, as the checkpoint signs them, but more \
     bytes follow";

/// Holds if nothing is missing.
pub(super) fn holds_unless(missing: Vec<String>) -> Answer {
    match missing.is_empty() {
        true => Answer::Holds,
        false => Answer::Unanswerable(missing),
    }
}
