//! What a key that KMS wrapped consists of: KMS's ciphertext, and a seal over everything around it.

use data_encoding::HEXLOWER;

use super::{refusal::error, sdk::EncryptionContext};
use crate::{
    crypto::derive::{derive, equal},
    error::{KeyError, ProviderFault},
    keys::{
        context::KeyContext,
        secret::SecretKey,
        wrapped::{FRONT_BYTES, WRAPPED_KEY_BYTES_MAX, WrappedKey},
    },
    provider::{KekId, ProviderKind},
};

pub(super) const KIND: ProviderKind = ProviderKind::AwsKms;
const SEAL_BYTES: usize = 32;
const CIPHERTEXT_BYTES_MAX: usize = WRAPPED_KEY_BYTES_MAX - FRONT_BYTES - SEAL_BYTES;
const SEAL_CONTEXT: &str = "indelible 2026-11-20 aws kms seal v0";

/// What a wrapped key of this provider consists of.
pub(super) struct Parts<'a> {
    pub(super) front: &'a [u8],
    pub(super) ciphertext: &'a [u8],
    seal: &'a [u8; SEAL_BYTES],
}

impl<'a> Parts<'a> {
    /// Checks what stands in the clear, then splits the rest.
    pub(super) fn of(
        wrapped: &'a WrappedKey,
        kek: &KekId,
        context: &KeyContext,
    ) -> Result<Self, KeyError> {
        let (front, sealed) = wrapped.open(KIND, kek, context)?;
        match sealed.split_last_chunk() {
            Some((ciphertext, seal)) if !ciphertext.is_empty() => Ok(Self {
                front,
                ciphertext,
                seal,
            }),
            _ => Err(KeyError::WrappedDamaged),
        }
    }

    /// Checks that the key that came out is the one that went in, and that nothing around it has changed.
    pub(super) fn check(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
        key: &SecretKey,
    ) -> Result<(), KeyError> {
        wrapped.check_commitment(context, key)?;
        if equal(self.seal, &seal(key, self.front, self.ciphertext)) {
            Ok(())
        } else {
            Err(KeyError::WrappedDamaged)
        }
    }
}

/// What KMS authenticates with a ciphertext, from the context and a front's commitment. The names
/// never change: one of the two emulators takes `{"a": "bc"}` for `{"ab": "c"}`.
pub(super) fn encryption_context(context: &KeyContext, front: &[u8]) -> EncryptionContext {
    vec![
        ("indelible-scope", context.scope().to_owned()),
        ("indelible-purpose", context.purpose().name().to_owned()),
        ("indelible-key-id", HEXLOWER.encode(context.key_id())),
        (
            "indelible-commitment",
            HEXLOWER.encode(&front[34..FRONT_BYTES]),
        ),
    ]
}

/// Binds every byte of a wrapped key to the key inside, as an authenticating server would. It is
/// checked with the key that came out, so it holds whatever the server left unchecked, and tells
/// nothing of the key, which is 32 random bytes.
fn seal(key: &SecretKey, front: &[u8], ciphertext: &[u8]) -> [u8; SEAL_BYTES] {
    let mut out = [0; SEAL_BYTES];
    derive(SEAL_CONTEXT, &[key.expose(), front, ciphertext], &mut out);
    out
}

pub(super) fn join(front: Vec<u8>, ciphertext: &[u8], key: &SecretKey) -> WrappedKey {
    let seal = seal(key, &front, ciphertext);
    WrappedKey::seal(front, &[ciphertext, &seal].concat())
}

pub(super) fn check_length(ciphertext: &[u8]) -> Result<&[u8], KeyError> {
    if (1..=CIPHERTEXT_BYTES_MAX).contains(&ciphertext.len()) {
        Ok(ciphertext)
    } else {
        Err(error(
            ProviderFault::InconsistentAnswer,
            format!("the ciphertext has {} bytes", ciphertext.len()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::context::KeyPurpose;

    /// Whoever may call Encrypt can wrap one key behind a commitment to another, with a seal that is
    /// right: the commitment alone tells.
    #[test]
    fn a_key_behind_a_commitment_to_another_is_refused() {
        let random = || SecretKey::generate().expect("the system gives random bytes");
        let (committed, wrapped) = (random(), random());
        let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [2; 16])
            .expect("the context is valid");
        let front = WrappedKey::front(KIND, &KekId::from_bytes([1; 16]), &context, &committed);
        let check_with = |key: &SecretKey| {
            let seal = seal(key, &front, b"ciphertext");
            let parts = Parts {
                front: &front,
                ciphertext: b"ciphertext",
                seal: &seal,
            };
            parts.check(&context, &join(front.clone(), b"ciphertext", key), key)
        };
        let error = check_with(&wrapped).expect_err("it is refused");
        assert!(matches!(error, KeyError::WrappedDamaged), "{error:?}");
        check_with(&committed).expect("it is whole");
    }
}
