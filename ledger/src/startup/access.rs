//! Whether a start has the keys.

use std::sync::Arc;

use indelible_keystore::{KekSet, KeyError, Remedy};
use indelible_store::Store;
use tracing::warn;

use crate::{
    keys::signers::Signers,
    state::{custody::Custody, key_error::KeysError},
};

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

    /// Opens the identity keys. Returns the KEKs, unless they are away, and whether no key is left that may come back by
    /// itself.
    pub(super) fn open_identities(
        self,
        signers: &Signers,
        store: &dyn Store,
        custody: &Custody,
    ) -> Result<(Option<Arc<KekSet>>, bool), KeysError> {
        match self {
            Self::Open(keks) => {
                let settled = signers.open(store, &keks)?;
                Ok((Some(keks), settled))
            }
            Self::Away(error) => {
                warn!(%error, "the keys are away: reads and proofs only, until they are back");
                custody.tell(&error);
                Ok((None, false))
            }
        }
    }
}
