//! Provable erasure: a record says first what is erased, then everything that the record names is destroyed. Every
//! start continues an erasure until it is complete.
//!
//! The order is the store's (`indelible_store::EraseStore`): the record, the index up to it, postings, states, parts,
//! keys, purge. A mark in the catalogue says that an erasure is complete; an erasure without the mark is continued.

use std::{collections::BTreeMap, ops::ControlFlow, path::PathBuf, time::Duration};

use indelible_evidence::{
    hash::DataKeyId,
    key_event::{Erasure, check_statement_text},
    limits::STATEMENT_DATA_KEYS_MAX,
};
use indelible_keystore::{KekId, KekProvider as _};
use indelible_store::{IndexTerm, Posting, PurgeProgress, PurgeScope};
use tracing::{info, warn};

use crate::{
    core::{Core, Engine, Ledger},
    follow::projection,
    operations::{
        record_key_event::{self, Statement},
        subject_keys,
    },
    read::{
        erasure_mark,
        named_keys::Look,
        record::{unlinked_record, unseal},
    },
    state::{
        error::{AppendError, KeyEventError, ReadError},
        event_identity::Attribute,
        key_state::ErasureRecord,
        quarantine::on_damage,
        shared::{Availability, LedgerState},
    },
    write::index_terms::BodyTerms,
};

/// How often an erasure that waits for the index checks it.
const INDEX_POLL: Duration = Duration::from_millis(20);
/// Records whose parts are erased in one call of the store.
const STEP_RECORDS: usize = 4_096;

/// What an erasure is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureProgress {
    /// It is recorded: from here on it can't be undone, and will be completed whatever happens.
    Recorded {
        /// The record that says so.
        sequence: u64,
    },
    /// Waiting for the index to reach its record.
    Indexing {
        /// Records still to be indexed.
        left: u64,
    },
    /// Bodies, payloads, index entries and keys are being destroyed.
    Destroying {
        /// Events whose parts are gone.
        done: u64,
        /// Events in all.
        total: u64,
    },
    /// What is destroyed is being removed from every file.
    Purging(PurgeProgress),
}

/// Told what an erasure is doing.
pub type OnErasure<'a> = &'a mut dyn FnMut(ErasureProgress);

/// What an erasure did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The record that says so.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data keys that are destroyed.
    pub data_keys: Vec<DataKeyId>,
    /// Events whose body and payload are gone.
    pub events: u64,
    /// Directories with an earlier state of the store, kept after damage, which may still hold what was erased.
    pub evidence: Vec<PathBuf>,
    /// Answers with opened content that ended, of which the transport had taken some already: it may still arrive.
    pub answers_in_transit: u64,
    /// The KEK that wrapped the keys: copies of them in earlier backups die with it.
    pub kek: KekId,
}

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
        };
        complete(core, cell, &record, progress)
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
                let complete =
                    erasure_mark::is_complete(&*self.core().store, &self.cell, record.sequence)?;
                Ok((record, complete))
            })
            .collect()
    }
}

impl Engine {
    /// The records of all erasures, by the origin of their ledger; of ledgers without one nothing.
    pub fn erasure_records(&self) -> BTreeMap<String, Vec<u64>> {
        let mut found = BTreeMap::new();
        for cell in self.core.registry.cells() {
            let erasures = cell.keys().erasures().to_vec();
            if !erasures.is_empty() {
                let sequences = erasures.iter().map(|erasure| erasure.sequence);
                found.insert(cell.origin().to_string(), sequences.collect());
            }
        }
        found
    }
}

/// Destroys what an erasure's record names; safe to repeat. Blocking.
fn complete(
    core: &Core,
    cell: &LedgerState,
    record: &ErasureRecord,
    progress: OnErasure<'_>,
) -> Result<Erased, KeyEventError> {
    // What was opened before the record goes no further, and from the record on nothing is opened.
    let answers_in_transit = cell.opened.end_all();
    let _one_at_a_time = core.erasing();
    await_index(core, cell, record.sequence + 1, progress)?;
    let sequences = sealed_under(core, cell, record)?;
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
    core.keyring.destroy(cell, &record.data_keys)?;
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
        erasure_mark::set(&*core.store, cell, record.sequence)?;
    }
    info!(ledger = %cell.origin(), sequence = record.sequence, events = total, "an erasure is complete");
    Ok(Erased {
        sequence: record.sequence,
        time: record.time,
        data_keys: record.data_keys.clone(),
        events: total,
        evidence: purged.evidence,
        answers_in_transit,
        kek: core.custody.keks()?.describe().kek_id,
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
        }
    }
}

