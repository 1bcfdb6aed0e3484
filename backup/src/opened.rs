//! The contents of an encrypted backup, opened with an identity.

use std::{
    collections::BTreeSet,
    fs::File,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use indelible_keystore::age::{self, AgeError, Decryptor, Identity};

use crate::{
    durable,
    error::BackupError,
    manifest::{Encryption, FileEntry, Manifest, StoredObject},
    object::{self, Content, Digest, Measure},
    place::Spend,
    target::Target,
};

/// A backup whose contents can be read.
#[derive(Debug)]
pub struct Opened {
    outer: Manifest,
    inner: Option<Manifest>,
    identities: Vec<Identity>,
}

impl Opened {
    /// Opens the contents of a backup, which its manifest names by their hash. One that is not encrypted needs no identity.
    ///
    /// # Errors
    /// If no identity is given for one that is encrypted, none of them opens it, or its contents are damaged.
    pub fn new(
        target: &Target,
        outer: Manifest,
        identities: Vec<Identity>,
    ) -> Result<Self, BackupError> {
        let inner = match &outer.encryption {
            None => None,
            Some(encryption) => Some(inner(target, &outer, encryption, &identities)?),
        };
        Ok(Self {
            outer,
            inner,
            identities,
        })
    }

    /// All that the backup says of itself, names of files and ledgers included.
    pub fn manifest(&self) -> &Manifest {
        self.inner.as_ref().unwrap_or(&self.outer)
    }

    /// What the identity of the store signed, which names the objects.
    pub fn outer(&self) -> &Manifest {
        &self.outer
    }

    /// Makes a link to a file of the backup, if it lies there as it is: unencrypted, in a directory.
    pub(crate) fn link(
        &self,
        target: &Target,
        file: &FileEntry,
        to: &Path,
    ) -> Result<bool, BackupError> {
        let path = match file.object {
            None => target.path(&file.digest)?,
            Some(_) => None,
        };
        match path {
            Some(path) => {
                let linked = symlink(path, to).map_err(BackupError::io("make the link", to));
                linked.map(|()| true)
            }
            None => Ok(false),
        }
    }

    /// Brings a file of the backup to a path, decrypted: it gets its name once its bytes were read back.
    pub(crate) fn fetch(
        &self,
        target: &Target,
        file: &FileEntry,
        to: &Path,
        spend: Spend<'_>,
    ) -> Result<(), BackupError> {
        let wanted = Content {
            digest: file.digest,
            bytes: file.bytes,
        };
        let beside = ending_in(to, ".coming");
        let Some(object) = &file.object else {
            return target.fetch(wanted, (&beside, to), spend);
        };
        let sealed = ending_in(to, ".sealed");
        target.fetch(object.content(), (&beside, &sealed), spend)?;
        let damaged = |finding: String| BackupError::Damaged {
            id: self.outer.id.clone(),
            file: format!("{} ({})", file.name, target.shown(&object.digest)),
            finding,
        };
        let source = File::open(&sealed).map_err(BackupError::io("open", &sealed))?;
        let source = Decryptor::new(&self.identities, source);
        let mut source = source.map_err(|error| damaged(not_opened(&error)))?;
        let mut measure = Measure::default();
        object::bring(to, &beside, wanted, |write| {
            let read = durable::blocks(&mut source, &sealed, |block| {
                measure.add(block);
                write(block)
            });
            read.map_err(|error| match error {
                BackupError::Io {
                    action: "read",
                    source,
                    ..
                } => match AgeError::from(source) {
                    AgeError::Io(source) => BackupError::io("read", &sealed)(source),
                    other => damaged(other.to_string()),
                },
                other => other,
            })?;
            match measure.content() == wanted {
                true => Ok(()),
                false => Err(damaged(
                    "its content is not the one that the backup names".to_owned(),
                )),
            }
        })?;
        durable::remove(&sealed)
    }
}

/// A path beside another one.
fn ending_in(path: &Path, ending: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(ending);
    beside.into()
}

fn not_opened(error: &AgeError) -> String {
    match error {
        AgeError::OtherRecipients => {
            "it is encrypted to others than the backup, and the identity does not open it"
                .to_owned()
        }
        other => other.to_string(),
    }
}

/// The manifest inside of another one, held against it.
fn inner(
    target: &Target,
    outer: &Manifest,
    encryption: &Encryption,
    identities: &[Identity],
) -> Result<Manifest, BackupError> {
    let id = || outer.id.clone();
    let recipients = encryption.recipients.clone();
    if identities.is_empty() {
        return Err(BackupError::NoIdentity {
            id: id(),
            recipients,
        });
    }
    let contents = &encryption.contents;
    let damaged = |finding: &str| BackupError::Damaged {
        id: id(),
        file: format!("the contents ({})", target.shown(&contents.digest)),
        finding: finding.to_owned(),
    };
    let bytes = match target.object(&contents.digest) {
        Err(BackupError::TooLong { .. }) => {
            return Err(damaged("its bytes are not those that were written"));
        }
        read => read?,
    };
    let bytes = bytes.ok_or_else(|| damaged("it is missing"))?;
    if bytes.len() as u64 != contents.bytes || Digest::of(&bytes) != contents.digest {
        return Err(damaged("its bytes are not those that were written"));
    }
    let opened = age::decrypt(identities, &bytes).map_err(|error| match error {
        AgeError::OtherRecipients => BackupError::WrongIdentity {
            id: id(),
            recipients,
            given: identities
                .iter()
                .map(|one| one.recipient().to_string())
                .collect(),
        },
        other => damaged(&other.to_string()),
    })?;
    let unusable = |problem: String| BackupError::Manifest { id: id(), problem };
    let inner = Manifest::decode(&opened).map_err(unusable)?;
    check_belongs(outer, &inner).map_err(|problem| unusable(problem.to_owned()))?;
    Ok(inner)
}

/// Whether what is inside belongs to what is around it, and every file that it names has an object that the signature is over.
fn check_belongs(outer: &Manifest, inner: &Manifest) -> Result<(), &'static str> {
    let is_same = inner.id == outer.id
        && inner.made_ns == outer.made_ns
        && inner.store == outer.store
        && inner.layout == outer.layout
        && inner.signed_by.public_key == outer.signed_by.public_key;
    if !is_same || inner.encryption.is_some() {
        return Err("its contents are those of another backup");
    }
    let objects: BTreeSet<_> = outer
        .files
        .iter()
        .map(|file| (file.digest, file.bytes))
        .collect();
    let is_named = |object: &StoredObject| objects.contains(&(object.digest, object.bytes));
    match inner
        .files
        .iter()
        .all(|file| file.object.as_ref().is_some_and(is_named))
    {
        true => Ok(()),
        false => Err("its contents name a file that is not among its objects"),
    }
}
