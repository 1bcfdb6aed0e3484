//! The catalog, in the default column family.

use rocksdb::{Direction, IteratorMode, WriteBatch, WriteOptions};

use super::gate::Gate;
use super::{RocksStore, engine_error, keys};
use crate::contracts::{Catalog, LedgerId, StoreId};
use crate::error::{Result, StoreError};

impl Catalog for RocksStore {
    fn ledgers(&self) -> Result<Vec<(LedgerId, Vec<u8>)>> {
        let expected = self.writer.lock().next_ledger;
        let mut ledgers = Vec::with_capacity(expected as usize);
        let from = IteratorMode::From(&[keys::DESCRIPTOR], Direction::Forward);
        for item in self.db.iterator(from) {
            let (key, value) = item.map_err(engine_error::on("list the ledgers"))?;
            let Some(ledger) = keys::ledger_in(keys::DESCRIPTOR, &key) else {
                break;
            };
            ledgers.push((ledger, value.into_vec()));
        }
        // Handles count up from 0 and descriptors are never removed.
        if ledgers.len() < expected as usize {
            return Err(StoreError::Damaged {
                place: "the catalog".to_owned(),
                finding: format!("{} of {expected} ledgers are there", ledgers.len()),
            });
        }
        Ok(ledgers)
    }

    fn add_ledger(&self, descriptor: &[u8]) -> Result<LedgerId> {
        let mut writer = self.writer.lock();
        let ledger = LedgerId::new(writer.next_ledger);
        let next = ledger
            .number()
            .checked_add(1)
            .ok_or_else(|| StoreError::Malformed {
                problem: "a store has no more handles for ledgers".to_owned(),
            })?;
        let mut batch = WriteBatch::default();
        batch.put(keys::NEXT_LEDGER, next.to_be_bytes());
        batch.put(keys::of_ledger(keys::DESCRIPTOR, ledger), descriptor);
        self.write_synced(&mut writer, batch, "add a ledger")?;
        writer.next_ledger = next;
        Ok(ledger)
    }

    fn update_ledger(&self, ledger: LedgerId, descriptor: &[u8]) -> Result<()> {
        let mut writer = self.writer.lock();
        if ledger.number() >= writer.next_ledger {
            return Err(StoreError::UnknownLedger { ledger });
        }
        let mut batch = WriteBatch::default();
        batch.put(keys::of_ledger(keys::DESCRIPTOR, ledger), descriptor);
        self.write_synced(&mut writer, batch, "update a ledger")
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<()> {
        let mut batch = WriteBatch::default();
        batch.put(keys::own(key), value);
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
                place: format!("ledger {ledger}"),
                finding: "its published checkpoint is not text".to_owned(),
            })
    }

    fn store_id(&self) -> StoreId {
        self.store_id
    }
}
