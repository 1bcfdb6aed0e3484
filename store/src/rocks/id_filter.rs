//! Which identities may be in the index, in little memory: almost every event is new, and that should cost no look into the
//! store.
//!
//! It is a blocked Bloom filter (Putze, Sanders, Singler: *Cache-, Hash- and Space-Efficient Bloom Filters*, 2007): all bits of
//! an identity are in one line of the processor's cache. Tags are keyed hashes, so that nobody outside can choose where
//! they fall, and their own bytes say where. It grows by segments, and a tag may be in any of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use indelible_evidence::IdentityTag;

/// Bits of memory for one identity. With [`BITS_SET`] bits set, about one new identity in a hundred is looked for in the
/// store for nothing, for each full segment.
const BITS_OF_ID: usize = 10;
/// Bits that one identity sets.
const BITS_SET: usize = 6;
/// Identities of the first segment. Each further one takes four times as many, up to the greatest.
const SEGMENT_IDS_FIRST: usize = 1 << 16;
const SEGMENT_IDS_MAX: usize = 1 << 22;
/// So many segments at most; the last takes all that come later, and tells less and less.
const SEGMENTS_MAX: usize = 64;

/// One line of the processor's cache.
#[derive(Default)]
#[repr(align(64))]
struct Line([AtomicU64; 8]);

/// The bits of one tag: which line, and which bits of it.
#[derive(Clone, Copy)]
struct Place {
    line: u64,
    bits: u64,
}

impl Place {
    fn of(id: &IdentityTag) -> Self {
        let (line, bits) = id.as_bytes().split_at(8);
        let number = |half: &[u8]| {
            half.iter()
                .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
        };
        Self {
            line: number(line),
            bits: number(bits),
        }
    }

    /// The line among so many, without a division.
    fn line_of(self, lines: usize) -> usize {
        let high = (u128::from(self.line) * lines as u128) >> 64;
        usize::try_from(high).unwrap_or_default()
    }

    /// Word and bit of each bit.
    fn bits(self) -> impl Iterator<Item = (usize, u64)> {
        (0..BITS_SET).map(move |at| {
            let bit = (self.bits >> (9 * at)) & 511;
            ((bit >> 6) as usize, 1 << (bit & 63))
        })
    }
}

struct Segment(Box<[Line]>);

impl Segment {
    fn of_ids(ids: usize) -> Self {
        let lines = (ids * BITS_OF_ID).div_ceil(512);
        Self((0..lines).map(|_| Line::default()).collect())
    }

    fn bytes(ids: usize) -> usize {
        (ids * BITS_OF_ID).div_ceil(512) * size_of::<Line>()
    }

    fn insert(&self, place: Place) {
        let Line(words) = &self.0[place.line_of(self.0.len())];
        for (word, bit) in place.bits() {
            words[word].fetch_or(bit, Ordering::Relaxed);
        }
    }

    fn may_hold(&self, place: Place) -> bool {
        let Line(words) = &self.0[place.line_of(self.0.len())];
        place
            .bits()
            .all(|(word, bit)| words[word].load(Ordering::Relaxed) & bit != 0)
    }
}

/// Where the next identity goes.
#[derive(Clone, Copy, Default)]
struct Filling {
    segment: usize,
    /// How many are in it.
    ids: usize,
}

/// Identities that were put in, and a few more that only look so.
pub(super) struct IdFilter {
    segments: [OnceLock<Segment>; SEGMENTS_MAX],
    filling: Mutex<Filling>,
    /// What all segments may take.
    bytes_max: usize,
}

impl IdFilter {
    /// An empty one that takes at most so many bytes, or its first segment.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            segments: [const { OnceLock::new() }; SEGMENTS_MAX],
            filling: Mutex::default(),
            bytes_max,
        }
    }

    /// Puts identities in. Whoever learns from this thread that they are known finds them.
    pub(super) fn insert<'a>(&self, ids: impl Iterator<Item = &'a IdentityTag>) {
        let mut filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            if filling.ids == ids_of(filling.segment) && self.has_room_after(filling.segment) {
                *filling = Filling {
                    segment: filling.segment + 1,
                    ids: 0,
                };
            }
            let segment = &self.segments[filling.segment];
            let segment = segment.get_or_init(|| Segment::of_ids(ids_of(filling.segment)));
            segment.insert(Place::of(id));
            filling.ids = (filling.ids + 1).min(ids_of(filling.segment));
        }
    }

    /// Whether an identity may have been put in. If not, it was not.
    pub(super) fn may_hold(&self, id: &IdentityTag) -> bool {
        let place = Place::of(id);
        let mut there = self.segments.iter().map_while(OnceLock::get);
        there.any(|segment| segment.may_hold(place))
    }

    fn has_room_after(&self, segment: usize) -> bool {
        let taken: usize = (0..=segment + 1).map(|at| Segment::bytes(ids_of(at))).sum();
        segment + 1 < SEGMENTS_MAX && taken <= self.bytes_max
    }
}

/// How many identities a segment is for.
fn ids_of(segment: usize) -> usize {
    let doublings = u32::try_from(2 * segment).unwrap_or(u32::MAX);
    SEGMENT_IDS_FIRST
        .checked_shl(doublings.min(16))
        .map_or(SEGMENT_IDS_MAX, |ids| ids.min(SEGMENT_IDS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The n-th identity, spread as keyed hashes are.
    fn id(number: u64) -> IdentityTag {
        let hash = blake3::hash(&number.to_le_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        IdentityTag::from_bytes(bytes)
    }

    fn filled(ids: u64, bytes_max: usize) -> IdFilter {
        let filter = IdFilter::new(bytes_max);
        let ids: Vec<_> = (0..ids).map(id).collect();
        for some in ids.chunks(777) {
            filter.insert(some.iter());
        }
        filter
    }

    #[test]
    fn what_was_put_in_is_found_in_whatever_segment() {
        let filter = filled(500_000, usize::MAX);
        assert!(filter.segments[2].get().is_some());
        assert!((0..500_000).all(|number| filter.may_hold(&id(number))));
    }

    #[test]
    fn few_others_look_as_if_they_were_in() {
        let filter = filled(300_000, usize::MAX);
        let others = (1_000_000..1_100_000).filter(|number| filter.may_hold(&id(*number)));
        let others = others.count();
        assert!(others < 2_500, "{others} of 100,000");
    }

    #[test]
    fn without_room_it_tells_less_and_forgets_nothing() {
        let bytes_max = Segment::bytes(SEGMENT_IDS_FIRST);
        let filter = filled(300_000, bytes_max);
        assert!(filter.segments[1].get().is_none());
        assert!((0..300_000).all(|number| filter.may_hold(&id(number))));
    }

    #[test]
    fn an_empty_one_holds_nothing() {
        let filter = IdFilter::new(0);
        assert!(!filter.may_hold(&id(1)));
        filter.insert([id(1)].iter());
        assert!(filter.may_hold(&id(1)));
    }
}
