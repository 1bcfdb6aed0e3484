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
mod cut;
mod directory;
mod engine_error;
mod erase;
mod figures;
mod gate;
mod generation;
mod id_filter;
mod index;
mod index_scan;
mod inode;
mod key_queue;
mod key_ring;
mod keys;
mod known_ids;
mod layout;
mod lock;
mod look;
mod maintain;
mod manifest;
mod open;
mod own_entries;
mod owned;
mod ownership;
mod peek;
mod postings;
mod projections;
mod purge;
mod read;
mod restored;
mod restoring;
mod salvage;
mod store;
mod survey;
mod tables;
mod tuning;
mod unadopted;
mod upgrade;

pub use open::Opened;
pub use peek::Peeked;
pub use salvage::{EvidenceKept, Salvage};
pub use store::RocksStore;
pub use tuning::RocksTuning;
pub use upgrade::{KeptStore, kept_by_upgrade};

#[cfg(test)]
mod tests;
