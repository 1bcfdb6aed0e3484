//! Nodes of a ledger's tree for proofs: from full tiles in the store, and from the partial tiles in memory.

use std::collections::HashMap;

use indelible_evidence::{
    hash::TreeHash,
    limits::TILE_WIDTH,
    tile::TILE_HEIGHT,
    tree::{NodeId, node_hash},
};
use indelible_store::Store;

use crate::state::{error::ReadError, shared::LedgerState};

/// Tiles kept at hand while one proof or export is made.
const TILES_CACHED_MAX: usize = 64;

/// Reads nodes of one ledger, with a small cache of tiles.
pub(crate) struct Nodes<'a> {
    ledger: &'a LedgerState,
    store: &'a dyn Store,
    tiles: HashMap<(u32, u64), Vec<u8>>,
}

impl<'a> Nodes<'a> {
    pub(crate) fn new(ledger: &'a LedgerState, store: &'a dyn Store) -> Self {
        Self {
            ledger,
            store,
            tiles: HashMap::new(),
        }
    }

    /// The root of a perfect subtree, which must lie within what is durable.
    pub(crate) fn node(&mut self, node: NodeId) -> Result<TreeHash, ReadError> {
        let level = node.level / TILE_HEIGHT;
        let within = node.level % TILE_HEIGHT;
        let first = node.index << within;
        let mut hashes = Vec::with_capacity(1 << within);
        for index in first..first + (1 << within) {
            hashes.push(self.tile_hash(level, index)?);
        }
        while hashes.len() > 1 {
            hashes = hashes
                .chunks(2)
                .map(|pair| node_hash(&pair[0], &pair[1]))
                .collect();
        }
        Ok(hashes[0])
    }

    /// The hash at an index of a tile level.
    pub(crate) fn tile_hash(&mut self, level: u32, index: u64) -> Result<TreeHash, ReadError> {
        if let Some(hash) = self.ledger.committed().partial.hash(level, index) {
            return Ok(hash);
        }
        let tile = index / TILE_WIDTH;
        let offset = (index % TILE_WIDTH) as usize * 32;
        let missing = || ReadError::Damaged {
            sequence: index << (level * TILE_HEIGHT),
            what: format!("tile {tile} of level {level} is missing or cut short"),
        };
        if !self.tiles.contains_key(&(level, tile)) {
            let bytes = self
                .store
                .tile(self.ledger.id, level, tile)?
                .ok_or_else(missing)?;
            if self.tiles.len() == TILES_CACHED_MAX {
                self.tiles.clear();
            }
            self.tiles.insert((level, tile), bytes);
        }
        self.tiles
            .get(&(level, tile))
            .and_then(|bytes| bytes.get(offset..offset + 32))
            .and_then(|bytes| TreeHash::try_from(bytes).ok())
            .ok_or_else(missing)
    }
}
