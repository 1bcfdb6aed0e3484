//! The place that backups lie in: a directory, or a bucket with the same names.
//!
//! ```text
//! format          "indelible-backups 1 ID CHECK\n"; locked by whoever writes to a directory
//! lock            in a bucket: who writes to it now
//! objects/        files by the hash of their content, in 256 folders
//! objects/coming  in a directory: what is being copied, until it was read back
//! manifests/      for each backup ID.json, and ID.note with the signature over it
//! ```
//!
//! A backup is there once its note is. The note is written last, and taken away first.

mod format;
mod whole;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::format::{format_text, own_id};
use crate::{
    error::BackupError,
    id::BackupId,
    limits::MANIFEST_BYTES_MAX,
    location::Location,
    manifest::Manifest,
    object::{Content, Digest},
    place::{FORMAT, Hold, MANIFESTS, Place, Spend, check_directory, place},
    seen::Seen,
    signed,
    source::Source,
};

const JSON: &str = ".json";
const NOTE: &str = ".note";
/// Bytes of a note, which has one signature.
const NOTE_BYTES_MAX: u64 = 4_096;

/// A place that holds backups.
#[derive(Clone, Debug)]
pub struct Target {
    place: Arc<dyn Place>,
    id: String,
}

/// A place of backups that nobody else writes to until this is dropped.
#[derive(Debug)]
pub struct Held {
    target: Target,
    hold: Box<dyn Hold>,
}

/// A backup as it is listed.
#[derive(Debug)]
pub struct Listed {
    /// The backup.
    pub id: BackupId,
    /// What it says of itself, if that is what was signed.
    pub manifest: Result<Manifest, BackupError>,
}

impl Target {
    /// A place that holds backups.
    ///
    /// # Errors
    /// If it holds none, or of a form that this program does not know.
    pub fn open(location: impl Into<Location>) -> Result<Self, BackupError> {
        Self::at(place(&location.into())?)
    }

    fn at(place: Arc<dyn Place>) -> Result<Self, BackupError> {
        let found = place.read(FORMAT, NOTE_BYTES_MAX)?;
        let Some(found) = found else {
            let name = place.name();
            return Err(match place.is_away() {
                true => BackupError::Away { place: name },
                false => BackupError::NotATarget { place: name },
            });
        };
        let text = String::from_utf8_lossy(&found);
        match own_id(&text) {
            Some(id) => Ok(Self {
                id: id.to_owned(),
                place,
            }),
            None => Err(BackupError::OtherForm {
                place: place.shown(FORMAT),
                found: text.trim_end().to_owned(),
            }),
        }
    }

    /// The same, or makes one of an empty directory, or of a prefix of a bucket that nobody uses, whose id is of these random
    /// bytes. The directory or the bucket itself must be there: a volume that is not mounted is no place for backups.
    ///
    /// # Errors
    /// If it is not there, holds something else, or can't be written to.
    pub fn open_or_make(
        location: impl Into<Location>,
        random: [u8; 8],
    ) -> Result<Self, BackupError> {
        let location: Location = location.into();
        let place = place(&location)?;
        let is_there = location.directory().is_none_or(Path::exists);
        match Self::at(Arc::clone(&place)) {
            // An empty directory can become one.
            Err(BackupError::Away { .. }) if is_there => {}
            Err(BackupError::NotATarget { .. }) => {}
            opened => return opened,
        }
        place.check_free()?;
        place.make(&format_text(random))?;
        Self::at(place)
    }

    /// Refuses a place that holds other things than backups.
    ///
    /// # Errors
    /// If it does, or is not there.
    pub fn check_free(location: &Location) -> Result<(), BackupError> {
        match location {
            Location::Directory(path) => check_directory(path),
            Location::Bucket(_) => place(location)?.check_free(),
        }
    }

    /// What it is called: a path, or the address of a bucket.
    pub fn name(&self) -> String {
        self.place.name()
    }

    /// What tells it from every other, wherever it is mounted.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes hold of it, to write to it. Random bytes tell who holds a bucket from everybody else.
    ///
    /// # Errors
    /// If somebody else holds it.
    pub fn hold(self, random: [u8; 8]) -> Result<Held, BackupError> {
        let hold = self.place.hold(random)?;
        Ok(Held { target: self, hold })
    }

