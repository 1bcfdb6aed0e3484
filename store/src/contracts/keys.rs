//! Wrapped data keys, and which of them are whose.

use indelible_evidence::DataKeyId;

use super::id::LedgerId;
use crate::error::{Result, StoreError};

/// The keyed hash of a data subject's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectTag([u8; 16]);

impl SubjectTag {
    /// The tag with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The data keys that one subject may have at a time: as many as one record of
/// an erasure can name.
pub const SUBJECT_KEYS_MAX: usize = 64;

/// Bytes that the copy of one data key may have.
pub(crate) const KEY_COPY_BYTES_MAX: usize = u16::MAX as usize;

/// What whoever holds the ledger's index key vouches with for a data key's
/// entry: whose it is, and what it is wrapped as. Opaque to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyMac([u8; 32]);

impl KeyMac {
    /// The MAC with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A data key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDataKey {
    /// The wrapped key.
    pub value: Vec<u8>,
    /// Whose events alone it encrypts; `None` for a key of the whole ledger.
    pub subject: Option<SubjectTag>,
    /// What vouches for it; `None` where an earlier build kept it.
    pub mac: Option<KeyMac>,
    /// A copy of the key for whoever must be able to open it without its
    /// provider, whatever the caller made of it. It is part of the entry, so it
    /// goes with the key.
    pub copy: Option<Vec<u8>>,
}

/// What vouches for all of a ledger's data keys together: that none is missing
/// and none is back. It is written with each change of them, in one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySeal {
    /// The ledger.
    pub ledger: LedgerId,
    /// Whatever its caller made of them.
    pub value: Vec<u8>,
}

/// A data key to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDataKey {
    /// The ledger whose events it encrypts.
    pub ledger: LedgerId,
    /// Its id.
    pub key_id: DataKeyId,
    /// The wrapped key, whatever its provider made of it.
    pub value: Vec<u8>,
    /// Whose events alone it encrypts; `None` for a key of the whole ledger.
    pub subject: Option<SubjectTag>,
    /// What vouches for it.
    pub mac: Option<KeyMac>,
    /// A copy of it that is kept in the same entry.
    pub copy: Option<Vec<u8>>,
}

/// A data key whose copy is made, exchanged or taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedKey {
    /// The key's id.
    pub key_id: DataKeyId,
    /// What must be stored now.
    pub expected: StoredDataKey,
    /// The copy afterwards; `None` for none.
    pub copy: Option<Vec<u8>>,
}

/// A data key wrapped anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewrappedKey {
    /// The ledger.
    pub ledger: LedgerId,
    /// The key's id.
    pub key_id: DataKeyId,
    /// What must be stored now.
    pub expected: Vec<u8>,
    /// What is stored afterwards.
    pub value: Vec<u8>,
    /// What vouches for that.
    pub mac: Option<KeyMac>,
}

/// Keeping wrapped data keys. Every write is atomic as a whole, checked under
/// one lock with the write, and durable when it returns; after a failed one
/// every further write is refused until the store is opened again.
///
/// What is destroyed or replaced can't be read from here on, but its bytes lie
/// in the store's files until [`super::Maintain::purge`] has run.
pub trait KeyRing: Send + Sync {
    /// Keeps new data keys, each as the newest of its subject. Calls of several
    /// threads may share one sync.
    ///
    /// A key that is there with the same value and subject is no mistake, so a
    /// call may be repeated; with another it is
    /// [`StoreError::DataKeyConflict`], and none of the keys was written.
    /// Neither was one if a subject would have more than
    /// [`SUBJECT_KEYS_MAX`] keys.
    ///
    /// A seal takes the place of its ledger's; without one that stays.
    fn put_data_keys(&self, keys: &[NewDataKey], seal: Option<&KeySeal>) -> Result<()>;

    /// The data key under an id; `None` if it was never there or was
    /// destroyed.
    fn data_key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<StoredDataKey>>;

    /// The seal of a ledger's keys; `None` if there never was one.
    fn key_seal(&self, ledger: LedgerId) -> Result<Option<Vec<u8>>>;

    /// The ledger's wrapped keys in the order of their ids, from the first
    /// after `after` on, `limit` at most. Fewer than that are the last ones. A
    /// key that is put meanwhile may or may not be seen.
    fn data_keys(
        &self,
        ledger: LedgerId,
        after: Option<&DataKeyId>,
        limit: usize,
    ) -> Result<Vec<(DataKeyId, StoredDataKey)>>;

    /// Replaces wrapped keys if each is what the caller expects. If one is not,
    /// because it was destroyed or wrapped by another meanwhile, none is
    /// replaced and it is [`StoreError::DataKeyConflict`]. Subjects and copies
    /// stay.
    fn replace_data_keys(&self, keys: &[RewrappedKey], seal: Option<&KeySeal>) -> Result<()>;

    /// Exchanges the copies of keys if each key is what the caller expects, its
    /// copy included. If one is not, none is exchanged and it is
    /// [`StoreError::DataKeyConflict`]. The keys themselves stay.
    fn set_key_copies(&self, ledger: LedgerId, keys: &[CopiedKey]) -> Result<()>;

    /// The ids of a subject's data keys, newest last; empty for a subject that
    /// was never there or whose keys were all destroyed.
    fn subject_keys(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>>;

    /// The subjects of a ledger that have keys, in the order of their tags, each
    /// with what [`KeyRing::subject_keys`] says: from the first after `after`
    /// on, `limit` at most. Fewer than that are the last ones.
    fn subjects(
        &self,
        ledger: LedgerId,
        after: Option<&SubjectTag>,
        limit: usize,
    ) -> Result<Vec<(SubjectTag, Vec<DataKeyId>)>>;

    /// Puts right what [`KeyRing::subject_keys`] says of these subjects; an
    /// empty list takes a subject away. The keys themselves stay.
    fn set_subject_keys(
        &self,
        ledger: LedgerId,
        subjects: &[(SubjectTag, Vec<DataKeyId>)],
    ) -> Result<()>;

    /// Destroys data keys, and with each its copy and its subject's mapping to it, which the
    /// store finds by itself: whoever takes up an interrupted erasure knows
    /// only the ids. Keys that are not there are no mistake.
    fn destroy_data_keys(
        &self,
        ledger: LedgerId,
        key_ids: &[DataKeyId],
        seal: Option<&KeySeal>,
    ) -> Result<()>;
}

/// The error of a key that is not there as the caller believed.
pub(crate) fn conflict(ledger: LedgerId, key_id: &DataKeyId, finding: &'static str) -> StoreError {
    StoreError::DataKeyConflict {
        ledger,
        key_id: *key_id,
        finding,
    }
}
