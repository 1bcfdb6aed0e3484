//! What becomes an object: a file as it is, or encrypted.

use std::{
    io::{self, Read},
    path::Path,
};

use indelible_keystore::age::Encryptor;

use crate::{
    durable,
    error::BackupError,
    object::{self, Content, Measure},
    sealing::Sealing,
};

/// What errors call bytes that are in no file.
const OF_BYTES: &str = "the contents of the backup";

/// What becomes an object. It can be read again and again, and gives the same bytes.
pub(crate) struct Source<'a> {
    given: Given<'a>,
    /// What encrypts it, and the content that it has before; none if it stays as it is.
    sealing: Option<(&'a Sealing, Content)>,
}

enum Given<'a> {
    File(&'a Path),
    Bytes(&'a [u8]),
}

impl<'a> Source<'a> {
    /// A file as it is.
    pub(crate) fn file(path: &'a Path) -> Self {
        Self {
            given: Given::File(path),
            sealing: None,
        }
    }

    /// Bytes as they are.
    pub(crate) fn bytes(bytes: &'a [u8]) -> Self {
        Self {
            given: Given::Bytes(bytes),
            sealing: None,
        }
    }

    /// The same, encrypted: its content is this one.
    pub(crate) fn sealed(self, sealing: &'a Sealing, content: Content) -> Self {
        Self {
            sealing: Some((sealing, content)),
            ..self
        }
    }

    /// The file, for errors.
    pub(crate) fn path(&self) -> &Path {
        match self.given {
            Given::File(path) => path,
            Given::Bytes(_) => Path::new(OF_BYTES),
        }
    }

    /// Opens it at its beginning.
    ///
    /// # Errors
    /// If the file is not there any more, or can't be opened.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + 'a>, BackupError> {
        let plain: Box<dyn Read + 'a> = match self.given {
            Given::Bytes(bytes) => Box::new(bytes),
            Given::File(path) => match durable::open(path) {
                Ok(file) => Box::new(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(BackupError::CutTaken);
                }
                Err(error) => return Err(BackupError::opening(path)(error)),
            },
        };
        let Some((sealing, content)) = self.sealing else {
            return Ok(plain);
        };
        let random = sealing.random(&content);
        let sealed = Encryptor::new(sealing.recipients(), plain, &random);
        let sealed = sealed.map_err(|error| BackupError::Encrypt {
            problem: error.to_string(),
        })?;
        Ok(Box::new(sealed))
    }

    /// Reads it for its digest and length. `spend` is told of each block, and may break it off.
    pub(crate) fn content(
        &self,
        mut spend: impl FnMut(u64) -> Result<(), BackupError>,
    ) -> Result<Content, BackupError> {
        let mut measure = Measure::default();
        durable::blocks(&mut self.open()?, self.path(), |block| {
            measure.add(block);
            spend(block.len() as u64)
        })?;
        Ok(measure.content())
    }

    /// Copies it to `to`, by way of `beside` on the same volume: it gets its name only once its bytes were read back and
    /// are those that they should be.
    pub(crate) fn copy(
        &self,
        (beside, to): (&Path, &Path),
        wanted: Content,
        mut spend: impl FnMut(u64) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let mut source = self.open()?;
        object::bring(to, beside, wanted, |write| {
            durable::blocks(&mut source, self.path(), |block| {
                write(block)?;
                spend(block.len() as u64)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_was_written_is_read_back_before_it_gets_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("from"), b"what is copied").unwrap();
        let from = path("from");
        let source = Source::file(&from);
        let wanted = source.content(|_| Ok(())).unwrap();
        // A volume that alters what is written to it.
        let spoilt = |_: u64| {
            let written = path("beside");
            let mut bytes = fs::read(&written).unwrap();
            bytes[3] ^= 1;
            fs::write(written, bytes).unwrap();
            Ok(())
        };
        let (beside, to) = (path("beside"), path("to"));
        let copied = source.copy((&beside, &to), wanted, spoilt);
        assert!(matches!(copied, Err(BackupError::NotWhole { .. })));
        assert!(!to.exists() && !path("beside").exists());
        source.copy((&beside, &to), wanted, |_| Ok(())).unwrap();
        assert_eq!(fs::read(to).unwrap(), b"what is copied");
    }
}
