//! Taking away what was written, without touching what proofs rest on.

use std::ops::ControlFlow;
use std::path::PathBuf;

use super::id::LedgerId;
use crate::error::{Result, StoreError};
use crate::index::Posting;
use crate::record::{ErasedParts, RecordLayoutError};

/// Erasing and archiving bodies and payloads.
///
/// An erasure takes five contracts, and is safe to repeat at any step only in
/// this order:
///
/// 1. The record that says so is committed, and names the data keys.
/// 2. Wait until [`super::IndexStore::cursor`] is beyond the last record to be
///    erased. From here on no indexing derives anything from them, unless the
///    index is reset.
/// 3. [`super::IndexStore::remove_postings`], with the terms that the bodies
///    give while they can be read, or those that
///    [`super::IndexStore::find_postings`] gives.
/// 4. [`super::ProjectionStore::forget_states`], for the same records.
/// 5. [`EraseStore::erase_parts`], or [`EraseStore::erase_chosen`]. An index that is derived again after this
///    finds nothing in them.
/// 6. [`super::KeyRing::destroy_data_keys`].
/// 7. [`super::Maintain::purge`].
///
/// Whatever step a crash hits: the record is there at the next start, the keys
/// are there as long as a body may have to be read, and each step may be done
/// again.
pub trait EraseStore: Send + Sync {
    /// Turns the body and the payload of each of these stored records into
    /// [`crate::record::Part::Erased`]; a part that there never was stays none.
    /// Header, chain hash and id hash keep every byte. Returns how many records
    /// that changed: those erased before are no mistake, and don't count.
    ///
    /// It is atomic for each record and durable when it returns; if it fails,
    /// some of the records may be erased. A record that the ledger does not
    /// have yet is [`crate::StoreError::Malformed`], and nothing was written. It
    /// runs beside commits and holds one up for a sync at a time. After a
    /// failed write every further write is refused until the store is opened
    /// again.
    fn erase_parts(&self, ledger: LedgerId, sequences: &[u64]) -> Result<u64> {
        self.erase_chosen(ledger, sequences, ErasedParts::All)
    }

    /// The same for some of the parts: the others keep every byte. A record
    /// that never had one of them, or lost it before, does not count.
    fn erase_chosen(&self, ledger: LedgerId, sequences: &[u64], parts: ErasedParts) -> Result<u64>;

    /// Turns those of the parts that are here into
    /// [`crate::record::Part::Archived`]; what is erased stays so. All else is
    /// as with [`Self::erase_chosen`]. Nothing is destroyed for good by this:
    /// the bytes leave the files as the engine rewrites them, and a later
    /// erasure of these records purges what is left.
    fn archive_chosen(
        &self,
        ledger: LedgerId,
        sequences: &[u64],
        parts: ErasedParts,
    ) -> Result<u64>;
}

/// What one ledger lost, for a purge to follow it into every file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeScope {
    /// The ledger.
    pub ledger: LedgerId,
    /// The records whose body or payload was erased, in any order.
    pub sequences: Vec<u64>,
    /// The postings that were removed.
    pub postings: Vec<Posting>,
}

/// How far a purge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PurgeProgress {
    /// Memory is written out, so that the logs can go.
    WritingOut,
    /// Tables that hold what was taken away are written again.
    Rewriting {
        /// Bytes of tables done.
        done_bytes: u64,
        /// Bytes of tables in all, as far as can be said before.
        total_bytes: u64,
    },
    /// Everything is written again, and files with the old bytes are still held:
    /// by a reader that has not ended, or by the engine's own tidying up.
    WaitingForFiles {
        /// How many.
        files: usize,
    },
}

/// What a purge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Bytes of tables that were written again.
    pub rewritten_bytes: u64,
    /// Directories that were kept as evidence of earlier damage. They are
    /// copies of an earlier state, and *may hold what was erased since*: a
    /// person must delete them, and until then the erasure is not complete.
    pub evidence: Vec<PathBuf>,
}

/// Told how far a purge is, and asked whether to go on.
pub type OnPurge<'a> = &'a mut dyn FnMut(PurgeProgress) -> ControlFlow<()>;

/// The error of an erasure beyond the ledger's end.
pub(crate) fn not_there(sequence: u64) -> StoreError {
    StoreError::Malformed {
        problem: format!("there is no record {sequence} to erase"),
    }
}

/// The error of bytes that are not a stored record.
pub(crate) fn unreadable(sequence: u64, error: &RecordLayoutError) -> StoreError {
    StoreError::Damaged {
        place: format!("record {sequence}"),
        finding: error.to_string(),
    }
}
