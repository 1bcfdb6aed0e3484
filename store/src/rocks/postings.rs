//! The value of a posting block: a count, and sequence numbers as differences.
//!
//! `count varint | (difference to the one before) varint ...`, the first one
//! counted from the sequence number in the block's key.

use crate::head::LEDGER_SIZE_MAX;
use crate::varint;

/// Sequence numbers in one block, at most.
pub(super) const BLOCK_SEQUENCES_MAX: usize = 4_096;

/// Encodes a block, which is not empty and ascends strictly.
pub(super) fn encode(sequences: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + sequences.len() * 2);
    varint::push(&mut out, sequences.len() as u64);
    let mut previous = sequences.first().copied().unwrap_or_default();
    for &sequence in sequences {
        varint::push(&mut out, sequence - previous);
        previous = sequence;
    }
    out
}

/// Reads a block back into `out`, which is cleared first; says whether it was
/// well formed.
pub(super) fn decode(first: u64, mut bytes: &[u8], out: &mut Vec<u64>) -> bool {
    out.clear();
    let Some(count) = varint::take(&mut bytes) else {
        return false;
    };
    if count == 0 || count > BLOCK_SEQUENCES_MAX as u64 {
        return false;
    }
    let mut previous = first;
    for place in 0..count {
        let next = varint::take(&mut bytes).and_then(|gap| {
            let ascends = (gap == 0) == (place == 0);
            let next = previous.checked_add(gap);
            next.filter(|next| ascends && *next <= LEDGER_SIZE_MAX)
        });
        let Some(next) = next else {
            return false;
        };
        out.push(next);
        previous = next;
    }
    bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_block_survives_storing(set in prop::collection::btree_set(0..=LEDGER_SIZE_MAX, 1..100)) {
            let sequences: Vec<_> = set.into_iter().collect();
            let bytes = encode(&sequences);
            let mut out = vec![1];
            prop_assert!(decode(sequences[0], &bytes, &mut out));
            prop_assert_eq!(&out, &sequences);
            prop_assert!(!decode(sequences[0], &bytes[..bytes.len() - 1], &mut out));
        }
    }

    #[test]
    fn malformed_blocks_are_refused() {
        let mut out = Vec::new();
        assert!(!decode(5, &[0], &mut out));
        assert!(!decode(5, &[1, 1], &mut out));
        assert!(!decode(5, &[2, 0, 0], &mut out));
        assert!(!decode(5, &[1, 0, 0], &mut out));
        assert!(!decode(u64::MAX, &[2, 0, 1], &mut out));
        assert!(!decode(LEDGER_SIZE_MAX, &[2, 0, 1], &mut out));
        assert!(decode(5, &[2, 0, 1], &mut out));
        assert_eq!(out, [5, 6]);
    }
}
