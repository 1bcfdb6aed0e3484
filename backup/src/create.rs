//! Making a backup: every file of a cut becomes an object, and then the manifest says so.

use std::path::Path;

use crate::{
    durable,
    error::BackupError,
    manifest::{FileEntry, Manifest},
    object,
    pace::Pace,
    progress::{Copied, OnCopy},
    target::Held,
};

/// Makes each file of a cut an object. Those that are there and whole are not copied again, so that what was broken off goes
/// on. `rate` says how many bytes may be read or written in a second.
///
/// # Errors
/// If a file can't be read, or what was written is not what was read; or if it was broken off.
pub fn copy_files(
    held: &Held,
    cut: &Path,
    rate: Option<u64>,
    progress: OnCopy<'_>,
) -> Result<(Vec<FileEntry>, Copied), BackupError> {
    let names = match durable::names(cut) {
        Err(BackupError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Err(BackupError::CutTaken);
        }
        names => names?,
    };
    let mut copied = Copied::default();
    for name in &names {
        let length = std::fs::metadata(cut.join(name)).map_or(0, |file| file.len());
        copied.total_bytes += length;
    }
    let mut pace = Pace::new(rate);
    let mut files = Vec::with_capacity(names.len());
    for name in names {
        let source = cut.join(&name);
        let now = copied;
        let mut spend = |bytes| {
            held.keep_hold()?;
            pace.spend(bytes, || progress(now))
        };
        let read = object::content(&source, &mut spend)?;
        let content = read.ok_or(BackupError::CutTaken)?;
        if held.keep(&source, content, &mut spend)? {
            copied.copied_bytes += content.bytes;
        }
        copied.done_bytes += content.bytes;
        if progress(copied).is_break() {
            return Err(BackupError::BrokenOff);
        }
        files.push(FileEntry {
            name,
            bytes: content.bytes,
            digest: content.digest,
        });
    }
    Ok((files, copied))
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
