//! What a ledger keeps secret, and for how long: opening, erasing, holding, and the data key; and which keys sign for it.

use indelible_store::KeyId;

use crate::ledger::{
    append::NewRange,
    core::Ledger,
    erasure::{self, Erased, OnErasure},
    error::{KeyEventError, ReadError},
    hold,
    key_state::{ErasureRecord, Hold},
    key_state_error::HoldId,
    read::{self, RecordView},
    revocation::{self, RevokeKey},
    sealing,
    signing_keys::SigningKey,
};

impl Ledger {
    /// Opens what a record holds sealed. Nobody gets it but by [`Ledger::open_for`], which records that.
    ///
    /// # Errors
    /// If its key can't be had, or the record is damaged.
    pub(in crate::ledger) fn unseal(&self, view: &mut RecordView) -> Result<(), ReadError> {
        read::unseal(&self.cell, &self.core.keyring, view)
    }

    /// Erases a data subject: records it, destroys the subject's keys, bodies, payloads and index entries, and
    /// removes them from every file. Blocking.
    ///
    /// # Errors
    /// Why nothing was erased; or, once it is recorded, what kept it from being completed, which will be tried
    /// again at the next start.
    pub fn erase(
        &self,
        data_subject: &str,
        basis: &str,
        progress: OnErasure<'_>,
    ) -> Result<Erased, KeyEventError> {
        erasure::erase(&self.core, &self.cell, data_subject, basis, progress)
    }

    /// The erasures on record, oldest first, and whether each is complete.
    ///
    /// # Errors
    /// If the store fails.
    pub fn erasures(&self) -> Result<Vec<(ErasureRecord, bool)>, ReadError> {
        let erasures = self.cell.keys().erasures().to_vec();
        erasures
            .into_iter()
            .map(|record| {
                let complete = erasure::is_complete(&self.core, &self.cell, record.sequence)?;
                Ok((record, complete))
            })
            .collect()
    }

    /// Places a hold on a data subject, or on the whole ledger: nothing under it is erased until it is released.
    /// Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn place_hold(
        &self,
        data_subject: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(HoldId, NewRange), KeyEventError> {
        hold::place(&self.core, &self.cell, data_subject, reason)
    }

    /// Releases a hold. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn release_hold(&self, hold: HoldId) -> Result<NewRange, KeyEventError> {
        hold::release(&self.core, &self.cell, hold)
    }

    /// The holds in force, oldest first.
    pub fn holds(&self) -> Vec<Hold> {
        self.cell.keys().holds()
    }

    /// The keys that sign for the ledger, or did, in the order of the records that introduced them.
    pub fn signing_keys(&self) -> Vec<SigningKey> {
        self.cell.keys().signing().all().to_vec()
    }

    /// Revokes a key that signed for the ledger, at a size: what it signed beyond that is void. A running epoch ends
    /// with it. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn revoke_key(&self, revoke: RevokeKey) -> Result<NewRange, KeyEventError> {
        revocation::revoke(&self.core, &self.cell, revoke)
    }

    /// Makes a new data key for the events of this ledger that name no data subject, and returns its id and the
    /// record that says so. What is sealed under earlier ones stays readable. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn rotate_data_key(&self) -> Result<(KeyId, Option<NewRange>), KeyEventError> {
        let (key, recorded) = sealing::rotate(&self.core, &self.cell, false)?;
        Ok((*key.id(), recorded))
    }
}
