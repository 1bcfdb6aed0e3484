//! The stored index compared with what the records give, both ways: an entry that is missing is found, and one too many
//! as well. Sums of keyed hashes stand for the entries of many records, so that memory does not grow with the index; where
//! two sums differ, the entries themselves are compared.

use std::{collections::BTreeMap, ops::ControlFlow, sync::atomic::Ordering};

use indelible_evidence::{
    IdentityTag,
    body::Body,
    commitment::PartKind,
    header::{EventHeader, Header, RecordKind},
};
use indelible_store::{
    IndexEntry, IndexTerm, Store, TryScan,
    record::{Part, StoredRecord},
};

use crate::{
    check::finding::{Finding, FindingCode},
    keys::keyring::Keyring,
    read::record::open_body,
    state::{
        error::ReadError,
        event_identity::{Attribute, IndexHasher},
        key_state::AbsentWord,
        shared::LedgerState,
    },
    write::index_terms::BodyTerms,
};

/// Records whose entries one sum stands for.
const BUCKET_RECORDS: u64 = 4_096;
/// Buckets whose entries are compared one by one.
const BUCKETS_COMPARED_MAX: usize = 8;
/// Records in one piece of [`Unread`].
const PIECE_RECORDS: u64 = 1 << 16;

/// What a comparison came to.
pub(crate) struct Compared {
    pub(crate) findings: Vec<Finding>,
    /// Events whose bodies can't be opened now, so that nothing says which attributes the index must have.
    pub(crate) not_compared: u64,
}

/// Compares the index with the records, which were found sound. `seed` is random and used once, so that nobody can make
/// two different sets of entries with the same sum.
pub(crate) fn compare(
    ledger: &LedgerState,
    store: &dyn Store,
    keyring: &Keyring,
    seed: [u8; 32],
    findings_max: usize,
) -> Result<Compared, ReadError> {
    let hasher = ledger.hasher()?;
    let upto = ledger.indexed.load(Ordering::Acquire).min(ledger.size());
    let records = Records {
        ledger,
        store,
        keyring,
        hasher,
    };
    let mut sums = Sums::new(seed, upto);
    let mut unread = Unread::default();
    records.entries(0, upto, &mut unread, |entry, sequence| {
        sums.add(&entry, sequence);
    })?;
    let not_compared = unread.away;
    let index = Index {
        ledger,
        store,
        upto,
    };
    let mut findings = Vec::new();
    index.entries(&unread, |entry, sequence| {
        if sequence < upto {
            sums.subtract(&entry, sequence);
        } else if findings.len() < findings_max {
            findings.push(surplus(&entry, sequence));
        }
    })?;
    for bucket in sums.differing().take(BUCKETS_COMPARED_MAX) {
        if findings.len() < findings_max {
            findings.extend(one_by_one(&records, &index, bucket)?);
        }
    }
    findings.truncate(findings_max);
    Ok(Compared {
        findings,
        not_compared,
    })
}

/// One entry, without the record that it names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    Id(IdentityTag),
    Term(IndexTerm),
}

impl Entry {
    /// A byte that no attribute has, and the id; or the term.
    fn bytes(&self) -> [u8; IndexTerm::BYTES] {
        match self {
            Self::Id(id) => {
                let mut bytes = [0; IndexTerm::BYTES];
                bytes[1..].copy_from_slice(id.as_bytes());
                bytes
            }
            Self::Term(term) => *term.as_bytes(),
        }
    }

    /// Whether only the body says that the index must have it.
    fn is_of_body(&self) -> bool {
        let of_header = [Attribute::Type as u8, Attribute::DataKey as u8];
        matches!(self, Self::Term(term) if !of_header.contains(&term.attribute()))
    }

    fn name(&self) -> &'static str {
        const NAMES: [(Attribute, &str); 6] = [
            (Attribute::Type, "type"),
            (Attribute::Source, "source"),
            (Attribute::Subject, "subject"),
            (Attribute::Actor, "actor"),
            (Attribute::CorrelationId, "correlation id"),
            (Attribute::DataKey, "data key"),
        ];
        let Self::Term(term) = self else {
            return "identity";
        };
        let named = NAMES
            .iter()
            .find(|(attribute, _)| *attribute as u8 == term.attribute());
        named.map_or("attribute that is not known", |(_, name)| name)
    }
}

