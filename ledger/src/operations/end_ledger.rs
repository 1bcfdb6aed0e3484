//! The end of a ledger's life: a record says so, and which bundle has all of it. Then every data key of the ledger is
//! destroyed, and all that is encrypted under them, by erasures on record. Its name is kept: no other ledger gets it.
//!
//! Headers, chain, tree and what was never encrypted stay, and so does every proof. Every start continues an end until it
//! is complete.

use std::{path::PathBuf, sync::Arc};

use indelible_evidence::{
    DataKeyId,
    hash::Hex,
    key_event::{Closed, Erasure, check_statement_text},
    limits::STATEMENT_DATA_KEYS_MAX,
};
use indelible_store::StoreError;
use tracing::{info, warn};

use crate::{
    core::{Core, Ledger},
    keys::key_changes::each_page,
    operations::{
        destroying::check_all_is_known,
        erase::destroy,
        erasing::{ErasureProgress, OnErasure},
        record_key_event::{self, Statement},
    },
    read::erasure_mark,
    state::{
        error::{AppendError, KeyEventError},
        key_state_error::KeyStateError,
        orders::ErasureRecord,
        shared::{Availability, LedgerState},
    },
};

/// What is to be known of the end of a ledger.
#[derive(Clone, Debug)]
pub struct EndLedger {
    /// How many records the bundle has that was made of the ledger: all there are.
    pub bundle_size: u64,
    /// SHA-256 of that bundle.
    pub bundle_sha256: [u8; 32],
    /// Why, for auditors.
    pub reason: Option<String>,
}

/// A ledger that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The record that says so.
    pub sequence: u64,
    /// The erasures that destroyed its data keys.
    pub erasures: Vec<u64>,
    /// How many data keys that were.
    pub data_keys: u64,
    /// Events whose body and payload are gone.
    pub events: u64,
    /// Directories with an earlier state of the store, kept after damage, which may still hold them.
    pub evidence: Vec<PathBuf>,
}

impl Ledger {
    /// Ends the ledger, or continues an end that was broken off. Blocking.
    ///
    /// # Errors
    /// Why it was not ended: a hold keeps something of it, or it has other records than the bundle, among others. Or, once
    /// that is recorded, why the end is not complete: the next start continues it.
    pub fn end(&self, end: &EndLedger, progress: OnErasure<'_>) -> Result<Ended, KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        check_all_is_known(cell)?;
        let (state, reason) = cell.state();
        if state != Availability::Open {
            return Err(AppendError::Refused { state, reason }.into());
        }
        let ended = cell.keys().ended();
        let sequence = match ended {
            Some(sequence) if is_complete(core, cell)? => {
                let ended = KeyStateError::Ended { sequence };
                return Err(AppendError::KeyState(ended).into());
            }
            Some(sequence) => sequence,
            None => record(core, cell, end)?,
        };
        progress(ErasureProgress::Recorded { sequence });
        finish(core, cell, sequence, progress)
    }
}

/// Puts the end on record; durable when this returns.
fn record(core: &Core, cell: &Arc<LedgerState>, end: &EndLedger) -> Result<u64, KeyEventError> {
    let size = end.bundle_size;
    let bundle = format!(
        "a bundle of all {size} records before has SHA-256 {}",
        Hex(&end.bundle_sha256)
    );
    let reason = match &end.reason {
        Some(reason) => format!("{reason}; {bundle}"),
        None => bundle,
    };
    check_statement_text("reason", &reason)?;
    let statement = Statement::Closed {
        statement: Closed {
            origin: cell.origin().clone(),
            reason: Some(reason),
            successor: None,
        },
        size,
    };
    let recorded = record_key_event::record(core, cell, &statement)?;
    info!(ledger = %cell.origin(), sequence = recorded.first, "the ledger ended");
    Ok(recorded.first)
}

/// The data keys that are there and not recorded as erased.
fn living(core: &Core, cell: &LedgerState) -> Result<Vec<DataKeyId>, StoreError> {
    let mut living = Vec::new();
    each_page::<StoreError>(&*core.store, cell.id, |page| {
        let ids = page.into_iter().map(|(id, _)| id);
        let keys = cell.keys();
        living.extend(ids.filter(|id| !keys.is_erased(id)));
        Ok(())
    })?;
    living.sort_unstable();
    Ok(living)
}

/// The erasures on record that are not marked as complete.
fn incomplete(core: &Core, cell: &LedgerState) -> Result<Vec<ErasureRecord>, StoreError> {
    let mut incomplete = Vec::new();
    let erasures = cell.keys().erasures().to_vec();
    for erasure in erasures {
        if !erasure_mark::is_complete(&*core.store, cell, erasure.sequence)? {
            incomplete.push(erasure);
        }
    }
    Ok(incomplete)
}

fn is_complete(core: &Core, cell: &LedgerState) -> Result<bool, StoreError> {
    Ok(living(core, cell)?.is_empty() && incomplete(core, cell)?.is_empty())
}

/// Destroys the data keys of a ledger that ended; safe to repeat.
fn finish(
    core: &Core,
    cell: &Arc<LedgerState>,
    sequence: u64,
    progress: OnErasure<'_>,
) -> Result<Ended, KeyEventError> {
    for data_keys in living(core, cell)?.chunks(STATEMENT_DATA_KEYS_MAX) {
        let erasure = Erasure {
            origin: cell.origin().clone(),
            data_keys: data_keys.to_vec(),
            basis: format!("the ledger ended, as record {sequence} says"),
        };
        record_key_event::record(core, cell, &Statement::Erasure(erasure))?;
    }
    let erasures = incomplete(core, cell)?;
    let mut ended = Ended {
        sequence,
        erasures: erasures.iter().map(|erasure| erasure.sequence).collect(),
        data_keys: erasures.iter().map(|it| it.data_keys.len() as u64).sum(),
        events: 0,
        evidence: Vec::new(),
    };
    if !erasures.is_empty() {
        let destroyed = destroy(core, cell, &erasures, progress)?;
        ended.events = destroyed.events;
        ended.evidence = destroyed.evidence;
    }
    Ok(ended)
}

/// Continues the ends of ledgers that a stop or a crash interrupted. Blocking, for as long as there is something to destroy.
pub(crate) fn resume(core: &Core) {
    for cell in core.registry.cells() {
        let ended = cell.keys().ended();
        let Some(sequence) = ended.filter(|_| cell.state().0 == Availability::Open) else {
            continue;
        };
        let outcome = match is_complete(core, &cell) {
            Ok(true) => continue,
            Ok(false) => check_all_is_known(&cell)
                .map_err(KeyEventError::from)
                .and_then(|()| finish(core, &cell, sequence, &mut |_| {}).map(drop)),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = outcome {
            warn!(
                ledger = %cell.origin(), sequence, %error,
                "a ledger ended, and not all of its data keys are destroyed; the next start continues that"
            );
        }
    }
}
