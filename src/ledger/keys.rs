//! The keys that the store keeps wrapped: the identity key, and each ledger's index key. How they move under another
//! KEK is `rewrap`'s.

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

/// The identity as it is stored.
struct StoredIdentity<'a> {
    key_id: [u8; 16],
    public: [u8; 32],
    kept: Kept<'a>,
}

enum Kept<'a> {
    /// As a seed, wrapped.
    Seed(WrappedKey),
    /// In the provider that holds this KEK, where this locator names it.
    Held { kek: KekId, locator: &'a [u8] },
}

impl<'a> StoredIdentity<'a> {
    fn decode(stored: &'a [u8]) -> Result<Self, KeysError> {
        let damaged = || KeysError::IdentityDamaged;
        let (form, rest) = stored.split_first().ok_or_else(damaged)?;
        let (key_id, rest) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
        let (public, rest) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
        let kept = match *form {
            SEED_WRAPPED => Kept::Seed(WrappedKey::from_bytes(rest)?),
            HELD_BY_PROVIDER => {
                let (kek, locator) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
                let kek = KekId::from_bytes(*kek);
                Kept::Held { kek, locator }
            }
            _ => return Err(damaged()),
        };
        Ok(Self {
            key_id: *key_id,
            public: *public,
            kept,
        })
    }
}

fn open_identity(
    scope: String,
    stored: &[u8],
    keks: &KekSet,
) -> Result<Arc<dyn Signer>, KeysError> {
    let StoredIdentity {
        key_id,
        public,
        kept,
    } = StoredIdentity::decode(stored)?;
    match kept {
        Kept::Seed(wrapped) => {
            let context = KeyContext::new(scope, KeyPurpose::Identity, key_id)?;
            Ok(Arc::new(IdentityKey::open(
                keks, &context, &wrapped, &public,
            )?))
        }
        Kept::Held {
            kek: wanted,
            locator,
        } => {
            let held = keks.describe().kek_id;
            let holder = keks.holder(&wanted);
            let source = holder
                .and_then(KekProvider::identities)
                .ok_or(KeyError::OtherKek { wanted, held })?;
            Ok(Arc::from(source.open(locator, &public)?))
        }
    }
}

/// On which KEK the stored identity depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdentityPlace {
    /// Its seed is wrapped under this one.
    Wrapped(KekId),
    /// It never leaves the provider that holds this one.
    Held(KekId),
}

/// Where the stored identity lies; none in a store that has none.
pub(crate) fn identity_place(
    store: &(impl Catalog + ?Sized),
) -> Result<Option<IdentityPlace>, KeysError> {
    let Some(stored) = store.get(IDENTITY)? else {
        return Ok(None);
    };
    Ok(Some(match StoredIdentity::decode(&stored)?.kept {
        Kept::Seed(wrapped) => IdentityPlace::Wrapped(wrapped.kek_id()),
        Kept::Held { kek, .. } => IdentityPlace::Held(kek),
    }))
}

/// Wraps the identity's seed under the current KEK; false if it is already, or never leaves its provider.
pub(crate) fn rewrap_identity(
    store: &(impl Catalog + ?Sized),
    keks: &KekSet,
) -> Result<bool, KeysError> {
    let Some(stored) = store.get(IDENTITY)? else {
        return Ok(false);
    };
    let StoredIdentity {
        key_id,
        public,
        kept: Kept::Seed(wrapped),
    } = StoredIdentity::decode(&stored)?
    else {
        return Ok(false);
    };
    let scope = format!("store/{}", store.store_id());
    let context = KeyContext::new(scope, KeyPurpose::Identity, key_id)?;
    let Some(moved) = keks.rewrapped(&context, &wrapped)? else {
        return Ok(false);
    };
    // What it signs with is lost with a wrapping that does not open.
    IdentityKey::open(keks, &context, &moved, &public)?;
    let mut value = vec![SEED_WRAPPED];
    value.extend_from_slice(&key_id);
    value.extend_from_slice(&public);
    value.extend_from_slice(moved.as_bytes());
    store.put(IDENTITY, &value)?;
    Ok(true)
}

/// Wraps a key under the current KEK, and opens what came of it once before it may take the place of the other:
/// that is destroyed for good. None if it is already.
pub(crate) fn rewrapped(
    keks: &KekSet,
    context: &KeyContext,
    wrapped: &WrappedKey,
) -> Result<Option<WrappedKey>, KeyError> {
    let Some(moved) = keks.rewrapped(context, wrapped)? else {
        return Ok(None);
    };
    keks.unwrap_key(context, &moved)?;
    Ok(Some(moved))
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

/// What an index key is wrapped for.
pub(crate) fn index_context(origin: &str, key_id: [u8; 16]) -> Result<KeyContext, KeyError> {
    KeyContext::new(origin, KeyPurpose::Index, key_id)
}

/// Draws and wraps an index key for a new ledger.
pub(crate) fn new_index_key(
    origin: &str,
    provider: &dyn KekProvider,
) -> Result<(SecretKey, [u8; 16], Vec<u8>), KeyError> {
    let key_id = world::bytes::<16>();
    let context = index_context(origin, key_id)?;
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
    let context = index_context(origin, key_id)?;
    provider.unwrap_key(&context, &WrappedKey::from_bytes(wrapped)?)
}
