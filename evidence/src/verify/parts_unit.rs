//! Units of bodies or payloads, and the headers of the chunk that they are held together with.

use std::sync::{Arc, OnceLock};

use crate::bundle::items::Part;
use crate::commitment::PartKind;
use crate::header::is_sealed;
use crate::origin::Origin;

use super::authorship::Reader;
use super::item_file::Block;
use super::parts::{CheckedPart, Opener, check, show_payload};
use super::rules::Rules;
use super::seen::{PayloadState, SeenBody, SeenPayload, SeenRecord};

/// A key that an item of `bodies` seems to disclose, and the record it stands with.
pub(super) type DisclosedKey = (u64, [u8; 32]);

/// Some headers, as they were read together.
#[derive(Debug)]
pub(super) struct HeaderBlock {
    first: u64,
    pub(super) headers: Block,
    /// For each of them, whether it names a data key.
    sealed: Vec<bool>,
}

impl HeaderBlock {
    /// The headers from record `first` on.
    pub(super) fn new(first: u64, headers: Block) -> Arc<Self> {
        let sealed = headers.items().map(is_sealed).collect();
        Arc::new(Self {
            first,
            headers,
            sealed,
        })
    }
}

/// The headers of a chunk, or of a part of it, block by block.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers(Vec<Arc<HeaderBlock>>);

impl Headers {
    /// Adds a block that follows those before it.
    pub(super) fn push(&mut self, block: Arc<HeaderBlock>) {
        self.0.push(block);
    }

    /// The blocks that hold records from `first` up to but not including `end`.
    pub(super) fn of(&self, first: u64, end: u64) -> Self {
        let from = self.0.partition_point(|block| block.first <= first);
        let to = self.0.partition_point(|block| block.first < end);
        let blocks = self.0.get(from.saturating_sub(1)..to);
        Self(blocks.unwrap_or_default().to_vec())
    }

    /// The headers from record `first` on, and whether each names a data key. Without end: where there is none, an
    /// empty one stands.
    fn starting_at(&self, first: u64) -> impl Iterator<Item = (&[u8], bool)> {
        let begins = self.0.first().map_or(first, |block| block.first);
        let before = usize::try_from(first.saturating_sub(begins)).unwrap_or(usize::MAX);
        let headers = self.0.iter().flat_map(|block| {
            let sealed = block.sealed.iter().copied();
            block.headers.items().zip(sealed)
        });
        headers
            .skip(before)
            .chain(std::iter::repeat((&[][..], false)))
    }
}

/// Which payloads of some records their producers signed, once the bodies beside them were read. A payload is hashed if
/// it is one of them, and also if that is not known yet: what comes of it is the same.
#[derive(Debug)]
pub(super) struct SignedPayloads {
    first: u64,
    end: u64,
    sequences: OnceLock<Box<[u64]>>,
}

impl SignedPayloads {
    /// Of the records from `first` up to but not including `end`.
    pub(super) fn of(first: u64, end: u64) -> Arc<Self> {
        Arc::new(Self {
            first,
            end,
            sequences: OnceLock::new(),
        })
    }

    /// Whether some of its records lie in that span.
    pub(super) fn meets(&self, first: u64, end: u64) -> bool {
        self.first < end && first < self.end
    }

    fn may_hold(&self, sequence: u64) -> bool {
        let known = self.sequences.get();
        (self.first..self.end).contains(&sequence)
            && known.is_none_or(|known| known.binary_search(&sequence).is_ok())
    }
}

/// What the bodies and payloads of a bundle are held to, besides themselves.
#[derive(Clone, Debug)]
pub(super) struct PartsGround {
    pub(super) origin: Arc<Origin>,
    pub(super) rules: Arc<Rules>,
}

/// Some bodies or payloads, with what opens them and what they are held against.
#[derive(Debug)]
pub(super) struct PartsUnit {
    pub(super) kind: PartKind,
    pub(super) first: u64,
    pub(super) items: Block,
    pub(super) headers: Headers,
    /// The keys that are disclosed for these records, in their order.
    pub(super) keys: Vec<DisclosedKey>,
    /// Of bodies, where to leave which payloads are signed; of payloads, where to learn it.
    pub(super) signed: Vec<Arc<SignedPayloads>>,
    pub(super) ground: PartsGround,
}

