//! An anchor's file under a path, which others may take away or exchange.

use std::ffi::OsString;
use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::AnchorError;
use super::file::AnchorFile;
use super::standing::Standing;

/// The permissions of an anchor.
const OWNER_ONLY: u32 = 0o600;

/// A file that is held under a lock, and the path under which it was opened.
pub(super) struct PlacedFile {
    path: PathBuf,
    file: File,
}

impl PlacedFile {
    pub(super) fn new(path: &Path, file: File) -> Self {
        Self {
            path: path.to_owned(),
            file,
        }
    }
}

impl AnchorFile for PlacedFile {
    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        AnchorFile::read_at(&self.file, bytes, offset)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        AnchorFile::write_at(&mut self.file, bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn standing(&self, length: u64, front: &[u8]) -> io::Result<Standing> {
        let there = match fs::metadata(&self.path) {
            Ok(there) => there,
            Err(error) if is_absence(&error) => return Ok(Standing::Gone),
            Err(error) => return Err(error),
        };
        let held = self.file.metadata()?;
        if (there.dev(), there.ino()) != (held.dev(), held.ino()) {
            return Ok(Standing::Other);
        }
        if held.len() < length {
            return Ok(Standing::Emptied);
        }
        // Cut to nothing and written to behind that, it has its length and zeros in front.
        let mut found = vec![0; front.len()];
        AnchorFile::read_at(&self.file, &mut found, 0)?;
        Ok(match found == front {
            true => Standing::InPlace,
            false => Standing::Emptied,
        })
    }

    fn replace(&mut self, content: &[u8]) -> io::Result<()> {
        let next = beside(&self.path, ".new");
        let placed = self.place(&next, content);
        if placed.is_err() {
            // Nobody could tell it from an anchor that is worth something.
            let _left_behind = fs::remove_file(&next);
        }
        placed
    }
}

impl PlacedFile {
    /// Writes a file beside the path, and puts it there.
    fn place(&mut self, next: &Path, content: &[u8]) -> io::Result<()> {
        let file = create_private(next)?;
        hold(&file, next).map_err(io::Error::other)?;
        std::os::unix::fs::FileExt::write_all_at(&file, content, 0)?;
        file.sync_all()?;
        self.keep_what_is_there()?;
        fs::rename(next, &self.path)?;
        sync_parent(&self.path).map_err(io::Error::other)?;
        self.file = file;
        Ok(())
    }

    /// Keeps a file that is not the anchor's under another name: it is somebody's, and perhaps evidence.
    fn keep_what_is_there(&self) -> io::Result<()> {
        let held = self.file.metadata()?;
        match fs::metadata(&self.path) {
            Ok(there) if there.is_dir() => Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "a directory lies in its place; move it away",
            )),
            Ok(there) if (there.dev(), there.ino()) != (held.dev(), held.ino()) => {
                let kept = beside(&self.path, ".found");
                match fs::remove_file(&kept) {
                    Err(error) if !is_absence(&error) => Err(error),
                    _ => fs::hard_link(&self.path, &kept),
                }
            }
            Ok(_) => Ok(()),
            Err(error) if is_absence(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Creates a file, or empties one, that its user alone may read, whatever the mask of the process.
fn create_private(path: &Path) -> io::Result<File> {
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(OWNER_ONLY)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    Ok(file)
}

/// Writes such a file, durable when this returns.
pub(super) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let file = create_private(path)?;
    std::os::unix::fs::FileExt::write_all_at(&file, content, 0)?;
    file.sync_all()
}

/// The error of something that was tried on an anchor.
pub(super) fn failed(action: &'static str) -> impl FnOnce(io::Error) -> AnchorError {
    move |source| AnchorError::Io {
        action,
        path: None,
        source,
    }
}

/// Opens the file and holds it until it is dropped.
pub(super) fn open_locked(path: &Path) -> Result<File, AnchorError> {
    let file = File::options()
        .read(true)
        .write(true)
        .open(path)
        .map_err(failed("open"))?;
    hold(&file, path)?;
    Ok(file)
}

/// Takes hold of a file until it is closed.
fn hold(file: &File, path: &Path) -> Result<(), AnchorError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(AnchorError::Locked {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed("lock")(source)),
    }
}

/// Makes the file's name durable.
pub(super) fn sync_parent(path: &Path) -> Result<(), AnchorError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(failed("sync the directory of"))
}

