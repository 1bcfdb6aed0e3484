//! The same comparison in steps, so that others have their turns: first what the records give, then what the index has. It
//! opens nothing that is encrypted, so it says of encrypted events only whether the index has what their headers say.

use std::sync::atomic::Ordering;

use indelible_store::{IndexEntry, Store};

use super::{
    Index, Records,
    entries::{Entry, Sums, Unread},
    one_by_one, surplus,
};
use crate::{
    check::finding::Finding,
    state::{error::ReadError, event_identity::IndexHasher, shared::LedgerState},
};

/// Entries of the index that one step visits.
const STEP_ENTRIES: usize = 16_384;
/// Bytes for which an entry is counted, and for each record that it names.
const ENTRY_BYTES: u64 = 32;
const PLACE_BYTES: u64 = 2;

/// A comparison that is under way.
pub(crate) struct Comparison {
    sums: Sums,
    unread: Unread,
    /// Records below it are compared.
    upto: u64,
    place: Place,
}

/// How far it got.
enum Place {
    /// Records below this were taken in.
    Records(u64),
    /// The entries of the index up to this key were.
    Index(Option<Vec<u8>>),
    /// These buckets differ, and are to be compared entry by entry.
    Differing(Vec<u64>),
}

/// What a step came to.
pub(crate) struct Step {
    /// What was read.
    pub(crate) bytes: u64,
    /// Whether all was compared.
    pub(crate) has_ended: bool,
    /// What differs.
    pub(crate) finding: Option<Finding>,
}

impl Comparison {
    /// Begins one of all records that are indexed now. `seed` is random and used once.
    pub(crate) fn begin(ledger: &LedgerState, seed: [u8; 32]) -> Self {
        let upto = ledger.indexed.load(Ordering::Acquire).min(ledger.size());
        Self {
            sums: Sums::new(seed, upto),
            unread: Unread::default(),
            upto,
            place: Place::Records(0),
        }
    }

    /// Takes the next step, which reads up to so many records, and about so many bytes of them.
    ///
    /// # Errors
    /// If records or the index can't be read.
    pub(crate) fn step(
        &mut self,
        ledger: &LedgerState,
        store: &dyn Store,
        (records_max, bytes_max): (u64, u64),
    ) -> Result<Step, ReadError> {
        let hasher = ledger.hasher()?;
        match &mut self.place {
            Place::Records(from) if *from < self.upto => {
                let from = *from;
                let to = self.upto.min(from.saturating_add(records_max));
                let records = records(ledger, store, hasher);
                let sums = &mut self.sums;
                let visit = |entry: Entry, sequence| sums.add(&entry, sequence);
                let (count, bytes) =
                    records.some_entries(from..to, bytes_max, &mut self.unread, visit)?;
                self.place = Place::Records(from + count);
                Ok(Step::of(bytes))
            }
            Place::Records(_) => {
                self.place = Place::Index(None);
                Ok(Step::of(0))
            }
            Place::Index(_) => self.index(ledger, store),
            Place::Differing(buckets) => {
                let Some(bucket) = buckets.pop() else {
                    return Ok(Step {
                        has_ended: true,
                        ..Step::of(0)
                    });
                };
                let index = Index {
                    ledger,
                    store,
                    upto: self.upto,
                };
                let records = records(ledger, store, hasher);
                let found = one_by_one(&records, &index, bucket)?;
                Ok(Step {
                    finding: found.into_iter().next(),
                    ..Step::of(bytes_max)
                })
            }
        }
    }

    /// Takes in some entries of the index.
    fn index(&mut self, ledger: &LedgerState, store: &dyn Store) -> Result<Step, ReadError> {
        let Place::Index(behind) = &self.place else {
            return Ok(Step::of(0));
        };
        let (sums, unread, upto) = (&mut self.sums, &self.unread, self.upto);
        let (mut bytes, mut too_many) = (0, None);
        let mut one = |entry: Entry, sequence: u64| {
            if sequence < upto {
                if !(entry.is_of_body() && unread.has(sequence)) {
                    sums.subtract(&entry, sequence);
                }
            } else if sequence >= ledger.size() {
                too_many.get_or_insert_with(|| surplus(&entry, sequence));
            }
        };
        let ended =
            store.scan_index_part(ledger.id, behind.as_deref(), STEP_ENTRIES, &mut |entry| {
                match entry {
                    IndexEntry::Id(id, sequence) => {
                        bytes += ENTRY_BYTES;
                        one(Entry::Id(id), sequence);
                    }
                    IndexEntry::Postings(term, sequences) => {
                        bytes += ENTRY_BYTES + PLACE_BYTES * sequences.len() as u64;
                        sequences
                            .iter()
                            .for_each(|sequence| one(Entry::Term(term), *sequence));
                    }
                }
            })?;
        self.place = match ended {
            Some(key) => Place::Index(Some(key)),
            None => Place::Differing(self.sums.differing().collect()),
        };
        Ok(Step {
            finding: too_many,
            ..Step::of(bytes)
        })
    }
}

impl Step {
    fn of(bytes: u64) -> Self {
        Self {
            bytes,
            has_ended: false,
            finding: None,
        }
    }
}

fn records<'a>(
    ledger: &'a LedgerState,
    store: &'a dyn Store,
    hasher: &'a IndexHasher,
) -> Records<'a> {
    Records {
        ledger,
        store,
        keyring: None,
        hasher,
    }
}
