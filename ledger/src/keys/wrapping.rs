//! Keys wrapped under the KEK: each ledger's index key, and keys that move under another KEK.

use indelible_keystore::{
    KekProvider, KekSet, KeyContext, KeyError, KeyPurpose, SecretKey, WrappedKey,
};

use crate::state::environment::Environment;

/// Wraps a key under the current KEK, and opens the result once before it replaces the old wrapped key, which is
/// destroyed for good. None if the key is under the current KEK already.
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

/// What an index key is wrapped for.
pub(crate) fn index_context(origin: &str, key_id: [u8; 16]) -> Result<KeyContext, KeyError> {
    KeyContext::new(origin, KeyPurpose::Index, key_id)
}

/// Draws and wraps an index key for a new ledger.
pub(crate) fn new_index_key(
    origin: &str,
    provider: &dyn KekProvider,
    environment: &Environment,
) -> Result<(SecretKey, [u8; 16], Vec<u8>), KeyError> {
    let key_id = environment.bytes::<16>();
    let context = index_context(origin, key_id)?;
    let key = SecretKey::draw(environment.entropy())?;
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

/// Whether a wrapped key is not what was stored, so that no provider will ever open it. It is the damage of whoever it
/// belongs to.
pub(crate) fn is_damage(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::WrappedDamaged | KeyError::WrappedVersion { .. } | KeyError::OtherContext
    )
}
