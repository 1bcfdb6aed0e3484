//! Provable erasure: a record says first what is erased, then everything that the record names is destroyed. Every
//! start continues an erasure until it is complete.
//!
//! The order is the store's (`indelible_store::EraseStore`): the record, the index up to it, postings, states, parts,
//! keys, purge. A mark in the catalogue says that an erasure is complete; an erasure without the mark is continued.

use std::{
    collections::HashSet, ops::ControlFlow, path::PathBuf, sync::atomic::Ordering, time::Duration,
};

use indelible_evidence::{
    hash::DataKeyId,
    key_event::{Erasure, check_statement_text},
    limits::STATEMENT_DATA_KEYS_MAX,
};
use indelible_keystore::{KekId, KekProvider as _};
use indelible_store::PurgeScope;
use tracing::{info, warn};

use crate::{
    core::{Core, Ledger},
    follow::projection,
    operations::{
        destroying::{await_index, postings_of},
        elsewhere,
        erasing::{Erased, ErasureProgress, OnErasure},
        record_key_event::{self, Statement},
        subject_keys,
    },
    read::{erasure_mark, named_keys::Look, record::unlinked_record},
    state::{
        error::{AppendError, KeyEventError, ReadError},
        event_identity::Attribute,
        orders::ErasureRecord,
        quarantine::on_damage,
        shared::{Availability, LedgerState},
    },
};

/// How long a start waits between two erasures that it continues.
const RESUME_PAUSE: Duration = Duration::from_millis(5);
/// Records whose parts are erased in one call of the store.
const STEP_RECORDS: usize = 4_096;

impl Ledger {
    /// Erases a data subject: records it, destroys the subject's keys, bodies, payloads and index entries, and
    /// removes them from every file. Blocking.
    ///
    /// # Errors
    /// Why nothing was erased; or, once the erasure is recorded, why it is not complete. The next start continues it.
    pub fn erase(
        &self,
        data_subject: &str,
        basis: &str,
        progress: OnErasure<'_>,
    ) -> Result<Erased, KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        if elsewhere::is_elsewhere(cell) {
            return elsewhere::erase(self, (data_subject, basis), progress);
        }
        let (state, reason) = cell.state();
        if state != Availability::Open {
            return Err(AppendError::Refused { state, reason }.into());
        }
        let tag = cell.subject_tag(data_subject)?;
        check_statement_text("basis", basis)?;
        let mut data_keys = subject_keys::for_an_order(core, cell, &tag, Look::Records)?;
        if data_keys.is_empty() {
            return Err(KeyEventError::SubjectUnknown);
        }
        // Keys that are being destroyed already belong to an earlier erasure's record.
        let erased = |key: &DataKeyId| cell.keys().is_erased(key);
        if !data_keys.iter().all(erased) {
            data_keys.retain(|key| !erased(key));
        }
        data_keys.sort_unstable();
        if data_keys.len() > STATEMENT_DATA_KEYS_MAX {
            return Err(KeyEventError::TooManyKeys(data_keys.len()));
        }
        let statement = Erasure {
            origin: cell.origin().clone(),
            data_keys: data_keys.clone(),
            basis: basis.to_owned(),
        };
        let recorded = record_key_event::record(core, cell, &Statement::Erasure(statement))?;
        info!(ledger = %cell.origin(), sequence = recorded.first, "an erasure is recorded");
        progress(ErasureProgress::Recorded {
            sequence: recorded.first,
        });
        let record = ErasureRecord {
            sequence: recorded.first,
            time: recorded.time,
            data_keys,
            basis: basis.to_owned(),
            recorded_in: None,
        };
        complete(core, cell, &record, progress)
    }

    /// The erasures on record, oldest first, and whether each is complete; last those that the store's own ledger records,
    /// because this one takes no records.
    ///
    /// # Errors
    /// If the store fails.
    pub fn erasures(&self) -> Result<Vec<(ErasureRecord, bool)>, ReadError> {
        let erasures = self.cell.keys().erasures().to_vec();
        let store = &*self.core().store;
        let own = erasures.into_iter().map(|record| {
            let complete = erasure_mark::is_complete(store, &self.cell, record.sequence)?;
            Ok((record, complete))
        });
        let elsewhere = elsewhere::orders(store, &self.cell)?.into_iter();
        own.chain(elsewhere.map(|(order, complete)| Ok((order.record, complete))))
            .collect()
    }
}

