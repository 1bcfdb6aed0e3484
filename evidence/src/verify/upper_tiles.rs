//! The tiles above level 0, as the leaves give them.

use crate::hash::TreeHash;
use crate::limits::TILE_WIDTH;
use crate::tile::{TileId, tile_root};

const WIDTH: usize = TILE_WIDTH as usize;

/// Grows with the roots of the full tiles of level 0: 32 bytes for every 256 records.
#[derive(Debug, Default)]
pub(super) struct UpperTiles {
    /// All hashes of level 1, then of level 2, and so on.
    levels: Vec<Vec<TreeHash>>,
}

impl UpperTiles {
    /// Takes in the root of the next full tile of level 0.
    pub(super) fn push(&mut self, mut root: TreeHash) {
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

    /// Where `bytes` first differ from the tile `id`, at a level above 0: the first record below the hash that does.
    pub(super) fn difference(&self, id: TileId, bytes: &[u8]) -> Option<u64> {
        let first = id.index.saturating_mul(TILE_WIDTH);
        let level = usize::try_from(id.level.saturating_sub(1)).unwrap_or(usize::MAX);
        let level = self.levels.get(level).map_or(&[][..], Vec::as_slice);
        let expected = level
            .iter()
            .skip(usize::try_from(first).unwrap_or(usize::MAX));
        let mut expected = expected.map(TreeHash::as_bytes);
        let mut found = bytes.chunks(32);
        let width = u64::from(id.width);
        let differs = (0..width).find(|_| found.next() != expected.next().map(|hash| &hash[..]))?;
        let below = 8 * id.level;
        Some((first + differs) << below)
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
                assert_eq!(upper.difference(id, &tile), None, "{id:?}");
                let last = u64::from(id.width) - 1;
                tile[last as usize * 32 + 31] ^= 1;
                let record = (id.index * 256 + last) << (8 * number);
                assert_eq!(upper.difference(id, &tile), Some(record), "{id:?}");
            }
            level = level.chunks_exact(256).map(tile_root).collect();
        }
    }
}
