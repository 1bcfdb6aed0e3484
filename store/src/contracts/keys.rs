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
    fn put_data_keys(&self, keys: &[NewDataKey]) -> Result<()>;

    /// The wrapped key under an id; `None` if it was never there or was
    /// destroyed.
    fn data_key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<Vec<u8>>>;

    /// The ledger's wrapped keys in the order of their ids, from the first
    /// after `after` on, `limit` at most. Fewer than that are the last ones. A
    /// key that is put meanwhile may or may not be seen.
    fn data_keys(
        &self,
        ledger: LedgerId,
        after: Option<&DataKeyId>,
        limit: usize,
    ) -> Result<Vec<(DataKeyId, Vec<u8>)>>;

    /// Replaces wrapped keys if each is what the caller expects. If one is not,
    /// because it was destroyed or wrapped by another meanwhile, none is
    /// replaced and it is [`StoreError::DataKeyConflict`]. Subjects stay.
    fn replace_data_keys(&self, keys: &[RewrappedKey]) -> Result<()>;

    /// The ids of a subject's data keys, newest last; empty for a subject that
    /// was never there or whose keys were all destroyed.
    fn subject_keys(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>>;

    /// Destroys data keys, and with each its subject's mapping to it, which the
    /// store finds by itself: whoever takes up an interrupted erasure knows
    /// only the ids. Keys that are not there are no mistake.
    fn destroy_data_keys(&self, ledger: LedgerId, key_ids: &[DataKeyId]) -> Result<()>;
}

/// The error of a key that is not there as the caller believed.
pub(crate) fn conflict(ledger: LedgerId, key_id: &DataKeyId, finding: &'static str) -> StoreError {
    StoreError::DataKeyConflict {
        ledger,
        key_id: *key_id,
        finding,
    }
}
