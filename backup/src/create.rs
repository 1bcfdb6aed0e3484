//! Making a backup: every file of a cut becomes an object, and then the manifest says so.

use std::path::Path;

use crate::{
    durable,
    error::BackupError,
    manifest::{FileEntry, Manifest, StoredObject},
    object::Content,
    pace::{Others, Pace},
    progress::{Copied, OnCopy},
    sealing::Sealing,
    seen::Seen,
    source::Source,
    target::Held,
};

/// How files are copied.
#[derive(Clone, Copy, Default)]
pub struct Manner<'a> {
    /// Bytes that may be read or written in a second; none if nothing holds them back.
    pub rate: Option<u64>,
    /// Says whether others have had work since it was asked last, who go first then; none if nobody does.
    pub others: Option<Others<'a>>,
    /// What encrypts them; none if they are copied as they are.
    pub sealing: Option<&'a Sealing>,
    /// What was read before, and need not be again; none if everything is read.
    pub seen: Option<&'a Seen>,
}

/// Makes each file of a cut an object. Those that are there and whole are not copied again, so that what was broken off goes
/// on.
///
/// # Errors
/// If a file can't be read, or what was written is not what was read; or if it was broken off.
pub fn copy_files(
    held: &Held,
    cut: &Path,
    manner: Manner<'_>,
    progress: OnCopy<'_>,
) -> Result<(Vec<FileEntry>, Copied), BackupError> {
    let names = match durable::names(cut) {
        Err(BackupError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Err(BackupError::CutTaken);
        }
        names => names?,
    };
    let (nothing_seen, mut copied) = (Seen::default(), Copied::default());
    let seen = manner.seen.unwrap_or(&nothing_seen);
    for name in &names {
        let length = std::fs::metadata(cut.join(name)).map_or(0, |file| file.len());
        copied.total_bytes += length;
    }
    let mut pace = Pace::new(manner.rate, manner.others);
    let mut files = Vec::with_capacity(names.len());
    for name in names {
        let path = cut.join(&name);
        let now = copied;
        let mut spend = |bytes| {
            held.keep_hold()?;
            pace.spend(bytes, || progress(now))
        };
        let plain = seen.content(&path, &mut spend)?;
        let (source, content) = match manner.sealing {
            None => (Source::file(&path), plain),
            Some(sealing) => {
                let source = Source::file(&path).sealed(sealing, plain);
                let content = seen.sealed(&source, plain, sealing, &mut spend)?;
                (source, content)
            }
        };
        if held.keep(&source, content, seen, &mut spend)? {
            copied.copied_bytes += content.bytes;
        }
        copied.done_bytes += plain.bytes;
        if progress(copied).is_break() {
            return Err(BackupError::BrokenOff);
        }
        files.push(FileEntry {
            name,
            bytes: plain.bytes,
            digest: plain.digest,
            object: manner.sealing.map(|_| stored(content)),
        });
    }
    Ok((files, copied))
}

/// Encrypts what a backup says of itself, and returns what is said in the clear: that is what must be signed.
///
/// # Errors
/// If it can't be encrypted or written.
pub fn seal(held: &Held, manifest: &Manifest, sealing: &Sealing) -> Result<Manifest, BackupError> {
    let bytes = manifest.encode();
    let mut spend = |_| held.keep_hold();
    let plain = Source::bytes(&bytes).content(&mut spend)?;
    let source = Source::bytes(&bytes).sealed(sealing, plain);
    let sealed = source.content(&mut spend)?;
    held.keep(&source, sealed, &Seen::default(), &mut spend)?;
    let outer = manifest.outer(sealing.recipients().texts(), stored(sealed));
    match outer.files.len() == manifest.files.len() {
        true => Ok(outer),
        false => Err(BackupError::Encrypt {
            problem: "one of them was copied as it is".to_owned(),
        }),
    }
}

fn stored(content: Content) -> StoredObject {
    StoredObject {
        bytes: content.bytes,
        digest: content.digest,
    }
}

/// Writes the manifest with its signature: from then on the backup is there. What no backup names is swept away, so that
/// nothing is left of one that was broken off.
///
/// # Errors
/// If the manifest is not as it must be, or can't be written.
pub fn finish(held: &Held, manifest: &Manifest, note: &str) -> Result<(), BackupError> {
    manifest.check().map_err(|problem| BackupError::Manifest {
        id: manifest.id.clone(),
        problem,
    })?;
    held.write(manifest, note)?;
    // What was written is what is read from now on.
    held.target().manifest(&manifest.id)?;
    Ok(())
}

#[cfg(test)]
mod tests;