/// What an erasure is about beside one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasureScope {
    /// The record that ended the ledger, if it was made because of that.
    pub end: Option<u64>,
    /// How many of its data keys are the ledger's own.
    pub ledger_keys: u64,
}

impl Ledger {
    /// What one of the ledger's erasures is about beside one person.
    pub fn scope_of(&self, erasure: &ErasureRecord) -> ErasureScope {
        let keys = self.cell.keys();
        let of_ledger = |key: &&DataKeyId| keys.is_ledgers(key);
        ErasureScope {
            // After the end of a ledger there are no other erasures.
            end: match erasure.recorded_in {
                None => keys.ended().filter(|end| *end < erasure.sequence),
                Some(_) => None,
            },
            ledger_keys: erasure.data_keys.iter().filter(of_ledger).count() as u64,
        }
    }
}

impl Ledger {
    /// The KEK that an erasure of now would name; none while it is away.
    pub fn kek(&self) -> Option<KekId> {
        let keks = self.core().custody.keks().ok()?;
        Some(keks.describe().kek_id)
    }
}

/// Destroys what an erasure's record names; safe to repeat. Blocking.
fn complete(
    core: &Core,
    cell: &LedgerState,
    record: &ErasureRecord,
    progress: OnErasure<'_>,
) -> Result<Erased, KeyEventError> {
    let destroyed = destroy(core, cell, std::slice::from_ref(record), progress)?;
    Ok(Erased {
        sequence: record.sequence,
        time: record.time,
        data_keys: record.data_keys.clone(),
        events: destroyed.events,
        evidence: destroyed.evidence,
        answers_in_transit: destroyed.answers_in_transit,
        kek: core.custody.keks()?.describe().kek_id,
        recorded_in: None,
    })
}

/// What was destroyed of some erasures.
pub(super) struct Destroyed {
    /// Events whose body and payload are gone.
    pub(super) events: u64,
    /// Directories with an earlier state of the store, which may still hold it.
    pub(super) evidence: Vec<PathBuf>,
    answers_in_transit: u64,
}

/// Destroys what the records of erasures name, all with one purge; safe to repeat. Blocking.
pub(super) fn destroy(
    core: &Core,
    cell: &LedgerState,
    records: &[ErasureRecord],
    progress: OnErasure<'_>,
) -> Result<Destroyed, KeyEventError> {
    // What was opened before the record goes no further, and from the record on nothing is opened.
    let answers_in_transit = cell.opened.end_all();
    let _one_at_a_time = core.erasing();
    let last = records.iter().map(|record| record.sequence).max();
    await_index(core, cell, last.map_or(0, |last| last + 1), &mut |left| {
        progress(ErasureProgress::Indexing { left });
    })?;
    let data_keys = records.iter().flat_map(|record| &record.data_keys);
    let data_keys: HashSet<DataKeyId> = data_keys.copied().collect();
    let sequences = sealed_under(core, cell, &data_keys)?;
    let total = sequences.len() as u64;
    progress(ErasureProgress::Destroying { done: 0, total });
    let postings = postings_of(core, cell, &sequences)?;
    core.store.remove_postings(cell.id, &postings)?;
    projection::forget(cell, &*core.store, &sequences)?;
    core.followers.projector.ring();
    let mut done = 0;
    for step in sequences.chunks(STEP_RECORDS) {
        core.store.erase_parts(cell.id, step)?;
        done += step.len() as u64;
        progress(ErasureProgress::Destroying { done, total });
    }
    for record in records {
        core.keyring.destroy(cell, &record.data_keys)?;
    }
    let scope = PurgeScope {
        ledger: cell.id,
        sequences,
        postings,
    };
    let purged = core.store.purge(&[scope], &mut |step| {
        progress(ErasureProgress::Purging(step));
        core.go_on()
    })?;
    if purged.evidence.is_empty() {
        for record in records {
            erasure_mark::set(&*core.store, cell, record.sequence)?;
        }
    }
    for record in records {
        info!(ledger = %cell.origin(), sequence = record.sequence, events = total, "an erasure is complete");
    }
    Ok(Destroyed {
        events: total,
        evidence: purged.evidence,
        answers_in_transit,
    })
}

