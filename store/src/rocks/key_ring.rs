//! The key ring, in its own column family.
//!
//! A wrapped key is stored as `kind | subject tag (16) | mac (32) | length of the
//! copy u16be | copy | value`. The bits of the kind say which of it is there: 1 the
//! tag of a subject's key, 2 the MAC, which earlier builds did not make, and 4 a
//! copy, which builds before copies take for damage. A subject is stored as the
//! ids of its keys, end to end.

use std::sync::Arc;

use indelible_evidence::DataKeyId;
use rocksdb::{ReadOptions, WriteBatch};

use super::key_queue::Waiting;
use super::{RocksStore, engine_error, keys};
use crate::contracts::{
    CopiedKey, KeyMac, KeyRing, KeySeal, LedgerId, NewDataKey, RewrappedKey, StoredDataKey,
    SubjectTag,
};
use crate::error::{Result, StoreError};
use crate::key_edit::{KeyChanges, KeyEdit, KeysAsStored};

/// The bits of an entry's kind.
const OF_A_SUBJECT: u8 = 1;
const VOUCHED: u8 = 2;
const COPIED: u8 = 4;

impl KeyRing for RocksStore {
    fn put_data_keys(&self, keys: &[NewDataKey], seal: Option<&KeySeal>) -> Result<()> {
        let put_all = |group: &[Arc<Waiting>]| self.put_group(group);
        self.key_queue.put(keys, seal, put_all)
    }

    fn data_key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<StoredDataKey>> {
        self.key(ledger, key_id)
    }

    fn key_seal(&self, ledger: LedgerId) -> Result<Option<Vec<u8>>> {
        self.db
            .get_cf(self.family(keys::KEYS), keys::key_seal(ledger))
            .map_err(engine_error::on("read the seal of the data keys"))
    }

