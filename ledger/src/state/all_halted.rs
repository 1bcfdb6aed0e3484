//! Whether everything is halted, in every ledger of the store. The store's own ledger has the records of it; whoever serves
//! reads them at a start, and until then no ledger's governance begins.

use std::sync::{PoisonError, RwLock};

/// A halt of everything, in every ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllHalt {
    /// Who halted it: first, and again while it was halted.
    pub by: Vec<String>,
    /// When that was recorded first, nanoseconds since 1970 UTC.
    pub since: u64,
    /// How many people must resume it.
    pub people: u8,
    /// Who has said so already.
    pub resumed_by: Option<String>,
}

/// Whether there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AllHaltStanding {
    /// There is none.
    #[default]
    None,
    /// Nobody has read yet whether there is one.
    Unread,
    /// There is.
    InForce(AllHalt),
}

/// The one of the store. One who changes it holds the lock to its end, so that no two mix.
#[derive(Debug, Default)]
pub(crate) struct AllHalted {
    standing: RwLock<AllHaltStanding>,
    pub(crate) changing: tokio::sync::Mutex<()>,
}

impl AllHalted {
    pub(crate) fn standing(&self) -> AllHaltStanding {
        let standing = self.standing.read();
        standing.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn put(&self, standing: AllHaltStanding) {
        *self
            .standing
            .write()
            .unwrap_or_else(PoisonError::into_inner) = standing;
    }
}