    /// Keeps others from writing to a directory as long as what is returned lives. A bucket is not kept still: whoever reads
    /// it need not be allowed to write to it, and finds out if a backup is taken away meanwhile.
    ///
    /// # Errors
    /// If somebody writes to the directory.
    pub fn keep_still(&self) -> Result<Option<File>, BackupError> {
        self.place.keep_still()
    }

    /// The backups that are there, oldest first.
    ///
    /// # Errors
    /// If they can't be listed. One that can't be used is listed with the reason.
    pub fn list(&self) -> Result<Vec<Listed>, BackupError> {
        let ids = self.ids()?;
        let listed = ids.into_iter().map(|id| Listed {
            manifest: self.manifest(&id),
            id,
        });
        // One that was taken away since is none.
        let is_there =
            |listed: &Listed| !matches!(listed.manifest, Err(BackupError::Unknown { .. }));
        Ok(listed.filter(is_there).collect())
    }

    /// The ids of the backups that are there, oldest first.
    ///
    /// # Errors
    /// If they can't be listed.
    pub fn ids(&self) -> Result<Vec<BackupId>, BackupError> {
        let names = self.place.manifests()?;
        let ids = names
            .iter()
            .filter_map(|name| name.strip_suffix(NOTE)?.parse().ok());
        Ok(ids.collect())
    }

    /// A backup's manifest, verified under the key that it names itself: whose key that is, somebody else must say.
    ///
    /// # Errors
    /// If there is no such backup, or its manifest is not what was signed.
    pub fn manifest(&self, id: &BackupId) -> Result<Manifest, BackupError> {
        let unknown = || BackupError::Unknown {
            place: self.name(),
            id: id.clone(),
        };
        let note = self.place.read(&file(id, NOTE), NOTE_BYTES_MAX)?;
        let note = note.ok_or_else(unknown)?;
        let unusable = |problem: String| BackupError::Manifest {
            id: id.clone(),
            problem,
        };
        let Some(bytes) = self.place.read(&file(id, JSON), MANIFEST_BYTES_MAX)? else {
            return Err(match self.is_there(id)? {
                true => unusable("it is missing beside its note".to_owned()),
                false => unknown(),
            });
        };
        let manifest = Manifest::decode(&bytes).map_err(unusable)?;
        // Whoever has the manifest can tell what was signed.
        if manifest.encode() != bytes {
            return Err(unusable(
                "its bytes are not those that its content is written as".to_owned(),
            ));
        }
        if manifest.files.iter().any(|file| file.object.is_some()) {
            let problem = "it says what belongs inside of an encrypted backup";
            return Err(unusable(problem.to_owned()));
        }
        if manifest.id != *id {
            return Err(unusable(format!("it is the one of backup {}", manifest.id)));
        }
        signed::verify(&manifest, &bytes, &note).map_err(|problem| BackupError::Signature {
            id: id.clone(),
            problem,
        })?;
        Ok(manifest)
    }

    /// The newest backup, or the one of an id.
    ///
    /// # Errors
    /// If there is none, its manifest can't be used, or, without an id, if the backups are of several stores.
    pub fn chosen(&self, id: Option<&BackupId>) -> Result<Manifest, BackupError> {
        if let Some(id) = id {
            return self.manifest(id);
        }
        let ids = self.ids()?;
        let Some(last) = ids.last() else {
            return Err(BackupError::Empty { place: self.name() });
        };
        let chosen = self.manifest(last)?;
        let mut newest = BTreeMap::new();
        for id in &ids {
            // One that can't be used says of no store that it is its.
            if let Ok(manifest) = self.manifest(id) {
                newest.insert(manifest.store, id.clone());
            }
        }
        match newest.len() {
            0 | 1 => Ok(chosen),
            _ => Err(BackupError::SeveralStores {
                place: self.name(),
                newest: newest.into_iter().collect(),
            }),
        }
    }

    /// Whether a backup is there.
    pub(crate) fn is_there(&self, id: &BackupId) -> Result<bool, BackupError> {
        Ok(self.place.read(&file(id, NOTE), NOTE_BYTES_MAX)?.is_some())
    }

    /// What the object of a digest is called, for people.
    pub(crate) fn shown(&self, digest: &Digest) -> String {
        self.place.shown(&digest.file())
    }

    /// The content of an object; none if there is no such object.
    pub(crate) fn content(
        &self,
        digest: &Digest,
        spend: Spend<'_>,
    ) -> Result<Option<Content>, BackupError> {
        self.place.content(digest, spend)
    }

