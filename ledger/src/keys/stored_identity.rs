//! The stored form of the identity keys: a wrapped seed, or the place where a provider holds the key. `rewrap` moves
//! them under another KEK.

use std::sync::Arc;

use indelible_keystore::{
    IdentityKey, KekId, KekProvider, KekSet, KeyContext, KeyError, KeyPurpose, Signer, WrappedKey,
};
use indelible_store::Catalog;

use crate::{
    keys::wrapping::rewrapped,
    state::{environment::Environment, key_error::KeysError},
};

/// Where the catalogue keeps the identity keys, oldest first: for each its length (big-endian u16) and its bytes.
const IDENTITIES: &[u8] = b"identities";

// How an identity key is kept. A number is never given another meaning.
const SEED_WRAPPED: u8 = 0;
const HELD_BY_PROVIDER: u8 = 1;

/// An identity key as it is stored: how it is kept (1 byte), key id (16), public key (32), and then its wrapped seed,
/// or the id of the KEK whose provider holds it (16) and its locator there.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StoredIdentity(Vec<u8>);

/// On which KEK a stored identity depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdentityPlace {
    /// Its seed is wrapped under this one.
    Wrapped(KekId),
    /// It never leaves the provider that holds this one.
    AtProvider(KekId),
}

/// What a stored identity says.
struct IdentityParts<'a> {
    form: u8,
    key_id: &'a [u8; 16],
    public: &'a [u8; 32],
    kept: &'a [u8],
}

impl StoredIdentity {
    fn parts(&self) -> Result<IdentityParts<'_>, KeysError> {
        let damaged = || KeysError::IdentityDamaged;
        let (form, rest) = self.0.split_first().ok_or_else(damaged)?;
        let (key_id, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
        let (public, kept) = rest.split_first_chunk().ok_or_else(damaged)?;
        Ok(IdentityParts {
            form: *form,
            key_id,
            public,
            kept,
        })
    }

    /// Its public half.
    pub(crate) fn public(&self) -> Result<[u8; 32], KeysError> {
        Ok(*self.parts()?.public)
    }

    /// Opens it.
    pub(crate) fn open(
        &self,
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
    ) -> Result<Arc<dyn Signer>, KeysError> {
        let parts = self.parts()?;
        match parts.form {
            SEED_WRAPPED => {
                let context = identity_context(store, *parts.key_id)?;
                let wrapped = WrappedKey::from_bytes(parts.kept)?;
                let identity = IdentityKey::open(keks, &context, &wrapped, parts.public)?;
                Ok(Arc::new(identity))
            }
            HELD_BY_PROVIDER => {
                let (kek, locator) = parts
                    .kept
                    .split_first_chunk::<16>()
                    .ok_or(KeysError::IdentityDamaged)?;
                let wanted = KekId::from_bytes(*kek);
                let held = keks.describe().kek_id;
                let source = keks
                    .holder(&wanted)
                    .and_then(KekProvider::identities)
                    .ok_or(KeyError::OtherKek { wanted, held })?;
                Ok(Arc::from(source.open(locator, parts.public)?))
            }
            _ => Err(KeysError::IdentityDamaged),
        }
    }

    /// Where it is kept.
    pub(crate) fn place(&self) -> Result<IdentityPlace, KeysError> {
        let parts = self.parts()?;
        match (parts.form, parts.kept.split_first_chunk::<16>()) {
            (SEED_WRAPPED, _) => {
                let wrapped = WrappedKey::from_bytes(parts.kept)?;
                Ok(IdentityPlace::Wrapped(wrapped.kek_id()))
            }
            (HELD_BY_PROVIDER, Some((kek, _))) => {
                Ok(IdentityPlace::AtProvider(KekId::from_bytes(*kek)))
            }
            _ => Err(KeysError::IdentityDamaged),
        }
    }

    /// The identity with its seed under the current KEK, not stored yet. None if the seed is under that KEK already, or
    /// never leaves its provider.
    pub(crate) fn rewrapped(
        &self,
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
    ) -> Result<Option<Self>, KeysError> {
        if let IdentityPlace::AtProvider(_) = self.place()? {
            return Ok(None);
        }
        let parts = self.parts()?;
        let context = identity_context(store, *parts.key_id)?;
        let wrapped = WrappedKey::from_bytes(parts.kept)?;
        let Some(moved) = rewrapped(keks, &context, &wrapped)? else {
            return Ok(None);
        };
        let mut stored = self.0[..self.0.len() - parts.kept.len()].to_vec();
        stored.extend_from_slice(moved.as_bytes());
        Ok(Some(Self(stored)))
    }

    /// Makes an identity: in the provider if that has Ed25519, otherwise as a seed that the provider wraps. It is not stored
    /// yet.
    pub(crate) fn make(
        store: &(impl Catalog + ?Sized),
        keks: &KekSet,
        environment: &Environment,
    ) -> Result<(Self, Arc<dyn Signer>), KeysError> {
        let key_id = environment.bytes::<16>();
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
                let context = identity_context(store, key_id)?;
                let identity = IdentityKey::draw(environment.entropy())?;
                stored.extend_from_slice(&identity.public());
                stored.extend_from_slice(identity.wrap(keks, &context)?.as_bytes());
                Arc::new(identity)
            }
        };
        Ok((Self(stored), identity))
    }
}

fn identity_context(
    store: &(impl Catalog + ?Sized),
    key_id: [u8; 16],
) -> Result<KeyContext, KeyError> {
    let scope = format!("store/{}", store.store_id());
    KeyContext::new(scope, KeyPurpose::Identity, key_id)
}

/// The identity keys that the store has, oldest first.
pub(crate) fn stored_identities(
    store: &(impl Catalog + ?Sized),
) -> Result<Vec<StoredIdentity>, KeysError> {
    let stored = store.get(IDENTITIES)?.unwrap_or_default();
    let (mut rest, mut identities) = (stored.as_slice(), Vec::new());
    while !rest.is_empty() {
        let damaged = || KeysError::IdentityDamaged;
        let (length, after) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (identity, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        identities.push(StoredIdentity(identity.to_vec()));
        rest = after;
    }
    Ok(identities)
}

/// Stores the identity keys, oldest first, in the place of those that are there.
pub(crate) fn keep_identities(
    store: &(impl Catalog + ?Sized),
    identities: &[StoredIdentity],
) -> Result<(), KeysError> {
    let mut stored = Vec::new();
    for StoredIdentity(identity) in identities {
        let length = u16::try_from(identity.len()).map_err(|_| KeysError::IdentityDamaged)?;
        stored.extend_from_slice(&length.to_be_bytes());
        stored.extend_from_slice(identity);
    }
    Ok(store.put(IDENTITIES, &stored)?)
}

#[cfg(test)]
#[path = "stored_identity_tests.rs"]
mod tests;