/// A path with something behind its name.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use indelible_evidence::{ChainHash, TreeHash};

    use super::super::{Anchor, AnchorEntry, AnchorState};
    use super::*;
    use crate::contracts::{LedgerId, StoreId};

    const STORE: StoreId = StoreId::from_bytes([7; 16]);
    const LEDGER: LedgerId = LedgerId::new(3);
    const RESTING: LedgerId = LedgerId::new(70);

    fn entry(size: u64) -> AnchorEntry {
        AnchorEntry {
            size,
            root: TreeHash::from_bytes([1; 32]),
            chain: ChainHash::from_bytes([2; 32]),
            checkpoint: format!("a/l/1\n{size}\n"),
        }
    }

    fn reopen(path: &Path) -> Anchor {
        match Anchor::open(path, STORE).unwrap() {
            AnchorState::Present(anchor) => anchor,
            state => panic!("{state:?}"),
        }
    }

    #[test]
    fn whatever_becomes_of_the_file_the_next_advance_leaves_a_whole_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchor");
        let anchor = Anchor::create(&path, STORE).unwrap();
        anchor
            .advance(&[(LEDGER, &entry(1)), (RESTING, &entry(5))])
            .unwrap();
        let length = fs::metadata(&path).unwrap().len();
        let resize = |length: u64| {
            let file = File::options().write(true).open(&path).unwrap();
            file.set_len(length).unwrap();
        };
        assert_eq!(anchor.keep_in_place().unwrap(), Standing::InPlace);
        let misdeeds: [(Standing, &dyn Fn()); 5] = [
            (Standing::Gone, &|| fs::remove_file(&path).unwrap()),
            (Standing::Emptied, &|| resize(0)),
            (Standing::Emptied, &|| resize(length - 1)),
            // As it is once something was written behind its end.
            (Standing::Emptied, &|| {
                resize(0);
                resize(length);
            }),
            (Standing::Other, &|| {
                fs::copy(&path, beside(&path, ".copy")).unwrap();
                fs::rename(beside(&path, ".copy"), &path).unwrap();
            }),
        ];
        for ((found, misdeed), size) in misdeeds.into_iter().zip(2..) {
            misdeed();
            assert_eq!(anchor.keep_in_place().unwrap(), found);
            misdeed();
            anchor.advance(&[(LEDGER, &entry(size))]).unwrap();
            assert_eq!(anchor.restored().unwrap().1, found);
            assert_eq!(anchor.keep_in_place().unwrap(), Standing::InPlace);
            let copy = beside(&path, ".copy");
            fs::copy(&path, &copy).unwrap();
            let stored = reopen(&copy);
            assert_eq!(stored.read(LEDGER), Ok(Some(entry(size))));
            assert_eq!(stored.read(RESTING), Ok(Some(entry(5))));
        }
        assert_eq!(anchor.restored().unwrap().0, 10);
    }

    #[test]
    fn an_anchor_is_its_users_alone_whoever_makes_it_and_however_often() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchor");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        // Left behind by somebody else.
        fs::write(beside(&path, ".new"), b"").unwrap();
        let anchor = Anchor::create(&path, STORE).unwrap();
        assert_eq!(mode(), 0o600);
        fs::remove_file(&path).unwrap();
        anchor.advance(&[(LEDGER, &entry(1))]).unwrap();
        assert_eq!(mode(), 0o600, "put back");
    }

    #[test]
    fn a_directory_in_its_place_is_named_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anchor");
        let anchor = Anchor::create(&path, STORE).unwrap();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let refused = anchor.advance(&[(LEDGER, &entry(1))]).unwrap_err();
        let mut told = refused.to_string();
        let mut source = std::error::Error::source(&refused);
        while let Some(cause) = source {
            told.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        assert!(told.contains("a directory lies in its place"), "{told}");
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn what_can_not_be_written_anew_takes_nothing_more() {
        let directory = tempfile::tempdir().unwrap();
        let within = directory.path().join("within");
        fs::create_dir(&within).unwrap();
        let anchor = Anchor::create(&within.join("anchor"), STORE).unwrap();
        fs::remove_dir_all(&within).unwrap();
        assert!(anchor.advance(&[(LEDGER, &entry(1))]).is_err());
        let told = anchor.put_back().unwrap_err().to_string();
        assert!(told.starts_with("don't restart"), "{told}");
        fs::create_dir(&within).unwrap();
        assert!(anchor.advance(&[(LEDGER, &entry(2))]).is_err());
        // But it is written there for a start to read, with all that was durable.
        assert_eq!(anchor.put_back().unwrap(), Some(Standing::Gone));
        assert_eq!(anchor.put_back().unwrap(), None);
        assert!(anchor.advance(&[(LEDGER, &entry(3))]).is_err());
        let stored = {
            let copy = within.join("copy");
            fs::copy(within.join("anchor"), &copy).unwrap();
            reopen(&copy)
        };
        assert_eq!(stored.read(LEDGER), Ok(Some(entry(1))));
    }
}
