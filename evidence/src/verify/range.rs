//! Reads `range`: what joins the records of a range bundle to the tree and to their neighbours.

use crate::bundle::items::{RANGE_BYTES_MAX, RangeItem, WitnessRecord};
use crate::bundle::{BundleFile, FileSource, Manifest};
use crate::chain::ChainHasher;
use crate::hash::TreeHash;
use crate::header::Header;
use crate::tree::{Frontier, left_cover, right_cover};
use crate::verdict::{Finding, FindingCode};

use super::fault::Fault;
use super::held::{HeldHeader, held};
use super::item_file::read_short;
use super::judge::Judge;
use super::key_event_list::KeyEvents;
use super::key_events::check_inclusion;
use super::range_claim::{AfterRange, RangeClaim};
use super::record_facts::RecordFacts;

struct Neighbours<'a> {
    manifest: &'a Manifest,
    root: &'a TreeHash,
    key_events: &'a KeyEvents,
    judge: &'a mut Judge,
    hasher: ChainHasher,
}

/// Reads the file and proves the neighbours, which it leaves to be held against one another.
pub(super) fn read_range<S: FileSource>(
    source: &mut S,
    manifest: &Manifest,
    root: &TreeHash,
    key_events: &KeyEvents,
    judge: &mut Judge,
    headers: &mut Vec<HeldHeader>,
) -> Result<RangeClaim, Fault> {
    let bytes = read_short(source, BundleFile::Range, RANGE_BYTES_MAX as u64)?;
    let range = RangeItem::decode(&bytes).map_err(|error| form(&error.to_string()))?;
    let (from, to, size) = (manifest.from(), manifest.to(), manifest.size());
    let beyond = to < size;
    if (
        range.before.is_some(),
        range.after.is_some(),
        range.newest.is_some(),
    ) != (from > 0, beyond, beyond)
    {
        return Err(form("it does not have exactly the neighbours that the range has").into());
    }
    let cover = right_cover(to, size);
    if range.left.len() != left_cover(from).len() || range.right.len() != cover.len() {
        return Err(form("it does not have exactly the subtrees beside the range").into());
    }
    let left = Frontier::from_parts(from, &range.left)
        .ok_or_else(|| form("its left side is not a tree"))?;
    let mut neighbours = Neighbours {
        manifest,
        root,
        key_events,
        judge,
        hasher: ChainHasher::new(),
    };
    let before = neighbours.check(range.before.as_ref(), from.wrapping_sub(1))?;
    let after = neighbours.check(range.after.as_ref(), to)?;
    let newest = neighbours.check(range.newest.as_ref(), size - 1)?;
    let expected = before.as_ref().map_or_else(
        || ChainHasher::start(manifest.origin()),
        |before| before.chain,
    );
    if range.previous != expected {
        return Err(mismatch(
            from,
            "the chain hash before it is not that of the record before",
        )
        .into());
    }
    headers.extend([before, after, newest].into_iter().flatten());
    Ok(RangeClaim {
        previous: range.previous,
        left,
        right: cover.into_iter().zip(range.right).collect(),
        time: before.map_or(0, |before| before.time),
        newest_key_event: key_events.near.newest_below(from),
        after: after
            .zip(range.after.as_ref())
            .map(|(after, record)| AfterRange {
                previous: record.previous,
                time: after.time,
            }),
    })
}

fn form(problem: &str) -> Finding {
    Finding::new(
        FindingCode::RangeForm,
        format!("range is malformed: {problem}"),
    )
}

fn mismatch(sequence: u64, problem: &str) -> Finding {
    Finding::of_record(FindingCode::NeighbourMismatch, sequence, problem)
}

impl Neighbours<'_> {
    fn check(
        &mut self,
        record: Option<&WitnessRecord<'_>>,
        sequence: u64,
    ) -> Result<Option<HeldHeader>, Finding> {
        let Some(record) = record else {
            return Ok(None);
        };
        let header = Header::decode(record.header)
            .map_err(|error| mismatch(sequence, &error.to_string()))?;
        if header.sequence != sequence {
            return Err(mismatch(
                sequence,
                &format!("record {} stands in its place", header.sequence),
            ));
        }
        if check_inclusion(
            &mut self.hasher,
            record,
            sequence,
            self.manifest.size(),
            self.root,
        )
        .is_err()
        {
            return Err(mismatch(
                sequence,
                "its inclusion proof does not lead to the checkpoint's root",
            ));
        }
        if header.prior_key_event != self.key_events.near.newest_below(sequence).unwrap_or(0) {
            let detail = format!(
                "it names {} as the newest key event before it, but the list of key events names another",
                header.prior_key_event
            );
            return Err(Finding::of_record(
                FindingCode::PriorKeyEvent,
                sequence,
                detail,
            ));
        }
        self.judge.record_outside(&RecordFacts::of(&header));
        let hasher = &mut self.hasher;
        Ok(Some(held(hasher, &header, record.header, record.previous)))
    }
}
