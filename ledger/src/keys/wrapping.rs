//! Keys wrapped under the KEK: each ledger's index key, and keys that move under another KEK.

use indelible_evidence::DataKeyId;
use indelible_keystore::{
    KekProvider, KekSet, KeyContext, KeyError, KeyPurpose, SecretKey, WrappedKey,
};
use indelible_store::SubjectTag;

use crate::state::{
    descriptor::{index_context, sealing_index_context},
    environment::Environment,
};

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

/// What a data key is wrapped for: its ledger, its id, and whose events alone it encrypts. Earlier builds left that out.
pub(crate) fn data_key_context(
    origin: &str,
    id: &DataKeyId,
    subject: Option<&SubjectTag>,
) -> Result<KeyContext, KeyError> {
    let context = KeyContext::new(origin, KeyPurpose::Data, *id.as_bytes())?;
    Ok(match subject {
        Some(subject) => context.bound_to(*subject.as_bytes()),
        None => context,
    })
}

/// What a stored index key was wrapped for.
pub(crate) fn index_key_context(
    origin: &str,
    key_id: [u8; 16],
    wrapped: &WrappedKey,
) -> Result<KeyContext, KeyError> {
    let sealing = sealing_index_context(origin, key_id)?;
    match wrapped.is_for(&sealing) {
        true => Ok(sealing),
        false => index_context(origin, key_id),
    }
}

/// An index key wrapped anew as one whose ledger's data keys are sealed. It is opened once before it may replace the old
/// one.
pub(crate) fn sealing_index_key(
    origin: &str,
    key_id: [u8; 16],
    wrapped: &[u8],
    keks: &KekSet,
) -> Result<Vec<u8>, KeyError> {
    let key = index_key(origin, key_id, wrapped, keks)?;
    let context = sealing_index_context(origin, key_id)?;
    let moved = keks.wrap(&context, &key)?;
    keks.unwrap_key(&context, &moved)?;
    Ok(moved.as_bytes().to_vec())
}

/// Draws and wraps an index key for a new ledger.
pub(crate) fn new_index_key(
    origin: &str,
    provider: &dyn KekProvider,
    environment: &Environment,
) -> Result<(SecretKey, [u8; 16], Vec<u8>), KeyError> {
    let key_id = environment.bytes::<16>();
    let context = sealing_index_context(origin, key_id)?;
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
    let wrapped = WrappedKey::from_bytes(wrapped)?;
    provider.unwrap_key(&index_key_context(origin, key_id, &wrapped)?, &wrapped)
}

/// Whether a wrapped key is not what was stored, so that no provider will ever open it. It is the damage of whoever it
/// belongs to.
pub(crate) fn is_damage(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::WrappedDamaged | KeyError::WrappedVersion { .. } | KeyError::OtherContext
    )
}
