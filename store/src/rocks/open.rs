//! Opening: create, check, and fall back to a salvaged copy when the engine
//! refuses its log.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use rocksdb::{DB, WriteBatch, WriteOptions};

use super::directory::DataDirectory;
use super::gate::{Gate, SharedWriter, Writer};
use super::generation::Live;
use super::key_queue::KeyQueue;
use super::known_ids::KnownIds;
use super::layout::LAYOUT;
use super::own_entries::{Damage, OwnEntries};
use super::owned::check_owner;
use super::restoring;
use super::salvage::{self, Salvage};
use super::store::RocksStore;
use super::survey::Survey;
use super::tuning::{Replay, RocksTuning};
use super::unadopted::is_unadopted;
use super::upgrade::upgrade;
use super::{engine_error, keys};
use crate::contracts::{IndexStore, LedgerId, Oddity};
use crate::error::{Result, StoreError};

/// An open store, and how it came to be open.
pub struct Opened {
    /// The store.
    pub store: RocksStore,
    /// There when the engine refused the live store's log, which is normal
    /// after a power cut and possible after a kill: `store` then reads a copy
    /// of it, up to the first flaw, and takes no commit. Hold every head
    /// against the anchor before [`Salvage::adopt`].
    pub salvage: Option<Salvage>,
}

impl RocksStore {
    /// Opens the store in `path`, or creates one where there never was one. A
    /// store of an earlier layout is upgraded first.
    pub fn open(path: &Path, tuning: &RocksTuning) -> Result<Opened> {
        Self::opened(path, tuning, Damage::Refuses)
    }

    /// Opens the store in `path` for whoever saves what can be read of it: an entry of the catalogue that can't be read, and that
    /// only what is written relies on, is among [`Catalog::oddities`](crate::contracts::Catalog::oddities), and no reason to
    /// refuse the store. It takes no commit. Whether there is a store at all, [`Self::is_there`] says before.
    ///
    /// # Errors
    /// If it can't be read, or another process holds it.
    pub fn open_to_save(path: &Path, tuning: &RocksTuning) -> Result<Opened> {
        Self::opened(path, tuning, Damage::IsTold)
    }

    fn opened(path: &Path, tuning: &RocksTuning, damage: Damage) -> Result<Opened> {
        let gate = || match damage {
            Damage::Refuses => Gate::Open,
            Damage::IsTold => Gate::ToRead,
        };
        check_owner(path)?;
        let directory = Arc::new(DataDirectory::hold(path)?);
        let live = match directory.live()? {
            Some(live) => {
                restoring::end(path)?;
                live
            }
            None => directory.create(|path| create(path, tuning))?,
        };
        if live.layout < LAYOUT
            && let Some((db, live)) = upgrade(&directory, live, tuning)?
        {
            return Ok(Opened {
                store: Self::start(db, directory, live, (gate(), damage), tuning)?,
                salvage: None,
            });
        }
        let live_path = directory.store(live.generation);
        match tuning.open_engine(&live_path, Replay::Strict) {
            Ok(db) => Ok(Opened {
                store: Self::start(db, directory, live, (gate(), damage), tuning)?,
                salvage: None,
            }),
            Err(refusal) if engine_error::is_corruption(&refusal) => {
                let (db, copy) = salvage::open_copy(&directory, live, tuning, &refusal)?;
                let gate = (Gate::Salvaged, damage);
                let store = Self::start(db, directory, copy, gate, tuning)?;
                let salvage = Salvage::new(&store, live_path, refusal.into_string());
                Ok(Opened {
                    store,
                    salvage: Some(salvage),
                })
            }
            Err(error) => Err(engine_error::on_open(path, error)),
        }
    }

    /// Whether a directory holds a store. The directory need not exist, and nothing is written to it.
    ///
    /// # Errors
    /// [`StoreError::RestoreUnfinished`], or if it can't be looked at.
    pub fn is_there(path: &Path) -> Result<bool> {
        restoring::check(path)?;
        Ok(DataDirectory::holds_store(path)? && !is_unadopted(path)?)
    }

