//! Entries of an index, and sums of keyed hashes that stand for many of them.

use std::collections::BTreeMap;

use indelible_evidence::IdentityTag;
use indelible_store::IndexTerm;

use crate::state::event_identity::Attribute;

/// Records whose entries one sum stands for.
pub(super) const BUCKET_RECORDS: u64 = 4_096;
/// Records in one piece of [`Unread`].
const PIECE_RECORDS: u64 = 1 << 16;

/// One entry, without the record that it names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Entry {
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
    pub(super) fn is_of_body(&self) -> bool {
        let of_header = [Attribute::Type as u8, Attribute::DataKey as u8];
        matches!(self, Self::Term(term) if !of_header.contains(&term.attribute()))
    }

    pub(super) fn name(&self) -> &'static str {
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
pub(super) struct Sums {
    key: [u8; 32],
    buckets: Vec<u128>,
}

impl Sums {
    pub(super) fn new(key: [u8; 32], upto: u64) -> Self {
        let buckets = upto.div_ceil(BUCKET_RECORDS);
        Self {
            key,
            buckets: vec![0; usize::try_from(buckets).unwrap_or(0)],
        }
    }

    pub(super) fn add(&mut self, entry: &Entry, sequence: u64) {
        let hash = self.hash(entry, sequence);
        if let Some(sum) = self.bucket(sequence) {
            *sum = sum.wrapping_add(hash);
        }
    }

    pub(super) fn subtract(&mut self, entry: &Entry, sequence: u64) {
        let hash = self.hash(entry, sequence);
        if let Some(sum) = self.bucket(sequence) {
            *sum = sum.wrapping_sub(hash);
        }
    }

    pub(super) fn differing(&self) -> impl Iterator<Item = u64> {
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
pub(super) struct Unread {
    pieces: BTreeMap<u64, Box<[u64]>>,
    /// How many of them can't be read now, and might be later.
    pub(super) away: u64,
}

impl Unread {
    pub(super) fn add(&mut self, sequence: u64) {
        let empty = || vec![0; (PIECE_RECORDS / 64) as usize].into_boxed_slice();
        let piece = self
            .pieces
            .entry(sequence / PIECE_RECORDS)
            .or_insert_with(empty);
        piece[(sequence % PIECE_RECORDS / 64) as usize] |= 1 << (sequence % 64);
    }

    pub(super) fn has(&self, sequence: u64) -> bool {
        self.pieces
            .get(&(sequence / PIECE_RECORDS))
            .is_some_and(|piece| {
                piece[(sequence % PIECE_RECORDS / 64) as usize] & (1 << (sequence % 64)) != 0
            })
    }
}
