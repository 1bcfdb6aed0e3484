//! The data directory: who holds it, and which of its stores is live.
//!
//! ```text
//! lock         held by one process, whose number it names
//! live         "indelible-store layout 4 live store-0001\n"
//! store-0001/  an engine's directory
//! ballast      see `disk`
//! cut/         what a backup copies, while it does
//! restore-begun  while a restore is not adopted: see `restoring`
//! ```
//!
//! A salvage makes the next `store-N` out of the live one. Until it is adopted
//! the copy holds the file `not-adopted` and may be thrown away; the moment of
//! adoption is the replacement of `live`. Directories with lower numbers are
//! kept as evidence; only a person deletes them. An upgrade makes the next
//! `store-N` in the same way, and keeps the one before it with the file
//! `before-upgrade` in it: see `upgrade`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::generation::{Generation, LIVE, Live};
use super::inode::Inode;
use super::layout::{LAYOUT, LAYOUT_OLDEST};
use super::lock::{self, LOCK};
use super::ownership::{check_ownership, names};
use super::restoring::{self, RESTORING};
use crate::disk::sync_directory;
use crate::error::{Result, StoreError};

const LIVE_NEXT: &str = "live.next";
pub(super) const BALLAST: &str = "ballast";
/// The engine's own file in each store: it names the manifest, and is always there.
pub(super) const CURRENT: &str = "CURRENT";
pub(super) const CREATING: &str = "creating";
pub(super) const NOT_ADOPTED: &str = "not-adopted";
const CUT: &str = "cut";
/// A cut that the engine has not finished.
const CUT_BEGUN: &str = "cut.tmp";

/// In a store that an upgrade has replaced.
pub(super) const BEFORE_UPGRADE: &str = "before-upgrade";

/// A data directory, locked against every other process until this is dropped.
#[derive(Debug)]
pub(super) struct DataDirectory {
    path: PathBuf,
    /// Which directory it is, whatever its path names later.
    itself: Inode,
    lock: File,
}

impl DataDirectory {
    /// What a directory may hold that has no store yet.
    pub(super) const OWN: [&str; 5] = [LOCK, LIVE_NEXT, CREATING, BALLAST, RESTORING];

    /// Makes the directory if there is none, and takes hold of it.
    pub(super) fn hold(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(StoreError::io("create", path))?;
        check_ownership(path, &Self::OWN, Self::holds_store(path)?)?;
        let lock = lock::take(path)?;
        let metadata = fs::metadata(path).map_err(StoreError::io("look at", path))?;
        Ok(Self {
            path: path.to_owned(),
            itself: Inode::of(&metadata),
            lock,
        })
    }

    /// Whether the path still names this directory, and the directory still holds the live store. A few calls of the
    /// operating system, cheap beside any sync.
    pub(super) fn check_place(&self, live: Generation) -> Result<()> {
        let displaced = |finding| StoreError::Displaced {
            directory: self.path.clone(),
            finding,
        };
        match fs::metadata(&self.path) {
            Ok(metadata) if Inode::of(&metadata) == self.itself => {}
            Ok(_) => {
                return Err(displaced(
                    "is another directory than the one that was opened",
                ));
            }
            Err(error) if is_absence(&error) => return Err(displaced("is gone")),
            Err(error) => return Err(StoreError::io("look at", &self.path)(error)),
        }
        let lock = self.lock.metadata();
        let lock = lock.map_err(StoreError::io("look at", &self.path.join(LOCK)))?;
        let store = self.store(live);
        match fs::metadata(store.join(CURRENT)) {
            Ok(_) if lock.nlink() > 0 => Ok(()),
            Err(error) if !is_absence(&error) => Err(StoreError::io("look at", &store)(error)),
            _ => Err(displaced("was emptied")),
        }
    }

    /// Whether a directory holds a store, or the beginnings of one. The directory need not exist.
    pub(super) fn holds_store(path: &Path) -> Result<bool> {
        let names = names(path)?;
        let is_store = |name: &String| name == LIVE || Generation::parse(name).is_some();
        Ok(names.iter().any(is_store))
    }

