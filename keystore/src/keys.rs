//! Keys, what they are bound to, and what signs with them.

pub(crate) mod context;
mod data;
mod epoch;
mod identity;
mod locked;
pub(crate) mod secret;
pub(crate) mod signer;
pub(crate) mod wrapped;

pub use context::{KeyContext, KeyPurpose, SCOPE_BYTES_MAX};
pub use data::DataKey;
pub use epoch::EpochKey;
pub use identity::IdentityKey;
pub use locked::{LockedKey, LockedMemory};
pub use secret::{KEY_BYTES, SecretKey};
pub use signer::Signer;
pub use wrapped::{WRAPPED_KEY_BYTES_MAX, WrappedKey};
