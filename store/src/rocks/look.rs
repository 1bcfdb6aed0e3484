//! Reading all entries through that are not records, whatever they mean: the engine compares the checksum of each block of
//! a table that it reads from disk.

use rocksdb::{DEFAULT_COLUMN_FAMILY_NAME, ReadOptions};

use super::{RocksStore, engine_error, keys};
use crate::contracts::{LookPlace, Looked};
use crate::error::{Result, StoreError};

/// The column families that are read, each with its name for people. Records are read by those who know what they must be.
const PARTS: [(&str, &str); 5] = [
    (DEFAULT_COLUMN_FAMILY_NAME, "the catalogue"),
    (keys::KEYS, "the data keys"),
    (keys::TILES, "the tiles of the trees"),
    (keys::INDEX, "the index"),
    (keys::PROJECTIONS, "the states of projections"),
];

impl RocksStore {
    /// Reads from a place on until there were so many bytes, or a part ends.
    pub(super) fn look(&self, from: Option<&LookPlace>, bytes_max: u64) -> Result<Looked> {
        let part = from.map_or(0, |place| place.part);
        let Some((family, name)) = PARTS.get(part) else {
            return Ok(Looked::default());
        };
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        let mut iterator = self.db.raw_iterator_cf_opt(self.family(family), options);
        iterator.seek(from.map_or(&[][..], |place| &place.key));
        let mut bytes = 0;
        while let Some((key, value)) = iterator.item() {
            bytes += (key.len() + value.len()) as u64;
            if bytes >= bytes_max {
                // No key lies between one and the same with a zero behind it.
                let key = [key, &[0]].concat();
                let place = Some(LookPlace { part, key });
                return Ok(Looked { bytes, place });
            }
            iterator.next();
        }
        iterator.status().map_err(|error| unreadable(name, error))?;
        let next = LookPlace::next_part(from);
        let place = (next.part < PARTS.len()).then_some(next);
        Ok(Looked { bytes, place })
    }
}

fn unreadable(name: &str, error: rocksdb::Error) -> StoreError {
    if !engine_error::is_damage(&error) {
        return engine_error::on("look through the store")(error);
    }
    StoreError::Damaged {
        place: name.to_owned(),
        finding: error.into_string(),
    }
}
