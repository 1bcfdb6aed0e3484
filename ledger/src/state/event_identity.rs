//! The identity of an event: the keyed hash of its source and id. It is kept for ever, also after an erasure, so that a
//! repeat is recognised.

use std::sync::{Arc, OnceLock};

use indelible_evidence::IdentityTag;
use indelible_keystore::SecretKey;
use indelible_store::{IndexTerm, SubjectTag};
use zeroize::Zeroizing;

use crate::state::{
    custody::{Custody, KeysAway},
    key_binding::KeyBinder,
};

/// Attributes that have an index. The byte stands in stored keys and is never used again for another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub(crate) enum Attribute {
    Type = 1,
    Source = 2,
    Subject = 3,
    Actor = 4,
    CorrelationId = 5,
    /// The id of the data key that an event is sealed under.
    DataKey = 6,
}

/// What the hash of a data subject begins with; no attribute's byte.
const SUBJECT: u8 = 0xff;
/// What the hash of another text begins with; no attribute's byte either.
const TEXT: u8 = 0xfe;

/// What the secret of backups is derived under. Never changed: with another secret every file would be copied anew.
const BACKUP_CONTEXT: &str = "indelible 2026-11-30 secret of encrypted backups v0";

/// What is hashed with the index key usually fits in so many bytes: the longest source and id do.
const SHORT_BYTES: usize = 544;

/// The keyed hash that hides identities and attribute values from whoever reads the index alone.
pub(crate) struct IndexHasher {
    key: Zeroizing<[u8; 32]>,
    binder: KeyBinder,
}

impl IndexHasher {
    pub(crate) fn new(key: &SecretKey) -> Self {
        Self {
            key: Zeroizing::new(*key.expose()),
            binder: KeyBinder::new(key),
        }
    }

    /// What vouches for the ledger's data keys, under the same key.
    pub(crate) fn binder(&self) -> &KeyBinder {
        &self.binder
    }

    /// The secret that encrypted backups of the store are made with, where this is the key of the store's own ledger.
    pub(crate) fn backup_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(blake3::derive_key(BACKUP_CONTEXT, &*self.key))
    }

    /// The identity of the event with this source and id: their keyed hash, cut to 16 bytes.
    pub(crate) fn id(&self, source: &str, id: &str) -> IdentityTag {
        IdentityTag::from_bytes(self.keyed(&[
            &[0],
            &(source.len() as u64).to_le_bytes(),
            source.as_bytes(),
            id.as_bytes(),
        ]))
    }

    /// A digest of a text that is no attribute of an event.
    pub(crate) fn digest(&self, text: &str) -> [u8; 16] {
        self.keyed(&[&[TEXT], text.as_bytes()])
    }

    /// The tag under which a data subject's keys are found.
    pub(crate) fn subject(&self, data_subject: &str) -> SubjectTag {
        SubjectTag::from_bytes(self.keyed(&[&[SUBJECT], data_subject.as_bytes()]))
    }

    /// The index term of an attribute's value.
    pub(crate) fn term(&self, attribute: Attribute, value: &[u8]) -> IndexTerm {
        let mut term = [0; IndexTerm::BYTES];
        term[0] = attribute as u8;
        term[1..].copy_from_slice(&self.keyed(&[&[attribute as u8], value]));
        IndexTerm::from_bytes(term)
    }

    /// The keyed hash of all parts, one after the other. What is short is hashed in one piece: setting a hasher up
    /// that takes any number of pieces costs as much as hashing it.
    fn keyed(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut joined = [0; SHORT_BYTES];
        let mut length = 0;
        for part in parts {
            let end = length + part.len();
            let Some(place) = joined.get_mut(length..end) else {
                return self.keyed_in_pieces(parts);
            };
            place.copy_from_slice(part);
            length = end;
        }
        first_16(&blake3::keyed_hash(&self.key, &joined[..length]))
    }

    fn keyed_in_pieces(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in parts {
            hasher.update(part);
        }
        first_16(&hasher.finalize())
    }
}

/// A ledger's hasher, from when its index key is open; until then the keys are away.
pub(crate) struct IndexKey {
    hasher: OnceLock<IndexHasher>,
    custody: Arc<Custody>,
}

impl IndexKey {
    pub(crate) fn new(hasher: Option<IndexHasher>, custody: &Arc<Custody>) -> Self {
        Self {
            hasher: hasher.map_or_else(OnceLock::new, OnceLock::from),
            custody: Arc::clone(custody),
        }
    }

    /// The hasher.
    pub(crate) fn hasher(&self) -> Result<&IndexHasher, KeysAway> {
        self.hasher.get().ok_or_else(|| self.custody.why())
    }

    /// Puts it in, where none was.
    pub(crate) fn open(&self, hasher: IndexHasher) {
        // One that is there was made of the same key.
        let _same = self.hasher.set(hasher);
    }
}

fn first_16(hash: &blake3::Hash) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&hash.as_bytes()[..16]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_values_have_the_hash_of_their_parts_joined() {
        let key = SecretKey::from_bytes(Zeroizing::new([5; 32]));
        let hasher = IndexHasher::new(&key);
        for length in [
            0,
            1,
            255,
            SHORT_BYTES - 1,
            SHORT_BYTES,
            SHORT_BYTES + 1,
            9_000,
        ] {
            let value = vec![b'v'; length];
            let joined = [&[Attribute::Actor as u8][..], &value].concat();
            let expected = blake3::keyed_hash(&[5; 32], &joined);
            let term = *hasher.term(Attribute::Actor, &value).as_bytes();
            assert_eq!(term[0], Attribute::Actor as u8);
            assert_eq!(term[1..], expected.as_bytes()[..16], "{length} bytes");
        }
    }
}
