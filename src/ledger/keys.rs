//! The keys that the store keeps wrapped: the identity key, and each ledger's index key.

use indelible_keystore::{
    IdentityKey, KekProvider, KeyContext, KeyError, KeyPurpose, SecretKey, Signer, WrappedKey,
};
use indelible_store::{Catalog, StoreError};
use thiserror::Error;

use super::world;

/// Where the catalogue keeps the identity key: key id (16 bytes), public key (32 bytes), wrapped seed.
const IDENTITY: &[u8] = b"identity";

/// Why the keys can't be had.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The provider or the wrapped key fails.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store has ledgers, but not the key that signs for them.
    #[error("the store has ledgers but no identity key; restore a backup that has both")]
    IdentityMissing,
    /// The stored identity is cut short.
    #[error("the stored identity key is cut short; restore it from a backup")]
    IdentityDamaged,
}

/// Opens the store's identity key, or draws one for a store that is `fresh`: one that has no ledger.
pub(crate) fn identity(
    store: &(impl Catalog + ?Sized),
    provider: &dyn KekProvider,
    fresh: bool,
) -> Result<IdentityKey, KeysError> {
    let scope = format!("store/{}", store.store_id());
    if let Some(stored) = store.get(IDENTITY)? {
        let (key_id, rest) = stored
            .split_first_chunk::<16>()
            .ok_or(KeysError::IdentityDamaged)?;
        let (public, wrapped) = rest
            .split_first_chunk::<32>()
            .ok_or(KeysError::IdentityDamaged)?;
        let context = KeyContext::new(scope, KeyPurpose::Identity, *key_id)?;
        return Ok(IdentityKey::open(
            provider,
            &context,
            &WrappedKey::from_bytes(wrapped)?,
            public,
        )?);
    }
    if !fresh {
        return Err(KeysError::IdentityMissing);
    }
    let key_id = world::bytes::<16>();
    let context = KeyContext::new(scope, KeyPurpose::Identity, key_id)?;
    let identity = IdentityKey::generate()?;
    let wrapped = identity.wrap(provider, &context)?;
    let mut stored = key_id.to_vec();
    stored.extend_from_slice(&identity.public());
    stored.extend_from_slice(wrapped.as_bytes());
    store.put(IDENTITY, &stored)?;
    Ok(identity)
}

/// Draws and wraps an index key for a new ledger.
pub(crate) fn new_index_key(
    origin: &str,
    provider: &dyn KekProvider,
) -> Result<(SecretKey, [u8; 16], Vec<u8>), KeyError> {
    let key_id = world::bytes::<16>();
    let context = KeyContext::new(origin, KeyPurpose::Index, key_id)?;
    let key = SecretKey::generate()?;
    let wrapped = provider.wrap(&context, &key)?;
    Ok((key, key_id, wrapped.as_bytes().to_vec()))
}

/// Opens a ledger's index key.
pub(crate) fn index_key(
    origin: &str,
    key_id: [u8; 16],
    wrapped: &[u8],
    provider: &dyn KekProvider,
) -> Result<SecretKey, KeyError> {
    let context = KeyContext::new(origin, KeyPurpose::Index, key_id)?;
    provider.unwrap_key(&context, &WrappedKey::from_bytes(wrapped)?)
}
