//! Writes the key events, and what joins a range to the tree.

use std::ops::ControlFlow;

use crate::bundle::items::{KeyEventItem, RangeItem, WitnessRecord};
use crate::bundle::layout::BundleFile;
use crate::bundle::manifest::Manifest;
use crate::chain::ChainHasher;
use crate::hash::ChainHash;
use crate::header::{Header, RecordKind};
use crate::tree::{Frontier, consistency_proof, inclusion_proof, right_cover};

use super::{KeyEventRecord, RecordSource, WriteError, Writer, damaged};

impl<S: RecordSource> Writer<'_, S> {
    /// Writes `key-events`; with proofs in the tree of `proven_at`, if that is given.
    pub(super) fn key_events(
        &mut self,
        events: &[KeyEventRecord],
        proven_at: Option<u64>,
    ) -> Result<(), WriteError<S::Error>> {
        let mut out = Vec::new();
        let mut newest = None;
        for event in events {
            let header = Header::decode(&event.header)
                .map_err(|error| damaged(format!("a key event can't be decoded: {error}")))?;
            if header.prior_key_event != newest.unwrap_or(0)
                || newest.is_none() != (header.sequence == 0)
            {
                return Err(damaged(format!(
                    "the key event {} does not follow the one before",
                    header.sequence
                )));
            }
            newest = Some(header.sequence);
            let item = match proven_at {
                None => KeyEventItem::Plain {
                    header: &event.header,
                },
                Some(size) => self.proven(event, &header, size)?,
            };
            item.encode_into(&mut out);
        }
        self.tar.file(&BundleFile::KeyEvents.to_string(), &out)?;
        Ok(())
    }

    fn proven<'e>(
        &mut self,
        event: &'e KeyEventRecord,
        header: &Header<'_>,
        size: u64,
    ) -> Result<KeyEventItem<'e>, WriteError<S::Error>> {
        let sequence = header.sequence;
        if sequence >= size {
            return Err(damaged(format!(
                "the key event {sequence} lies beyond the checkpoint"
            )));
        }
        let consistency = match header.kind {
            RecordKind::Epoch(_) if sequence > 0 => {
                let proof = consistency_proof(sequence, size, |node| self.source.node(node));
                Some(proof.map_err(WriteError::Source)?)
            }
            _ => None,
        };
        let inclusion = inclusion_proof(sequence, size, |node| self.source.node(node))
            .map_err(WriteError::Source)?;
        let record = WitnessRecord {
            header: &event.header,
            previous: event.previous,
            inclusion,
        };
        Ok(KeyEventItem::Proven {
            record,
            consistency,
        })
    }

    /// Writes `range`, and gives the tree before the range.
    pub(super) fn range(&mut self, manifest: &Manifest) -> Result<Frontier, WriteError<S::Error>> {
        let (from, to, size) = (manifest.from(), manifest.to(), manifest.size());
        let start = ChainHasher::start(manifest.origin());
        let before = if from > 0 {
            Some(self.neighbour(from - 1, start)?)
        } else {
            None
        };
        let after = if to < size {
            Some(self.neighbour(to, start)?)
        } else {
            None
        };
        let newest = if to < size {
            Some(self.neighbour(size - 1, start)?)
        } else {
            None
        };
        let previous = match &before {
            Some(neighbour) => self.hasher.link(&neighbour.previous, &neighbour.header),
            None => start,
        };
        let left = self.left(from)?;
        let right = right_cover(to, size)
            .into_iter()
            .map(|node| self.node(node))
            .collect::<Result<_, _>>()?;
        let frontier = Frontier::from_parts(from, &left)
            .ok_or_else(|| damaged("the left side of the tree"))?;
        let neighbours = [&before, &after, &newest];
        let [before, after, newest] = [
            self.witness(neighbours[0].as_ref(), size)?,
            self.witness(neighbours[1].as_ref(), size)?,
            self.witness(neighbours[2].as_ref(), size)?,
        ];
        let mut out = Vec::new();
        RangeItem {
            previous,
            left,
            right,
            before,
            after,
            newest,
        }
        .encode_into(&mut out);
        self.tar.file(&BundleFile::Range.to_string(), &out)?;
        Ok(frontier)
    }

    fn witness<'n>(
        &mut self,
        neighbour: Option<&'n Neighbour>,
        size: u64,
    ) -> Result<Option<WitnessRecord<'n>>, WriteError<S::Error>> {
        let Some(Neighbour {
            sequence,
            header,
            previous,
        }) = neighbour
        else {
            return Ok(None);
        };
        let inclusion = inclusion_proof(*sequence, size, |node| self.source.node(node))
            .map_err(WriteError::Source)?;
        Ok(Some(WitnessRecord {
            header,
            previous: *previous,
            inclusion,
        }))
    }

    /// Record `sequence` and the chain hash before it.
    fn neighbour(
        &mut self,
        sequence: u64,
        start: ChainHash,
    ) -> Result<Neighbour, WriteError<S::Error>> {
        let (mut previous, mut found) = (start, None);
        let read = self
            .source
            .for_each(sequence.saturating_sub(1), sequence + 1, &mut |record| {
                if record.sequence == sequence {
                    found = Some(Neighbour {
                        sequence,
                        header: record.header.to_vec(),
                        previous,
                    });
                } else {
                    previous = record.chain;
                }
                ControlFlow::Continue(())
            });
        read.map_err(WriteError::Source)?;
        found.ok_or_else(|| damaged(format!("record {sequence} is missing")))
    }
}

struct Neighbour {
    sequence: u64,
    header: Vec<u8>,
    previous: ChainHash,
}
