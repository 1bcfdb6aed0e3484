//! The stored form of a key: what stands in the clear, and what the provider sealed.

use std::fmt;

use super::{context::KeyContext, secret::SecretKey};
use crate::{
    crypto::derive::{derive, equal},
    error::KeyError,
    provider::{kek_id::KekId, kind::ProviderKind},
};

/// The longest encoding of a wrapped key, in bytes. A key service's ciphertext of 32 bytes fits.
pub const WRAPPED_KEY_BYTES_MAX: usize = 1_024;

const VERSION: u8 = 0;
pub(crate) const FRONT_BYTES: usize = 2 + 16 + 16 + 32;
const COMMITMENT_CONTEXT: &str = "indelible 2026-11-20 key commitment v0";

/// A key as it may be stored: sealed by a provider, bound to its context, committed to.
///
/// The bytes are: version `0x00`, provider tag, KEK id (16), context id (16), key
/// commitment (32), and then what the provider made, to the end. The first 66
/// bytes are the *front*; providers that can authenticate additional data cover
/// the front and the context with it.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey(Vec<u8>);

impl WrappedKey {
    /// Reads stored bytes. Whether they are whole shows when the key is unwrapped.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        match bytes.first() {
            None => return Err(KeyError::WrappedDamaged),
            Some(&VERSION) => {}
            Some(&found) => return Err(KeyError::WrappedVersion { found }),
        }
        if bytes.len() <= FRONT_BYTES || bytes.len() > WRAPPED_KEY_BYTES_MAX {
            return Err(KeyError::WrappedDamaged);
        }
        Ok(Self(bytes.to_vec()))
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The KEK that wrapped it, as it says in the clear: to find what is still to be re-wrapped.
    pub fn kek_id(&self) -> KekId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[2..18]);
        KekId::from_bytes(id)
    }

    /// Whether it says in the clear that it was wrapped for this context. It opens under no other; whether it opens at
    /// all shows when it is unwrapped.
    pub fn is_for(&self, context: &KeyContext) -> bool {
        self.0[18..34] == context.id()
    }

    /// Begins a wrapped key; the provider appends what it seals with [`Self::seal`].
    pub(crate) fn front(
        kind: ProviderKind,
        kek: &KekId,
        context: &KeyContext,
        key: &SecretKey,
    ) -> Vec<u8> {
        let mut front = Vec::with_capacity(FRONT_BYTES + 96);
        front.extend_from_slice(&[VERSION, kind as u8]);
        front.extend_from_slice(kek.as_bytes());
        front.extend_from_slice(&context.id());
        front.extend_from_slice(&commitment(context, key));
        front
    }

    /// The front of this key, as it is under another KEK of the same kind.
    pub(crate) fn front_under(&self, kek: &KekId) -> Vec<u8> {
        let mut front = self.0[..FRONT_BYTES].to_vec();
        front[2..18].copy_from_slice(kek.as_bytes());
        front
    }

    /// Joins the front and what the provider sealed.
    pub(crate) fn seal(mut front: Vec<u8>, sealed: &[u8]) -> Self {
        front.extend_from_slice(sealed);
        Self(front)
    }

    /// Checks what stands in the clear, then splits into the front and what the provider sealed.
    pub(crate) fn open(
        &self,
        kind: ProviderKind,
        held: &KekId,
        context: &KeyContext,
    ) -> Result<(&[u8], &[u8]), KeyError> {
        let (front, sealed) = self.0.split_at(FRONT_BYTES);
        if front[1] != kind as u8 {
            return Err(KeyError::OtherProvider {
                provider: kind,
                found: front[1],
            });
        }
        if self.kek_id() != *held {
            return Err(KeyError::OtherKek {
                wanted: self.kek_id(),
                held: *held,
            });
        }
        if front[18..34] != context.id() {
            return Err(KeyError::OtherContext);
        }
        Ok((front, sealed))
    }

    /// Checks that the key that came out is the one that went in.
    pub(crate) fn check_commitment(
        &self,
        context: &KeyContext,
        key: &SecretKey,
    ) -> Result<(), KeyError> {
        let mut stored = [0; 32];
        stored.copy_from_slice(&self.0[34..FRONT_BYTES]);
        if equal(&stored, &commitment(context, key)) {
            Ok(())
        } else {
            Err(KeyError::WrappedDamaged)
        }
    }
}

/// What a provider that can authenticate additional data covers. The front has a fixed length, so the two can't be
/// split in another place.
pub(crate) fn additional_data(front: &[u8], context: &KeyContext) -> Vec<u8> {
    [front, &context.encode()].concat()
}

/// Binds key and context. It hides the key because keys are 32 random bytes, never anything guessable.
fn commitment(context: &KeyContext, key: &SecretKey) -> [u8; 32] {
    let mut out = [0; 32];
    derive(
        COMMITMENT_CONTEXT,
        &[key.expose(), &context.encode()],
        &mut out,
    );
    out
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "WrappedKey({} bytes under {})",
            self.0.len(),
            self.kek_id()
        )
    }
}