impl PartsUnit {
    /// Checks each item; shows each record, if the items are bodies.
    pub(super) fn check(&self, see: &mut dyn FnMut(SeenRecord<'_>)) -> Vec<CheckedPart> {
        let mut keys = self.keys.iter().peekable();
        let records = (self.first..).zip(self.headers.starting_at(self.first));
        let items = records.zip(self.items.items());
        let parts: Vec<CheckedPart> = items
            .map(|((sequence, (header, sealed)), item)| {
                let key = keys.next_if(|(of, _)| *of == sequence);
                let mut see = |body: SeenBody<'_>| {
                    if self.kind == PartKind::Body {
                        see(SeenRecord {
                            sequence,
                            header,
                            body,
                        });
                    }
                };
                let part = match Part::decode(item) {
                    Ok(part) => part,
                    Err(error) => {
                        see(SeenBody::Unreadable);
                        return CheckedPart::Malformed(error.to_string().into());
                    }
                };
                let reader = Reader {
                    sequence,
                    header,
                    origin: &self.ground.origin,
                    rules: &self.ground.rules,
                    digest_wanted: self.wants_digest(sequence),
                };
                let key = key.and_then(|(_, key)| Opener::new(header, key, &self.ground.origin));
                check(self.kind, sealed, &part, &reader, key.as_ref(), &mut see)
            })
            .collect();
        if self.kind == PartKind::Body {
            self.leave_signed(&parts);
        }
        parts
    }

    /// Shows each payload from record `from` on with its record's sequence number; of bodies, nothing. Nothing is judged.
    pub(super) fn show_payloads(&self, from: u64, see: &mut dyn FnMut(u64, SeenPayload<'_>)) {
        if self.kind != PartKind::Payload {
            return;
        }
        let mut keys = self.keys.iter().peekable();
        let records = (self.first..).zip(self.headers.starting_at(self.first));
        for ((sequence, (header, sealed)), item) in records.zip(self.items.items()) {
            let key = keys.next_if(|(of, _)| *of == sequence);
            if sequence < from {
                continue;
            }
            let key = key.and_then(|(_, key)| Opener::new(header, key, &self.ground.origin));
            show_payload(sealed, item, key.as_ref(), &mut |payload| {
                see(sequence, payload);
            });
        }
    }

    /// Shows what became of each payload, with its header; of bodies, nothing.
    pub(super) fn show_payload_states(&self, see: &mut dyn FnMut(&[u8], PayloadState)) {
        if self.kind != PartKind::Payload {
            return;
        }
        let headers = self.headers.starting_at(self.first);
        for ((header, _), item) in headers.zip(self.items.items()) {
            let state = match Part::decode(item) {
                Ok(Part::None) => continue,
                Ok(Part::Present { .. }) => PayloadState::There,
                Ok(Part::Withheld) => PayloadState::Withheld,
                Ok(Part::Erased) => PayloadState::Erased,
                Ok(Part::Archived) => PayloadState::Archived,
                Ok(Part::Missing) => PayloadState::Missing,
                Ok(Part::Disclosed { .. }) | Err(_) => PayloadState::Unreadable,
            };
            see(header, state);
        }
    }

    fn wants_digest(&self, sequence: u64) -> bool {
        self.kind == PartKind::Payload && self.signed.iter().any(|it| it.may_hold(sequence))
    }

    /// Leaves which payloads are signed for the units of payloads.
    fn leave_signed(&self, parts: &[CheckedPart]) {
        let parts = (self.first..).zip(parts);
        let signed = parts.filter(|(_, part)| {
            let authorship = part.authorship();
            authorship.is_some_and(|authorship| authorship.payload.is_some())
        });
        let sequences: Box<[u64]> = signed.map(|(sequence, _)| sequence).collect();
        for slot in &self.signed {
            slot.sequences.get_or_init(|| sequences.clone());
        }
    }
}
