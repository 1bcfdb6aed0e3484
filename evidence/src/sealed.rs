//! Sealed parts: bodies and payloads as the daemon encrypts them, under a key of each event's own.
//!
//! There is one implementation of the layout, and it is here: the daemon seals with it, and a verifier
//! opens with it where an event's key was disclosed. Keys come from the caller.
//!
//! The event's key is made of the data key and of the body's random salt, so it is fresh for each event, and
//! seals exactly two things under two nonces. It can be disclosed; data keys never are.

use std::sync::LazyLock;

use aes_gcm::{
    Aes256Gcm, Nonce, Tag,
    aead::{AeadInOut, KeyInit},
};
use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};
use zeroize::Zeroizing;

use crate::commitment::{PartKind, commit};
use crate::hash::{Commitment, DataKeyId, IdentityTag, KeyCommitment, Salt};
use crate::header::SealedBy;
use crate::limits::{ORIGIN_BYTES_MAX, SEALED_OVERHEAD_BYTES};
use crate::origin::Origin;

// The contexts of the derivations. They are the same for every event, so each is hashed once.
static EVENT_KEY: LazyLock<ContextKey> =
    LazyLock::new(|| hash_derive_key_context("indelible 2026-11-20 event key v0"));
static CIPHER_KEY: LazyLock<ContextKey> =
    LazyLock::new(|| hash_derive_key_context("indelible 2026-11-20 cipher key v0"));
static KEY_COMMITMENT: LazyLock<ContextKey> =
    LazyLock::new(|| hash_derive_key_context("indelible 2026-11-20 event key commitment v0"));
static INNER_SALT: LazyLock<ContextKey> =
    LazyLock::new(|| hash_derive_key_context("indelible 2026-11-20 inner salt v0"));
const AAD_PREFIX: &[u8] = b"indelible/sealed@v0\n";

const IDENTITY_TAG_BYTES: usize = 16;
const INNER_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const AAD_BYTES_MAX: usize = AAD_PREFIX.len() + 1 + 16 + IDENTITY_TAG_BYTES + ORIGIN_BYTES_MAX;

/// The key of one event. Wiped when it is dropped, and never printed.
#[derive(Clone)]
pub struct EventKey(Zeroizing<[u8; 32]>);

/// A sealed part that does not open: another key, another place, or altered bytes. Which of them it is, is not
/// told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("does not open")]
pub struct DoesNotOpen;

/// A part that is longer than its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {} has {found} bytes, more than {limit}", part.name())]
pub struct PartTooLong {
    /// Which part.
    pub part: PartKind,
    /// How long it is.
    pub found: usize,
    /// How long it may be.
    pub limit: usize,
}

impl EventKey {
    /// Derives the key of an event from a data key, the data key's id and the salt of the event's body.
    pub fn derive(data_key: &[u8; 32], id: &DataKeyId, body_salt: &Salt) -> Self {
        Self(Zeroizing::new(derive(
            &EVENT_KEY,
            &[data_key, id.as_bytes(), body_salt.as_bytes()],
        )))
    }

    /// A key that was disclosed.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key's bytes, to disclose it.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the header commits to the key with.
    pub fn commitment(&self) -> KeyCommitment {
        KeyCommitment::from_bytes(derive(&KEY_COMMITMENT, &[self.0.as_slice()]))
    }

    /// The salt of the commitment that lies inside of a sealed part.
    fn inner_salt(&self, part: PartKind) -> Salt {
        Salt::from_bytes(derive(
            &INNER_SALT,
            &[self.0.as_slice(), &[part.sealed() as u8]],
        ))
    }
}

impl PartialEq for EventKey {
    /// Takes the same time wherever they differ.
    fn eq(&self, other: &Self) -> bool {
        blake3::Hash::from_bytes(*self.0) == blake3::Hash::from_bytes(*other.0)
    }
}

impl Eq for EventKey {}

impl std::fmt::Debug for EventKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EventKey(..)")
    }
}

/// Seals and opens the two parts of one event.
pub struct EventCipher<'a> {
    key: &'a EventKey,
    origin: &'a Origin,
    data_key: DataKeyId,
    cipher: Aes256Gcm,
}

impl std::fmt::Debug for EventCipher<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("EventCipher")
            .field("origin", &self.origin)
            .field("data_key", &self.data_key)
            .finish_non_exhaustive()
    }
}

impl<'a> EventCipher<'a> {
    /// To seal with: `key` was derived from the data key of that id, for an event of this ledger.
    pub fn new(key: &'a EventKey, origin: &'a Origin, data_key: DataKeyId) -> Self {
        let cipher_key = Zeroizing::new(derive(&CIPHER_KEY, &[key.0.as_slice()]));
        Self {
            key,
            origin,
            data_key,
            cipher: Aes256Gcm::new((&*cipher_key).into()),
        }
    }

