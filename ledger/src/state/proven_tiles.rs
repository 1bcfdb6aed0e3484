//! Full tiles of ledgers' trees that were proven: kept for a while, so that what is read often is proven once.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use indelible_evidence::hash::TreeHash;
use indelible_store::LedgerId;

/// Tiles of all ledgers that are kept, at most: 8 MiB of hashes.
const PROVEN_TILES_MAX: usize = 1_024;

/// Where a tile is: its ledger, level and index.
pub(crate) type Place = (LedgerId, u32, u64);
/// The hashes of a full tile.
pub(crate) type Tile = Arc<[TreeHash]>;

/// Tiles that were proven, of all ledgers of an engine. What is proven once stays so: a full tile never changes.
#[derive(Default)]
pub(crate) struct ProvenTiles(Mutex<Generations>);

/// What was used lately, and what was used before that, which is dropped next.
#[derive(Default)]
struct Generations {
    young: HashMap<Place, Tile>,
    old: HashMap<Place, Tile>,
}

impl ProvenTiles {
    /// A tile that was proven before, if it is still kept.
    pub(crate) fn get(&self, place: &Place) -> Option<Tile> {
        let mut tiles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tile) = tiles.young.get(place) {
            return Some(Arc::clone(tile));
        }
        let tile = tiles.old.remove(place)?;
        tiles.keep(*place, Arc::clone(&tile));
        Some(tile)
    }

    /// Keeps a tile that was proven.
    pub(crate) fn put(&self, place: Place, tile: Tile) {
        let mut tiles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tiles.keep(place, tile);
    }
}

impl Generations {
    fn keep(&mut self, place: Place, tile: Tile) {
        if self.young.len() >= PROVEN_TILES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(place, tile);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_there_is_a_most() {
        let tiles = ProvenTiles::default();
        let tile = |n: u8| -> Tile { Arc::new([TreeHash::from_bytes([n; 32])]) };
        let place = |n: u64| (LedgerId::new(1), 0, n);
        tiles.put(place(0), tile(7));
        for n in 1..4 * PROVEN_TILES_MAX as u64 {
            tiles.put(place(n), tile(1));
            assert_eq!(tiles.get(&place(0)), Some(tile(7)), "after {n} others");
        }
        assert_eq!(tiles.get(&place(1)), None);
        let kept = tiles.0.lock().unwrap();
        assert!(kept.young.len() + kept.old.len() <= PROVEN_TILES_MAX);
    }
}
