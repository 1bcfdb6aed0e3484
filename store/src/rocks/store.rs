//! An open store: what it holds, and what all that it does shares.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rocksdb::{ColumnFamily, DB, WriteOptions};

use super::directory::DataDirectory;
use super::gate::SharedWriter;
use super::generation::Generation;
use super::key_queue::KeyQueue;
use super::known_ids::KnownIds;
use crate::contracts::{LedgerId, Oddity, StoreId};
use crate::error::{Result, StoreError};
use crate::head::Head;

/// A store in a data directory, on RocksDB.
pub struct RocksStore {
    /// Ended before the engine is closed.
    pub(super) known_ids: KnownIds,
    // The engine comes before the directory, so that it is closed before that is let
    // go of.
    pub(super) db: Arc<DB>,
    /// None if it can't be read.
    pub(super) store_id: Option<StoreId>,
    pub(super) writer: SharedWriter,
    /// The durable heads. Changed only by whoever holds `writer`.
    pub(super) heads: RwLock<HashMap<LedgerId, Head>>,
    /// Ledgers whose stored head can't be read.
    pub(super) unreadable_heads: HashSet<LedgerId>,
    /// Ledgers that had a head and no descriptor at the opening.
    pub(super) undescribed: Vec<LedgerId>,
    /// What the opening found that this program does not write.
    pub(super) oddities: Vec<Oddity>,
    /// Held from reading an index's cursor to writing the next.
    pub(super) index_writer: Mutex<()>,
    /// Held from reading a record to writing it again.
    pub(super) eraser: Mutex<()>,
    /// Those who change the key ring, one after another.
    pub(super) key_queue: KeyQueue,
    /// Held while tables are written again at somebody's wish.
    pub(super) rewriter: Mutex<()>,
    pub(super) synced: WriteOptions,
    pub(super) unlogged: WriteOptions,
    pub(super) generation: Generation,
    pub(super) directory: Arc<DataDirectory>,
}

impl RocksStore {
    /// A column family's handle. [`RocksStore::open`] opens all of them or
    /// fails.
    #[expect(
        clippy::expect_used,
        reason = "no store is open without all of its column families"
    )]
    pub(super) fn family(&self, name: &str) -> &ColumnFamily {
        self.db
            .cf_handle(name)
            .expect("the column family was opened with the store")
    }

    /// The error of a ledger whose head is damaged.
    pub(super) fn check_head(&self, ledger: LedgerId) -> Result<()> {
        match self.unreadable_heads.contains(&ledger) {
            false => Ok(()),
            true => Err(StoreError::Damaged {
                place: "the catalogue".to_owned(),
                finding: "the ledger's head can't be read".to_owned(),
            }),
        }
    }

    /// The store's identity; none if it can't be read, which only [`Self::open_to_save`] lets pass.
    pub fn known_id(&self) -> Option<StoreId> {
        self.store_id
    }

    pub(super) fn rewriting(&self) -> MutexGuard<'_, ()> {
        self.rewriter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
