//! The keys that the store keeps wrapped: the identity key, and each ledger's index key.

use std::sync::Arc;

use indelible_keystore::{
    IdentityKey, KekId, KekProvider, KekSet, KeyContext, KeyError, KeyPurpose, SecretKey, Signer,
    WrappedKey,
};
use indelible_store::{Catalog, StoreError};
use thiserror::Error;

use super::world;

/// Where the catalogue keeps the identity key: how it is kept (1 byte), key id (16), public key (32), and then its
/// wrapped seed, or the id of the KEK whose provider holds it (16) and its locator there.
const IDENTITY: &[u8] = b"identity";

// How an identity key is kept. A number is never given another meaning.
const SEED_WRAPPED: u8 = 0;
const HELD_BY_PROVIDER: u8 = 1;

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

/// Opens the store's identity key, or makes one for a store that is `fresh`: one that has no ledger.
pub(crate) fn identity(
    store: &(impl Catalog + ?Sized),
    keks: &KekSet,
    fresh: bool,
) -> Result<Arc<dyn Signer>, KeysError> {
    let scope = format!("store/{}", store.store_id());
    match store.get(IDENTITY)? {
        Some(stored) => open_identity(scope, &stored, keks),
        None if fresh => make_identity(scope, store, keks),
        None => Err(KeysError::IdentityMissing),
    }
}

fn open_identity(
    scope: String,
    stored: &[u8],
    keks: &KekSet,
) -> Result<Arc<dyn Signer>, KeysError> {
    let damaged = || KeysError::IdentityDamaged;
    let (form, rest) = stored.split_first().ok_or_else(damaged)?;
    let (key_id, rest) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
    let (public, rest) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
    match *form {
        SEED_WRAPPED => {
            let context = KeyContext::new(scope, KeyPurpose::Identity, *key_id)?;
            let wrapped = WrappedKey::from_bytes(rest)?;
            Ok(Arc::new(IdentityKey::open(
                keks, &context, &wrapped, public,
            )?))
        }
        HELD_BY_PROVIDER => {
            let (kek, locator) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
            let wanted = KekId::from_bytes(*kek);
            let held = keks.describe().kek_id;
            let holder = keks.holder(&wanted);
            let source = holder
                .and_then(KekProvider::identities)
                .ok_or(KeyError::OtherKek { wanted, held })?;
            Ok(Arc::from(source.open(locator, public)?))
        }
        _ => Err(damaged()),
    }
}

/// In the provider where it has Ed25519, otherwise as a seed that it wraps.
fn make_identity(
    scope: String,
    store: &(impl Catalog + ?Sized),
    keks: &KekSet,
) -> Result<Arc<dyn Signer>, KeysError> {
    let key_id = world::bytes::<16>();
    let mut stored = vec![SEED_WRAPPED];
    stored.extend_from_slice(&key_id);
    let identity: Arc<dyn Signer> = match keks.identities() {
        Some(source) => {
            let (locator, signer) = source.create(&key_id)?;
            stored[0] = HELD_BY_PROVIDER;
            stored.extend_from_slice(&signer.public());
            stored.extend_from_slice(keks.describe().kek_id.as_bytes());
            stored.extend_from_slice(&locator);
            Arc::from(signer)
        }
        None => {
            let context = KeyContext::new(scope, KeyPurpose::Identity, key_id)?;
            let identity = IdentityKey::generate()?;
            stored.extend_from_slice(&identity.public());
            stored.extend_from_slice(identity.wrap(keks, &context)?.as_bytes());
            Arc::new(identity)
        }
    };
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
