//! Units of bodies or payloads, and the headers of the chunk that they are held together with.

use std::sync::Arc;

use crate::bundle::items::Part;
use crate::commitment::PartKind;
use crate::header::is_sealed;
use crate::origin::Origin;

use super::item_file::Block;
use super::parts::{CheckedPart, Opener, check};
use super::seen::{SeenBody, SeenRecord};

/// A key that an item of `bodies` seems to disclose, and the record it stands with.
pub(super) type DisclosedKey = (u64, [u8; 32]);

/// The headers of a chunk, or of a part of it, in the blocks in which they were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers(Vec<(u64, Arc<Block>)>);

impl Headers {
    /// Adds the block that begins with record `first`, and follows those before it.
    pub(super) fn push(&mut self, first: u64, block: Arc<Block>) {
        self.0.push((first, block));
    }

    /// The blocks that hold records from `first` up to but not including `end`.
    pub(super) fn of(&self, first: u64, end: u64) -> Self {
        let from = self.0.partition_point(|(at, _)| *at <= first);
        let to = self.0.partition_point(|(at, _)| *at < end);
        let blocks = self.0.get(from.saturating_sub(1)..to);
        Self(blocks.unwrap_or_default().to_vec())
    }

    /// The header of a record.
    fn get(&self, sequence: u64) -> Option<&[u8]> {
        let after = self.0.partition_point(|(at, _)| *at <= sequence);
        let (first, block) = self.0.get(after.checked_sub(1)?)?;
        block.item(usize::try_from(sequence - first).ok()?)
    }
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
    pub(super) origin: Arc<Origin>,
}

impl PartsUnit {
    /// Checks each item; shows each record, if the items are bodies.
    pub(super) fn check(&self, see: &mut dyn FnMut(SeenRecord<'_>)) -> Vec<CheckedPart> {
        let mut keys = self.keys.iter().peekable();
        let items = (self.first..).zip(self.items.items());
        items
            .map(|(sequence, item)| {
                let key = keys.next_if(|(of, _)| *of == sequence);
                let header = self.headers.get(sequence).unwrap_or_default();
                let mut see = |body: SeenBody<'_>| {
                    if self.kind == PartKind::Body {
                        see(SeenRecord {
                            sequence,
                            header,
                            body,
                        });
                    }
                };
                match Part::decode(item) {
                    Ok(part) => {
                        let opener =
                            key.and_then(|(_, key)| Opener::new(header, key, &self.origin));
                        check(
                            self.kind,
                            is_sealed(header),
                            &part,
                            opener.as_ref(),
                            &mut see,
                        )
                    }
                    Err(error) => {
                        see(SeenBody::Unreadable);
                        CheckedPart::Malformed(error.to_string().into())
                    }
                }
            })
            .collect()
    }
}