/// A sum for each bucket of records: what the records give, less what the index has.
struct Sums {
    key: [u8; 32],
    buckets: Vec<u128>,
}

impl Sums {
    fn new(key: [u8; 32], upto: u64) -> Self {
        let buckets = upto.div_ceil(BUCKET_RECORDS);
        Self {
            key,
            buckets: vec![0; usize::try_from(buckets).unwrap_or(0)],
        }
    }

    fn add(&mut self, entry: &Entry, sequence: u64) {
        let hash = self.hash(entry, sequence);
        if let Some(sum) = self.bucket(sequence) {
            *sum = sum.wrapping_add(hash);
        }
    }

    fn subtract(&mut self, entry: &Entry, sequence: u64) {
        let hash = self.hash(entry, sequence);
        if let Some(sum) = self.bucket(sequence) {
            *sum = sum.wrapping_sub(hash);
        }
    }

    fn differing(&self) -> impl Iterator<Item = u64> {
        let buckets = (0..).zip(&self.buckets);
        buckets.filter(|(_, sum)| **sum != 0).map(|(at, _)| at)
    }

    fn bucket(&mut self, sequence: u64) -> Option<&mut u128> {
        let at = usize::try_from(sequence / BUCKET_RECORDS).ok()?;
        self.buckets.get_mut(at)
    }

    fn hash(&self, entry: &Entry, sequence: u64) -> u128 {
        let mut bytes = [0; IndexTerm::BYTES + 8];
        bytes[..IndexTerm::BYTES].copy_from_slice(&entry.bytes());
        bytes[IndexTerm::BYTES..].copy_from_slice(&sequence.to_le_bytes());
        let hash = blake3::keyed_hash(&self.key, &bytes);
        let mut first = [0; 16];
        first.copy_from_slice(&hash.as_bytes()[..16]);
        u128::from_le_bytes(first)
    }
}

/// Records whose bodies were not read: what the index has of their attributes is not compared. A bit for each record, in
/// pieces, and only where there is one.
#[derive(Default)]
struct Unread {
    pieces: BTreeMap<u64, Box<[u64]>>,
    /// How many of them can't be read now, and might be later.
    away: u64,
}

impl Unread {
    fn add(&mut self, sequence: u64) {
        let empty = || vec![0; (PIECE_RECORDS / 64) as usize].into_boxed_slice();
        let piece = self
            .pieces
            .entry(sequence / PIECE_RECORDS)
            .or_insert_with(empty);
        piece[(sequence % PIECE_RECORDS / 64) as usize] |= 1 << (sequence % 64);
    }

    fn has(&self, sequence: u64) -> bool {
        self.pieces
            .get(&(sequence / PIECE_RECORDS))
            .is_some_and(|piece| {
                piece[(sequence % PIECE_RECORDS / 64) as usize] & (1 << (sequence % 64)) != 0
            })
    }
}

/// The records, and what the index must have of them.
struct Records<'a> {
    ledger: &'a LedgerState,
    store: &'a dyn Store,
    keyring: &'a Keyring,
    hasher: &'a IndexHasher,
}

