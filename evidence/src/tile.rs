//! Tiles of the tree, as in C2SP `tlog-tiles`: 256 hashes of one level, and where they are found.

use crate::hash::TreeHash;
use crate::limits::TILE_WIDTH;
use crate::tree::Frontier;

/// The tree levels that one tile spans: 256 is 2^8.
pub const TILE_HEIGHT: u32 = 8;

/// One tile, full or partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 is the tile level of the leaves; each hash at a level above is a full tile's root.
    pub level: u32,
    /// From the left, 0 first.
    pub index: u64,
    /// How many hashes it has: 1 to 256.
    pub width: u16,
}

impl TileId {
    /// Whether it has all 256 hashes.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }

    /// `tile/<L>/<N>`, with `.p/<W>` if it is partial.
    pub fn path(&self) -> String {
        format!(
            "tile/{}/{}{}",
            self.level,
            index_path(self.index),
            self.partial_suffix()
        )
    }

    /// `tile/entries/<N>`, with `.p/<W>` if it is partial: the entry bundle beside a tile of
    /// level 0.
    pub fn entries_path(&self) -> String {
        format!(
            "tile/entries/{}{}",
            index_path(self.index),
            self.partial_suffix()
        )
    }

    fn partial_suffix(&self) -> String {
        if self.is_full() {
            String::new()
        } else {
            format!(".p/{}", self.width)
        }
    }
}

/// An index as path elements of three digits, all but the last with `x` before them.
pub fn index_path(n: u64) -> String {
    let mut path = format!("{:03}", n % 1_000);
    let mut rest = n / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    path
}

/// The tiles of one level in the tree of `size`: the full ones, then the partial one, if any.
pub fn tiles_at(level: u32, size: u64) -> impl Iterator<Item = TileId> {
    let hashes = size
        .checked_shr(TILE_HEIGHT.saturating_mul(level))
        .unwrap_or(0);
    let (full, rest) = (hashes / TILE_WIDTH, hashes % TILE_WIDTH);
    (0..full)
        .map(move |index| TileId {
            level,
            index,
            width: TILE_WIDTH as u16,
        })
        .chain((rest > 0).then_some(TileId {
            level,
            index: full,
            width: rest as u16,
        }))
}

/// How many levels of tiles the tree of `size` has: 0 if it is empty.
pub fn levels(size: u64) -> u32 {
    if size == 0 {
        0
    } else {
        size.ilog2() / TILE_HEIGHT + 1
    }
}

/// The root over the hashes of one tile, 256 for a full one: its hash at the level above.
pub fn tile_root(hashes: &[TreeHash]) -> TreeHash {
    let mut tree = Frontier::new();
    for hash in hashes {
        tree.push(*hash);
    }
    tree.root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_written_in_elements_of_three_digits() {
        assert_eq!(index_path(0), "000");
        assert_eq!(index_path(67), "067");
        assert_eq!(index_path(999), "999");
        assert_eq!(index_path(1_000), "x001/000");
        assert_eq!(index_path(1_234_067), "x001/x234/067");
    }

    #[test]
    fn paths_name_level_index_and_partial_width() {
        let full = TileId {
            level: 0,
            index: 1_234,
            width: 256,
        };
        assert_eq!(full.path(), "tile/0/x001/234");
        assert_eq!(full.entries_path(), "tile/entries/x001/234");
        let partial = TileId {
            level: 2,
            index: 0,
            width: 12,
        };
        assert_eq!(partial.path(), "tile/2/000.p/12");
        assert_eq!(partial.entries_path(), "tile/entries/000.p/12");
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_of_the_specification() {
        let widths = |level| {
            tiles_at(level, 70_000)
                .map(|tile| tile.width)
                .collect::<Vec<_>>()
        };
        let mut expected = vec![256; 273];
        expected.push(112);
        assert_eq!(widths(0), expected);
        assert_eq!(widths(1), [256, 17]);
        assert_eq!(widths(2), [1]);
        assert!(widths(3).is_empty());
        assert_eq!(levels(70_000), 3);
        let indices: Vec<_> = tiles_at(1, 70_000).map(|tile| tile.index).collect();
        assert_eq!(indices, [0, 1]);
    }

    #[test]
    fn levels_are_those_that_have_tiles() {
        for size in [
            0,
            1,
            255,
            256,
            257,
            65_535,
            65_536,
            65_537,
            1 << 24,
            1 << 62,
            (1 << 63) - 1,
        ] {
            for level in 0..12 {
                let has_tiles = tiles_at(level, size).any(|_| true);
                assert_eq!(has_tiles, level < levels(size), "level {level} of {size}");
            }
        }
    }

    #[test]
    fn the_root_of_a_tile_is_that_of_its_hashes() {
        let hashes: Vec<_> = (0..=255).map(|n| TreeHash::from_bytes([n; 32])).collect();
        let mut level = hashes.clone();
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| crate::tree::node_hash(&pair[0], &pair[1]))
                .collect();
        }
        assert_eq!(tile_root(&hashes), level[0]);
    }
}
