//! Whether a start has the keys.

use std::sync::Arc;

use indelible_keystore::{KekSet, KeyError, Remedy};

/// Whether the keys can be opened.
pub(super) enum Access {
    Open(Arc<KekSet>),
    /// Why not now.
    Away(KeyError),
}

impl Access {
    /// # Errors
    /// If the operator must act. In a fresh store nothing can be read meanwhile, so any error ends the start.
    pub(super) fn of(keks: Result<Arc<KekSet>, KeyError>, fresh: bool) -> Result<Self, KeyError> {
        match keks {
            Ok(keks) => Ok(Self::Open(keks)),
            Err(error) if fresh || error.remedy() != Remedy::Wait => Err(error),
            Err(error) => Ok(Self::Away(error)),
        }
    }
}
