//! The catalog, in the default column family.

use rocksdb::{ReadOptions, WriteBatch, WriteOptions};

use super::gate::Gate;
use super::survey::each_of;
use super::{RocksStore, engine_error, keys};
use crate::contracts::{Catalog, LedgerId, Oddity, StoreId};
use crate::error::{Result, StoreError};

impl Catalog for RocksStore {
    fn ledgers(&self) -> Result<Vec<(LedgerId, Vec<u8>)>> {
        let mut ledgers: Vec<_> = self
            .undescribed
            .iter()
            .map(|ledger| (*ledger, Vec::new()))
            .collect();
        each_of(&self.db, keys::DESCRIPTOR, &mut |ledger, value| {
            ledgers.push((ledger, value.to_vec()));
        })?;
        ledgers.sort_by_key(|(ledger, _)| *ledger);
        Ok(ledgers)
    }

    fn oddities(&self) -> Vec<Oddity> {
        self.oddities.clone()
    }

    fn add_ledger(&self, descriptor: &[u8]) -> Result<LedgerId> {
        let mut writer = self.writer.lock();
        let number = self.free_number(writer.search_from)?;
        let ledger = LedgerId::new(number);
        let end = writer.ledgers_end.max(number + 1);
        let mut batch = WriteBatch::default();
        batch.put(keys::NEXT_LEDGER, end.to_be_bytes());
        batch.put(keys::of_ledger(keys::DESCRIPTOR, ledger), descriptor);
        self.write_synced(&mut writer, batch, "add a ledger")?;
        writer.ledgers_end = end;
        writer.search_from = number + 1;
        Ok(ledger)
    }

    fn update_ledger(&self, ledger: LedgerId, descriptor: &[u8]) -> Result<()> {
        let mut writer = self.writer.lock();
        let key = keys::of_ledger(keys::DESCRIPTOR, ledger);
        let known = self.db.get_pinned(key);
        if known
            .map_err(engine_error::on("read the catalog"))?
            .is_none()
        {
            return Err(StoreError::UnknownLedger { ledger });
        }
        let mut batch = WriteBatch::default();
        batch.put(key, descriptor);
        self.write_synced(&mut writer, batch, "update a ledger")
    }

    fn put_all(&self, values: &[(&[u8], &[u8])]) -> Result<()> {
        let mut batch = WriteBatch::default();
        for (key, value) in values {
            batch.put(keys::own(key), value);
        }
        self.write_synced(&mut self.writer.lock(), batch, "write to the catalog")
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.db
            .get(keys::own(key))
            .map_err(engine_error::on("read the catalog"))
    }

    fn put_published(&self, notes: &[(LedgerId, String)]) -> Result<()> {
        let mut batch = WriteBatch::default();
        for (ledger, note) in notes {
            batch.put(keys::of_ledger(keys::PUBLISHED, *ledger), note);
        }
        let mut writer = self.writer.lock();
        writer.check()?;
        self.db
            .write_opt(batch, &WriteOptions::default())
            .map_err(|error| {
                writer.gate = Gate::Failed(error.as_ref().to_owned());
                engine_error::on("keep published checkpoints")(error)
            })
    }

    fn published(&self, ledger: LedgerId) -> Result<Option<String>> {
        let note = self
            .db
            .get(keys::of_ledger(keys::PUBLISHED, ledger))
            .map_err(engine_error::on("read a published checkpoint"))?;
        note.map(String::from_utf8)
            .transpose()
            .map_err(|_| StoreError::Damaged {
                place: "the catalogue".to_owned(),
                finding: "the ledger's published checkpoint is not text".to_owned(),
            })
    }

    /// One that can't be read is one that no store has: see [`RocksStore::known_id`].
    fn store_id(&self) -> StoreId {
        self.store_id.unwrap_or(StoreId::from_bytes([0; 16]))
    }
}

impl RocksStore {
    /// The first number from this one on under which nothing is stored. What
    /// the catalogue says of the next number decides nothing: it may have been
    /// altered, and a ledger that took the number of another would have the
    /// other's records, index and keys.
    fn free_number(&self, from: u32) -> Result<u32> {
        // The greatest number stays free, so that each has one after it.
        for number in from..u32::MAX {
            if !self.is_used(LedgerId::new(number))? {
                return Ok(number);
            }
        }
        Err(StoreError::Malformed {
            problem: "a store has no more handles for ledgers".to_owned(),
        })
    }

    fn is_used(&self, ledger: LedgerId) -> Result<bool> {
        for kind in keys::OF_LEDGERS {
            let entry = self.db.get_pinned(keys::of_ledger(kind, ledger));
            if entry
                .map_err(engine_error::on("read the catalog"))?
                .is_some()
            {
                return Ok(true);
            }
        }
        let (from, to) = keys::range_of(ledger);
        for family in keys::FAMILIES_OF_LEDGERS {
            let mut options = ReadOptions::default();
            options.set_iterate_upper_bound(to);
            let family = self.family(family);
            let mut iterator = self.db.raw_iterator_cf_opt(family, options);
            iterator.seek(from);
            iterator
                .status()
                .map_err(engine_error::on("look for a free number"))?;
            if iterator.valid() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
