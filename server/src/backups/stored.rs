//! What records of `_system` keep of backups: their payloads.

use bytes::Bytes;
use indelible_backup::{BackupId, Digest};
use indelible_ledger::OrderToDestroy;
use serde::{Deserialize, Serialize};

use crate::limits::BACKUP_RECORD_BYTES_MAX;

/// What is kept of a backup that begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) backup: BackupId,
    /// Which directory of backups it goes to, wherever that is mounted.
    pub(crate) target: String,
    pub(crate) directory: String,
    /// When it began, nanoseconds since 1970 UTC.
    pub(crate) begun_ns: u64,
    /// To whom it is encrypted; nobody, if it is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) encrypted_to: Vec<String>,
}

/// What is kept of a backup or a prune that ended well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ended {
    /// The backup, if one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<MadeOf>,
    /// Which directory of backups it was.
    pub(crate) target: String,
    /// All backups of this daemon that are there now.
    pub(crate) there: Vec<BackupId>,
    /// Some of those that say they are of this store, and are not what the daemon made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) foreign: Vec<BackupId>,
    /// How many more there are of those.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) foreign_more: u64,
    /// Whether what is not there, and no prune took, is missing. Otherwise it is gone: somebody said so, or a release before did
    /// not tell the two apart.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) is_whole_look: bool,
}

/// What is kept of a prune that begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Going {
    /// The backups that it takes away.
    pub(crate) going: Vec<BackupId>,
}

/// What is kept of backups that somebody said are destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forgotten {
    /// Which they are.
    pub(crate) forgotten: Vec<BackupId>,
    /// Those that are there, and that no prune need keep any more, though the store may lack what they have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) released: Vec<BackupId>,
}

/// What is kept of a backup that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MadeOf {
    pub(crate) backup: BackupId,
    /// When its cut was taken, nanoseconds since 1970 UTC.
    pub(crate) made_ns: u64,
    pub(crate) total_bytes: u64,
    /// None where only what lies there tells of the backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) copied_bytes: Option<u64>,
    /// The ledgers that it has; none if they do not fit a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ledgers: Option<Vec<CutOf>>,
    /// Files of the archive that it needs beside itself.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) archive_files: u64,
    /// The digest of the manifest that was signed; none if a release before made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<Digest>,
}

/// Whether a flag is left out. Serde calls it with a reference.
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Whether a number is left out. Serde calls it with a reference.
fn is_none(number: &u64) -> bool {
    *number == 0
}

/// What is kept of a backup that somebody has verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verified {
    pub(crate) verified: BackupId,
    /// When that was reported, nanoseconds since 1970 UTC.
    pub(crate) verified_ns: u64,
}

/// How far a ledger had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CutOf {
    pub(crate) origin: String,
    pub(crate) size: u64,
    /// The erasures and disposals among its records that were not complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unfinished: Vec<u64>,
}

impl CutOf {
    /// Whether the ledger had come so far that it may have had what an erasure or a disposal destroys.
    pub(crate) fn has_had(&self, order: OrderToDestroy) -> bool {
        self.size > order.first
    }

    /// Whether the ledger has the record of an erasure or a disposal that was complete.
    pub(crate) fn has_done(&self, order: OrderToDestroy) -> bool {
        self.size > order.sequence && !self.unfinished.contains(&order.sequence)
    }
}

/// The payload of the record that a backup begins.
pub(crate) fn begun(begun: &Begun) -> Result<Bytes, String> {
    bytes(begun)
}

/// The payload of the record that a prune begins.
pub(crate) fn going(going: &Going) -> Result<Bytes, String> {
    bytes(going)
}

/// The payload of the record that backups are forgotten.
pub(crate) fn forgotten(forgotten: &Forgotten) -> Result<Bytes, String> {
    bytes(forgotten)
}

/// The payload of the record that a backup was verified.
pub(crate) fn verified(verified: &Verified) -> Result<Bytes, String> {
    bytes(verified)
}

/// The payload of the record that a backup or a prune ended. Ledgers that would not fit are left out: such a backup may
/// hold whatever is erased later.
pub(crate) fn ended(mut ended: Ended) -> Result<Bytes, String> {
    let whole = bytes(&ended)?;
    if whole.len() <= BACKUP_RECORD_BYTES_MAX {
        return Ok(whole);
    }
    if let Some(made) = &mut ended.made {
        made.ledgers = None;
    }
    bytes(&ended)
}

fn bytes(value: &impl Serialize) -> Result<Bytes, String> {
    let bytes = serde_json::to_vec(value).map_err(|error| error.to_string())?;
    Ok(bytes.into())
}
