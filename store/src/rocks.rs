//! The store on RocksDB. Nothing outside this folder knows the engine.
//!
//! A commit is one synced write batch: one key for each record, one for each
//! head, one for each full tile. Heads and the term are held in memory under
//! the writer's lock, so that the condition of a commit costs no read. The
//! derived index writes no log of its own; its cursor lies in the same column
//! family and batch, so that whatever survives a crash is consistent. Wrapped
//! data keys have a small column family of their own, which a purge can write
//! anew as a whole.

mod catalog;
mod commit;
mod directory;
mod engine_error;
mod erase;
mod gate;
mod index;
mod key_queue;
mod key_ring;
mod keys;
mod maintain;
mod manifest;
mod open;
mod postings;
mod projections;
mod purge;
mod read;
mod salvage;
mod tables;
mod tuning;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use rocksdb::{ColumnFamily, DB, WriteOptions};

use crate::contracts::{LedgerId, StoreId};
use crate::head::Head;
use directory::{DataDirectory, Generation};
use gate::SharedWriter;
use key_queue::KeyQueue;

pub use open::Opened;
pub use salvage::{EvidenceKept, Salvage};
pub use tuning::RocksTuning;

/// A store in a data directory, on RocksDB.
pub struct RocksStore {
    // The engine comes first, so that it is closed before the directory is let
    // go of.
    db: DB,
    store_id: StoreId,
    writer: SharedWriter,
    /// The durable heads. Changed only by whoever holds `writer`.
    heads: RwLock<HashMap<LedgerId, Head>>,
    /// Held from reading an index's cursor to writing the next.
    index_writer: Mutex<()>,
    /// Held from reading a record to writing it again.
    eraser: Mutex<()>,
    /// Those who change the key ring, one after another.
    key_queue: KeyQueue,
    /// Held while tables are written again at somebody's wish.
    rewriter: Mutex<()>,
    synced: WriteOptions,
    unlogged: WriteOptions,
    generation: Generation,
    directory: std::sync::Arc<DataDirectory>,
}

impl RocksStore {
    /// A column family's handle. [`RocksStore::open`] opens all of them or
    /// fails.
    #[expect(
        clippy::expect_used,
        reason = "no store is open without all of its column families"
    )]
    fn family(&self, name: &str) -> &ColumnFamily {
        self.db
            .cf_handle(name)
            .expect("the column family was opened with the store")
    }

    fn rewriting(&self) -> MutexGuard<'_, ()> {
        self.rewriter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
