//! The headers that a range bundle holds outside its chunks, compared with each other.

use crate::chain::ChainHasher;
use crate::hash::ChainHash;
use crate::verdict::{Finding, FindingCode};

use super::moment::moment;

/// A header that was proven, and its place in the chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldHeader {
    pub(super) sequence: u64,
    pub(super) time: u64,
    /// The chain hash before it, as the bundle has it.
    pub(super) previous: ChainHash,
    /// The chain hash at it.
    pub(super) chain: ChainHash,
    pub(super) is_key_event: bool,
}

/// The key events next to some place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    at: u64,
    below: Option<HeldHeader>,
    same: Option<HeldHeader>,
    above: Option<HeldHeader>,
}

/// The key events next to the places where a bundle holds other headers.
#[derive(Debug, Default)]
pub(super) struct Neighbourhood(Vec<Near>);

impl Neighbourhood {
    /// Of those places.
    pub(super) fn of(places: impl Iterator<Item = u64>) -> Self {
        let near = |at| Near {
            at,
            below: None,
            same: None,
            above: None,
        };
        Self(places.map(near).collect())
    }

    /// Takes in the next key event.
    pub(super) fn advance(&mut self, event: &HeldHeader) {
        for near in &mut self.0 {
            match event.sequence.cmp(&near.at) {
                std::cmp::Ordering::Less => near.below = Some(*event),
                std::cmp::Ordering::Equal => near.same = Some(*event),
                std::cmp::Ordering::Greater => {
                    near.above.get_or_insert(*event);
                }
            }
        }
    }

    fn near(&self, at: u64) -> Option<&Near> {
        self.0.iter().find(|near| near.at == at)
    }

    /// The newest key event below one of the places.
    pub(super) fn newest_below(&self, at: u64) -> Option<u64> {
        Some(self.near(at)?.below?.sequence)
    }
}

/// Holds headers against one another and against the key events next to them. Two of one record are the same; the
/// `previous` of one is the chain hash of the one before it; and recorded times never decrease.
pub(super) fn contradictions(
    mut headers: Vec<HeldHeader>,
    near: &Neighbourhood,
    start: &ChainHash,
    mut found: impl FnMut(Finding),
) {
    headers.sort_by_key(|header| header.sequence);
    for header in &headers {
        if header.sequence == 0 && header.previous != *start {
            let detail = "the chain hash before it is not the one that the origin gives";
            found(contradiction(0, detail));
        }
        let Some(near) = near.near(header.sequence) else {
            continue;
        };
        if near.same.is_some() != header.is_key_event {
            let detail = "the record and the list of key events disagree on whether the record is a key event";
            let code = FindingCode::KeyEventsMismatch;
            found(Finding::of_record(code, header.sequence, detail));
        }
        let same = near.same.iter().map(|same| (same, header));
        let below = near.below.iter().map(|below| (below, header));
        let above = near.above.iter().map(|above| (header, above));
        for (earlier, later) in below.chain(same).chain(above) {
            compare(earlier, later, &mut found);
        }
    }
    for pair in headers.windows(2) {
        if let [earlier, later] = pair {
            compare(earlier, later, &mut found);
        }
    }
}

/// Holds two headers against each other, the second of which is not the earlier one.
pub(super) fn compare(earlier: &HeldHeader, later: &HeldHeader, found: &mut impl FnMut(Finding)) {
    let sequence = later.sequence;
    let apart = sequence - earlier.sequence;
    if apart == 0 && (earlier.previous, earlier.chain) != (later.previous, later.chain) {
        found(contradiction(
            sequence,
            "the bundle holds two headers of it, and they differ",
        ));
    }
    if apart == 1 && earlier.chain != later.previous {
        let detail = "the chain hash before it is not that of the record before, which the bundle also holds";
        found(contradiction(sequence, detail));
    }
    if later.time < earlier.time {
        let detail = format!(
            "its time {} is earlier than that of record {}, {}",
            moment(later.time),
            earlier.sequence,
            moment(earlier.time)
        );
        let code = FindingCode::TimeDecreased;
        found(Finding::of_record(code, sequence, detail));
    }
}

fn contradiction(sequence: u64, detail: &str) -> Finding {
    Finding::of_record(FindingCode::HeaderContradiction, sequence, detail)
}

/// What a proven header gives.
pub(super) fn held(
    hasher: &mut ChainHasher,
    header: &crate::header::Header<'_>,
    bytes: &[u8],
    previous: ChainHash,
) -> HeldHeader {
    HeldHeader {
        sequence: header.sequence,
        time: header.time,
        previous,
        chain: hasher.link(&previous, bytes),
        is_key_event: header.is_key_event(),
    }
}
