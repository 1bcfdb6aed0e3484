//! Snapshots: a record of the chain names the digest of the state before it, and the bytes are kept beside the log, so that a
//! start reads less.

use std::sync::Arc;

use indelible_governance::state::State;

use super::{
    asking::{Placed, RECORD_BYTES_USUAL, Recorded},
    stored_state::{Label, StoredState},
};
use crate::{
    core::Ledger,
    state::{
        govern_error::GovernError,
        governed::Rules,
        limits::{GOVERNANCE_STATE_BYTES_MAX, GOVERNANCE_STATE_EVERY, GOVERNANCE_STATE_RECORDS},
    },
    write::ask::Moment,
};

impl Ledger {
    /// Records a snapshot of the state and keeps it, if enough governance records came after the last one and the last try
    /// is long enough ago. Of a ledger whose governance nobody has asked about since the start, none.
    ///
    /// # Errors
    /// As [`Self::record_state`].
    pub async fn record_state_if_due(&self) -> Result<Option<Placed>, GovernError> {
        let governed = &self.cell.governed;
        if !governed.is_folded() || governed.since_state() < GOVERNANCE_STATE_RECORDS {
            return Ok(None);
        }
        let now = self.core.environment.elapsed();
        match governed.begin_state(now, GOVERNANCE_STATE_EVERY) {
            true => self.record_state().await,
            false => Ok(None),
        }
    }

    /// Records a snapshot of the state and keeps it. None is made of a state that is too large, or before the first record.
    ///
    /// # Errors
    /// If nothing can be recorded, or the state can't be kept: then the record stands, and a start reads more.
    pub async fn record_state(&self) -> Result<Option<Placed>, GovernError> {
        let ledger = self.clone();
        let record = move |state: &State, _: Moment| {
            let made = state.recorded_snapshot();
            let made = made.map_err(|error| GovernError::Unusable {
                reason: error.to_string(),
            })?;
            let Some((bytes, entry)) =
                made.filter(|(bytes, _)| bytes.len() <= GOVERNANCE_STATE_BYTES_MAX)
            else {
                return Ok((None, Vec::new()));
            };
            let written = ledger.own_record(entry, None)?;
            // The rules change where records are linked, so these are those of the state.
            let rules = ledger.cell.governed.rules();
            Ok((Some((bytes, rules)), vec![written]))
        };
        let size = (1, RECORD_BYTES_USUAL);
        match self.record_made(None, size, record).await? {
            Recorded::New(placed, Some((state, rules))) => {
                self.keep(placed.sequence, state, rules).await?;
                Ok(Some(placed))
            }
            _ => Ok(None),
        }
    }

    async fn keep(
        &self,
        record: u64,
        state: Vec<u8>,
        rules: Arc<Rules>,
    ) -> Result<(), GovernError> {
        let label = Label {
            record,
            rules: rules.records(),
        };
        let kept = StoredState { label, state };
        let ledger = self.clone();
        let keep = move || kept.keep(&*ledger.core.store, &ledger.cell);
        let done = self.core.environment.aside(keep).await;
        let done = done.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })?;
        Ok(done.map_err(crate::state::error::ReadError::from)?)
    }
}
