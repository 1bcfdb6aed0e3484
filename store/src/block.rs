//! What a commit carries: records in one contiguous buffer, and full tiles.

/// Bytes of a full tile: 256 hashes of 32.
pub const TILE_BYTES: usize = 256 * 32;

/// The stored values of consecutive records, end to end in one buffer.
#[derive(Clone, Debug, Default)]
pub struct RecordBlock {
    values: Vec<u8>,
    ends: Vec<usize>,
}

impl RecordBlock {
    /// An empty block.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty block with room for `records` of `bytes` in all.
    pub fn with_capacity(records: usize, bytes: usize) -> Self {
        Self {
            values: Vec::with_capacity(bytes),
            ends: Vec::with_capacity(records),
        }
    }

    /// Adds one record: whatever `write` appends to the buffer.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.values);
        debug_assert!(self.values.len() >= self.ends.last().copied().unwrap_or(0));
        self.ends.push(self.values.len());
    }

    /// Forgets the records and keeps the memory.
    pub fn clear(&mut self) {
        self.values.clear();
        self.ends.clear();
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of all values.
    pub fn bytes(&self) -> usize {
        self.values.len()
    }

    /// The values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let value = &self.values[start..end];
            start = end;
            value
        })
    }
}

/// 256 hashes of one level of the tree, complete and never to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullTile {
    /// 0 holds the leaves' hashes, each level above the roots of 256 below.
    pub level: u32,
    /// The tile's place within its level.
    pub index: u64,
    /// [`TILE_BYTES`] bytes.
    pub hashes: Box<[u8]>,
}

impl FullTile {
    /// Whether the tile is well formed, and complete at `to` but not at `from`.
    pub(crate) fn is_within(&self, from: u64, to: u64) -> bool {
        let end = 8_u32
            .checked_mul(self.level.saturating_add(1))
            .filter(|bits| *bits < 64)
            .and_then(|bits| (self.index.checked_add(1)?).checked_mul(1 << bits));
        self.hashes.len() == TILE_BYTES && end.is_some_and(|end| from < end && end <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_gives_back_each_value() {
        let mut block = RecordBlock::with_capacity(3, 16);
        for value in [&b"one"[..], b"", b"three"] {
            block.push(|out| out.extend_from_slice(value));
        }
        let values: Vec<_> = block.iter().collect();
        assert_eq!(values, [&b"one"[..], b"", b"three"]);
        assert_eq!((block.len(), block.bytes()), (3, 8));
    }

    #[test]
    fn a_tile_belongs_to_the_commit_that_completes_it() {
        let tile = |level, index| FullTile {
            level,
            index,
            hashes: vec![0; TILE_BYTES].into(),
        };
        assert!(tile(0, 0).is_within(0, 256));
        assert!(tile(0, 1).is_within(511, 512));
        assert!(!tile(0, 0).is_within(0, 255));
        assert!(!tile(0, 0).is_within(256, 300));
        assert!(tile(1, 0).is_within(65_000, 65_536));
        assert!(!tile(7, 0).is_within(0, u64::MAX));
        let short = FullTile {
            hashes: vec![0; 32].into(),
            ..tile(0, 0)
        };
        assert!(!short.is_within(0, 256));
    }
}
