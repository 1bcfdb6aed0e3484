//! What to do where a verification found something.

/// What to do about it.
pub(super) fn advice(what: &str) -> &'static str {
    match what.starts_with("backup ") {
        true => {
            "keep the data directory and every backup as they are, find out which other backup verifies (--backup ID), and \
             make a new one"
        }
        false => {
            "keep the data directory as it is, and export what can be exported before anything else"
        }
    }
}