/// Continues the erasures that a stop or a crash interrupted. Blocking, for as long as there is something to destroy.
pub(crate) fn resume(core: &Core) {
    for cell in core.registry.cells() {
        if matches!(
            cell.state().0,
            Availability::Quarantined | Availability::Stopped
        ) {
            continue;
        }
        let erasures = cell.keys().erasures().to_vec();
        for record in erasures {
            let outcome = match erasure_mark::is_complete(&*core.store, &cell, record.sequence) {
                Ok(true) => continue,
                Ok(false) => complete(core, &cell, &record, &mut |_| {}).map(drop),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = outcome {
                warn!(
                    ledger = %cell.origin(), sequence = record.sequence, %error,
                    "an erasure is recorded but not complete; the next start continues it"
                );
            }
            // Whoever waits to erase somebody has a turn before the next one.
            core.pause(RESUME_PAUSE);
        }
    }
}

/// The events that are sealed under an erasure's keys, ascending.
fn sealed_under(
    core: &Core,
    cell: &LedgerState,
    data_keys: &HashSet<DataKeyId>,
) -> Result<Vec<u64>, KeyEventError> {
    let mut sequences = Vec::new();
    for key in data_keys {
        let term = cell.term(Attribute::DataKey, key.as_bytes())?;
        core.store.postings(cell.id, &term, 0, &mut |block| {
            sequences.extend_from_slice(block);
            ControlFlow::Continue(())
        })?;
    }
    sequences.sort_unstable();
    sequences.dedup();
    for &sequence in &sequences {
        on_damage(cell, names_one(core, cell, data_keys, sequence))?;
    }
    Ok(sequences)
}

/// The first event that is sealed under an erasure's keys, as the index says and its header: [`u64::MAX`] where there is none.
/// None where the index does not cover all of them.
///
/// # Errors
/// If the index says something else than the header.
pub(super) fn first_sealed_under(
    core: &Core,
    cell: &LedgerState,
    erasure: &ErasureRecord,
) -> Result<Option<u64>, KeyEventError> {
    if cell.indexed.load(Ordering::Acquire) <= erasure.sequence {
        return Ok(None);
    }
    let mut first: Option<u64> = None;
    for key in &erasure.data_keys {
        let term = cell.term(Attribute::DataKey, key.as_bytes())?;
        core.store.postings(cell.id, &term, 0, &mut |block| {
            let found = block.first().copied();
            first = first.into_iter().chain(found).min();
            ControlFlow::Break(())
        })?;
    }
    let Some(first) = first else {
        return Ok(Some(u64::MAX));
    };
    let data_keys = erasure.data_keys.iter().copied().collect();
    names_one(core, cell, &data_keys, first)?;
    Ok(Some(first))
}

/// Nothing of an event goes because the index says so: its header must name a key that the erasure destroys.
fn names_one(
    core: &Core,
    cell: &LedgerState,
    data_keys: &HashSet<DataKeyId>,
    sequence: u64,
) -> Result<(), ReadError> {
    let view = unlinked_record(cell, &*core.store, sequence)?;
    let sealed = view.sealed();
    if sealed.is_some_and(|sealed| data_keys.contains(&sealed.data_key)) {
        return Ok(());
    }
    Err(ReadError::Misindexed {
        sequence,
        what: "it is not encrypted under a key that the erasure destroys".into(),
    })
}