/// Waits until the stored index covers all that an erasure concerns: from there on nothing derives anything from it.
fn await_index(
    core: &Core,
    cell: &LedgerState,
    size: u64,
    progress: OnErasure<'_>,
) -> Result<(), KeyEventError> {
    cell.want_index(size);
    loop {
        let indexed = cell.indexed.load(std::sync::atomic::Ordering::Acquire);
        if indexed >= size {
            return Ok(());
        }
        if cell.index_is_given_up() {
            let (state, reason) = cell.state();
            return Err(AppendError::Refused { state, reason }.into());
        }
        if core.is_draining() {
            return Err(AppendError::Draining.into());
        }
        progress(ErasureProgress::Indexing {
            left: size - indexed,
        });
        core.pause(INDEX_POLL);
    }
}

/// The events that are sealed under an erasure's keys, ascending.
fn sealed_under(
    core: &Core,
    cell: &LedgerState,
    record: &ErasureRecord,
) -> Result<Vec<u64>, KeyEventError> {
    let mut sequences = Vec::new();
    for key in &record.data_keys {
        let term = cell.term(Attribute::DataKey, key.as_bytes())?;
        core.store.postings(cell.id, &term, 0, &mut |block| {
            sequences.extend_from_slice(block);
            ControlFlow::Continue(())
        })?;
    }
    sequences.sort_unstable();
    sequences.dedup();
    for &sequence in &sequences {
        on_damage(cell, names_one(core, cell, record, sequence))?;
    }
    Ok(sequences)
}

/// Nothing of an event goes because the index says so: its header must name a key that the erasure destroys.
fn names_one(
    core: &Core,
    cell: &LedgerState,
    record: &ErasureRecord,
    sequence: u64,
) -> Result<(), ReadError> {
    let view = unlinked_record(cell, &*core.store, sequence)?;
    let sealed = view.sealed();
    if sealed.is_some_and(|sealed| record.data_keys.contains(&sealed.data_key)) {
        return Ok(());
    }
    Err(ReadError::Misindexed {
        sequence,
        what: "it is not encrypted under a key that the erasure destroys".into(),
    })
}

/// The index entries of the events: taken from their bodies as long as these can be read, and from the index otherwise.
fn postings_of(
    core: &Core,
    cell: &LedgerState,
    sequences: &[u64],
) -> Result<Vec<Posting>, KeyEventError> {
    let mut by_term: BTreeMap<IndexTerm, Vec<u64>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for &sequence in sequences {
        let mut view = unlinked_record(cell, &*core.store, sequence)?;
        let opened = unseal(cell, &core.keyring, &mut view);
        match (opened, view.body()) {
            (Ok(()), Some(body)) => {
                for term in BodyTerms::of(cell.hasher()?, &body).iter() {
                    by_term.entry(term).or_default().push(sequence);
                }
            }
            (Err(error @ ReadError::DataKey(_)), _) => return Err(error.into()),
            (Err(_), _) | (Ok(()), None) => unreadable.push(sequence),
        }
    }
    let mut postings: Vec<_> = by_term
        .into_iter()
        .map(|(term, sequences)| Posting { term, sequences })
        .collect();
    if !unreadable.is_empty() {
        let kept = |posting: &Posting| {
            let attribute = posting.term.attribute();
            attribute != Attribute::DataKey as u8 && attribute != Attribute::Type as u8
        };
        let found = core.store.find_postings(cell.id, &unreadable)?;
        postings.extend(found.into_iter().filter(kept));
        postings.sort_unstable_by_key(|posting| posting.term);
        postings = merged(postings);
    }
    Ok(postings)
}

/// Joins postings of one term; they are sorted by term.
fn merged(postings: Vec<Posting>) -> Vec<Posting> {
    let mut out: Vec<Posting> = Vec::with_capacity(postings.len());
    for posting in postings {
        match out.last_mut() {
            Some(last) if last.term == posting.term => {
                last.sequences.extend(posting.sequences);
                last.sequences.sort_unstable();
                last.sequences.dedup();
            }
            _ => out.push(posting),
        }
    }
    out
}
