//! What to do where a verification found something.

/// What was verified, which decides what is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// What a daemon has stored of a ledger.
    Store,
    /// The same, while the daemon exports nothing, because its own ledger is in quarantine.
    StoreWithoutSystem,
    /// The archive of a ledger alone.
    Archive,
    /// A backup.
    Backup,
    /// A bundle, which whoever gave it can give again.
    Bundle,
}

impl Verified {
    /// What to do about it.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Store => {
                "keep the data directory as it is, and export what can be exported before anything else"
            }
            Self::StoreWithoutSystem => {
                "keep the data directory as it is, and copy it before anything else: while _system is in quarantine, the \
                 daemon exports nothing. `indelible status` says what _system lacks. Put that back (docs/runbook.md, \
                 \"Quarantine, step by step\"), or stop the daemon and run `indelible system succeed`; then export what can \
                 be exported"
            }
            Self::Archive => {
                "nothing else was found: no record of the ledger and no proof is concerned. Put the right copy of each file \
                 that is named in its place (its SHA-256 stands in its name, and `indelible retention list LEDGER --output \
                 json` says it), and run it again"
            }
            Self::Backup => {
                "keep the data directory and every backup as they are, find out which other backup verifies (--backup ID), \
                 and make a new one"
            }
            Self::Bundle => {
                "keep the bundle as it is, compare it with the one that was handed out, and export the ledger again"
            }
        }
    }
}
