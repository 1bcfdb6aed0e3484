//! The contracts of a store. Each call is blocking, and each promise about
//! durability stands beside the call that makes it.

use std::ops::ControlFlow;

use indelible_evidence::IdentityTag;

use crate::block::{FullTile, RecordBlock};
use crate::disk::DiskUse;
use crate::error::{CommitError, Result, StoreError};
use crate::head::Head;
use crate::index::{IndexBatch, IndexEntry, IndexTerm, Posting};

pub(crate) mod cut;
pub(crate) mod damage;
pub(crate) mod erase;
pub(crate) mod figures;
pub(crate) mod id;
pub(crate) mod keys;
pub(crate) mod look;
pub(crate) mod oddity;
pub(crate) mod projection;

pub use cut::StoreCut;
pub use erase::{EraseStore, OnPurge, PurgeProgress, PurgeScope, Purged};
pub use figures::EngineFigures;
pub use id::{LedgerId, StoreId, Term};
pub use keys::{
    CopiedKey, KeyMac, KeyRing, KeySeal, NewDataKey, RewrappedKey, SUBJECT_KEYS_MAX, StoredDataKey,
    SubjectTag,
};
pub use look::{LookPlace, Looked};
pub use oddity::Oddity;
pub use projection::ProjectionStore;

/// The records that one ledger gains together, and the head that they lead to.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The ledger.
    pub ledger: LedgerId,
    /// The writer's term.
    pub term: Term,
    /// The ledger's size before the commit, and the first record's sequence
    /// number.
    pub expected_size: u64,
    /// The records' stored values, in order. May be empty: then only the head
    /// changes, at the same size.
    pub records: RecordBlock,
    /// The tiles that these records complete.
    pub tiles: Vec<FullTile>,
    /// The head afterwards; `head.size` is `expected_size + records.len()`.
    pub head: Head,
}

/// A group that is durable. Only a store makes one, and it lives no longer
/// than the group, so it speaks for no other.
#[derive(Debug)]
pub struct Committed<'g> {
    group: &'g [Commit],
}

impl<'g> Committed<'g> {
    /// For a store whose write of this group has returned as synced.
    pub(crate) fn of(group: &'g [Commit]) -> Self {
        Self { group }
    }

    /// What is durable.
    pub fn group(&self) -> &'g [Commit] {
        self.group
    }
}

/// Writing: conditional, atomic and durable.
pub trait CommitStore: Send + Sync {
    /// Makes a new term, greater than all before it, and durable when this
    /// returns. From here on every other term's commits are refused.
    fn acquire(&self) -> Result<Term>;

    /// Writes the whole group (records, tiles and heads; a ledger at most
    /// once) as one atomic write, and returns when it is synced to disk. An
    /// empty group writes nothing, and syncs nothing.
    ///
    /// All checks (term, expected size, well-formedness) come first, for all
    /// of the group and under one lock with the write; if one fails, nothing
    /// is written. After [`CommitError::Unknown`] every further write is
    /// refused until the store is opened again.
    fn commit<'g>(&self, group: &'g [Commit]) -> Result<Committed<'g>, CommitError>;
}

/// Reading what was committed. A reader never sees a part of a group: a
/// record below `head().size` is there, or the store is damaged.
pub trait ReadStore: Send + Sync {
    /// The newest durable head; `None` before the first commit.
    fn head(&self, ledger: LedgerId) -> Result<Option<Head>>;

    /// The stored value of one record.
    fn record(&self, ledger: LedgerId, sequence: u64) -> Result<Option<Vec<u8>>>;

    /// The greatest sequence number under which a record is stored, whether or not the head reaches as far; none if there is no
    /// record.
    fn last_record(&self, ledger: LedgerId) -> Result<Option<u64>>;

