//! Leaves of a ledger's tree as they were signed: no stored tile is believed before its root is the one that the tile
//! above holds, up to the hashes in memory, which a start compared with the signed head.

use std::sync::Arc;

use indelible_evidence::{
    hash::{ChainHash, TreeHash},
    limits::TILE_WIDTH,
    tile::{TILE_HEIGHT, tile_root},
    tree::leaf_hash,
};
use indelible_store::ReadStore;

use crate::state::{error::ReadError, proven_tiles::Tile, shared::LedgerState};

/// No tree has more levels of tiles: a size has 64 bits.
const LEVELS_MAX: u32 = 8;

/// Says whether a record's chain hash is the one that the signed tree holds at its place.
///
/// # Errors
/// If it is not, if no signed tree vouches for it, or if the store fails.
pub(crate) fn check_leaf(
    ledger: &LedgerState,
    store: &(impl ReadStore + ?Sized),
    sequence: u64,
    chain: &ChainHash,
) -> Result<(), ReadError> {
    if proven_hash(ledger, store, 0, sequence)? == leaf_hash(chain) {
        return Ok(());
    }
    Err(ReadError::Damaged {
        sequence,
        what: "it is not the record that the signed tree holds".into(),
    })
}

/// The hash at an index of a tile level, which must lie within what is durable.
fn proven_hash(
    ledger: &LedgerState,
    store: &(impl ReadStore + ?Sized),
    level: u32,
    index: u64,
) -> Result<TreeHash, ReadError> {
    let first = |level: u32, index: u64| index << (level * TILE_HEIGHT);
    if !ledger.has_signed_tree() || level >= LEVELS_MAX {
        return Err(ReadError::Damaged {
            sequence: first(level.min(LEVELS_MAX - 1), index),
            what: "no signed tree vouches for it".into(),
        });
    }
    if let Some(hash) = ledger.committed().partial.hash(level, index) {
        return Ok(hash);
    }
    let tile_index = index / TILE_WIDTH;
    let place = (ledger.id, level, tile_index);
    let tile = match ledger.proven_tiles().get(&place) {
        Some(tile) => tile,
        None => {
            let root = proven_hash(ledger, store, level + 1, tile_index)?;
            let tile = stored_tile(ledger, store, level, tile_index)?;
            if tile_root(&tile) != root {
                return Err(ReadError::Damaged {
                    sequence: first(level, tile_index * TILE_WIDTH),
                    what: format!(
                        "tile {tile_index} of level {level}, which begins with it, is not the one that the signed tree \
                         holds"
                    ),
                });
            }
            ledger.proven_tiles().put(place, Arc::clone(&tile));
            tile
        }
    };
    Ok(tile[(index % TILE_WIDTH) as usize])
}

fn stored_tile(
    ledger: &LedgerState,
    store: &(impl ReadStore + ?Sized),
    level: u32,
    index: u64,
) -> Result<Tile, ReadError> {
    let bytes = store.tile(ledger.id, level, index)?.unwrap_or_default();
    let hashes: Option<Tile> = bytes
        .chunks(32)
        .map(|chunk| TreeHash::try_from(chunk).ok())
        .collect();
    hashes
        .filter(|hashes| hashes.len() as u64 == TILE_WIDTH)
        .ok_or_else(|| ReadError::Damaged {
            sequence: (index * TILE_WIDTH) << (level * TILE_HEIGHT),
            what: format!("tile {index} of level {level} is missing or cut short"),
        })
}
