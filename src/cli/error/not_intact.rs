//! What to do where a verification found something.

/// How what was verified begins if the archive alone is not as it should be.
pub(crate) const THE_ARCHIVE_OF: &str = "the archive of ";

/// What to do about it.
pub(super) fn advice(what: &str) -> &'static str {
    if what.starts_with(THE_ARCHIVE_OF) {
        return "nothing else was found: no record of the ledger and no proof is concerned. Put the right copy of each file that is \
                named in its place (its SHA-256 stands in its name, and `indelible retention list LEDGER --output json` says it), \
                and run it again";
    }
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
