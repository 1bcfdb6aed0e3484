//! The key ring, in its own column family.
//!
//! A wrapped key is stored as `0 | value`, or as `1 | subject tag (16) | value`;
//! a subject as the ids of its keys, end to end.

use std::sync::Arc;

use indelible_evidence::DataKeyId;
use rocksdb::{ReadOptions, WriteBatch};

use super::key_queue::Waiting;
use super::{RocksStore, engine_error, keys};
use crate::contracts::{KeyRing, LedgerId, NewDataKey, RewrappedKey, SubjectTag};
use crate::error::{Result, StoreError};
use crate::key_edit::{KeyChanges, KeyEdit, KeysAsStored, StoredKey};

const OF_THE_LEDGER: u8 = 0;
const OF_A_SUBJECT: u8 = 1;

impl KeyRing for RocksStore {
    fn put_data_keys(&self, keys: &[NewDataKey]) -> Result<()> {
        self.key_queue.put(keys, |group| self.put_group(group))
    }

    fn data_key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<Vec<u8>>> {
        let key = self.key(ledger, key_id)?;
        Ok(key.map(|key| key.value))
    }

    fn data_keys(
        &self,
        ledger: LedgerId,
        after: Option<&DataKeyId>,
        limit: usize,
    ) -> Result<Vec<(DataKeyId, Vec<u8>)>> {
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(keys::subject(ledger, &SubjectTag::from_bytes([0; 16])));
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::KEYS), options);
        let first = DataKeyId::from_bytes([0; 16]);
        iterator.seek(keys::data_key(ledger, after.unwrap_or(&first)));
        let mut found = Vec::new();
        while let Some((key, value)) = iterator.item() {
            if found.len() == limit {
                break;
            }
            let stored = keys::key_id_in(ledger, key).zip(decode(value));
            let (key_id, stored) = stored.ok_or_else(|| unreadable(ledger, "data key"))?;
            if after != Some(&key_id) {
                found.push((key_id, stored.value));
            }
            iterator.next();
        }
        iterator
            .status()
            .map_err(engine_error::on("walk through the data keys"))?;
        Ok(found)
    }

    fn replace_data_keys(&self, keys: &[RewrappedKey]) -> Result<()> {
        self.edit_keys("replace data keys", |edit| {
            keys.iter().try_for_each(|key| edit.replace(key))
        })
    }

    fn subject_keys(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>> {
        self.subject(ledger, subject)
    }

    fn destroy_data_keys(&self, ledger: LedgerId, key_ids: &[DataKeyId]) -> Result<()> {
        self.edit_keys("destroy data keys", |edit| {
            let mut key_ids = key_ids.iter();
            key_ids.try_for_each(|key_id| edit.destroy(ledger, key_id))
        })
    }
}

impl KeysAsStored for RocksStore {
    fn key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<StoredKey>> {
        let value = self
            .db
            .get_pinned_cf(self.family(keys::KEYS), keys::data_key(ledger, key_id))
            .map_err(engine_error::on("read a data key"))?;
        value
            .map(|value| decode(&value).ok_or_else(|| unreadable(ledger, "data key")))
            .transpose()
    }

    fn subject(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>> {
        let value = self
            .db
            .get_pinned_cf(self.family(keys::KEYS), keys::subject(ledger, subject))
            .map_err(engine_error::on("read a subject's data keys"))?;
        let Some(value) = value else {
            return Ok(Vec::new());
        };
        match value.as_chunks() {
            (key_ids, []) => Ok(key_ids.iter().copied().map(DataKeyId::from_bytes).collect()),
            _ => Err(unreadable(ledger, "subject")),
        }
    }
}

impl RocksStore {
    /// Puts the keys of all these callers in one write, and gives each its
    /// answer: one that is refused for what it asks for spoils no other's.
    fn put_group(&self, group: &[Arc<Waiting>]) {
        let mut edit = KeyEdit::new(self);
        let mut taken = Vec::with_capacity(group.len());
        for waiting in group {
            match edit.put_all(&waiting.keys) {
                Ok(()) => taken.push(waiting),
                Err(error) => waiting.answer(Err(error)),
            }
        }
        let written = self.write_keys("keep data keys", edit.into_changes());
        for waiting in taken {
            waiting.answer(match &written {
                Ok(()) => Ok(()),
                Err(error) => Err(told_to_each(error)),
            });
        }
    }

    fn edit_keys(
        &self,
        action: &'static str,
        change: impl FnOnce(&mut KeyEdit<'_, Self>) -> Result<()>,
    ) -> Result<()> {
        let _turn = self.key_queue.turn();
        let mut edit = KeyEdit::new(self);
        change(&mut edit)?;
        self.write_keys(action, edit.into_changes())
    }

    fn write_keys(&self, action: &'static str, changes: KeyChanges) -> Result<()> {
        let family = self.family(keys::KEYS);
        let mut batch = WriteBatch::default();
        for ((ledger, key_id), key) in &changes.keys {
            let place = keys::data_key(*ledger, key_id);
            match key {
                Some(key) => batch.put_cf(family, place, encode(key)),
                None => batch.delete_cf(family, place),
            }
        }
        for ((ledger, subject), key_ids) in &changes.subjects {
            let place = keys::subject(*ledger, subject);
            match key_ids.is_empty() {
                true => batch.delete_cf(family, place),
                false => {
                    let bytes: Vec<_> = key_ids.iter().map(|id| *id.as_bytes()).collect();
                    batch.put_cf(family, place, bytes.as_flattened());
                }
            }
        }
        self.write_synced(&mut self.writer.lock(), batch, action)
    }
}

/// The error of a write that several callers share.
fn told_to_each(error: &StoreError) -> StoreError {
    match error {
        StoreError::Stopped { reason } => StoreError::Stopped {
            reason: reason.clone(),
        },
        other => StoreError::Engine {
            action: "keep data keys",
            detail: other.to_string(),
            cause: other.cause(),
        },
    }
}

fn encode(key: &StoredKey) -> Vec<u8> {
    let mut out = Vec::with_capacity(17 + key.value.len());
    match &key.subject {
        None => out.push(OF_THE_LEDGER),
        Some(subject) => {
            out.push(OF_A_SUBJECT);
            out.extend_from_slice(subject.as_bytes());
        }
    }
    out.extend_from_slice(&key.value);
    out
}

fn decode(bytes: &[u8]) -> Option<StoredKey> {
    let (subject, value) = match bytes.split_first()? {
        (&OF_THE_LEDGER, value) => (None, value),
        (&OF_A_SUBJECT, rest) => {
            let (subject, value) = rest.split_first_chunk()?;
            (Some(SubjectTag::from_bytes(*subject)), value)
        }
        _ => return None,
    };
    Some(StoredKey {
        value: value.to_vec(),
        subject,
    })
}

fn unreadable(ledger: LedgerId, what: &str) -> StoreError {
    StoreError::Damaged {
        place: format!("the key ring of ledger {ledger}"),
        finding: format!("a {what} can't be read"),
    }
}
