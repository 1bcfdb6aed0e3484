//! What a place for backups must be able to do.

use std::{
    fmt,
    fs::File,
    path::{Path, PathBuf},
};

use crate::{
    error::BackupError,
    object::{Content, Digest},
    seen::Seen,
    source::Source,
};

/// Told of each block, and may break it off.
pub(crate) type Spend<'a> = &'a mut dyn FnMut(u64) -> Result<(), BackupError>;

/// The folder of manifests and notes.
pub(crate) const MANIFESTS: &str = "manifests";
/// What says that this is a place for backups, and which.
pub(crate) const FORMAT: &str = "format";

/// A file or object that lies among the objects.
#[derive(Debug)]
pub(crate) struct Lying {
    /// Its name, as the place knows it.
    pub(crate) file: String,
    /// Its length.
    pub(crate) bytes: u64,
    /// The content that it is named by; none if it is not named like an object.
    pub(crate) digest: Option<Digest>,
}

/// A place for backups. Files are named from its root, with slashes.
pub(crate) trait Place: fmt::Debug + Send + Sync {
    /// What it is called, for people.
    fn name(&self) -> String;
    /// What a file in it is called, for people.
    fn shown(&self, file: &str) -> String;
    /// A file's bytes; none if there is no such file. One that is longer than it may be is refused before it is read.
    fn read(&self, file: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, BackupError>;
    /// The names of manifests and notes, in their order.
    fn manifests(&self) -> Result<Vec<String>, BackupError>;
    /// Whether nothing at all is there, as where a volume is not mounted. A bucket that answers is never away.
    fn is_away(&self) -> bool;
    /// Refuses a place that holds other things than backups, or is not there.
    fn check_free(&self) -> Result<(), BackupError>;
    /// Makes it one for backups.
    fn make(&self, format: &str) -> Result<(), BackupError>;
    /// The content of an object; none if there is no such object.
    fn content(&self, digest: &Digest, spend: Spend<'_>) -> Result<Option<Content>, BackupError>;
    /// Whether an object is there and is this content. One that was seen whole and not written to since is not read again, and
    /// in a bucket the length is enough.
    fn holds(&self, content: Content, seen: &Seen) -> Result<bool, BackupError>;
    /// Makes sure that there is a whole object of what `source` holds; true if it had to be copied. One that was seen whole
    /// and not written to since is not read again.
    fn keep(
        &self,
        source: &Source<'_>,
        content: Content,
        seen: &Seen,
        spend: Spend<'_>,
    ) -> Result<bool, BackupError>;
    /// Where an object lies as a file that programs can read, if it does.
    fn path(&self, digest: &Digest) -> Result<Option<PathBuf>, BackupError>;
    /// Copies an object to the second path, by way of the first: it gets its name only once its bytes were read back.
    fn fetch(
        &self,
        wanted: Content,
        paths: (&Path, &Path),
        spend: Spend<'_>,
    ) -> Result<(), BackupError>;
    /// Writes a file that is not there, whole and durably.
    fn write(&self, file: &str, content: &[u8]) -> Result<(), BackupError>;
    /// Removes a file, durably, if it is there.
    fn remove(&self, file: &str) -> Result<(), BackupError>;
    /// Removes what lies among the objects and is needed by nobody.
    fn sweep(&self, lying: &Lying) -> Result<(), BackupError>;
    /// All that lies among the objects, also what was never finished.
    fn objects(&self) -> Result<Vec<Lying>, BackupError>;
    /// Ends what was begun and never finished, and is not among the objects.
    fn end_unfinished(&self) -> Result<(), BackupError>;
    /// Takes hold of it, to write to it. `random` tells who holds it from everybody else.
    fn hold(&self, random: [u8; 8]) -> Result<Box<dyn Hold>, BackupError>;
    /// Keeps others from writing to it, where that can be done without writing to it.
    fn keep_still(&self) -> Result<Option<File>, BackupError>;
}

/// Keeps others from writing while it lives.
pub(crate) trait Hold: fmt::Debug + Send + Sync {
    /// Sees to it that others know that it is still held. Cheap, and called often.
    fn keep(&self) -> Result<(), BackupError>;
    /// Makes sure that it is still held now.
    fn assure(&self) -> Result<(), BackupError>;
}
