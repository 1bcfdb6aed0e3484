//! The in-memory provider: a KEK that is gone with the process.

use std::sync::Arc;

use super::kek::{HoldsKek, LocalKek};
use crate::{
    crypto::entropy::{Entropy, SystemEntropy},
    error::KeyError,
    keys::secret::SecretKey,
    provider::{KekId, ProviderDescription, ProviderKind},
};

/// Wraps under a random KEK that nobody keeps, for tests and for ledgers that are
/// meant to be thrown away. What it wraps is lost when it is dropped, so a data
/// directory that is to last refuses it (`outlives_process` is false).
pub struct MemoryProvider(LocalKek);

impl MemoryProvider {
    /// Draws a new KEK.
    pub fn generate() -> Result<Self, KeyError> {
        Self::drawing_from(Arc::new(SystemEntropy))
    }

    /// Draws a new KEK, and later the salts of what it wraps.
    pub fn drawing_from(entropy: Arc<dyn Entropy>) -> Result<Self, KeyError> {
        let mut id = [0; 16];
        entropy.fill(&mut id)?;
        let description = ProviderDescription {
            kind: ProviderKind::Memory,
            kek_id: KekId::from_bytes(id),
            outlives_process: false,
            detail: "the KEK is in memory only".to_owned(),
        };
        let key = SecretKey::draw(&*entropy)?;
        Ok(Self(LocalKek::drawing_from(entropy, description, key)))
    }
}

impl HoldsKek for MemoryProvider {
    fn kek(&self) -> &LocalKek {
        &self.0
    }
}
