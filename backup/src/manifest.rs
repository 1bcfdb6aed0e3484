//! What a backup says of itself.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::{
    id::BackupId,
    limits::BACKUP_FILES_MAX,
    object::{Content, Digest},
};

/// The form of manifests that say everything.
pub(crate) const FORM: u32 = 1;
/// The form of those that name the objects of an encrypted backup, and where the rest is.
pub(crate) const FORM_ENCRYPTED: u32 = 2;
/// Under which name an encrypted backup is signed: the origin of the store's own ledger is inside.
const SIGNER_ENCRYPTED: &str = "indelible-backup";

/// All that a backup is: which files it has, and how far each ledger had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the manifest: 1, or 2 if it is the outer one of an encrypted backup.
    pub form: u32,
    /// The backup.
    pub id: BackupId,
    /// When the cut was taken, RFC 3339.
    pub made: String,
    /// The same in nanoseconds since 1970 UTC.
    pub made_ns: u64,
    /// The release that made it.
    pub program: String,
    /// The store's identity, in hexadecimal.
    pub store: String,
    /// The layout of the store's files.
    pub layout: u32,
    /// The KEK that wraps the keys that are made now, first, and others that some key still needs: ids in hexadecimal.
    pub keks: Vec<String>,
    /// Whose key signs the manifest.
    pub signed_by: SignedBy,
    /// The ledgers, in the order of their numbers.
    pub ledgers: Vec<LedgerCut>,
    /// The files of the store, in the order of their names. In the outer manifest of an encrypted backup they are its objects,
    /// by their numbers.
    pub files: Vec<FileEntry>,
    /// Who can read the backup, and where the rest is said of it; none if it is not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
}

/// How a backup is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// The recipients, `age1…`: whoever has the private key of one of them can read all of it.
    pub recipients: Vec<String>,
    /// The object that has the manifest with everything in it, encrypted.
    pub contents: FileEntry,
}

/// Whose key signs a manifest: the identity that the store's own ledger had when the cut was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedBy {
    /// The origin of the store's own ledger.
    pub origin: String,
    /// The Ed25519 key, in hexadecimal.
    pub public_key: String,
}

/// How far a ledger had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerCut {
    /// Its number within the store.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its origin.
    pub origin: String,
    /// The key that auditors pin.
    pub verifier_key: String,
    /// Records in the backup.
    pub size: u64,
    /// The tree's root at that size, in hexadecimal.
    pub root: String,
    /// The chain hash there, in hexadecimal.
    pub chain: String,
    /// The note that was signed there.
    pub checkpoint: String,
    /// The sequence number of the newest erasure among the records; none if nobody was erased.
    pub newest_erasure: Option<u64>,
    /// The erasures and disposals among the records that were not complete: what they destroy may still be in the backup.
    pub unfinished_erasures: Vec<u64>,
    /// What the anchor said when the cut was there: at least as much as the cut has. None, if it could not say anything of
    /// the ledger.
    pub anchor: Option<AnchorSlot>,
    /// Whether a successor had taken its place: it takes no record any more, whatever an anchor says.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
    /// Files of the archive of retention that hold bodies and payloads of these records. They are not in the backup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archive: Vec<ArchiveEntry>,
}

/// A file of the archive of retention, as a record of the ledger names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveEntry {
    /// Its name in the directory of the archive.
    pub name: String,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// Whether a flag is left out. Serde calls it with a reference.
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What the anchor said of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorSlot {
    /// Records that were acknowledged.
    pub size: u64,
    /// The root at that size, in hexadecimal.
    pub root: String,
    /// The chain hash there, in hexadecimal.
    pub chain: String,
    /// The note that was signed there.
    pub checkpoint: String,
}

/// One file of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name in the store's directory.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its content, which names the object unless that is encrypted.
    pub digest: Digest,
    /// The object that has it encrypted; none if the object is the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<StoredObject>,
}

/// An object that has a file in another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredObject {
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its bytes, which names it.
    pub digest: Digest,
}

impl StoredObject {
    pub(crate) fn content(&self) -> Content {
        Content {
            digest: self.digest,
            bytes: self.bytes,
        }
    }
}

impl Manifest {
    /// The number of the form that this program writes.
    pub const FORM: u32 = FORM;