    /// Visits the records from `from` up to but not including `to`: every one
    /// exactly once, in order, until the visitor breaks off. A gap, an early
    /// end or a failed read is [`StoreError::Damaged`], never a short scan.
    fn scan(
        &self,
        ledger: LedgerId,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<()>;

    /// The hashes of a full tile, 256 of 32 bytes.
    fn tile(&self, ledger: LedgerId, level: u32, index: u64) -> Result<Option<Vec<u8>>>;
}

/// Scanning with a visitor that can fail.
pub trait TryScan {
    /// Visits as [`ReadStore::scan`] does, until the visitor breaks off or fails: then with its error.
    fn try_scan<E: From<StoreError>>(
        &self,
        ledger: LedgerId,
        from: u64,
        to: u64,
        visit: impl FnMut(u64, &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E>;
}

impl<S: ReadStore + ?Sized> TryScan for S {
    fn try_scan<E: From<StoreError>>(
        &self,
        ledger: LedgerId,
        from: u64,
        to: u64,
        mut visit: impl FnMut(u64, &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let mut failure = None;
        self.scan(ledger, from, to, &mut |sequence, value| {
            visit(sequence, value).unwrap_or_else(|error| {
                failure = Some(error);
                ControlFlow::Break(())
            })
        })?;
        failure.map_or(Ok(()), Err)
    }
}

/// What is derived from the records, and can be derived again. It may fall
/// back to an earlier cursor when the machine stops; it always holds exactly
/// what its cursor says, and its cursor is never beyond the ledger's size when
/// the store has just been opened.
pub trait IndexStore: Send + Sync {
    /// Records below this sequence number are indexed.
    fn cursor(&self, ledger: LedgerId) -> Result<u64>;

    /// For each id the sequence number of its event, in the order asked. `out`
    /// is cleared first.
    fn find_ids(
        &self,
        ledger: LedgerId,
        ids: &[IdentityTag],
        out: &mut Vec<Option<u64>>,
    ) -> Result<()>;

    /// Adds what the records from `from_cursor` up to `to_cursor` give, in one
    /// atomic write with the cursor. Not durable until [`Self::sync_index`].
    fn append_index(&self, ledger: LedgerId, batch: &IndexBatch) -> Result<()>;

    /// Makes all that was appended before durable.
    fn sync_index(&self) -> Result<()>;

    /// Visits the sequence numbers of a term from `from_sequence` on,
    /// ascending, in blocks that are never empty.
    fn postings(
        &self,
        ledger: LedgerId,
        term: &IndexTerm,
        from_sequence: u64,
        visit: &mut dyn FnMut(&[u64]) -> ControlFlow<()>,
    ) -> Result<()>;

    /// Visits the sequence numbers of a term up to `to_sequence`, the last
    /// block first, in blocks that ascend and are never empty.
    fn postings_backwards(
        &self,
        ledger: LedgerId,
        term: &IndexTerm,
        to_sequence: u64,
        visit: &mut dyn FnMut(&[u64]) -> ControlFlow<()>,
    ) -> Result<()>;

    /// Takes sequence numbers out of the postings of these terms, each term's
    /// ascending. Those that are not there are no mistake; one that is not yet
    /// indexed is [`StoreError::Malformed`], and nothing was written.
    ///
    /// Durable when it returns, with everything appended before, so that no
    /// crash brings back what was removed: the index then falls back to no
    /// cursor before this one. Only [`Self::reset_index`] makes it derive these
    /// postings again, so the records must be erased next, before anything
    /// else relies on their absence (see [`EraseStore`] for the whole order).
    /// A failure or a crash before it returns may leave any of them there, none
    /// of them in part, and no other posting is touched.
    fn remove_postings(&self, ledger: LedgerId, removals: &[Posting]) -> Result<()>;

    /// All postings of these records, sorted by term, among what is indexed:
    /// for erasing records whose bodies can't be read any more. Visits the
    /// ledger's whole index.
    fn find_postings(&self, ledger: LedgerId, sequences: &[u64]) -> Result<Vec<Posting>>;

    /// Visits every entry of the ledger's index, as it was at one moment, in no order that means anything.
    fn scan_index(
        &self,
        ledger: LedgerId,
        visit: &mut dyn FnMut(IndexEntry<'_>) -> ControlFlow<()>,
    ) -> Result<()>;

    /// Visits some entries of the ledger's index, at most so many, in the order
    /// of their keys: from the beginning, or behind the place that an earlier
    /// call returned. Returns where it ended; nothing if nothing is left. An
    /// entry that is written or removed between two calls is seen in one of
    /// them, in both, or in none.
    fn scan_index_part(
        &self,
        ledger: LedgerId,
        behind: Option<&[u8]>,
        entries_max: usize,
        visit: &mut dyn FnMut(IndexEntry<'_>),
    ) -> Result<Option<Vec<u8>>>;

    /// Forgets the ledger's index, durably; its cursor is 0 again.
    fn reset_index(&self, ledger: LedgerId) -> Result<()>;
}

/// The small things: which ledgers there are, a few values of the caller's,
/// published checkpoints. Every write is durable when it returns, but for
/// [`Self::put_published`].
pub trait Catalog: Send + Sync {
    /// All ledgers with their descriptors, in the order of their handles. A
    /// ledger that has a head and no descriptor is there with an empty one.
    fn ledgers(&self) -> Result<Vec<(LedgerId, Vec<u8>)>>;

    /// What was found in the store when it was opened that this program does
    /// not write. Nothing relies on it: it was passed over, or derived again.
    fn oddities(&self) -> Vec<Oddity> {
        Vec::new()
    }

    /// Adds a ledger under a handle under which nothing is stored.
    fn add_ledger(&self, descriptor: &[u8]) -> Result<LedgerId>;

    /// Replaces a ledger's descriptor.
    fn update_ledger(&self, ledger: LedgerId, descriptor: &[u8]) -> Result<()>;

    /// Keeps a value under a key of the caller's.
    fn put(&self, key: &[u8], value: &[u8]) -> Result<()> {
        self.put_all(&[(key, value)])
    }

    /// Keeps values under keys of the caller's, in one atomic write.
    fn put_all(&self, values: &[(&[u8], &[u8])]) -> Result<()>;

    /// The value under a key of the caller's.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Keeps the newest published checkpoints, in one atomic write that is
    /// *not* synced: after a crash an older one may be back.
    fn put_published(&self, notes: &[(LedgerId, String)]) -> Result<()>;

    /// The newest published checkpoint.
    fn published(&self, ledger: LedgerId) -> Result<Option<String>>;

    /// The store's identity.
    fn store_id(&self) -> StoreId;
}

/// Looking after a store.
pub trait Maintain: Send + Sync {
    /// Rewrites everything in its most compact form. Long; reads and writes go
    /// on meanwhile.
    fn compact(&self) -> Result<()>;

    /// Makes what was taken away before really gone: when this returns, no file
    /// of the data directory holds a byte of the erased parts, removed
    /// postings and forgotten states of these scopes, nor of any data key or value of the catalog
    /// that was destroyed or replaced, in the ledgers of the scopes or in
    /// others. What it can't answer for are the directories that it names in
    /// [`Purged::evidence`], and copies that others made.
    ///
    /// Long, as it writes every table anew that holds some of it; reads and
    /// writes go on meanwhile. It waits for readers that hold old files open.
    /// `progress` may break it off at any time, which is
    /// [`StoreError::NotPurged`]; a purge that failed is done again from its
    /// beginning.
    fn purge(&self, scopes: &[PurgeScope], progress: OnPurge<'_>) -> Result<Purged>;

    /// Takes a cut for a backup: what is durable when this is called, and nothing else, in files of their own. There is one
    /// cut at a time: an earlier one is gone. Commits wait while files are linked, not while they are copied.
    ///
    /// A store that has no files has no cut: [`StoreError::Malformed`].
    fn cut(&self) -> Result<StoreCut> {
        Err(StoreError::Malformed {
            problem: "a store in memory has no files to back up".to_owned(),
        })
    }

    /// Whether the store still lies where it was opened. What is written to a directory that was taken away is lost,
    /// so this is asked before a commit is acknowledged.
    fn check_place(&self) -> Result<()> {
        Ok(())
    }

    /// How the storage engine is getting on; `None` for a store that has none. Cheap.
    fn figures(&self) -> Result<Option<EngineFigures>> {
        Ok(None)
    }

    /// Reads some of the entries that are not records, whatever they mean, as
    /// far as about so many bytes: from the beginning, or from the place that
    /// an earlier call returned. A store whose files have checksums finds by
    /// this what was altered in the files.
    fn look_through(&self, _from: Option<&LookPlace>, _bytes_max: u64) -> Result<Looked> {
        Ok(Looked::default())
    }

    /// What the store takes on disk.
    fn disk_bytes(&self) -> Result<DiskUse>;

    /// Makes everything durable in the form that opens fastest, and takes no
    /// write from here on. Reads go on until the store is dropped.
    fn close(&self) -> Result<()>;
}

/// A whole store.
pub trait Store:
    CommitStore + ReadStore + IndexStore + ProjectionStore + KeyRing + EraseStore + Catalog + Maintain
{
}

impl<T> Store for T where
    T: CommitStore
        + ReadStore
        + IndexStore
        + ProjectionStore
        + KeyRing
        + EraseStore
        + Catalog
        + Maintain
{
}

impl Commit {
    /// Checks what can be checked without a store.
    pub(crate) fn check(&self) -> Result<(), CommitError> {
        let malformed = |problem: String| CommitError::Malformed {
            ledger: self.ledger,
            problem,
        };
        let size = self.expected_size.checked_add(self.records.len() as u64);
        if size != Some(self.head.size) {
            return Err(malformed(format!(
                "{} records after size {} don't lead to size {}",
                self.records.len(),
                self.expected_size,
                self.head.size
            )));
        }
        for tile in &self.tiles {
            if !tile.is_within(self.expected_size, self.head.size) {
                return Err(malformed(format!(
                    "tile {} of level {} is not completed between sizes {} and {}",
                    tile.index, tile.level, self.expected_size, self.head.size
                )));
            }
        }
        Ok(())
    }
}

/// Checks each commit of a group, and that no ledger is in it twice.
pub(crate) fn check_group(group: &[Commit]) -> Result<(), CommitError> {
    let mut ledgers = std::collections::HashSet::with_capacity(group.len());
    for commit in group {
        commit.check()?;
        if !ledgers.insert(commit.ledger) {
            return Err(CommitError::Malformed {
                ledger: commit.ledger,
                problem: "the ledger is in the group twice".to_owned(),
            });
        }
    }
    Ok(())
}
