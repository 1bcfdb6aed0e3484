//! What Indelible keeps on disk, and what it promises about it.
//!
//! A store holds many ledgers: their records, heads and full tiles, an index
//! derived from them, their wrapped data keys, and a small catalog. [`contracts`] says what every store
//! owes, durability above all; [`rocks`] keeps the promises on RocksDB,
//! [`memory`] in memory and with faults on demand, and [`suite`] checks them
//! on any store. [`anchor`] is the one file outside a store that tells whether
//! the store has gone back in time.
//!
//! Architecture invariant: nothing here signs, hashes records, or knows what a
//! header says. Bytes go in and the same bytes come out, or an error does.

pub mod anchor;
pub mod block;
pub mod cause;
pub mod contracts;
pub mod disk;
pub mod error;
pub mod head;
pub mod index;
mod key_edit;
pub mod memory;
pub mod owner;
pub mod record;
pub mod rocks;
pub mod suite;
mod varint;

pub use block::{FullTile, RecordBlock, TILE_BYTES};
pub use cause::Cause;
pub use contracts::{
    Catalog, Commit, CommitStore, Committed, CopiedKey, EngineFigures, EraseStore, IndexStore,
    KeyMac, KeyRing, KeySeal, LedgerId, LookPlace, Looked, Maintain, NewDataKey, Oddity, OnPurge,
    ProjectionStore, PurgeProgress, PurgeScope, Purged, ReadStore, RewrappedKey, SUBJECT_KEYS_MAX,
    Store, StoreCut, StoreId, StoredDataKey, SubjectTag, Term, TryScan,
};
pub use disk::DiskUse;
pub use error::{CommitError, StoreError};
pub use head::{Head, KeyMark};
pub use index::{IndexBatch, IndexEntry, IndexTerm, Posting};
pub use record::ErasedParts;
