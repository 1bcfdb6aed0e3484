//! The rules of a key ring, for every store: an edit looks at what is stored,
//! collects changes, and leaves writing them to the store.

use std::collections::BTreeMap;

use indelible_evidence::DataKeyId;

use crate::contracts::LedgerId;
use crate::contracts::keys::{
    CopiedKey, KEY_COPY_BYTES_MAX, KeySeal, NewDataKey, RewrappedKey, SUBJECT_KEYS_MAX,
    StoredDataKey, SubjectTag, conflict,
};
use crate::error::{Result, StoreError};

/// What an edit looks at.
pub(crate) trait KeysAsStored {
    fn key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<StoredDataKey>>;
    fn subject(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>>;
}

/// What an edit comes to: each place with what it holds afterwards. `None` and
/// an empty list are a deletion.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyChanges {
    pub(crate) keys: BTreeMap<(LedgerId, DataKeyId), Option<StoredDataKey>>,
    pub(crate) subjects: BTreeMap<(LedgerId, SubjectTag), Vec<DataKeyId>>,
    pub(crate) seals: BTreeMap<LedgerId, Vec<u8>>,
}

impl KeyChanges {
    /// Adds later changes, made by an edit that saw these.
    pub(crate) fn absorb(&mut self, later: Self) {
        self.keys.extend(later.keys);
        self.subjects.extend(later.subjects);
        self.seals.extend(later.seals);
    }
}

/// What is stored, as some changes will leave it.
pub(crate) struct KeyEdit<'a, S> {
    stored: &'a S,
    changes: KeyChanges,
}

impl<S: KeysAsStored> KeysAsStored for KeyEdit<'_, S> {
    fn key(&self, ledger: LedgerId, key_id: &DataKeyId) -> Result<Option<StoredDataKey>> {
        match self.changes.keys.get(&(ledger, *key_id)) {
            Some(key) => Ok(key.clone()),
            None => self.stored.key(ledger, key_id),
        }
    }

    fn subject(&self, ledger: LedgerId, subject: &SubjectTag) -> Result<Vec<DataKeyId>> {
        match self.changes.subjects.get(&(ledger, *subject)) {
            Some(keys) => Ok(keys.clone()),
            None => self.stored.subject(ledger, subject),
        }
    }
}

impl<'a, S: KeysAsStored> KeyEdit<'a, S> {
    pub(crate) fn new(stored: &'a S) -> Self {
        Self {
            stored,
            changes: KeyChanges::default(),
        }
    }

    pub(crate) fn into_changes(self) -> KeyChanges {
        self.changes
    }

    /// Makes all of `keys` and their seal part of the edit, or none.
    pub(crate) fn put_all(&mut self, keys: &[NewDataKey], seal: Option<&KeySeal>) -> Result<()> {
        let mut attempt = KeyEdit::new(&*self);
        for key in keys {
            attempt.put(key)?;
        }
        attempt.seal(seal);
        let changes = attempt.into_changes();
        self.changes.absorb(changes);
        Ok(())
    }

    fn put(&mut self, new: &NewDataKey) -> Result<()> {
        check_copy(new.copy.as_deref())?;
        let key = StoredDataKey {
            value: new.value.clone(),
            subject: new.subject,
            mac: new.mac,
            copy: new.copy.clone(),
        };
        match self.key(new.ledger, &new.key_id)? {
            Some(there) if there == key => return Ok(()),
            Some(_) => {
                return Err(conflict(
                    new.ledger,
                    &new.key_id,
                    "is there already, with another value or subject",
                ));
            }
            None => {}
        }
        if let Some(subject) = new.subject {
            let mut keys = self.subject(new.ledger, &subject)?;
            if keys.len() >= SUBJECT_KEYS_MAX {
                return Err(StoreError::Malformed {
                    problem: format!(
                        "a subject has {SUBJECT_KEYS_MAX} data keys already, which is the most allowed"
                    ),
                });
            }
            keys.push(new.key_id);
            self.changes.subjects.insert((new.ledger, subject), keys);
        }
        self.changes
            .keys
            .insert((new.ledger, new.key_id), Some(key));
        Ok(())
    }

    pub(crate) fn replace(&mut self, new: &RewrappedKey) -> Result<()> {
        let key = self.key(new.ledger, &new.key_id)?;
        let Some(mut key) = key else {
            return Err(conflict(new.ledger, &new.key_id, "is not there"));
        };
        if key.value != new.expected {
            return Err(conflict(
                new.ledger,
                &new.key_id,
                "was rewrapped by another call meanwhile",
            ));
        }
        key.value.clone_from(&new.value);
        key.mac = new.mac;
        self.changes
            .keys
            .insert((new.ledger, new.key_id), Some(key));
        Ok(())
    }

    pub(crate) fn set_copy(&mut self, ledger: LedgerId, new: &CopiedKey) -> Result<()> {
        let key = self.key(ledger, &new.key_id)?;
        if key.as_ref() != Some(&new.expected) {
            return Err(conflict(
                ledger,
                &new.key_id,
                "is not what it was when its copy was made",
            ));
        }
        check_copy(new.copy.as_deref())?;
        let copied = StoredDataKey {
            copy: new.copy.clone(),
            ..new.expected.clone()
        };
        self.changes.keys.insert((ledger, new.key_id), Some(copied));
        Ok(())
    }

    pub(crate) fn seal(&mut self, seal: Option<&KeySeal>) {
        let seal = seal.map(|seal| (seal.ledger, seal.value.clone()));
        self.changes.seals.extend(seal);
    }

    pub(crate) fn set_subject(
        &mut self,
        ledger: LedgerId,
        subject: SubjectTag,
        keys: &[DataKeyId],
    ) {
        let place = (ledger, subject);
        self.changes.subjects.insert(place, keys.to_vec());
    }

    pub(crate) fn destroy(&mut self, ledger: LedgerId, key_id: &DataKeyId) -> Result<()> {
        let Some(key) = self.key(ledger, key_id)? else {
            return Ok(());
        };
        if let Some(subject) = key.subject {
            let mut keys = self.subject(ledger, &subject)?;
            keys.retain(|kept| kept != key_id);
            self.changes.subjects.insert((ledger, subject), keys);
        }
        self.changes.keys.insert((ledger, *key_id), None);
        Ok(())
    }
}

/// A copy's length is kept in two bytes.
fn check_copy(copy: Option<&[u8]>) -> Result<()> {
    match copy {
        Some(copy) if copy.len() > KEY_COPY_BYTES_MAX => Err(StoreError::Malformed {
            problem: format!(
                "a copy of a data key has {} bytes, of which {KEY_COPY_BYTES_MAX} are allowed",
                copy.len()
            ),
        }),
        _ => Ok(()),
    }
}