    /// The newest store of a directory whose place an upgrade has taken. Nothing is locked or written.
    pub(super) fn kept(path: &Path) -> Result<Option<PathBuf>> {
        let mut stores: Vec<_> = names(path)?
            .iter()
            .filter_map(|name| Generation::parse(name))
            .collect();
        // The last one is live, or about to be.
        stores.sort_unstable();
        stores.pop();
        for generation in stores.into_iter().rev() {
            let store = path.join(generation.name());
            let mark = store.join(BEFORE_UPGRADE);
            if mark
                .try_exists()
                .map_err(StoreError::io("look for", &mark))?
            {
                return Ok(Some(store));
            }
        }
        Ok(None)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn store(&self, generation: Generation) -> PathBuf {
        self.path.join(generation.name())
    }

    /// The live store, after throwing away what was never finished or never
    /// adopted; `None` if the directory never held a store.
    ///
    /// # Errors
    /// If a restore was begun there and not finished: that is neither no store nor one.
    pub(super) fn live(&self) -> Result<Option<Live>> {
        restoring::check(&self.path)?;
        self.remove_creating()?;
        self.remove_cut()?;
        let live = Self::read_live(&self.path)?;
        let is_live = |generation| live.is_some_and(|live| live.generation == generation);
        let mut found = Vec::new();
        for generation in self.generations()? {
            let unadopted = self.store(generation).join(NOT_ADOPTED);
            let is_unadopted = unadopted
                .try_exists()
                .map_err(StoreError::io("look for", &unadopted))?;
            match is_unadopted {
                true if is_live(generation) => remove_file(&unadopted)?,
                true => remove_tree(&self.store(generation))?,
                false => {}
            }
            if !is_unadopted || is_live(generation) {
                found.push(generation);
            }
        }
        match (live, found.last()) {
            (None, None) => Ok(None),
            // Creation got as far as the whole store, but not to the pointer.
            (None, Some(&only)) if found.len() == 1 => {
                let live = Live {
                    generation: only,
                    layout: LAYOUT,
                };
                self.set_live(live)?;
                Ok(Some(live))
            }
            (Some(live), Some(&newest)) if live.generation == newest => {
                // Of an upgrade that was broken off, or taken back.
                let mark = self.store(newest).join(BEFORE_UPGRADE);
                let looked = mark.try_exists();
                if looked.map_err(StoreError::io("look for", &mark))? {
                    remove_file(&mark)?;
                }
                Ok(Some(live))
            }
            (None, Some(_)) => Err(damaged(&self.path, format!("the file {LIVE} is missing"))),
            (Some(live), newest) => {
                let newest = newest.map_or("none".to_owned(), |newest| newest.name());
                let finding = format!(
                    "the live store should be {}, but the newest one in the directory is {newest}",
                    live.generation.name()
                );
                Err(damaged(&self.path, finding))
            }
        }
    }

    /// Makes the first store: `create` fills a directory, which then gets its
    /// name and becomes live.
    pub(super) fn create<E: From<StoreError>>(
        &self,
        create: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<Live, E> {
        let first = Generation::FIRST;
        let creating = self.path.join(CREATING);
        create(&creating)?;
        fs::rename(&creating, self.store(first)).map_err(StoreError::io("rename", &creating))?;
        let live = Live {
            generation: first,
            layout: LAYOUT,
        };
        self.set_live(live)?;
        Ok(live)
    }

    /// Throws away a store that was never finished.
    pub(super) fn remove_creating(&self) -> Result<()> {
        remove_tree(&self.path.join(CREATING))
    }

    /// Where a cut of the live store lies while somebody copies it.
    pub(super) fn cut(&self) -> PathBuf {
        self.path.join(CUT)
    }

    /// Throws away a cut, finished or not.
    pub(super) fn remove_cut(&self) -> Result<()> {
        remove_tree(&self.path.join(CUT_BEGUN))?;
        remove_tree(&self.cut())
    }

    /// Makes the directory of a copy that is not adopted yet.
    pub(super) fn create_unadopted(&self, generation: Generation) -> Result<PathBuf> {
        let path = self.store(generation);
        fs::create_dir(&path).map_err(StoreError::io("create", &path))?;
        let mark = path.join(NOT_ADOPTED);
        File::create(&mark).map_err(StoreError::io("create", &mark))?;
        Ok(path)
    }

    /// Throws away a copy that was not adopted.
    pub(super) fn remove_unadopted(&self, generation: Generation) -> Result<()> {
        remove_tree(&self.store(generation))
    }

    /// Makes a copy the live store, durably.
    pub(super) fn adopt(&self, live: Live) -> Result<()> {
        let copy = self.store(live.generation);
        sync_directory(&copy)?;
        self.set_live(live)?;
        remove_file(&copy.join(NOT_ADOPTED))
    }

    /// Notes that an upgrade takes a store's place.
    pub(super) fn mark_before_upgrade(&self, generation: Generation) -> Result<()> {
        let mark = self.store(generation).join(BEFORE_UPGRADE);
        File::create(&mark)
            .and_then(|file| file.sync_all())
            .map_err(StoreError::io("create", &mark))
    }

    /// The stores whose place upgrades have taken, oldest first, but for the live one.
    pub(super) fn before_upgrades(&self, live: Generation) -> Result<Vec<Generation>> {
        let mut found = Vec::new();
        for generation in self.generations()? {
            let mark = self.store(generation).join(BEFORE_UPGRADE);
            let is_marked = mark
                .try_exists()
                .map_err(StoreError::io("look for", &mark))?;
            if is_marked && generation != live {
                found.push(generation);
            }
        }
        Ok(found)
    }

    /// Throws a store away that is not live.
    pub(super) fn remove_store(&self, generation: Generation) -> Result<()> {
        remove_tree(&self.store(generation))?;
        sync_directory(&self.path)
    }

    /// Puts a store back whose place an upgrade has taken, and throws away the one that is live.
    pub(super) fn put_back(&self, earlier: Live, live: Generation) -> Result<()> {
        // From here on it is the live one's to lose, whoever opens the directory after a crash.
        let mark = self.store(live).join(NOT_ADOPTED);
        File::create(&mark)
            .and_then(|file| file.sync_all())
            .map_err(StoreError::io("create", &mark))?;
        self.set_live(earlier)?;
        remove_file(&self.store(earlier.generation).join(BEFORE_UPGRADE))?;
        self.remove_store(live)
    }

    /// The stores that are not live, oldest first.
    pub(super) fn evidence(&self, live: Generation) -> Result<Vec<PathBuf>> {
        let mut all = self.generations()?;
        all.retain(|generation| *generation != live);
        Ok(all.into_iter().map(|kept| self.store(kept)).collect())
    }

    fn generations(&self) -> Result<Vec<Generation>> {
        let names = names(&self.path)?;
        let mut found: Vec<_> = names
            .iter()
            .filter_map(|name| Generation::parse(name))
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    /// What the file that names the live store says; none if there is no such file.
    pub(super) fn read_live(directory: &Path) -> Result<Option<Live>> {
        let path = directory.join(LIVE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(StoreError::io("read", &path))?,
        };
        let words: Vec<_> = text.split_whitespace().collect();
        let unreadable = || damaged(directory, format!("the file {LIVE} says {text:?}"));
        let ["indelible-store", "layout", layout, rest @ ..] = &words[..] else {
            return Err(unreadable());
        };
        let found: u32 = layout.parse().map_err(|_| unreadable())?;
        if !(LAYOUT_OLDEST..=LAYOUT).contains(&found) {
            return Err(StoreError::Layout {
                directory: directory.to_owned(),
                found,
                oldest: LAYOUT_OLDEST,
                newest: LAYOUT,
            });
        }
        let generation = match rest {
            ["live", name] => Generation::parse(name).ok_or_else(unreadable)?,
            _ => return Err(unreadable()),
        };
        Ok(Some(Live {
            generation,
            layout: found,
        }))
    }

    fn set_live(&self, live: Live) -> Result<()> {
        let path = self.path.join(LIVE);
        let next = self.path.join(LIVE_NEXT);
        let (layout, name) = (live.layout, live.generation.name());
        let text = format!("indelible-store layout {layout} live {name}\n");
        File::create(&next)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&next, &path))
            .map_err(StoreError::io("write", &path))?;
        sync_directory(&self.path)
    }
}

fn damaged(directory: &Path, finding: String) -> StoreError {
    StoreError::Damaged {
        place: directory.display().to_string(),
        finding,
    }
}

/// Whether an error says that there is no such file or directory.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn remove_file(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(StoreError::io("remove", path))
}

fn remove_tree(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}
