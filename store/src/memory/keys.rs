//! The key ring in memory.

use std::ops::Bound;

use indelible_evidence::DataKeyId;

use super::MemoryStore;
use super::state::Durable;
use crate::contracts::{
    CopiedKey, KeyRing, KeySeal, LedgerId, NewDataKey, RewrappedKey, StoredDataKey, SubjectTag,
};
use crate::error::Result;
use crate::key_edit::{KeyEdit, KeysAsStored};

impl KeyRing for MemoryStore {
    fn put_data_keys(&self, keys: &[NewDataKey], seal: Option<&KeySeal>) -> Result<()> {
        self.edit_keys(|edit| edit.put_all(keys, seal))
    }

    fn data_key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<StoredDataKey>> {
        self.durable().key(ledger, key_id)
    }

    fn key_seal(&self, ledger: LedgerId) -> Result<Option<Vec<u8>>> {
        Ok(self.durable().seals.get(&ledger).cloned())
    }

    fn data_keys(
        &self,
        ledger: LedgerId,
        after: Option<&DataKeyId>,
        limit: usize,
    ) -> Result<Vec<(DataKeyId, StoredDataKey)>> {
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
            .map(|((_, key_id), key)| (*key_id, key.clone()))
            .collect())
    }

    fn replace_data_keys(&self, keys: &[RewrappedKey], seal: Option<&KeySeal>) -> Result<()> {
        self.edit_keys(|edit| {
            edit.seal(seal);
            keys.iter().try_for_each(|key| edit.replace(key))
        })
    }

    fn set_key_copies(&self, ledger: LedgerId, keys: &[CopiedKey]) -> Result<()> {
        self.edit_keys(|edit| keys.iter().try_for_each(|key| edit.set_copy(ledger, key)))
    }

    fn subject_keys(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>> {
        self.durable().subject(ledger, subject)
    }

    fn subjects(
        &self,
        ledger: LedgerId,
        after: Option<&SubjectTag>,
        limit: usize,
    ) -> Result<Vec<(SubjectTag, Vec<DataKeyId>)>> {
        let from = match after {
            Some(after) => Bound::Excluded((ledger, *after)),
            None => Bound::Included((ledger, SubjectTag::from_bytes([0; 16]))),
        };
        let to = Bound::Included((ledger, SubjectTag::from_bytes([0xff; 16])));
        let durable = self.durable();
        let subjects = durable.subjects.range((from, to)).take(limit);
        Ok(subjects
            .map(|((_, subject), keys)| (*subject, keys.clone()))
            .collect())
    }

    fn set_subject_keys(
        &self,
        ledger: LedgerId,
        subjects: &[(SubjectTag, Vec<DataKeyId>)],
    ) -> Result<()> {
        self.edit_keys(|edit| {
            for (subject, keys) in subjects {
                edit.set_subject(ledger, *subject, keys);
            }
            Ok(())
        })
    }

    fn destroy_data_keys(
        &self,
        ledger: LedgerId,
        key_ids: &[DataKeyId],
        seal: Option<&KeySeal>,
    ) -> Result<()> {
        self.edit_keys(|edit| {
            edit.seal(seal);
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
