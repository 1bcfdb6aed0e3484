//! The catalog in memory, and looking after the store.

use std::ops::ControlFlow;

use super::MemoryStore;
use crate::contracts::{
    Catalog, LedgerId, Maintain, OnPurge, PurgeProgress, PurgeScope, Purged, StoreId,
};
use crate::disk::DiskUse;
use crate::error::{Result, StoreError};

impl Catalog for MemoryStore {
    fn ledgers(&self) -> Result<Vec<(LedgerId, Vec<u8>)>> {
        let durable = self.durable();
        let numbered = (0..).map(LedgerId::new);
        let described = numbered.zip(durable.descriptors.iter().cloned());
        let first = LedgerId::new(durable.descriptors.len() as u32);
        let undescribed = durable.heads.range(first..);
        let undescribed = undescribed.map(|(ledger, _)| (*ledger, Vec::new()));
        Ok(described.chain(undescribed).collect())
    }

    fn add_ledger(&self, descriptor: &[u8]) -> Result<LedgerId> {
        self.write(
            |_| Ok(()),
            |durable, ()| {
                durable.descriptors.push(descriptor.to_vec());
                LedgerId::new(durable.descriptors.len() as u32 - 1)
            },
        )
    }

    fn update_ledger(&self, ledger: LedgerId, descriptor: &[u8]) -> Result<()> {
        let place = ledger.number() as usize;
        self.write(
            |durable| match place < durable.descriptors.len() {
                true => Ok(()),
                false => Err(StoreError::UnknownLedger { ledger }),
            },
            |durable, ()| durable.descriptors[place] = descriptor.to_vec(),
        )
    }

    fn put_all(&self, values: &[(&[u8], &[u8])]) -> Result<()> {
        self.write(
            |_| Ok(()),
            |durable, ()| {
                // A synced write makes all before it durable, too, but a test
                // must not rely on that: published checkpoints stay as they are.
                for (key, value) in values {
                    durable.values.insert(key.to_vec(), value.to_vec());
                }
            },
        )
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.durable().values.get(key).cloned())
    }

    fn put_published(&self, notes: &[(LedgerId, String)]) -> Result<()> {
        let mut volatile = self.volatile();
        if let Some(reason) = &volatile.stopped {
            return Err(StoreError::Stopped {
                reason: reason.clone(),
            });
        }
        volatile.published.extend(notes.iter().cloned());
        Ok(())
    }

    fn published(&self, ledger: LedgerId) -> Result<Option<String>> {
        Ok(self.volatile().published.get(&ledger).cloned())
    }

    fn store_id(&self) -> StoreId {
        let absent = StoreId::from_bytes([0; 16]);
        self.durable().store_id.unwrap_or(absent)
    }
}

impl Maintain for MemoryStore {
    fn compact(&self) -> Result<()> {
        Ok(())
    }

    fn purge(&self, _: &[PurgeScope], progress: OnPurge<'_>) -> Result<Purged> {
        if let Some(reason) = &self.volatile().stopped {
            return Err(StoreError::Stopped {
                reason: reason.clone(),
            });
        }
        match progress(PurgeProgress::WritingOut) {
            ControlFlow::Continue(()) => Ok(Purged::default()),
            ControlFlow::Break(()) => Err(StoreError::NotPurged {
                reason: "it was broken off".to_owned(),
            }),
        }
    }

    fn disk_bytes(&self) -> Result<DiskUse> {
        Ok(self.durable().disk_bytes())
    }

    fn close(&self) -> Result<()> {
        let mut volatile = self.volatile();
        volatile
            .stopped
            .get_or_insert_with(|| "it was closed".to_owned());
        let mut durable = self.durable();
        durable.indexes = volatile.indexes.clone();
        durable.published = volatile.published.clone();
        Ok(())
    }
}
