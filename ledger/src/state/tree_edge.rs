//! The growing right edge of a ledger's tree: the hashes of its partial tiles, level by level. The writer
//! pushes leaves and gets full tiles to store; readers keep a copy that follows behind durability.

use indelible_evidence::{
    hash::TreeHash,
    limits::TILE_WIDTH,
    tile::TILE_HEIGHT,
    tree::{Frontier, empty_root, node_hash},
};
use indelible_store::FullTile;

/// One perfect subtree of the tree's left-to-right decomposition.
#[derive(Clone, Copy)]
struct Subtree {
    level: u32,
    root: TreeHash,
}

/// The right edge as the writer owns it.
#[derive(Clone, Default)]
pub(crate) struct TreeBuilder {
    size: u64,
    /// Perfect subtrees, largest first.
    stack: Vec<Subtree>,
    partial: PartialTiles,
}

/// Hashes of the partial tile of each level, and how many full tiles lie before it.
#[derive(Clone, Default)]
pub(crate) struct PartialTiles {
    levels: Vec<PartialTile>,
}

#[derive(Clone, Default)]
struct PartialTile {
    index: u64,
    hashes: Vec<TreeHash>,
}

impl PartialTiles {
    /// Appends a hash at a level; returns the tile that it filled.
    pub(crate) fn push(&mut self, level: u32, hash: TreeHash) -> Option<FullTile> {
        let level_index = level as usize;
        if self.levels.len() <= level_index {
            self.levels
                .resize_with(level_index + 1, PartialTile::default);
        }
        let tile = &mut self.levels[level_index];
        tile.hashes.push(hash);
        if (tile.hashes.len() as u64) < TILE_WIDTH {
            return None;
        }
        let mut bytes = Vec::with_capacity(tile.hashes.len() * 32);
        for hash in tile.hashes.drain(..) {
            bytes.extend_from_slice(hash.as_bytes());
        }
        let full = FullTile {
            level,
            index: tile.index,
            hashes: bytes.into_boxed_slice(),
        };
        tile.index += 1;
        Some(full)
    }

    /// The hash at a level, if it lies in that level's partial tile.
    pub(crate) fn hash(&self, level: u32, index: u64) -> Option<TreeHash> {
        let tile = self.levels.get(level as usize)?;
        let offset = index.checked_sub(tile.index * TILE_WIDTH)?;
        tile.hashes.get(usize::try_from(offset).ok()?).copied()
    }

    /// Starts a level at a tile that follows `index` full ones.
    pub(crate) fn start_level(&mut self, level: u32, index: u64) {
        let level_index = level as usize;
        if self.levels.len() <= level_index {
            self.levels
                .resize_with(level_index + 1, PartialTile::default);
        }
        self.levels[level_index] = PartialTile {
            index,
            hashes: Vec::new(),
        };
    }
}

/// What a commit adds to the partial tiles, for the readers' copy.
#[derive(Default)]
pub(crate) struct EdgeGrowth {
    hashes: Vec<(u32, TreeHash)>,
}

impl EdgeGrowth {
    /// Applies the growth to the readers' copy.
    pub(crate) fn apply(&self, partial: &mut PartialTiles) {
        for (level, hash) in &self.hashes {
            partial.push(*level, *hash);
        }
    }
}

impl TreeBuilder {
    /// The edge of a tree that is in the store: its perfect subtrees and its partial tiles.
    pub(crate) fn restored(size: u64, subtrees: &[(u32, TreeHash)], partial: PartialTiles) -> Self {
        let stack = subtrees
            .iter()
            .map(|&(level, root)| Subtree { level, root })
            .collect();
        Self {
            size,
            stack,
            partial,
        }
    }

    /// Appends a leaf. Full tiles go to `tiles`, and all that changed to `growth`.
    pub(crate) fn push(
        &mut self,
        leaf: TreeHash,
        tiles: &mut Vec<FullTile>,
        growth: &mut EdgeGrowth,
    ) {
        self.record(0, leaf, tiles, growth);
        let mut subtree = Subtree {
            level: 0,
            root: leaf,
        };
        while let Some(left) = self
            .stack
            .last()
            .copied()
            .filter(|left| left.level == subtree.level)
        {
            self.stack.pop();
            subtree = Subtree {
                level: left.level + 1,
                root: node_hash(&left.root, &subtree.root),
            };
            if subtree.level.is_multiple_of(TILE_HEIGHT) {
                self.record(subtree.level / TILE_HEIGHT, subtree.root, tiles, growth);
            }
        }
        self.stack.push(subtree);
        self.size += 1;
    }

    fn record(
        &mut self,
        level: u32,
        hash: TreeHash,
        tiles: &mut Vec<FullTile>,
        growth: &mut EdgeGrowth,
    ) {
        growth.hashes.push((level, hash));
        tiles.extend(self.partial.push(level, hash));
    }

    /// The same tree without its tiles, for whoever asks what a further leaf would make of it.
    pub(crate) fn frontier(&self) -> Frontier {
        let mut frontier = Frontier::new();
        for subtree in &self.stack {
            frontier.push_subtree(subtree.level, subtree.root);
        }
        frontier
    }

    /// How many leaves there are.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The tree's root.
    pub(crate) fn root(&self) -> TreeHash {
        let mut subtrees = self.stack.iter().rev();
        let Some(last) = subtrees.next() else {
            return empty_root();
        };
        subtrees.fold(last.root, |right, left| node_hash(&left.root, &right))
    }
}

#[cfg(test)]
mod tests {
    use indelible_evidence::{
        hash::ChainHash,
        tree::{Frontier, leaf_hash},
    };

    use super::*;

    fn leaf(n: u64) -> TreeHash {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n.to_le_bytes());
        leaf_hash(&ChainHash::from_bytes(bytes))
    }

    #[test]
    fn roots_are_the_frontiers_and_tiles_are_complete() {
        let (mut edge, mut frontier) = (TreeBuilder::default(), Frontier::new());
        let (mut tiles, mut growth) = (Vec::new(), EdgeGrowth::default());
        for n in 0..70_000 {
            edge.push(leaf(n), &mut tiles, &mut growth);
            frontier.push(leaf(n));
            if n % 997 == 0 {
                assert_eq!(edge.root(), frontier.root(), "at size {}", n + 1);
            }
        }
        assert_eq!(edge.root(), frontier.root());
        // The example of the tlog-tiles specification: 273 full tiles at level 0, one at level 1.
        assert_eq!(tiles.iter().filter(|tile| tile.level == 0).count(), 273);
        assert_eq!(tiles.iter().filter(|tile| tile.level == 1).count(), 1);
        assert_eq!(edge.partial.levels[0].hashes.len(), 112);
        assert_eq!(edge.partial.levels[1].hashes.len(), 17);
        assert_eq!(edge.partial.levels[2].hashes.len(), 1);

        let mut copy = PartialTiles::default();
        growth.apply(&mut copy);
        assert_eq!(copy.hash(0, 69_999), Some(leaf(69_999)));
        assert_eq!(copy.hash(0, 69_887), None, "it lies in a full tile");
        assert_eq!(copy.hash(1, 272), edge.partial.hash(1, 272));
    }
}
