//! The contract of everything that holds a key-encryption key.

use std::{any::Any, fmt};

use data_encoding::HEXLOWER;

use crate::{
    error::KeyError,
    keys::{context::KeyContext, secret::SecretKey, signer::Signer, wrapped::WrappedKey},
};

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

/// The kinds of provider. The byte is stored in wrapped keys and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ProviderKind {
    /// A KEK derived from a passphrase.
    Passphrase = 1,
    /// A KEK that exists in memory only, and is gone with the process.
    Memory = 2,
    /// A KEK in an environment variable.
    Environment = 3,
    /// A symmetric key in AWS KMS, or in what speaks its protocol.
    AwsKms = 4,
    /// A secret key in a PKCS#11 token.
    Pkcs11 = 5,
}

impl ProviderKind {
    /// A fixed name, recorded in the evidence when a ledger's keys move to another KEK.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::Memory => "memory",
            Self::Environment => "environment",
            Self::AwsKms => "aws-kms",
            Self::Pkcs11 => "pkcs11",
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase => "passphrase provider",
            Self::Memory => "in-memory provider",
            Self::Environment => "environment provider",
            Self::AwsKms => "AWS KMS provider",
            Self::Pkcs11 => "PKCS#11 provider",
        })
    }
}

/// Names a KEK. Random, public, and stored in each key that it wraps.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KekId([u8; 16]);

impl KekId {
    /// From stored bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KekId({self})")
    }
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
