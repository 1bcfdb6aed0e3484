//! Event keys that leave in a bundle. They come from data keys, which never do; each opens one record for good,
//! whatever becomes of the data key later.

use indelible_evidence::{
    header::{Header, RecordKind},
    sealed::EventKey,
};
use indelible_store::record::{Part, StoredRecord};

use super::{cell::LedgerCell, error::ReadError, keyring::Keyring};

/// Derives the event keys of one bundle.
pub(crate) struct Disclosure<'a> {
    cell: &'a LedgerCell,
    keyring: &'a Keyring,
}

impl<'a> Disclosure<'a> {
    /// Every bundle that discloses keys begins here, before its first byte is written and its first key is opened.
    /// Whatever must be recorded of that is to be recorded here.
    pub(crate) fn begin(cell: &'a LedgerCell, keyring: &'a Keyring, from: u64, to: u64) -> Self {
        tracing::info!(
            ledger = %cell.origin(),
            from,
            to,
            "a bundle is exported that discloses event keys"
        );
        Self { cell, keyring }
    }

    /// The key of a stored event. None if its body is in the clear or not there, and none from the moment on at which
    /// its data key is recorded as erased, though the key may still be on its way out. Blocking.
    ///
    /// # Errors
    /// If the data key can't be had, or is not the one that the header commits to.
    pub(crate) fn event_key(
        &self,
        sequence: u64,
        stored: &StoredRecord<'_>,
    ) -> Result<Option<EventKey>, ReadError> {
        let Part::Present { salt, .. } = stored.body else {
            return Ok(None);
        };
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        let sealed = match &header.kind {
            RecordKind::Event(event) => event.sealed,
            _ => None,
        };
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let id = sealed.data_key.as_bytes();
        if self.cell.keys().is_erased(id) {
            return Ok(None);
        }
        let Some(key) = self.keyring.open(self.cell, id)? else {
            return Ok(None);
        };
        let event_key = EventKey::derive(key.expose(), &sealed.data_key, &salt);
        if event_key.commitment() != sealed.key_commitment {
            let what = "its event's key is not the one that its header commits to";
            return Err(damaged(what.into()));
        }
        Ok(Some(event_key))
    }
}
