//! Key custody: who may wrap a key, what a wrapped key looks like, and who signs.
//!
//! A **KEK provider** ([`KekProvider`]) holds a key-encryption key and wraps
//! 32-byte keys with it. What it returns, a [`WrappedKey`], is the only form in
//! which a key may be stored. Every wrapped key is bound to its [`KeyContext`]
//! (whose key it is, what for, which one) and carries a commitment to the key
//! inside, which is checked after unwrapping whatever the provider says: neither
//! AES-GCM nor every key service commits to the key it used.
//!
//! A [`Signer`] signs statements. The [`IdentityKey`] names a ledger to the
//! world and rests wrapped; an [`EpochKey`] is born in memory and dies there.
//!
//! Architecture invariants: nothing here prints, logs or knows a store; secrets
//! have no `Clone`, no `Serialize` and no content in `Debug`; a provider that
//! needs a library of its own keeps it in one file; each provider passes
//! [`suite`].

mod aead;
mod aws_kms;
mod context;
mod data_key;
mod derive;
mod entropy;
mod environment;
mod epoch;
mod error;
mod identity;
mod kdf;
mod kek_record;
mod kek_set;
mod local_kek;
mod locked;
mod memory;
mod passphrase;
mod pkcs11;
mod provider;
mod secret;
mod secret_file;
mod signer;
pub mod suite;
mod token;
mod wrapped;

pub use aws_kms::{AwsKmsOptions, AwsKmsProvider};
pub use context::{KeyContext, KeyPurpose, SCOPE_BYTES_MAX};
pub use data_key::DataKey;
pub use environment::{EnvironmentProvider, KEK_VARIABLE};
pub use epoch::EpochKey;
pub use error::{KeyError, ProviderFault, Remedy};
pub use identity::IdentityKey;
pub use kdf::KdfParameters;
pub use kek_record::{KEK_RECORD_BYTES, KekRecord};
pub use kek_set::KekSet;
pub use locked::{LockedKey, LockedMemory};
pub use memory::MemoryProvider;
pub use passphrase::{PASSPHRASE_BYTES_MAX, PASSPHRASE_BYTES_MIN, Passphrase, PassphraseProvider};
pub use provider::{IdentitySource, KekId, KekProvider, ProviderDescription, ProviderKind};
pub use secret::{KEY_BYTES, SecretKey};
pub use signer::Signer;
pub use token::{
    MechanismChoice, PIN_BYTES_MAX, Pin, Pkcs11Options, Pkcs11Provider, TOKEN_CALL_TIMEOUT_MS,
};
pub use wrapped::{WRAPPED_KEY_BYTES_MAX, WrappedKey};
