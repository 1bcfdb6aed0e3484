//! The contract of everything that holds a key-encryption key.

pub(crate) mod kek_id;
pub(crate) mod kind;

use std::any::Any;

use crate::{
    error::KeyError,
    keys::{context::KeyContext, secret::SecretKey, signer::Signer, wrapped::WrappedKey},
};
pub use kek_id::KekId;
pub use kind::ProviderKind;

/// Holds a KEK and wraps keys with it. One instance holds exactly one KEK.
///
/// Calls block, for as long as a network call may take with a remote provider:
/// call from a thread that may wait. Every implementation passes
/// [`crate::suite`], and must keep these promises:
///
/// - `unwrap_key` returns the very key that `wrap` was given under an equal
///   context, or an error; never another key, whatever bytes it is shown.
/// - The key commitment of [`WrappedKey`] is checked after every unwrapping.
/// - The KEK never leaves the provider, and no error says anything about a secret.
pub trait KekProvider: Any + Send + Sync {
    /// What this provider is, for `status` and logs.
    fn describe(&self) -> ProviderDescription;

    /// Wraps a key for a context. Two wrappings of one key differ.
    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError>;

    /// Opens a wrapped key if it is undamaged and was wrapped for this context under this KEK.
    fn unwrap_key(&self, context: &KeyContext, wrapped: &WrappedKey)
    -> Result<SecretKey, KeyError>;

    /// Checks that the provider can wrap and unwrap now, by doing both.
    fn health(&self) -> Result<(), KeyError>;

    /// How many calls have failed since the start, where somebody counts them.
    fn failed_calls(&self) -> u64 {
        0
    }

    /// Takes over a key that another provider wrapped, and returns it wrapped under this provider's KEK.
    /// The result has been opened once, or was sealed here from the opened key.
    fn rewrap(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
        from: &dyn KekProvider,
    ) -> Result<WrappedKey, KeyError> {
        self.wrap(context, &from.unwrap_key(context, wrapped)?)
    }

    /// Makes identity keys that never leave the provider; `None` if the provider has no Ed25519.
    fn identities(&self) -> Option<&dyn IdentitySource> {
        None
    }
}

/// A provider that holds Ed25519 keys of its own and signs with them.
pub trait IdentitySource: Send + Sync {
    /// Makes a key that can't be extracted. `key_id` is random and names it where the provider
    /// wants a name. Returns the locator to store, which is public, and the signer.
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError>;

    /// Finds the key of a stored locator, and refuses a key whose public key is not the expected one.
    fn open(&self, locator: &[u8], expected_public: &[u8; 32])
    -> Result<Box<dyn Signer>, KeyError>;
}

/// What a provider says about itself. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderDescription {
    /// Its kind.
    pub kind: ProviderKind,
    /// The KEK it holds.
    pub kek_id: KekId,
    /// Whether the KEK is still available after the process ends. A data directory
    /// that should last refuses a provider whose KEK is not.
    pub outlives_process: bool,
    /// One line for people, for example the cost of the derivation.
    pub detail: String,
}
