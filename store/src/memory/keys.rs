//! The key ring in memory.

use std::ops::Bound;

use indelible_evidence::DataKeyId;

use super::MemoryStore;
use super::state::Durable;
use crate::contracts::{KeyRing, LedgerId, NewDataKey, RewrappedKey, SubjectTag};
use crate::error::Result;
use crate::key_edit::{KeyEdit, KeysAsStored};

impl KeyRing for MemoryStore {
    fn put_data_keys(&self, keys: &[NewDataKey]) -> Result<()> {
        self.edit_keys(|edit| edit.put_all(keys))
    }

    fn data_key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<Vec<u8>>> {
        let key = self.durable().key(ledger, key_id)?;
        Ok(key.map(|key| key.value))
    }

    fn data_keys(
        &self,
        ledger: LedgerId,
        after: Option<&DataKeyId>,
        limit: usize,
    ) -> Result<Vec<(DataKeyId, Vec<u8>)>> {
        let from = match after {
            Some(after) => Bound::Excluded((ledger, *after)),
            None => Bound::Included((ledger, DataKeyId::from_bytes([0; 16]))),
        };
        let durable = self.durable();
        let keys = durable.keys.range((
            from,
            Bound::Included((ledger, DataKeyId::from_bytes([0xff; 16]))),
        ));
        Ok(keys
            .take(limit)
            .map(|((_, key_id), key)| (*key_id, key.value.clone()))
            .collect())
    }

    fn replace_data_keys(&self, keys: &[RewrappedKey]) -> Result<()> {
        self.edit_keys(|edit| keys.iter().try_for_each(|key| edit.replace(key)))
    }

    fn subject_keys(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>> {
        self.durable().subject(ledger, subject)
    }

    fn destroy_data_keys(&self, ledger: LedgerId, key_ids: &[DataKeyId]) -> Result<()> {
        self.edit_keys(|edit| {
            key_ids
                .iter()
                .try_for_each(|key_id| edit.destroy(ledger, key_id))
        })
    }
}

impl MemoryStore {
    fn edit_keys(
        &self,
        change: impl FnOnce(&mut KeyEdit<'_, Durable>) -> Result<()>,
    ) -> Result<()> {
        self.write(
            |durable| {
                let mut edit = KeyEdit::new(durable);
                change(&mut edit)?;
                Ok(edit.into_changes())
            },
            Durable::apply_keys,
        )
    }
}
