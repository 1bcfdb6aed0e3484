//! The filter of identities over the index: filled from it in the background after the opening, and with all that is indexed
//! from then on.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;

use indelible_evidence::IdentityTag;
use rocksdb::{DB, DBRawIterator, ReadOptions};

use super::id_filter::IdFilter;
use super::{engine_error, keys};
use crate::contracts::LedgerId;
use crate::error::{Result, StoreError};

/// So many identities are read before the reader lets go of the files, which a purge may wait for.
const IDS_AT_ONCE: usize = 1 << 16;

/// What the thread that fills the filter shares with the store.
struct Shared {
    filter: IdFilter,
    /// All identities of ledgers below this number are in the filter.
    filled_below: AtomicU32,
    stopped: AtomicBool,
}

/// Identities that the index may know. Says nothing about a ledger whose index was not read yet.
pub(super) struct KnownIds {
    shared: Arc<Shared>,
    /// Ledgers from this number on have come since the opening.
    new_from: u32,
    filler: Option<JoinHandle<()>>,
}

impl KnownIds {
    /// Begins to read the index. The filter takes at most so many bytes; without any, nothing is read, and every identity is
    /// looked for.
    pub(super) fn start(db: &Arc<DB>, bytes_max: usize) -> Result<Self> {
        if bytes_max == 0 {
            return Ok(Self::none());
        }
        let shared = Arc::new(Shared {
            filter: IdFilter::new(bytes_max),
            filled_below: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
        });
        let new_from = last_ledger(db)?.map_or(0, |last| last.number().saturating_add(1));
        let filler = (new_from > 0).then(|| {
            let (db, shared) = (Arc::clone(db), Arc::clone(&shared));
            let thread = std::thread::Builder::new().name("known-ids".to_owned());
            thread.spawn(move || match shared.fill(&db, new_from) {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(%error, "identities are looked for in the store alone, as their index was not read");
                }
            })
        });
        let filler = filler.and_then(|spawned| {
            let failed =
                |error| tracing::warn!(%error, "identities are looked for in the store alone");
            spawned.map_err(failed).ok()
        });
        Ok(Self {
            shared,
            new_from,
            filler,
        })
    }

    /// Nothing is known.
    fn none() -> Self {
        Self {
            shared: Arc::new(Shared {
                filter: IdFilter::new(0),
                filled_below: AtomicU32::new(0),
                stopped: AtomicBool::new(true),
            }),
            new_from: u32::MAX,
            filler: None,
        }
    }

    /// Takes in what is about to be indexed.
    pub(super) fn insert<'a>(&self, ids: impl Iterator<Item = &'a IdentityTag>) {
        if self.new_from < u32::MAX {
            self.shared.filter.insert(ids);
        }
    }

    /// Whether the index may have an identity.
    pub(super) fn may_hold(&self, ledger: LedgerId, id: &IdentityTag) -> bool {
        let number = ledger.number();
        let is_filled =
            number >= self.new_from || number < self.shared.filled_below.load(Ordering::Acquire);
        !is_filled || self.shared.filter.may_hold(id)
    }

    /// Waits until the index is read.
    #[cfg(test)]
    pub(super) fn wait(&mut self) {
        if let Some(filler) = self.filler.take() {
            filler.join().expect("the filler ends");
        }
    }
}

impl Drop for KnownIds {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        if let Some(filler) = self.filler.take() {
            // One that panicked holds the engine no longer either.
            let _ended = filler.join();
        }
    }
}

impl Shared {
    /// Reads all that is indexed of ledgers below `new_from`, unless the store is closed before.
    fn fill(&self, db: &DB, new_from: u32) -> Result<()> {
        let mut number = 0;
        while let Some(ledger) = next_ledger(db, number)? {
            if self.fill_from(db, ledger)?.is_break() {
                return Ok(());
            }
            number = ledger.number().saturating_add(1);
            self.filled_below.store(number, Ordering::Release);
            if number >= new_from {
                break;
            }
        }
        self.filled_below.store(new_from, Ordering::Release);
        Ok(())
    }

    fn fill_from(&self, db: &DB, ledger: LedgerId) -> Result<ControlFlow<()>> {
        let mut from = keys::ids_of(ledger).to_vec();
        let mut ids = Vec::with_capacity(IDS_AT_ONCE);
        loop {
            if self.stopped.load(Ordering::Relaxed) {
                return Ok(ControlFlow::Break(()));
            }
            ids.clear();
            let next = read_some(db, ledger, &from, &mut ids)?;
            self.filter.insert(ids.iter());
            match next {
                Some(next) => from = next,
                None => return Ok(ControlFlow::Continue(())),
            }
        }
    }
}

/// The last ledger of which anything is indexed.
fn last_ledger(db: &DB) -> Result<Option<LedgerId>> {
    let mut iterator = over_index(db, ReadOptions::default())?;
    iterator.seek_to_last();
    ledger_at(&iterator)
}

/// The first ledger from a number on of which anything is indexed.
fn next_ledger(db: &DB, number: u32) -> Result<Option<LedgerId>> {
    let mut iterator = over_index(db, ReadOptions::default())?;
    iterator.seek(number.to_be_bytes());
    ledger_at(&iterator)
}

fn over_index(db: &DB, options: ReadOptions) -> Result<DBRawIterator<'_>> {
    let missing = || StoreError::Damaged {
        place: "the index".to_owned(),
        finding: "its column family is missing".to_owned(),
    };
    let family = db.cf_handle(keys::INDEX).ok_or_else(missing)?;
    Ok(db.raw_iterator_cf_opt(family, options))
}

fn ledger_at(iterator: &DBRawIterator<'_>) -> Result<Option<LedgerId>> {
    let status = iterator.status();
    status.map_err(engine_error::on("look into the index"))?;
    // A key that is too short to name a ledger is none that anybody looks for.
    let number = |key: &[u8]| Some(LedgerId::new(u32::from_be_bytes(*key.first_chunk()?)));
    Ok(iterator.key().and_then(number))
}

/// Reads identities of a ledger from a key on, and gives the key to go on from, if there may be more.
fn read_some(
    db: &DB,
    ledger: LedgerId,
    from: &[u8],
    ids: &mut Vec<IdentityTag>,
) -> Result<Option<Vec<u8>>> {
    let mut options = ReadOptions::default();
    options.set_iterate_upper_bound(keys::postings_of(ledger));
    options.fill_cache(false);
    let mut iterator = over_index(db, options)?;
    iterator.seek(from);
    while let Some(key) = iterator.key() {
        if ids.len() == IDS_AT_ONCE {
            return Ok(Some(key.to_vec()));
        }
        // What is no identity is none that anybody looks for.
        ids.extend(keys::id_in(ledger, key));
        iterator.next();
    }
    iterator
        .status()
        .map_err(engine_error::on("read the index's identities"))?;
    Ok(None)
}