    /// To open with: the key must be the one that the event's header commits to.
    pub fn for_event(
        key: &'a EventKey,
        origin: &'a Origin,
        sealed: &SealedBy,
    ) -> Result<Self, DoesNotOpen> {
        // Compared as hashes, which takes the same time wherever they differ.
        let expected = blake3::Hash::from_bytes(*sealed.key_commitment.as_bytes());
        if blake3::Hash::from_bytes(*key.commitment().as_bytes()) != expected {
            return Err(DoesNotOpen);
        }
        Ok(Self::new(key, origin, sealed.data_key))
    }

    /// What the event's header says of its key.
    pub fn sealed_by(&self) -> SealedBy {
        SealedBy {
            data_key: self.data_key,
            key_commitment: self.key.commitment(),
        }
    }

    /// Appends the sealed part to `out`, which gets [`SEALED_OVERHEAD_BYTES`] more than `plain` has. Each part
    /// is sealed once in the life of a key. On an error `out` is as it was before.
    pub fn seal_into(
        &self,
        part: PartKind,
        tag: &IdentityTag,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), PartTooLong> {
        let (found, limit) = (plain.len(), part.plain_bytes_max());
        let too_long = PartTooLong { part, found, limit };
        if found > limit {
            return Err(too_long);
        }
        let start = out.len();
        let inner = self.inner(part, plain);
        out.reserve(found + SEALED_OVERHEAD_BYTES);
        out.extend_from_slice(tag.as_bytes());
        out.extend_from_slice(inner.as_bytes());
        out.extend_from_slice(plain);
        let text = &mut out[start + IDENTITY_TAG_BYTES..];
        let mut aad = [0; AAD_BYTES_MAX];
        let aad = self.write_aad(part, tag.as_bytes(), &mut aad);
        let sealed = self
            .cipher
            .encrypt_inout_detached(&nonce(part), aad, text.into());
        match sealed {
            Ok(tag) => {
                out.extend_from_slice(&tag);
                Ok(())
            }
            // The cipher's own limit is far above that of any part.
            Err(_) => {
                out.truncate(start);
                Err(too_long)
            }
        }
    }

    /// Opens a sealed part: what the client wrote. That a body is canonical is the caller's to check.
    pub fn open(&self, part: PartKind, sealed: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        if !has_sealed_length(part, sealed.len()) {
            return Err(DoesNotOpen);
        }
        let split =
            sealed
                .split_first_chunk::<IDENTITY_TAG_BYTES>()
                .and_then(|(identity, rest)| {
                    let (text, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
                    Some((identity, text, tag))
                });
        let (identity, text, tag) = split.ok_or(DoesNotOpen)?;
        let mut aad = [0; AAD_BYTES_MAX];
        let aad = self.write_aad(part, identity, &mut aad);
        let mut text = text.to_vec();
        self.cipher
            .decrypt_inout_detached(
                &nonce(part),
                aad,
                text.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .map_err(|_| DoesNotOpen)?;
        let (inner, plain) = text.split_first_chunk::<INNER_BYTES>().ok_or(DoesNotOpen)?;
        let expected = blake3::Hash::from_bytes(*self.inner(part, plain).as_bytes());
        if blake3::Hash::from_bytes(*inner) != expected {
            return Err(DoesNotOpen);
        }
        text.drain(..INNER_BYTES);
        Ok(text)
    }

    /// The commitment to what the client wrote, which lies inside of the sealed part.
    fn inner(&self, part: PartKind, plain: &[u8]) -> Commitment {
        commit(&self.key.inner_salt(part), part.plain(), plain)
    }

    /// What is authenticated with a sealed part, written into `aad`.
    fn write_aad<'b>(
        &self,
        part: PartKind,
        identity: &[u8; IDENTITY_TAG_BYTES],
        aad: &'b mut [u8; AAD_BYTES_MAX],
    ) -> &'b [u8] {
        let pieces = [
            AAD_PREFIX,
            &[part.sealed() as u8],
            self.data_key.as_bytes(),
            identity,
            self.origin.as_str().as_bytes(),
        ];
        let mut length = 0;
        for piece in pieces {
            aad[length..length + piece.len()].copy_from_slice(piece);
            length += piece.len();
        }
        &aad[..length]
    }
}

/// BLAKE3 in derive-key mode, under a context that was hashed before.
fn derive(context: &ContextKey, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_from_context_key(context);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// Whether a sealed part can be of that length.
pub fn has_sealed_length(part: PartKind, length: usize) -> bool {
    let most = part.plain_bytes_max() + SEALED_OVERHEAD_BYTES;
    (SEALED_OVERHEAD_BYTES..=most).contains(&length)
}

/// The identity tag that a sealed part begins with, which anyone can read.
pub fn identity_tag(sealed: &[u8]) -> Option<IdentityTag> {
    let (tag, _) = sealed.split_first_chunk::<IDENTITY_TAG_BYTES>()?;
    Some(IdentityTag::from_bytes(*tag))
}

/// One for each part: no key seals more than these two.
fn nonce(part: PartKind) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut nonce = [0; 12];
    nonce[11] = part.sealed() as u8;
    nonce.into()
}

#[cfg(test)]
mod tests;
