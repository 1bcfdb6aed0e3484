//! The identity of an event: the keyed hash of its source and id, which stays for ever so that a repeat is
//! known as one, also after an erasure.

use indelible_keystore::SecretKey;
use indelible_store::SubjectTag;

/// Keyed hash of `(source, id)` under the ledger's index key, cut to 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct IdHash(pub(crate) [u8; 16]);

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

/// An index term: the attribute's byte and the keyed hash of its value.
pub(crate) type Term = [u8; 17];

/// The keyed hash that hides identities and attribute values from whoever reads the index alone.
pub(crate) struct IndexHasher {
    keyed: blake3::Hasher,
}

impl IndexHasher {
    pub(crate) fn new(key: &SecretKey) -> Self {
        Self {
            keyed: blake3::Hasher::new_keyed(key.expose()),
        }
    }

    /// The identity of the event with this source and id.
    pub(crate) fn id(&self, source: &str, id: &str) -> IdHash {
        let mut hasher = self.keyed.clone();
        hasher.update(&[0]);
        hasher.update(&(source.len() as u64).to_le_bytes());
        hasher.update(source.as_bytes());
        hasher.update(id.as_bytes());
        IdHash(first_16(&hasher.finalize()))
    }

    /// The tag under which a data subject's keys are found.
    pub(crate) fn subject(&self, data_subject: &str) -> SubjectTag {
        let mut hasher = self.keyed.clone();
        hasher.update(&[SUBJECT]);
        hasher.update(data_subject.as_bytes());
        first_16(&hasher.finalize())
    }

    /// The index term of an attribute's value.
    pub(crate) fn term(&self, attribute: Attribute, value: &[u8]) -> Term {
        let mut hasher = self.keyed.clone();
        hasher.update(&[attribute as u8]);
        hasher.update(value);
        let mut term = [0; 17];
        term[0] = attribute as u8;
        term[1..].copy_from_slice(&first_16(&hasher.finalize()));
        term
    }
}

fn first_16(hash: &blake3::Hash) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&hash.as_bytes()[..16]);
    out
}
