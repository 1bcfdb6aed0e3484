//! The identity key: names a ledger to the world, and is stored wrapped.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};

use super::{
    context::{KeyContext, KeyPurpose},
    secret::SecretKey,
    signer::Signer,
    wrapped::WrappedKey,
};
use crate::{
    crypto::entropy::{Entropy, SystemEntropy},
    error::KeyError,
    provider::KekProvider,
};

/// An Ed25519 identity key whose seed a KEK provider wrapped; in memory while it is used, then wiped.
///
/// Whatever it signs must begin with a fixed line that says what it is: the
/// callers that build the messages see to that.
pub struct IdentityKey {
    // On the heap, so that moving it leaves no copy on the stack.
    signing: Box<SigningKey>,
}

impl IdentityKey {
    /// Draws a new identity from the operating system. Wrap and store it before anything is signed with it.
    pub fn generate() -> Result<Self, KeyError> {
        Self::draw(&SystemEntropy)
    }

    /// Draws a new identity.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        Ok(Self::from_seed(&SecretKey::draw(entropy)?))
    }

    /// Wraps the seed, to be stored. The context's purpose must be [`KeyPurpose::Identity`].
    pub fn wrap(
        &self,
        provider: &dyn KekProvider,
        context: &KeyContext,
    ) -> Result<WrappedKey, KeyError> {
        check_purpose(context)?;
        let mut seed = SecretKey::zeroed();
        seed.expose_mut().copy_from_slice(self.signing.as_bytes());
        provider.wrap(context, &seed)
    }

    /// Opens a stored identity, and refuses any but the one whose public key the caller expects.
    pub fn open(
        provider: &dyn KekProvider,
        context: &KeyContext,
        wrapped: &WrappedKey,
        expected_public: &[u8; 32],
    ) -> Result<Self, KeyError> {
        check_purpose(context)?;
        let identity = Self::from_seed(&provider.unwrap_key(context, wrapped)?);
        if identity.public() == *expected_public {
            Ok(identity)
        } else {
            Err(KeyError::OtherIdentity)
        }
    }

    fn from_seed(seed: &SecretKey) -> Self {
        Self {
            signing: Box::new(SigningKey::from_bytes(seed.expose())),
        }
    }
}

fn check_purpose(context: &KeyContext) -> Result<(), KeyError> {
    if context.purpose() == KeyPurpose::Identity {
        Ok(())
    } else {
        Err(KeyError::ContextUnfit {
            problem: "is not for an identity key",
        })
    }
}

impl Signer for IdentityKey {
    fn public(&self) -> [u8; 32] {
        self.signing.verifying_key().to_bytes()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        Ok(self.signing.sign(message).to_bytes())
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityKey(..)")
    }
}
