//! What the tests share: the daemon as a process, calls, and the offline verifier.

pub(crate) mod calls;
pub(crate) mod chance;
pub(crate) mod command;
pub(crate) mod daemon;
pub(crate) mod faults;
pub(crate) mod hostile;
pub(crate) mod keys;
pub(crate) mod kill_point;
pub(crate) mod load;
pub(crate) mod outside;
pub(crate) mod place;
pub(crate) mod projections;
pub(crate) mod tier;
pub(crate) mod verifier;
pub(crate) mod volume;

use indelible_proto::v1;

/// What names a ledger outside the daemon.
pub(crate) struct Named {
    /// Its origin.
    pub(crate) origin: String,
    /// Its verifier key.
    pub(crate) verifier_key: String,
}

impl From<&v1::Ledger> for Named {
    fn from(ledger: &v1::Ledger) -> Self {
        Self {
            origin: ledger.origin.clone(),
            verifier_key: ledger.verifier_key.clone(),
        }
    }
}
