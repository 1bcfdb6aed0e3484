//! Data keys: what bodies and payloads are encrypted under, and how each event gets a key of its own from one.

use std::{fmt, sync::LazyLock};

use blake3::hazmat::{ContextKey, hash_derive_key_context};
use indelible_evidence::{DataKeyId, IdentityTag};
use zeroize::{Zeroize, Zeroizing};

use super::locked::LockedKey;
use crate::crypto::derive::derive_under;

/// The context of the salts' key: the same for every event, so it is hashed once.
static SALTS: LazyLock<ContextKey> =
    LazyLock::new(|| hash_derive_key_context("indelible 2026-11-20 sealing salts v0"));

/// A data key in use. It never leaves this process, and never seals anything itself: each event's key is derived
/// from it.
pub struct DataKey {
    id: DataKeyId,
    key: LockedKey,
}

impl DataKey {
    /// A data key under its id, which is random and derived from no name.
    pub fn new(id: DataKeyId, key: LockedKey) -> Self {
        Self { id, key }
    }

    /// Its id, which stands in every header that it serves.
    pub fn id(&self) -> &DataKeyId {
        &self.id
    }

    /// The key's bytes, for the derivation of an event's key. Copy them nowhere else.
    pub fn expose(&self) -> &[u8; 32] {
        self.key.expose()
    }

    /// The salts of an event's body and payload, derived from all that is sealed under them: the same event gives
    /// the same salts and so the same ciphertext, by which a repeat is known as one without being opened, and two
    /// different events never share a key. Whoever lacks the data key sees random bytes.
    pub fn salts(
        &self,
        identity: &IdentityTag,
        body: &[u8],
        payload: Option<&[u8]>,
    ) -> ([u8; 32], [u8; 32]) {
        let mut salt_key = Zeroizing::new([0; 32]);
        derive_under(
            &SALTS,
            &[self.key.expose(), self.id.as_bytes()],
            salt_key.as_mut_slice(),
        );
        let mut hasher = blake3::Hasher::new_keyed(&salt_key);
        hasher.update(identity.as_bytes());
        hasher.update(&(body.len() as u64).to_be_bytes());
        hasher.update(body);
        if let Some(payload) = payload {
            hasher.update(&[1]);
            hasher.update(payload);
        }
        let (mut salts, mut both) = (([0; 32], [0; 32]), [0; 64]);
        hasher.finalize_xof().fill(&mut both);
        hasher.zeroize();
        salts.0.copy_from_slice(&both[..32]);
        salts.1.copy_from_slice(&both[32..]);
        salts
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LockedMemory, SecretKey};

    #[test]
    fn the_salts_are_those_of_the_whole_derivation() {
        let mut material = [9; 48];
        material[32..].fill(1);
        let key = blake3::derive_key("indelible 2026-11-20 sealing salts v0", &material);
        let covered = [&[3; 16][..], &4_u64.to_be_bytes(), b"body", b"\x01payload"].concat();
        let mut expected = [0; 64];
        let mut hasher = blake3::Hasher::new_keyed(&key);
        hasher.update(&covered).finalize_xof().fill(&mut expected);
        let (body, payload) =
            data_key(1).salts(&IdentityTag::from_bytes([3; 16]), b"body", Some(b"payload"));
        assert_eq!([body, payload].concat(), expected);
    }

    fn data_key(id: u8) -> DataKey {
        let memory = LockedMemory::new(1).expect("there is memory");
        let key = SecretKey::from_bytes(Zeroizing::new([9; 32]));
        DataKey::new(
            DataKeyId::from_bytes([id; 16]),
            memory.keep(key).expect("there is a place"),
        )
    }

    #[test]
    fn salts_differ_with_whatever_they_cover() {
        let key = data_key(1);
        let base = key.salts(&IdentityTag::from_bytes([0; 16]), b"body", Some(b"payload"));
        assert_eq!(
            base,
            key.salts(&IdentityTag::from_bytes([0; 16]), b"body", Some(b"payload"))
        );
        assert_ne!(base.0, base.1);
        for other in [
            key.salts(&IdentityTag::from_bytes([1; 16]), b"body", Some(b"payload")),
            key.salts(&IdentityTag::from_bytes([0; 16]), b"bodyp", Some(b"ayload")),
            key.salts(&IdentityTag::from_bytes([0; 16]), b"body", Some(b"payloae")),
            key.salts(&IdentityTag::from_bytes([0; 16]), b"body", Some(b"")),
            key.salts(&IdentityTag::from_bytes([0; 16]), b"body", None),
            data_key(2).salts(&IdentityTag::from_bytes([0; 16]), b"body", Some(b"payload")),
        ] {
            assert_ne!(base.0, other.0);
            assert_ne!(base.1, other.1);
        }
    }
}
