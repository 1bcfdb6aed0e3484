//! The partial tiles of a stored tree, which are kept in memory only, built again at a start.

use std::ops::ControlFlow;

use indelible_evidence::{hash::TreeHash, limits::TILE_WIDTH, tile::tile_root, tree::leaf_hash};
use indelible_store::{LedgerId, Store, TryScan, record::StoredRecord};

use crate::state::{error::ReadError, tree_edge::PartialTiles};

/// The partial tiles of a tree, from the chain hashes and full tiles that are stored.
pub(crate) fn partial_tiles(
    store: &dyn Store,
    id: LedgerId,
    size: u64,
) -> Result<PartialTiles, ReadError> {
    let width = TILE_WIDTH;
    let mut partial = PartialTiles::default();
    let first = size - size % width;
    partial.start_level(0, first / width);
    store.try_scan(id, first, size, |sequence, value| {
        let chain = StoredRecord::decode_chain(value).map_err(|error| ReadError::Damaged {
            sequence,
            what: error.to_string(),
        })?;
        partial.push(0, leaf_hash(&chain));
        Ok::<_, ReadError>(ControlFlow::Continue(()))
    })?;
    let (mut level, mut count) = (1, size / width);
    while count > 0 {
        let first = count - count % width;
        partial.start_level(level, first / width);
        for index in first..count {
            partial.push(level, full_tile_root(store, id, level - 1, index)?);
        }
        level += 1;
        count /= width;
    }
    Ok(partial)
}

fn full_tile_root(
    store: &dyn Store,
    id: LedgerId,
    level: u32,
    index: u64,
) -> Result<TreeHash, ReadError> {
    let damaged = || ReadError::Damaged {
        sequence: index << (8 * (level + 1)),
        what: format!("tile {index} of level {level} is missing or cut short"),
    };
    let bytes = store.tile(id, level, index)?.ok_or_else(damaged)?;
    let hashes: Option<Vec<_>> = bytes
        .chunks(32)
        .map(|chunk| TreeHash::try_from(chunk).ok())
        .collect();
    hashes
        .filter(|hashes| hashes.len() as u64 == TILE_WIDTH)
        .map(|hashes| tile_root(&hashes))
        .ok_or_else(damaged)
}
