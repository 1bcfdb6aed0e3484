//! The store on RocksDB. Nothing outside this folder knows the engine.
//!
//! A commit is one synced write batch: one key for each record, one for each
//! head, one for each full tile. Heads and the term are held in memory under
//! the writer's lock, so that the condition of a commit costs no read. The
//! derived index writes no log of its own; its cursor lies in the same column
//! family and batch, so that whatever survives a crash is consistent.

mod catalog;
mod commit;
mod directory;
mod engine_error;
mod gate;
mod index;
mod keys;
mod maintain;
mod open;
mod postings;
mod read;
mod salvage;
mod tuning;

use std::collections::HashMap;
use std::sync::{Mutex, RwLock};

use rocksdb::{ColumnFamily, DB, WriteOptions};

use crate::contracts::{LedgerId, StoreId};
use crate::head::Head;
use directory::{DataDirectory, Generation};
use gate::SharedWriter;

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
    synced: WriteOptions,
    unlogged: WriteOptions,
    generation: Generation,
    directory: std::sync::Arc<DataDirectory>,
}

impl RocksStore {
    /// A column family's handle. [`RocksStore::open`] opens all of them or
    /// fails.
    fn family(&self, name: &str) -> &ColumnFamily {
        self.db
            .cf_handle(name)
            .expect("the column family was opened with the store")
    }
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
