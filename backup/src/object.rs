//! Files by the hash of their content.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::{durable, error::BackupError};

/// The folder of all objects.
pub(crate) const OBJECTS: &str = "objects";

/// BLAKE3 of a file's bytes. It is the file's name among the objects, in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Its 32 bytes.
    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a digest from 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Where an object of this content lies, below the directory or the prefix.
    pub(crate) fn file(&self) -> String {
        let name = self.to_string();
        format!("{OBJECTS}/{}/{name}", &name[..2])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&text).ok_or("is not 64 hexadecimal digits in lower case")
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// A file's digest and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) digest: Digest,
    pub(crate) bytes: u64,
}

/// Finds out the digest and the length of what comes block by block.
#[derive(Default)]
pub(crate) struct Measure {
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Measure {
    pub(crate) fn add(&mut self, block: &[u8]) {
        self.hasher.update(block);
        self.bytes += block.len() as u64;
    }

    pub(crate) fn content(&self) -> Content {
        Content {
            digest: Digest(*self.hasher.finalize().as_bytes()),
            bytes: self.bytes,
        }
    }
}

/// Reads a file for its digest and length. `spend` is told of each block, and may break it off. `None` if there is no such
/// file.
pub(crate) fn content(
    path: &Path,
    mut spend: impl FnMut(u64) -> Result<(), BackupError>,
) -> Result<Option<Content>, BackupError> {
    let mut file = match durable::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(BackupError::opening(path)(error)),
    };
    let mut measure = Measure::default();
    durable::blocks(&mut file, path, |block| {
        measure.add(block);
        spend(block.len() as u64)
    })?;
    Ok(Some(measure.content()))
}

/// Writes what `give` gives to `beside`, which is on the volume of `to`: it gets its name only once its bytes were read back and
/// are those that they should be.
pub(crate) fn bring(
    to: &Path,
    beside: &Path,
    wanted: Content,
    give: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), BackupError>) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let failed = || BackupError::io("write", beside);
    let mut target = File::create(beside).map_err(failed())?;
    give(&mut |block| target.write_all(block).map_err(failed()))?;
    target.sync_all().map_err(failed())?;
    drop(target);
    let written = content(beside, |_| Ok(()))?;
    if written != Some(wanted) {
        durable::remove(beside)?;
        return Err(BackupError::NotWhole {
            place: beside.display().to_string(),
        });
    }
    fs::rename(beside, to).map_err(BackupError::io("rename", beside))?;
    to.parent().map_or(Ok(()), durable::sync_directory)
}
