//! Key custody: who may wrap a key, what a wrapped key looks like, and who signs.
//!
//! A **KEK provider** ([`KekProvider`]) holds a key-encryption key and wraps
//! 32-byte keys with it. The result, a [`WrappedKey`], is the only form in
//! which a key may be stored. Every wrapped key is bound to its [`KeyContext`]
//! (whose key it is, what for, which one) and carries a commitment to the key
//! inside, which is checked after unwrapping whatever the provider says: neither
//! AES-GCM nor every key service commits to the key it used.
//!
//! A [`Signer`] signs statements. The [`IdentityKey`] names a ledger to the
//! world and is stored wrapped; an [`EpochKey`] is born in memory and dies there.
//!
//! [`age`] encrypts whole files to keys that lie elsewhere. `keys` has the keys and what binds them, `providers` a folder for each place
//! where a KEK can lie, `provider` their contract, and `crypto` the cipher, the
//! derivation and the random numbers under all of them.
//!
//! Architecture invariants: nothing here prints, logs or knows a store; secrets
//! have no `Clone`, no `Serialize` and no content in `Debug`; a provider that
//! needs a library of its own keeps it in one place; each provider passes
//! [`suite`].

pub mod age;
mod backoff;
mod crypto;
mod error;
mod kek_set;
mod keys;
mod metered;
mod provider;
mod providers;
pub mod suite;

pub use backoff::Backoff;
pub use crypto::entropy::{Entropy, SystemEntropy};
pub use error::{KekConfigError, KeyError, ProviderFault, Remedy};
pub use kek_set::KekSet;
pub use keys::*;
pub use metered::{CallMeter, Metered, ProviderCall, ProviderMeters};
pub use provider::{IdentitySource, KekId, KekProvider, ProviderDescription, ProviderKind};
pub use providers::*;