    /// The bytes of an object that is no longer than a manifest; none if there is no such object.
    pub(crate) fn object(&self, digest: &Digest) -> Result<Option<Vec<u8>>, BackupError> {
        // What is around the content comes to a few bytes for each part.
        self.place.read(&digest.file(), 2 * MANIFEST_BYTES_MAX)
    }

    /// Copies an object to a path, by way of another one beside it.
    pub(crate) fn path(&self, digest: &Digest) -> Result<Option<PathBuf>, BackupError> {
        self.place.path(digest)
    }

    pub(crate) fn fetch(
        &self,
        wanted: Content,
        paths: (&Path, &Path),
        spend: Spend<'_>,
    ) -> Result<(), BackupError> {
        self.place.fetch(wanted, paths, spend)
    }
}

impl Held {
    /// The place of backups.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Sees to it that others know that it is still held.
    pub(crate) fn keep_hold(&self) -> Result<(), BackupError> {
        self.hold.keep()
    }

    /// Makes sure that there is a whole object of what a source gives; true if it had to be copied.
    pub(crate) fn keep(
        &self,
        source: &Source<'_>,
        content: Content,
        seen: &Seen,
        spend: Spend<'_>,
    ) -> Result<bool, BackupError> {
        self.target.place.keep(source, content, seen, spend)
    }

    /// Writes a manifest, and then the note by which its backup is there. If somebody else took hold of the place meanwhile,
    /// objects may be gone: then it is no backup.
    pub(crate) fn write(&self, manifest: &Manifest, note: &str) -> Result<(), BackupError> {
        let (id, place) = (&manifest.id, &self.target.place);
        place.write(&file(id, JSON), &manifest.encode())?;
        self.hold.assure()?;
        place.write(&file(id, NOTE), note.as_bytes())?;
        self.hold.assure().or_else(|lost| {
            place.remove(&file(id, NOTE))?;
            Err(lost)
        })
    }

    /// Takes a backup away: its note first, durably, and then its manifest. Its objects stay until a sweep.
    ///
    /// # Errors
    /// If it can't be removed, or somebody else has hold of the place.
    pub fn remove(&self, id: &BackupId) -> Result<(), BackupError> {
        self.hold.keep()?;
        self.target.place.remove(&file(id, NOTE))?;
        self.target.place.remove(&file(id, JSON))
    }

    /// Removes what no backup names: objects, what was never finished, and manifests without a note. Returns how many
    /// bytes that were.
    ///
    /// # Errors
    /// If a manifest can't be used: nothing is removed then, since it may name anything.
    pub fn sweep(&self) -> Result<u64, BackupError> {
        let mut named = BTreeSet::new();
        let ids: BTreeSet<_> = self.target.ids()?.into_iter().collect();
        for id in &ids {
            let manifest = self.target.manifest(id)?;
            named.extend(manifest.objects().map(|file| file.digest));
        }
        let (mut bytes, place) = (0, &self.target.place);
        // Nothing is taken away that another one may need who took hold of the place.
        self.hold.assure()?;
        for lying in place.objects()? {
            let is_named = lying.digest.is_some_and(|digest| named.contains(&digest));
            if !is_named {
                self.hold.keep()?;
                place.sweep(&lying)?;
                bytes += lying.bytes;
            }
        }
        place.end_unfinished()?;
        for name in place.manifests()? {
            let id = name.strip_suffix(JSON).or_else(|| name.strip_suffix(NOTE));
            let is_whole = id.is_some_and(|id| ids.iter().any(|whole| whole.as_str() == id));
            if !is_whole && is_of_a_backup(&name) {
                place.remove(&format!("{MANIFESTS}/{name}"))?;
            }
        }
        Ok(bytes)
    }
}

/// Whether a name among the manifests is one that a backup gives, also on the way to it. Others are somebody else's.
fn is_of_a_backup(name: &str) -> bool {
    let name = name.strip_suffix(".new").unwrap_or(name);
    let id = name.strip_suffix(JSON).or_else(|| name.strip_suffix(NOTE));
    id.is_some_and(|id| id.parse::<BackupId>().is_ok())
}

/// A file of a backup.
fn file(id: &BackupId, ending: &str) -> String {
    format!("{MANIFESTS}/{id}{ending}")
}
