//! The layout of a store: its number, and what makes one layout out of the one before it.

use std::path::Path;

use rocksdb::{DB, WriteOptions};

use super::{engine_error, keys};
use crate::error::{Result, StoreError};

/// The layout that this program writes.
pub(super) const LAYOUT: u32 = 4;
/// The oldest layout that it can upgrade.
pub(super) const LAYOUT_OLDEST: u32 = 3;

/// What makes a layout out of the one before it. It may be run again over what it has done.
struct Migration {
    to: u32,
    migrate: fn(&DB) -> Result<()>,
}

/// In their order, one for each layout after the oldest.
const MIGRATIONS: [Migration; (LAYOUT - LAYOUT_OLDEST) as usize] = [
    // Heads say how often the data keys had changed, and data keys are bound and sealed: programs of layout 3 read
    // neither. Both come with the next commit and the next start, so nothing is rewritten here.
    Migration {
        to: 4,
        migrate: |_| Ok(()),
    },
];

/// Runs the migrations that a store lacks, each followed by its layout's number.
pub(super) fn migrate(db: &DB, directory: &Path) -> Result<()> {
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    let found = layout_of(db)?;
    if !(LAYOUT_OLDEST..=LAYOUT).contains(&found) {
        return Err(unknown(directory, found));
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.to > found) {
        (migration.migrate)(db)?;
        db.put_opt(keys::LAYOUT, migration.to.to_be_bytes(), &synced)
            .map_err(engine_error::on("upgrade the store"))?;
    }
    Ok(())
}

/// Refuses a store of another layout than today's.
pub(super) fn check_layout(db: &DB, directory: &Path) -> Result<()> {
    match layout_of(db)? {
        LAYOUT => Ok(()),
        found => Err(unknown(directory, found)),
    }
}

fn unknown(directory: &Path, found: u32) -> StoreError {
    StoreError::Layout {
        directory: directory.to_owned(),
        found,
        oldest: LAYOUT_OLDEST,
        newest: LAYOUT,
    }
}

/// The layout that a store says it has.
pub(super) fn layout_of(db: &DB) -> Result<u32> {
    let number = fixed(db, keys::LAYOUT)?.ok_or_else(|| StoreError::Damaged {
        place: "the catalog".to_owned(),
        finding: "the store's layout is missing".to_owned(),
    })?;
    Ok(u32::from_be_bytes(number))
}

/// A value of fixed length in the default column family.
pub(super) fn fixed<const N: usize>(db: &DB, key: &[u8]) -> Result<Option<[u8; N]>> {
    let Some(value) = db.get(key).map_err(engine_error::on("read the catalog"))? else {
        return Ok(None);
    };
    match value.as_slice().try_into() {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(StoreError::Damaged {
            place: format!("the catalog, key {key:02x?}"),
            finding: format!("{} bytes instead of {N}", value.len()),
        }),
    }
}
