//! The stored index compared with what the records give, both ways: an entry that is missing is found, and one too many
//! as well. Sums of keyed hashes stand for the entries of many records, so that memory does not grow with the index; where
//! two sums differ, the entries themselves are compared.

use std::{
    collections::BTreeMap,
    ops::{ControlFlow, Range},
    sync::atomic::Ordering,
};

use indelible_evidence::{
    body::Body,
    commitment::PartKind,
    header::{EventHeader, Header},
};
use indelible_store::{
    IndexEntry, Store, TryScan,
    record::{Part, StoredRecord},
};

mod entries;
pub(crate) mod paced;

use crate::{
    check::{
        finding::{Finding, FindingCode},
        index::entries::{BUCKET_RECORDS, Entry, Sums, Unread},
    },
    keys::keyring::Keyring,
    read::record::open_body,
    state::{
        absent_word::AbsentWord,
        error::ReadError,
        event_identity::{Attribute, IndexHasher},
        shared::LedgerState,
    },
    write::index_terms::BodyTerms,
};

/// Buckets whose entries are compared one by one.
const BUCKETS_COMPARED_MAX: usize = 8;

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
        keyring: Some(keyring),
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

/// The records, and what the index must have of them.
struct Records<'a> {
    ledger: &'a LedgerState,
    store: &'a dyn Store,
    /// Opens what is encrypted; without it, nothing is opened.
    keyring: Option<&'a Keyring>,
    hasher: &'a IndexHasher,
}

impl Records<'_> {
    fn entries(
        &self,
        from: u64,
        to: u64,
        unread: &mut Unread,
        visit: impl FnMut(Entry, u64),
    ) -> Result<(), ReadError> {
        self.some_entries(from..to, u64::MAX, unread, visit)
            .map(drop)
    }

    /// The same of records until there were so many bytes of them. Returns how many records and bytes that were.
    fn some_entries(
        &self,
        range: Range<u64>,
        bytes_max: u64,
        unread: &mut Unread,
        mut visit: impl FnMut(Entry, u64),
    ) -> Result<(u64, u64), ReadError> {
        let id = self.ledger.id;
        let (mut records, mut bytes) = (0, 0);
        self.store
            .try_scan(id, range.start, range.end, |sequence, value| {
                records += 1;
                bytes += value.len() as u64;
                let flow = match bytes < bytes_max {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                };
                let damaged = |what: String| ReadError::Damaged { sequence, what };
                let stored =
                    StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
                let header =
                    Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
                let Some(event) = header.kind.event() else {
                    return Ok(flow);
                };
                visit(Entry::Id(stored.id_hash), sequence);
                let term =
                    |attribute, value: &[u8]| Entry::Term(self.hasher.term(attribute, value));
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
                Ok::<_, ReadError>(flow)
            })?;
        Ok((records, bytes))
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
        let Some(keyring) = self.keyring else {
            return Ok(None);
        };
        match open_body(self.ledger, keyring, sequence, stored, sealed) {
            Ok(Some(body)) => of(&body),
            Ok(None) | Err(ReadError::DataKey(_) | ReadError::KeysAway(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a record says that the body is erased.
    fn is_going(&self, header: &Header<'_>) -> bool {
        let keys = self.ledger.keys();
        // What is ordered elsewhere leaves the body as it is, and its key is gone.
        let sealed = header.kind.event().and_then(|event| event.sealed.as_ref());
        keys.supports(header, PartKind::Body, AbsentWord::Erased)
            || sealed.is_some_and(|sealed| keys.is_erased(&sealed.data_key))
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
        let mut each = |entry: Entry, sequence: u64| {
            // A record is durable before it is indexed, and the size is asked for after the entry was read.
            let is_later = sequence >= self.upto && sequence < self.ledger.size();
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