    /// Refuses a directory that is another user's. Nothing is written to it.
    ///
    /// # Errors
    /// [`StoreError::OtherOwner`], or if it can't be looked at.
    pub fn check_owner(path: &Path) -> Result<()> {
        check_owner(path)
    }

    pub(super) fn start(
        db: DB,
        directory: Arc<DataDirectory>,
        live: Live,
        (gate, damage): (Gate, Damage),
        tuning: &RocksTuning,
    ) -> Result<Self> {
        let own = OwnEntries::read(&db, directory.path(), damage)?;
        let survey = Survey::of(&db)?;
        let ledgers: Vec<_> = survey.ledgers().collect();
        let (ledgers_end, described) = (survey.end(), survey.described.len());
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        let mut unlogged = WriteOptions::default();
        unlogged.disable_wal(true);
        let db = Arc::new(db);
        let known_ids = KnownIds::start(&db, tuning.known_ids_bytes)?;
        let mut store = Self {
            known_ids,
            db,
            store_id: own.store_id,
            writer: SharedWriter::new(Writer {
                gate,
                term: own.term,
                ledgers_end,
                search_from: u32::try_from(described).unwrap_or(u32::MAX),
            }),
            heads: RwLock::new(survey.heads),
            unreadable_heads: survey.unreadable_heads,
            undescribed: survey.undescribed,
            oddities: [own.damaged, survey.oddities].concat(),
            index_writer: Mutex::new(()),
            eraser: Mutex::new(()),
            key_queue: KeyQueue::default(),
            rewriter: Mutex::new(()),
            synced,
            unlogged,
            generation: live.generation,
            directory,
        };
        for ledger in ledgers {
            let found = store.reset_what_is_ahead(ledger);
            let found = found.or_else(|error| match damage {
                Damage::Refuses => Err(error),
                Damage::IsTold => Ok(vec![Oddity {
                    ledger: Some(ledger),
                    what: format!("what is derived from its records can't be read: {error}"),
                }]),
            })?;
            store.oddities.extend(found);
        }
        for Oddity { ledger, what } in &store.oddities {
            tracing::warn!(ledger = ledger.map(tracing::field::display), "{what}");
        }
        Ok(store)
    }

    /// A salvage can leave a head behind the index and the states, which have
    /// no log. What of them can't be read is derived again as well, and told.
    fn reset_what_is_ahead(&self, ledger: LedgerId) -> Result<Vec<Oddity>> {
        let mut oddities = Vec::new();
        if self.unreadable_heads.contains(&ledger) {
            // How far the ledger reaches is not known, so nothing of it is called ahead.
            return Ok(oddities);
        }
        let size = self.size(ledger);
        match self.stored_cursor(ledger)? {
            Some(cursor) if cursor > size => {
                tracing::warn!(%ledger, cursor, size, "the index is ahead of the ledger, so it is built again");
                self.reset_index(ledger)?;
            }
            Some(_) => {}
            None => {
                self.reset_index(ledger)?;
                oddities.push(Oddity {
                    ledger: Some(ledger),
                    what:
                        "how far its index reaches could not be read, so the index is built again"
                            .to_owned(),
                });
            }
        }
        if self.forget_states_ahead(ledger)? {
            oddities.push(Oddity {
                ledger: Some(ledger),
                what:
                    "a stored state of its projections could not be read, so they are built again"
                        .to_owned(),
            });
        }
        Ok(oddities)
    }
}

fn create(path: &Path, tuning: &RocksTuning) -> Result<()> {
    let cache = tuning.cache();
    let mut options = tuning.database(Replay::Strict, &cache);
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_error_if_exists(true);
    let failed = |error| engine_error::on_open(path, error);
    let db =
        DB::open_cf_descriptors(&options, path, tuning.column_families(&cache)).map_err(failed)?;
    let mut store_id = [0; 16];
    getrandom::fill(&mut store_id).map_err(|error| StoreError::Engine {
        action: "draw a store's identity",
        detail: error.to_string(),
        cause: None,
    })?;
    let mut batch = WriteBatch::default();
    batch.put(keys::LAYOUT, LAYOUT.to_be_bytes());
    batch.put(keys::STORE_ID, store_id);
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    db.write_opt(batch, &synced).map_err(failed)?;
    db.flush().map_err(failed)
}
