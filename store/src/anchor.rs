//! The anchor: one small file outside the store that says how far each ledger
//! had come, and so tells whether the store has gone back in time.
//!
//! The writer advances it after each durable commit and before the
//! acknowledgements: what was acknowledged is in the anchor, whatever happens
//! to the store.

mod entry;
mod error;
mod file;
mod known;
mod placed;
mod slot;
mod standing;
mod state;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use entry::{AnchorEntry, UnreadableSlot};
pub use error::{AnchorDamage, AnchorError};
pub use file::AnchorFile;
use placed::{PlacedFile, beside, failed, open_locked, sync_parent, write_private};
pub use slot::ANCHOR_NOTE_BYTES_MAX;
use slot::{HEADER_BYTES, Header, STEP_BYTES};
pub use standing::Standing;
use state::State;

use crate::contracts::{LedgerId, StoreId};

/// What was found where an anchor ought to be.
#[derive(Debug)]
pub enum AnchorState {
    /// Nothing.
    Missing,
    /// The anchor of another store.
    OtherStore {
        /// That store.
        found: StoreId,
    },
    /// Something that is not, or no longer, an anchor.
    Damaged {
        /// What is wrong with it.
        finding: String,
    },
    /// This store's anchor.
    Present(Anchor),
}

/// Where an anchor lies, or may be made.
pub trait AnchorPlace: Send + Sync {
    /// Looks at the anchor, and takes hold of it if it is this store's.
    fn open(&self, store_id: StoreId) -> Result<AnchorState, AnchorError>;

    /// Makes a new anchor, durable when this returns. There must be none yet.
    fn create(&self, store_id: StoreId) -> Result<Anchor, AnchorError>;

    /// The place's name, for people.
    fn name(&self) -> String;
}

impl AnchorPlace for PathBuf {
    fn open(&self, store_id: StoreId) -> Result<AnchorState, AnchorError> {
        Anchor::open(self, store_id)
    }

    fn create(&self, store_id: StoreId) -> Result<Anchor, AnchorError> {
        Anchor::create(self, store_id)
    }

    fn name(&self) -> String {
        self.display().to_string()
    }
}

/// An open anchor.
pub struct Anchor {
    state: Mutex<State>,
}

impl std::fmt::Debug for Anchor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Anchor").finish_non_exhaustive()
    }
}

impl Anchor {
    /// Makes a new anchor, durable when this returns. There must be none yet.
    pub fn create(path: &Path, store_id: StoreId) -> Result<Self, AnchorError> {
        Self::create_at(path, store_id).map_err(|error| error.at(path))
    }

