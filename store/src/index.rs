//! What an index holds: which record an id belongs to, and which records a
//! term occurs in.

use indelible_evidence::IdentityTag;

use crate::error::{Result, StoreError};

/// A term: one byte naming the attribute, and the keyed hash of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexTerm([u8; Self::BYTES]);

impl IndexTerm {
    /// How long it is.
    pub const BYTES: usize = 17;

    /// The term with these bytes.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The byte that names the attribute.
    pub const fn attribute(&self) -> u8 {
        self.0[0]
    }
}

/// The records in which a term occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The term.
    pub term: IndexTerm,
    /// Sequence numbers, strictly ascending, not empty.
    pub sequences: Vec<u64>,
}

/// One entry of a stored index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexEntry<'a> {
    /// An id, and the record that it belongs to.
    Id(IdentityTag, u64),
    /// Some of the records in which a term occurs, ascending.
    Postings(IndexTerm, &'a [u64]),
}

/// What a run of records adds to a ledger's index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexBatch {
    /// The first record of the run; the index ends here before.
    pub from_cursor: u64,
    /// The end of the run, exclusive; the index ends here afterwards.
    pub to_cursor: u64,
    /// Ids and their records, sorted by id.
    pub ids: Vec<(IdentityTag, u64)>,
    /// Terms and their records, sorted by term.
    pub postings: Vec<Posting>,
}

/// Checks that what is to be removed ascends and is indexed.
pub(crate) fn check_removals(cursor: u64, removals: &[Posting]) -> Result<()> {
    for posting in removals {
        let last = posting.sequences.last();
        let problem = if !posting.sequences.is_sorted_by(|a, b| a < b) {
            "a term's records don't ascend".to_owned()
        } else if let Some(last) = last.filter(|last| **last >= cursor) {
            format!("record {last} is not indexed yet: the index ends at {cursor}")
        } else {
            continue;
        };
        return Err(StoreError::Malformed {
            problem: format!("postings to remove: {problem}"),
        });
    }
    Ok(())
}

impl IndexBatch {
    /// Checks what can be checked without a store.
    pub(crate) fn check(&self) -> Result<()> {
        let malformed = |problem: &str| {
            Err(StoreError::Malformed {
                problem: format!(
                    "index batch {}..{}: {problem}",
                    self.from_cursor, self.to_cursor
                ),
            })
        };
        let run = self.from_cursor..self.to_cursor;
        if self.from_cursor > self.to_cursor {
            return malformed("it ends before it begins");
        }
        if !self.ids.is_sorted_by(|a, b| a.0 < b.0) {
            return malformed("ids are not sorted, or occur twice");
        }
        if !self.ids.iter().all(|(_, sequence)| run.contains(sequence)) {
            return malformed("an id's record is outside the run");
        }
        if !self.postings.is_sorted_by(|a, b| a.term < b.term) {
            return malformed("terms are not sorted, or occur twice");
        }
        for posting in &self.postings {
            let inside = |end: Option<&u64>| end.is_some_and(|sequence| run.contains(sequence));
            if !inside(posting.sequences.first()) || !inside(posting.sequences.last()) {
                return malformed("a term has no record, or a record outside the run");
            }
            if !posting.sequences.is_sorted_by(|a, b| a < b) {
                return malformed("a term's records don't ascend");
            }
        }
        Ok(())
    }
}
