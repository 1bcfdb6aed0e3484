//! Writing so that it lasts: whole, synced, and under its name only then.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use crate::{
    error::{BackupError, NOT_PLAIN},
    limits::COPY_BLOCK_BYTES,
};

/// Opens a plain file to read it. A link could lead anywhere, and a pipe would be waited for without end: whoever may write to
/// the directory can put either there.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other(NOT_PLAIN)),
    }
}

/// Whether this is a directory, and not a link to one.
pub(crate) fn is_directory(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> Result<(), BackupError> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(BackupError::io("sync", path))
}

/// Makes a directory, if there is none, and its name durable.
pub(crate) fn make_directory(path: &Path) -> Result<(), BackupError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        made => made.map_err(BackupError::io("create", path))?,
    }
    path.parent().map_or(Ok(()), sync_directory)
}

/// Writes a file of this content under a name beside it first, and then in its place.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), BackupError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    File::create(beside)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(beside, path))
        .map_err(BackupError::io("write", path))?;
    path.parent().map_or(Ok(()), sync_directory)
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(BackupError::io("remove", path)),
    }
}

/// The names in a directory, in their order.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, BackupError> {
    let failed = || BackupError::io("list", path);
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed())? {
        let name = entry.map_err(failed())?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// Reads a file to its end, block by block.
pub(crate) fn blocks(
    file: &mut impl io::Read,
    path: &Path,
    mut each: impl FnMut(&[u8]) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let mut block = vec![0; COPY_BLOCK_BYTES];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(read) => each(&block[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(BackupError::io("read", path)(error)),
        }
    }
}