impl Records<'_> {
    fn entries(
        &self,
        from: u64,
        to: u64,
        unread: &mut Unread,
        mut visit: impl FnMut(Entry, u64),
    ) -> Result<(), ReadError> {
        let id = self.ledger.id;
        self.store.try_scan(id, from, to, |sequence, value| {
            let damaged = |what: String| ReadError::Damaged { sequence, what };
            let stored = StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
            let header =
                Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
            let RecordKind::Event(event) = &header.kind else {
                return Ok(ControlFlow::Continue(()));
            };
            visit(Entry::Id(stored.id_hash), sequence);
            let term = |attribute, value: &[u8]| Entry::Term(self.hasher.term(attribute, value));
            visit(term(Attribute::Type, event.event_type.as_bytes()), sequence);
            if let Some(sealed) = &event.sealed {
                visit(
                    term(Attribute::DataKey, sealed.data_key.as_bytes()),
                    sequence,
                );
            }
            match self.terms(sequence, &header, event, &stored)? {
                Some(terms) => terms
                    .iter()
                    .for_each(|term| visit(Entry::Term(term), sequence)),
                None => {
                    unread.add(sequence);
                    unread.away += u64::from(self.may_be_read_later(&header, event, &stored));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// What the index must have of a body; none if the body can't be read.
    fn terms(
        &self,
        sequence: u64,
        header: &Header<'_>,
        event: &EventHeader<'_>,
        stored: &StoredRecord<'_>,
    ) -> Result<Option<BodyTerms>, ReadError> {
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let of = |bytes: &[u8]| {
            let body = Body::decode(bytes).map_err(|error| damaged(error.to_string()))?;
            Ok(Some(BodyTerms::of(self.hasher, &body)))
        };
        let Part::Present { bytes, .. } = stored.body else {
            return Ok(None);
        };
        // Its postings are taken out before its body is.
        if self.is_going(header) {
            return Ok(None);
        }
        let Some(sealed) = &event.sealed else {
            return of(bytes);
        };
        match open_body(self.ledger, self.keyring, sequence, stored, sealed) {
            Ok(Some(body)) => of(&body),
            Ok(None) | Err(ReadError::DataKey(_) | ReadError::KeysAway(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a record says that the body is erased.
    fn is_going(&self, header: &Header<'_>) -> bool {
        let keys = self.ledger.keys();
        keys.supports(header, PartKind::Body, AbsentWord::Erased)
    }

    fn may_be_read_later(
        &self,
        header: &Header<'_>,
        event: &EventHeader<'_>,
        stored: &StoredRecord<'_>,
    ) -> bool {
        let is_there = matches!(stored.body, Part::Present { .. });
        is_there && event.sealed.is_some() && !self.is_going(header)
    }
}

/// The stored index.
struct Index<'a> {
    ledger: &'a LedgerState,
    store: &'a dyn Store,
    /// Records below it are compared; those that were indexed since are not.
    upto: u64,
}

impl Index<'_> {
    /// Visits what is compared: entries of records below the end, and of records that are not there at all.
    fn entries(&self, unread: &Unread, mut visit: impl FnMut(Entry, u64)) -> Result<(), ReadError> {
        let size = self.ledger.size();
        let mut each = |entry: Entry, sequence: u64| {
            let is_later = (self.upto..size).contains(&sequence);
            if !(is_later || entry.is_of_body() && unread.has(sequence)) {
                visit(entry, sequence);
            }
        };
        self.store.scan_index(self.ledger.id, &mut |entry| {
            match entry {
                IndexEntry::Id(id, sequence) => each(Entry::Id(id), sequence),
                IndexEntry::Postings(term, sequences) => sequences
                    .iter()
                    .for_each(|sequence| each(Entry::Term(term), *sequence)),
            }
            ControlFlow::Continue(())
        })?;
        Ok(())
    }
}

/// Compares the entries of a bucket themselves. What differed only while an erasure was carried out does not any more.
fn one_by_one(
    records: &Records<'_>,
    index: &Index<'_>,
    bucket: u64,
) -> Result<Vec<Finding>, ReadError> {
    let from = bucket * BUCKET_RECORDS;
    let to = index.upto.min(from + BUCKET_RECORDS);
    let mut unread = Unread::default();
    let mut balance: BTreeMap<(u64, Entry), i64> = BTreeMap::new();
    records.entries(from, to, &mut unread, |entry, sequence| {
        *balance.entry((sequence, entry)).or_default() += 1;
    })?;
    index.entries(&unread, |entry, sequence| {
        if (from..to).contains(&sequence) {
            *balance.entry((sequence, entry)).or_default() -= 1;
        }
    })?;
    let differing = balance.into_iter().filter(|(_, balance)| *balance != 0);
    Ok(differing
        .map(|((sequence, entry), balance)| match balance {
            1.. => {
                let name = entry.name();
                let detail = format!("the index does not find it by its {name}");
                Finding::of_record(FindingCode::IndexMismatch, sequence, detail)
            }
            _ => surplus(&entry, sequence),
        })
        .collect())
}

fn surplus(entry: &Entry, sequence: u64) -> Finding {
    let name = entry.name();
    let detail = format!("the index has it under a value that is not its own, or twice: {name}");
    Finding::of_record(FindingCode::IndexMismatch, sequence, detail)
}
