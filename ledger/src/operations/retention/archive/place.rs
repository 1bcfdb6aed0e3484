//! The directory of the archive: whether it is there, and what lies in it that no record names.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use indelible_evidence::origin::Origin;
use tracing::{info, warn};

use crate::{
    core::Core,
    state::{
        archive_error::ArchiveError, error::KeyEventError, shared::LedgerState,
        shelf_error::ARCHIVE_MARK,
    },
};

/// The file by which the directory is known as the archive: where it is missing, a volume is not mounted.
pub(super) const MARK: &str = ARCHIVE_MARK;
const MARK_TEXT: &str = "Files of archived bodies and payloads lie here. The daemon takes this directory for its archive by this file. Keep it.\n";
/// Where the catalogue says that the archive was marked.
const MARKED: &[u8] = b"archive/marked";
/// Where the catalogue says which file of a ledger got its name last. Only that one can have been left behind by a run that
/// was broken off before a record named it.
const NAMED_LAST: &[u8] = b"archive/named-last/";
/// How a file ends that is still being written.
pub(super) const UNFINISHED: &str = ".unfinished";

/// The directory of the archive, which is there.
pub(super) struct ArchivePlace {
    pub(super) directory: PathBuf,
}

/// The directory, if it is the archive. The first time it is marked; `is_used` says that a record names a file in it, so
/// that it was.
///
/// # Errors
/// If there is no such directory, or it is not the archive.
pub(super) fn open(core: &Core, is_used: bool) -> Result<ArchivePlace, KeyEventError> {
    let directory = core.shelf.directory().ok_or(ArchiveError::NotConfigured)?;
    let mark = directory.join(MARK);
    let marked = core.store.get(MARKED)?.is_some() || is_used;
    match fs::symlink_metadata(&mark) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound && !marked => {
            let made = File::create_new(&mark).and_then(|mut file| {
                file.write_all(MARK_TEXT.as_bytes())?;
                file.sync_all()
            });
            made.and_then(|()| sync(directory))
                .map_err(|error| ArchiveError::io(&mark, &error))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ArchiveError::NotTheArchive {
                directory: directory.to_owned(),
            }
            .into());
        }
        Err(error) => return Err(ArchiveError::io(&mark, &error).into()),
    }
    if !marked {
        core.store.put(MARKED, b"marked")?;
    }
    Ok(ArchivePlace {
        directory: directory.to_owned(),
    })
}

/// Whether rules may archive: there is a directory, and it is the archive or can become it.
///
/// # Errors
/// What to do if not.
pub(crate) fn check_place(core: &Core) -> Result<(), KeyEventError> {
    let directory = core.shelf.directory().ok_or(ArchiveError::NotConfigured)?;
    match fs::metadata(directory) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(ArchiveError::NotTheArchive {
            directory: directory.to_owned(),
        }
        .into()),
        Err(error) => Err(ArchiveError::io(directory, &error).into()),
    }
}

/// What the names of a ledger's files begin with. A ledger's origin is its own for ever.
pub(super) fn prefix(origin: &Origin) -> String {
    let mut parts = origin.as_str().rsplit('/');
    let (own, name) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    format!("{name}.{own}.")
}

/// The name of a ledger's file.
pub(super) fn file_name(origin: &Origin, range: (u64, u64), sha256: &[u8; 32]) -> String {
    let (from, to) = range;
    format!(
        "{}{from}-{to}.{}.tar",
        prefix(origin),
        HEXLOWER.encode(sha256)
    )
}

/// Keeps the name that a file is about to get, durably.
pub(super) fn keep_name(core: &Core, cell: &LedgerState, name: &str) -> Result<(), KeyEventError> {
    Ok(core.store.put(&named_last(cell), name.as_bytes())?)
}

fn named_last(cell: &LedgerState) -> Vec<u8> {
    [NAMED_LAST, &cell.id.number().to_be_bytes()].concat()
}

impl ArchivePlace {
    /// Removes what a run of this store left behind that was broken off. Other files of the ledger that no record names are
    /// left alone: where this store is an older copy, a newer one names them.
    pub(super) fn sweep(&self, core: &Core, cell: &LedgerState) -> Result<(), KeyEventError> {
        let named_last = core.store.get(&named_last(cell))?;
        let named: HashSet<String> = {
            let keys = cell.keys();
            let archives = keys.disposals().iter();
            let archives = archives.filter_map(|disposal| disposal.archive.as_ref());
            let names = archives.filter_map(|archive| {
                let name = Path::new(&archive.location).file_name()?;
                name.to_str().map(str::to_owned)
            });
            names.collect()
        };
        let prefix = prefix(cell.origin());
        let failed = |error: io::Error| ArchiveError::io(&self.directory, &error);
        let mut removed = false;
        for entry in fs::read_dir(&self.directory).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let Some(name) = name.to_str() else { continue };
            if !name.starts_with(&prefix) || named.contains(name) {
                continue;
            }
            let is_left_behind =
                name.ends_with(UNFINISHED) || named_last.as_deref() == Some(name.as_bytes());
            if !is_left_behind && name.ends_with(".tar") {
                warn!(ledger = %cell.origin(), file = name, "a file of the archive that no record of this store names is left alone");
            }
            if is_left_behind {
                fs::remove_file(self.directory.join(name)).map_err(failed)?;
                info!(ledger = %cell.origin(), file = name, "a file of the archive that no record names is removed");
                removed = true;
            }
        }
        if removed {
            sync(&self.directory).map_err(failed)?;
        }
        Ok(())
    }
}

/// Makes names in a directory durable.
pub(super) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
