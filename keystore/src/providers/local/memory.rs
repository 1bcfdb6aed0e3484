//! The in-memory provider: a KEK that is gone with the process.

use super::kek::LocalKek;
use crate::{
    crypto::entropy,
    error::KeyError,
    keys::{context::KeyContext, secret::SecretKey, wrapped::WrappedKey},
    provider::{KekId, KekProvider, ProviderDescription, ProviderKind},
};

/// Wraps under a random KEK that nobody keeps, for tests and for ledgers that are
/// meant to be thrown away. What it wraps is lost when it is dropped, so a data
/// directory that is to last refuses it (`outlives_process` is false).
pub struct MemoryProvider {
    kek: LocalKek,
}

impl MemoryProvider {
    /// Draws a new KEK.
    pub fn generate() -> Result<Self, KeyError> {
        let mut id = [0; 16];
        entropy::fill(&mut id)?;
        let kek = LocalKek::new(
            ProviderKind::Memory,
            KekId::from_bytes(id),
            SecretKey::generate()?,
        );
        Ok(Self { kek })
    }
}

impl KekProvider for MemoryProvider {
    fn describe(&self) -> ProviderDescription {
        ProviderDescription {
            kind: ProviderKind::Memory,
            kek_id: self.kek.id(),
            outlives_process: false,
            detail: "the KEK is in memory only".to_owned(),
        }
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        self.kek.wrap(context, key)
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        self.kek.unwrap_key(context, wrapped)
    }

    fn health(&self) -> Result<(), KeyError> {
        self.kek.health()
    }
}