    /// What its signature is over, beside its id: BLAKE3 of its bytes. No two manifests have the same.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.encode())
    }

    /// The bytes of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The objects that it names, each with the file that it holds.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &FileEntry> {
        let contents = self
            .encryption
            .iter()
            .map(|encryption| &encryption.contents);
        self.files.iter().chain(contents)
    }

    /// What may be said in the clear of an encrypted backup, with the object that has all of it.
    pub(crate) fn outer(&self, recipients: Vec<String>, contents: StoredObject) -> Self {
        let stored = |name: String, object: StoredObject| FileEntry {
            name,
            bytes: object.bytes,
            digest: object.digest,
            object: None,
        };
        let objects = self.files.iter().filter_map(|file| file.object).enumerate();
        Self {
            form: FORM_ENCRYPTED,
            keks: Vec::new(),
            signed_by: SignedBy {
                origin: SIGNER_ENCRYPTED.to_owned(),
                public_key: self.signed_by.public_key.clone(),
            },
            ledgers: Vec::new(),
            files: objects
                .map(|(number, object)| stored(number.to_string(), object))
                .collect(),
            encryption: Some(Encryption {
                recipients,
                contents: stored("contents".to_owned(), contents),
            }),
            id: self.id.clone(),
            made: self.made.clone(),
            program: self.program.clone(),
            store: self.store.clone(),
            ..*self
        }
    }

    /// The files of the archive of retention that it needs beside itself, each once.
    pub fn archive(&self) -> BTreeSet<&ArchiveEntry> {
        let ledgers = self.ledgers.iter();
        ledgers.flat_map(|ledger| &ledger.archive).collect()
    }

    /// Its bytes, over whose digest the signature goes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        // A value of texts and numbers always has a form.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads the bytes, and refuses what no program wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        manifest.check()?;
        Ok(manifest)
    }

    /// What must hold in every manifest.
    pub(crate) fn check(&self) -> Result<(), String> {
        let form = match self.encryption {
            None => FORM,
            Some(_) => FORM_ENCRYPTED,
        };
        if self.form != form {
            return Err(format!(
                "it is of form {}, and this program reads it in form {form}",
                self.form
            ));
        }
        if self.files.len() > BACKUP_FILES_MAX {
            return Err(format!(
                "it names {} files, more than {BACKUP_FILES_MAX}",
                self.files.len()
            ));
        }
        // What people are shown is one line, and says nothing that its place does not.
        let shown = [
            &self.made,
            &self.program,
            &self.store,
            &self.signed_by.origin,
        ];
        for text in shown.into_iter().chain(&self.keks) {
            if text.chars().any(char::is_control) {
                return Err(format!("{text:?} has control characters"));
            }
        }
        let mut names = BTreeSet::new();
        for file in &self.files {
            if !is_file_name(&file.name) {
                return Err(format!("{:?} is not the name of a store's file", file.name));
            }
            if !names.insert(file.name.as_str()) {
                return Err(format!("it names {} twice", file.name));
            }
        }
        let mut numbers = BTreeSet::new();
        for ledger in &self.ledgers {
            if !numbers.insert(ledger.number) {
                return Err(format!("it names ledger {} twice", ledger.number));
            }
            ledger.check()?;
        }
        Ok(())
    }
}

impl LedgerCut {
    fn check(&self) -> Result<(), String> {
        let anchor = self.anchor.as_ref();
        let anchored = anchor.map(|slot| [&slot.root, &slot.chain]);
        for hash in [&self.root, &self.chain]
            .into_iter()
            .chain(anchored.into_iter().flatten())
        {
            if hash_of(hash).is_none() {
                return Err(format!("{hash:?} is not a hash"));
            }
        }
        for text in [&self.name, &self.origin, &self.verifier_key] {
            if text.chars().any(char::is_control) {
                return Err(format!("{text:?} has control characters"));
            }
        }
        for file in &self.archive {
            if hash_of(&file.sha256).is_none() || !is_name(&file.name) {
                return Err(format!("{:?} is not a file of an archive", file.name));
            }
        }
        // Nothing is acknowledged before it is in the anchor: a cut that is ahead of it was taken after it was read.
        match anchor.filter(|slot| slot.size < self.size) {
            Some(slot) => Err(format!(
                "it has {} records of {}, but the anchor that it was taken beside has only {}",
                self.size, self.origin, slot.size
            )),
            None => Ok(()),
        }
    }

    /// Whether what an erasure destroyed can still be in the backup: it has the ledger's records, and not the erasure, or
    /// not all that it did.
    pub fn may_hold_erased(&self, erasure: u64) -> bool {
        self.size <= erasure || self.unfinished_erasures.contains(&erasure)
    }
}

/// The 32 bytes of a hash in hexadecimal.
pub fn hash_of(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Whether a name is one of a file in the store's own directory: no way out of it.
fn is_file_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && name.bytes().all(plain)
}

/// Whether a name is that of a file in some directory: no way out of it.
fn is_name(name: &str) -> bool {
    let is_dots = matches!(name, "" | "." | "..");
    !is_dots && name.len() <= NAME_BYTES_MAX && !name.contains(['/', '\0'])
}

/// Bytes of a name that a file system takes.
const NAME_BYTES_MAX: usize = 255;

#[cfg(test)]
mod tests;
