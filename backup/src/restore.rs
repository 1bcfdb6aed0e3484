//! Copying a backup's files back.

use std::path::Path;

use crate::{
    check, durable,
    error::BackupError,
    manifest::FileEntry,
    opened::Opened,
    progress::{Copied, OnCopy},
    target::Target,
};

/// Refuses a directory that holds something else than `begun`, the names that a restore leaves there that was broken off.
/// One that is not there is fine.
///
/// # Errors
/// If it holds something, or can't be looked at.
pub fn check_empty(path: &Path, begun: &[&str]) -> Result<(), BackupError> {
    if !path.exists() {
        return Ok(());
    }
    let names = durable::names(path)?;
    match names
        .into_iter()
        .find(|name| !begun.contains(&name.as_str()))
    {
        None => Ok(()),
        Some(found) => Err(BackupError::NotEmpty {
            path: path.to_owned(),
            found,
        }),
    }
}

/// Copies the files of a backup into `into`, decrypted if they are encrypted, which must be empty or not there. Each is read
/// back before it has its name. Nothing is written before every object of the backup was compared with the manifest.
///
/// # Errors
/// If an object is damaged, or the operating system refuses something; or if it was broken off.
pub fn files(
    target: &Target,
    opened: &Opened,
    into: &Path,
    progress: OnCopy<'_>,
) -> Result<(), BackupError> {
    check_empty(into, &[])?;
    if let Some(damaged) = check::objects(target, opened.outer(), progress)?
        .into_iter()
        .next()
    {
        return Err(damaged);
    }
    brought(target, opened, into, &|_| false, progress)?;
    durable::sync_directory(into)
}

/// Copies the files of a backup whose objects were all compared just now, as [`files()`] does, to be read and thrown away: the
/// engine's tables, which nobody ever changes, are links to where they lie in the backup, if programs can read them there.
/// Nothing of the backup may be removed meanwhile.
///
/// # Errors
/// As [`files()`].
pub fn files_to_read(
    target: &Target,
    opened: &Opened,
    into: &Path,
    progress: OnCopy<'_>,
) -> Result<(), BackupError> {
    brought(target, opened, into, &is_table, progress)
}

/// Whether the engine writes a file once, and only reads it from then on.
fn is_table(file: &FileEntry) -> bool {
    Path::new(&file.name)
        .extension()
        .is_some_and(|end| end == "sst")
}

fn brought(
    target: &Target,
    opened: &Opened,
    into: &Path,
    may_be_link: &dyn Fn(&FileEntry) -> bool,
    progress: OnCopy<'_>,
) -> Result<(), BackupError> {
    check_empty(into, &[])?;
    durable::make_directory(into)?;
    let mut done = Copied {
        total_bytes: opened.manifest().bytes(),
        ..Copied::default()
    };
    for file in &opened.manifest().files {
        let to = into.join(&file.name);
        let mut go_on = |_: u64| match progress(done).is_break() {
            true => Err(BackupError::BrokenOff),
            false => Ok(()),
        };
        if !(may_be_link(file) && opened.link(target, file, &to)?) {
            opened.fetch(target, file, &to, &mut go_on)?;
            done.copied_bytes += file.bytes;
        }
        done.done_bytes += file.bytes;
    }
    Ok(())
}