    fn create_at(path: &Path, store_id: StoreId) -> Result<Self, AnchorError> {
        let temporary = beside(path, ".new");
        let mut content = slot::encode_header(store_id);
        content.resize(HEADER_BYTES + STEP_BYTES, 0);
        write_private(&temporary, &content).map_err(failed("write"))?;
        // Linking, unlike renaming, never replaces.
        let linked = fs::hard_link(&temporary, path);
        fs::remove_file(&temporary).map_err(failed("create"))?;
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(AnchorError::Exists {
                    path: path.to_owned(),
                });
            }
            linked => linked.map_err(failed("create"))?,
        }
        sync_parent(path)?;
        Self::present(Self::open(path, store_id)?)
    }

    /// An anchor that has just been written.
    fn present(state: AnchorState) -> Result<Self, AnchorError> {
        match state {
            AnchorState::Present(anchor) => Ok(anchor),
            state => Err(failed("create")(io::Error::other(format!(
                "what was written reads as {state:?}"
            )))),
        }
    }

    /// Makes a new anchor in an empty file of any kind, durable when this returns.
    pub fn create_file(
        mut file: Box<dyn AnchorFile>,
        store_id: StoreId,
    ) -> Result<Self, AnchorError> {
        let mut content = slot::encode_header(store_id);
        content.resize(HEADER_BYTES + STEP_BYTES, 0);
        file.write_at(&content, 0)
            .and_then(|()| file.sync())
            .map_err(failed("write"))?;
        Self::present(Self::open_file(file, store_id)?)
    }

    /// Looks at the anchor, and takes hold of it if it is this store's.
    pub fn open(path: &Path, store_id: StoreId) -> Result<AnchorState, AnchorError> {
        let opened = match open_locked(path) {
            Err(AnchorError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(AnchorState::Missing)
            }
            Err(error) => Err(error),
            Ok(file) => Self::open_file(Box::new(PlacedFile::new(path, file)), store_id),
        };
        opened.map_err(|error| error.at(path))
    }

    /// Looks at an anchor in any kind of file.
    pub fn open_file(
        file: Box<dyn AnchorFile>,
        store_id: StoreId,
    ) -> Result<AnchorState, AnchorError> {
        let length = file.length().map_err(failed("measure"))?;
        if length < HEADER_BYTES as u64 {
            return Ok(AnchorState::Damaged {
                finding: format!("{length} bytes are too short for an anchor"),
            });
        }
        let mut page = [0; HEADER_BYTES];
        file.read_at(&mut page, 0).map_err(failed("read"))?;
        match slot::decode_header(&page) {
            Header::Store(found) if found == store_id => {}
            Header::Store(found) => return Ok(AnchorState::OtherStore { found }),
            Header::OtherVersion(version) => {
                return Ok(AnchorState::Damaged {
                    finding: format!("anchors of version {version} are not known"),
                });
            }
            Header::Unreadable => {
                return Ok(AnchorState::Damaged {
                    finding: "the header's checksum is wrong".to_owned(),
                });
            }
        }
        let state = State::read(file, store_id, length).map_err(failed("read"))?;
        Ok(AnchorState::Present(Self {
            state: Mutex::new(state),
        }))
    }

    /// A ledger's newest entry; `None` if it never had one.
    pub fn read(&self, ledger: LedgerId) -> Result<Option<AnchorEntry>, AnchorDamage> {
        self.lock().entry(ledger)
    }

    /// Whether one of the ledger's two slots can't be read, beside the one that [`Self::read`] goes by.
    pub fn unreadable_slot(&self, ledger: LedgerId) -> Option<UnreadableSlot> {
        self.lock().unreadable_slot(ledger)
    }

    /// The newest entry of every ledger that ever had one, in the order of their
    /// handles: a store that lacks one of them has gone back in time.
    pub fn entries(&self) -> Vec<(LedgerId, Result<AnchorEntry, AnchorDamage>)> {
        self.lock().entries()
    }

    /// Advances each ledger (named at most once) to its entry: one write for
    /// each, and one sync for all of them. Durable when this returns; without
    /// entries nothing is written.
    ///
    /// A crash leaves each ledger at its old entry or its new one. A failed
    /// write or sync poisons the anchor, since then nobody knows which.
    pub fn advance(&self, entries: &[(LedgerId, &AnchorEntry)]) -> Result<(), AnchorError> {
        self.lock().advance(entries)
    }

    /// Makes room for a ledger's slots ahead of its first entry; durable when this returns. Without room nothing is
    /// lost, and the ledgers that are there go on.
    pub fn reserve(&self, ledger: LedgerId) -> Result<(), AnchorError> {
        self.lock().reserve(ledger)
    }

    /// Compares the file that is open with the one under its path. One that is gone, another, or cut short is written
    /// anew, from memory: durable when this returns. Tells what was found there.
    ///
    /// Every advance does the same, before it returns.
    pub fn keep_in_place(&self) -> Result<Standing, AnchorError> {
        self.lock().keep_in_place()
    }

    /// Writes the file anew where it does not lie in its place, also after that has failed before: durable when this returns. Tells
    /// what was found there; none if it lies there. An anchor that takes no more writes takes none after this either: a start
    /// reads what was written.
    pub fn put_back(&self) -> Result<Option<Standing>, AnchorError> {
        self.lock().put_back()
    }

    /// How often the file was written anew since it was opened, and what was found there the last time.
    pub fn restored(&self) -> Option<(u64, Standing)> {
        self.lock().restored()
    }

    /// Bytes that room for more ledgers takes, once what there is is used up.
    pub const STEP_BYTES: u64 = STEP_BYTES as u64;

    /// Ledgers for which there is room.
    pub fn room(&self) -> u64 {
        self.lock().room()
    }

    /// Replaces a ledger's unreadable slots; whatever they said is lost. Right
    /// for a first slot under which the store holds nothing; anything else is
    /// for a person to decide.
    pub fn overwrite(&self, ledger: LedgerId, entry: &AnchorEntry) -> Result<(), AnchorError> {
        self.lock().overwrite(ledger, entry)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
