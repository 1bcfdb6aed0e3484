//! A bucket as a place for backups. It has the names of a directory, and `lock`, which whoever writes puts there.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use indelible_bucket::{
    Bucket, BucketError, BucketFault, BucketOptions, Checksum, Condition, Pieces, Put, piece_bytes,
};

use super::{
    contract::{FORMAT, Hold, Lying, MANIFESTS, Place, Spend},
    lease::{LOCK, Lease},
};
use crate::{
    error::BackupError,
    object::{self, Content, Digest, Measure, OBJECTS},
    seen::Seen,
    source::Source,
};

/// A bucket, under a prefix.
#[derive(Debug)]
pub(crate) struct InBucket {
    bucket: Bucket,
}

impl InBucket {
    pub(crate) fn open(options: &BucketOptions) -> Result<Self, BackupError> {
        let bucket = Bucket::open(options)?;
        Ok(Self { bucket })
    }

    fn lying(file: String, bytes: u64) -> Lying {
        let name = file.rsplit('/').next().unwrap_or_default();
        Lying {
            digest: Digest::parse(name),
            bytes,
            file,
        }
    }

    /// Whether an object is there that has the content of `source`. A server that keeps checksums says so; from another one
    /// it is read.
    fn is_whole(
        &self,
        source: &Source<'_>,
        content: Content,
        spend: Spend<'_>,
    ) -> Result<bool, BackupError> {
        let head = self.bucket.head(&content.digest.file())?;
        let Some(head) = head.filter(|head| head.bytes == content.bytes) else {
            return Ok(false);
        };
        if let Some(said) = head.checksum
            && checksum(source, content, spend)? == said
        {
            return Ok(true);
        }
        Ok(self.content(&content.digest, spend)? == Some(content))
    }

    fn send(
        &self,
        source: &Source<'_>,
        content: Content,
        spend: Spend<'_>,
    ) -> Result<Checksum, BackupError> {
        let mut file = source.open()?;
        let mut measure = Measure::default();
        let sent = self
            .bucket
            .upload(&content.digest.file(), content.bytes, &mut |bytes| {
                let piece = piece(&mut file, source.path(), bytes)?;
                measure.add(&piece);
                if piece.len() as u64 != bytes {
                    return Err(BackupError::CutTaken);
                }
                spend(bytes)?;
                Ok(piece)
            })?;
        match measure.content() == content {
            true => Ok(sent),
            // It changed after it was read first.
            false => Err(BackupError::CutTaken),
        }
    }
}

impl Place for InBucket {
    fn name(&self) -> String {
        self.bucket.name().to_owned()
    }

    fn shown(&self, file: &str) -> String {
        self.bucket.shown(file)
    }

