//! The tiles above level 0, as the leaves give them.

use crate::hash::TreeHash;
use crate::limits::TILE_WIDTH;
use crate::tile::{TileId, tile_root};

const WIDTH: usize = TILE_WIDTH as usize;

/// Grows with the roots of the full tiles of level 0. Level 1 is not kept: a full tile of it is recognised by its
/// root, which is a hash of level 2. So this takes 32 bytes for every 65,536 records.
#[derive(Debug, Default)]
pub(super) struct UpperTiles {
    /// The hashes of level 1 that don't make a full tile yet.
    partial: Vec<TreeHash>,
    /// All hashes of level 2, then of level 3, and so on.
    levels: Vec<Vec<TreeHash>>,
}

impl UpperTiles {
    /// Takes in the root of the next full tile of level 0.
    pub(super) fn push(&mut self, root: TreeHash) {
        self.partial.push(root);
        if self.partial.len() < WIDTH {
            return;
        }
        let mut root = tile_root(&self.partial);
        self.partial.clear();
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[level];
            hashes.push(root);
            match hashes.len() % WIDTH {
                0 => root = tile_root(&hashes[hashes.len() - WIDTH..]),
                _ => break,
            }
        }
    }

    /// Whether `bytes` are the tile `id`, at a level above 0.
    pub(super) fn matches(&self, id: TileId, bytes: &[u8]) -> bool {
        let Some(hashes) = bytes
            .chunks(32)
            .map(|hash| TreeHash::try_from(hash).ok())
            .collect::<Option<Vec<_>>>()
        else {
            return false;
        };
        let Ok(index) = usize::try_from(id.index) else {
            return false;
        };
        if id.level == 1 {
            let full = self.levels.first().and_then(|roots| roots.get(index));
            return match full {
                Some(root) => hashes.len() == WIDTH && tile_root(&hashes) == *root,
                None => hashes == self.partial,
            };
        }
        let level = self.levels.get((id.level - 2) as usize);
        let expected =
            level.and_then(|level| level.get(index * WIDTH..index * WIDTH + usize::from(id.width)));
        expected.is_some_and(|expected| expected == hashes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::{levels, tiles_at};

    fn bytes(hashes: &[TreeHash]) -> Vec<u8> {
        hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    #[test]
    fn every_tile_of_three_levels_is_known_and_no_other() {
        let full_tiles = 256 * 256 + 300u64;
        let mut level: Vec<TreeHash> = (0..full_tiles)
            .map(|n| {
                let mut hash = [7; 32];
                hash[..8].copy_from_slice(&n.to_le_bytes());
                TreeHash::from_bytes(hash)
            })
            .collect();
        let mut upper = UpperTiles::default();
        level.iter().for_each(|root| upper.push(*root));
        let size = full_tiles * 256 + 5;
        assert_eq!(levels(size), 4);
        for number in 1..4 {
            for id in tiles_at(number, size) {
                let first = id.index as usize * 256;
                let mut tile = bytes(&level[first..first + usize::from(id.width)]);
                assert!(upper.matches(id, &tile), "{id:?}");
                tile[31] ^= 1;
                assert!(!upper.matches(id, &tile), "{id:?}");
            }
            level = level.chunks_exact(256).map(tile_root).collect();
        }
    }
}