    fn data_keys(
        &self,
        ledger: LedgerId,
        after: Option<&DataKeyId>,
        limit: usize,
    ) -> Result<Vec<(DataKeyId, StoredDataKey)>> {
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
            let (key_id, stored) = stored.ok_or_else(|| unreadable("data key"))?;
            if after != Some(&key_id) {
                found.push((key_id, stored));
            }
            iterator.next();
        }
        iterator
            .status()
            .map_err(engine_error::on("walk through the data keys"))?;
        Ok(found)
    }

    fn replace_data_keys(&self, keys: &[RewrappedKey], seal: Option<&KeySeal>) -> Result<()> {
        self.edit_keys("replace data keys", |edit| {
            edit.seal(seal);
            keys.iter().try_for_each(|key| edit.replace(key))
        })
    }

    fn set_key_copies(&self, ledger: LedgerId, keys: &[CopiedKey]) -> Result<()> {
        self.edit_keys("keep copies of data keys", |edit| {
            keys.iter().try_for_each(|key| edit.set_copy(ledger, key))
        })
    }

    fn subject_keys(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>> {
        self.subject(ledger, subject)
    }

    fn subjects(
        &self,
        ledger: LedgerId,
        after: Option<&SubjectTag>,
        limit: usize,
    ) -> Result<Vec<(SubjectTag, Vec<DataKeyId>)>> {
        let mut options = ReadOptions::default();
        let prefix = keys::subjects_of(ledger);
        let mut end = prefix;
        end[4] += 1;
        options.set_iterate_upper_bound(end);
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::KEYS), options);
        match after {
            Some(after) => iterator.seek(keys::subject(ledger, after)),
            None => iterator.seek(prefix),
        }
        let mut found = Vec::new();
        while let Some((key, value)) = iterator.item() {
            if found.len() == limit {
                break;
            }
            let stored = keys::subject_in(ledger, key).zip(key_ids(value));
            let (subject, key_ids) = stored.ok_or_else(|| unreadable("subject"))?;
            if after != Some(&subject) {
                found.push((subject, key_ids));
            }
            iterator.next();
        }
        iterator
            .status()
            .map_err(engine_error::on("walk through the subjects"))?;
        Ok(found)
    }

    fn set_subject_keys(
        &self,
        ledger: LedgerId,
        subjects: &[(SubjectTag, Vec<DataKeyId>)],
    ) -> Result<()> {
        self.edit_keys("put the lists of subjects right", |edit| {
            for (subject, key_ids) in subjects {
                edit.set_subject(ledger, *subject, key_ids);
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
        self.edit_keys("destroy data keys", |edit| {
            edit.seal(seal);
            let mut key_ids = key_ids.iter();
            key_ids.try_for_each(|key_id| edit.destroy(ledger, key_id))
        })
    }
}

impl KeysAsStored for RocksStore {
    fn key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<StoredDataKey>> {
        let value = self
            .db
            .get_pinned_cf(self.family(keys::KEYS), keys::data_key(ledger, key_id))
            .map_err(engine_error::on("read a data key"))?;
        value
            .map(|value| decode(&value).ok_or_else(|| unreadable("data key")))
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
        key_ids(&value).ok_or_else(|| unreadable("subject"))
    }
}

impl RocksStore {
    /// Puts the keys of all these callers in one write, and gives each its
    /// answer: one that is refused for what it asks for spoils no other's.
    fn put_group(&self, group: &[Arc<Waiting>]) {
        let mut edit = KeyEdit::new(self);
        let mut taken = Vec::with_capacity(group.len());
        for waiting in group {
            match edit.put_all(&waiting.keys, waiting.seal.as_ref()) {
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
        for (ledger, seal) in &changes.seals {
            batch.put_cf(family, keys::key_seal(*ledger), seal);
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

fn encode(key: &StoredDataKey) -> Vec<u8> {
    let copy = key.copy.as_deref().unwrap_or_default();
    // An edit has refused a longer one.
    let length = u16::try_from(copy.len()).unwrap_or(u16::MAX);
    let mut out = Vec::with_capacity(51 + copy.len() + key.value.len());
    let bit = |is_there, bit| if is_there { bit } else { 0 };
    out.push(
        bit(key.subject.is_some(), OF_A_SUBJECT)
            | bit(key.mac.is_some(), VOUCHED)
            | bit(key.copy.is_some(), COPIED),
    );
    if let Some(subject) = &key.subject {
        out.extend_from_slice(subject.as_bytes());
    }
    if let Some(mac) = &key.mac {
        out.extend_from_slice(mac.as_bytes());
    }
    if key.copy.is_some() {
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(copy);
    }
    out.extend_from_slice(&key.value);
    out
}

fn decode(bytes: &[u8]) -> Option<StoredDataKey> {
    let (&kind, mut rest) = bytes.split_first()?;
    if kind > OF_A_SUBJECT | VOUCHED | COPIED {
        return None;
    }
    let (mut subject, mut mac, mut copy) = (None, None, None);
    if kind & OF_A_SUBJECT != 0 {
        let (tag, after) = rest.split_first_chunk()?;
        (subject, rest) = (Some(SubjectTag::from_bytes(*tag)), after);
    }
    if kind & VOUCHED != 0 {
        let (bytes, after) = rest.split_first_chunk()?;
        (mac, rest) = (Some(KeyMac::from_bytes(*bytes)), after);
    }
    if kind & COPIED != 0 {
        let (length, after) = rest.split_first_chunk()?;
        let (bytes, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        (copy, rest) = (Some(bytes.to_vec()), after);
    }
    Some(StoredDataKey {
        value: rest.to_vec(),
        subject,
        mac,
        copy,
    })
}

fn key_ids(value: &[u8]) -> Option<Vec<DataKeyId>> {
    match value.as_chunks() {
        (key_ids, []) => Some(key_ids.iter().copied().map(DataKeyId::from_bytes).collect()),
        _ => None,
    }
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Damaged {
        place: "the key ring".to_owned(),
        finding: format!("a {what} can't be read"),
    }
}