    fn read(&self, file: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, BackupError> {
        match self.bucket.head(file)? {
            Some(head) if head.bytes > bytes_max => Err(BackupError::TooLong {
                file: self.shown(file),
                bytes: head.bytes,
                bytes_max,
            }),
            _ => Ok(self.bucket.get(file, bytes_max)?),
        }
    }

    fn manifests(&self) -> Result<Vec<String>, BackupError> {
        let folder = format!("{MANIFESTS}/");
        let listed = self.bucket.list(&folder)?.into_iter();
        let mut names: Vec<_> = listed
            .filter_map(|stored| stored.key.strip_prefix(&folder).map(str::to_owned))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    fn is_away(&self) -> bool {
        false
    }

    fn check_free(&self) -> Result<(), BackupError> {
        let is_own = |key: &str| {
            key == LOCK
                || [OBJECTS, MANIFESTS]
                    .iter()
                    .any(|folder| key.starts_with(&format!("{folder}/")))
        };
        let some = self.bucket.list_some("")?;
        match some.into_iter().find(|stored| !is_own(&stored.key)) {
            Some(found) => Err(BackupError::Occupied {
                place: self.name(),
                found: found.key,
            }),
            None => Ok(()),
        }
    }

    fn make(&self, format: &str) -> Result<(), BackupError> {
        // If somebody else made it meanwhile, it is as good.
        self.bucket
            .put(FORMAT, format.as_bytes().to_vec(), &Condition::IfAbsent)?;
        Ok(())
    }

    fn content(&self, digest: &Digest, spend: Spend<'_>) -> Result<Option<Content>, BackupError> {
        let mut measure = Measure::default();
        let found = self
            .bucket
            .read(&digest.file(), u64::MAX, &mut |piece: &[u8]| {
                measure.add(piece);
                spend(piece.len() as u64)
            })?;
        Ok(found.map(|_| measure.content()))
    }

    fn holds(&self, content: Content, _seen: &Seen) -> Result<bool, BackupError> {
        let head = self.bucket.head(&content.digest.file())?;
        Ok(head.is_some_and(|head| head.bytes == content.bytes))
    }

    fn keep(
        &self,
        source: &Source<'_>,
        content: Content,
        _seen: &Seen,
        spend: Spend<'_>,
    ) -> Result<bool, BackupError> {
        if self.is_whole(source, content, &mut *spend)? {
            return Ok(false);
        }
        let sent = self.send(source, content, &mut *spend)?;
        let head = self.bucket.head(&content.digest.file())?;
        let is_whole = match head.filter(|head| head.bytes == content.bytes) {
            None => false,
            Some(head) if head.checksum.as_ref() == Some(&sent) => true,
            Some(_) => self.content(&content.digest, spend)? == Some(content),
        };
        match is_whole {
            true => Ok(true),
            false => Err(BackupError::NotWhole {
                place: self.shown(&content.digest.file()),
            }),
        }
    }

    fn path(&self, _: &Digest) -> Result<Option<PathBuf>, BackupError> {
        Ok(None)
    }

    fn fetch(
        &self,
        wanted: Content,
        (beside, to): (&Path, &Path),
        spend: Spend<'_>,
    ) -> Result<(), BackupError> {
        let file = wanted.digest.file();
        object::bring(to, beside, wanted, |write| {
            let found = self.bucket.read(&file, u64::MAX, &mut |piece: &[u8]| {
                write(piece)?;
                spend(piece.len() as u64)
            })?;
            match found {
                Some(_) => Ok(()),
                None => Err(BackupError::NotWhole {
                    place: self.shown(&file),
                }),
            }
        })
    }

    /// Never over something: a name that is taken belongs to another backup.
    fn write(&self, file: &str, content: &[u8]) -> Result<(), BackupError> {
        match self
            .bucket
            .put(file, content.to_vec(), &Condition::IfAbsent)?
        {
            Put::Written(_) => Ok(()),
            Put::Refused => Err(BackupError::InTheWay {
                place: self.shown(file),
            }),
        }
    }

    fn remove(&self, file: &str) -> Result<(), BackupError> {
        Ok(self.bucket.remove(file)?)
    }

    fn sweep(&self, lying: &Lying) -> Result<(), BackupError> {
        self.remove(&lying.file)
    }

    fn objects(&self) -> Result<Vec<Lying>, BackupError> {
        let listed = self.bucket.list(&format!("{OBJECTS}/"))?.into_iter();
        Ok(listed
            .map(|stored| Self::lying(stored.key, stored.bytes))
            .collect())
    }

    fn end_unfinished(&self) -> Result<(), BackupError> {
        match self.bucket.end_uploads(&format!("{OBJECTS}/")) {
            // A server that has no such list has nothing in it.
            Err(BucketError {
                fault: BucketFault::Refused(_),
                ..
            }) => Ok(()),
            ended => Ok(ended?),
        }
    }

    fn hold(&self, random: [u8; 8]) -> Result<Box<dyn Hold>, BackupError> {
        Ok(Box::new(Lease::take(&self.bucket, random)?))
    }

    /// Nobody is kept from writing: whoever reads need not be allowed to write, and finds out if what it reads goes away.
    fn keep_still(&self) -> Result<Option<File>, BackupError> {
        Ok(None)
    }
}

/// The checksum that an object of a source's bytes has.
fn checksum(
    source: &Source<'_>,
    content: Content,
    spend: Spend<'_>,
) -> Result<Checksum, BackupError> {
    let mut file = source.open()?;
    let mut pieces = Pieces::default();
    let (mut left, length) = (content.bytes, piece_bytes(content.bytes));
    while left > 0 {
        let bytes = length.min(left);
        let piece = piece(&mut file, source.path(), bytes)?;
        if piece.len() as u64 != bytes {
            return Err(BackupError::CutTaken);
        }
        pieces.add(&piece);
        spend(bytes)?;
        left -= bytes;
    }
    Ok(pieces.of_all())
}

/// The next bytes of a source, or what is left of it.
fn piece(file: &mut impl io::Read, source: &Path, bytes: u64) -> Result<Vec<u8>, BackupError> {
    let mut piece = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
    let read = file.take(bytes).read_to_end(&mut piece);
    read.map_err(BackupError::io("read", source))?;
    Ok(piece)
}
