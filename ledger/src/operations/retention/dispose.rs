//! Disposal: a record names what a rule covers, then bodies and payloads that it names are destroyed, and removed from
//! every file. Every start continues a disposal until it is complete.
//!
//! What is destroyed is what the records on the chain name by the rules of the format, and nothing else: whatever was
//! planned, a part goes only if an auditor finds it named, too. The order is the store's (`indelible_store::EraseStore`).
//! Keys stay: those of others must stay usable, and what was under them is gone.

use std::{path::PathBuf, sync::Arc};

use indelible_evidence::{
    commitment::PartKind,
    header::Header,
    key_event::{Disposal, Span},
    limits::DISPOSAL_SPANS_MAX,
};
use indelible_store::{ErasedParts, PurgeProgress, PurgeScope, TryScan as _, record::StoredRecord};
use tracing::{info, warn};

use super::survey::{RuleSurvey, survey};
use crate::{
    core::{Core, Ledger},
    follow::projection,
    operations::{
        destroying::{await_index, check_all_is_known, postings_of},
        record_key_event::{self, Statement},
    },
    read::{erasure_mark, record::disposed_parts},
    state::{
        error::{AppendError, KeyEventError, ReadError},
        key_state_error::KeyStateError,
        orders::DisposalRecord,
        quarantine::on_damage,
        shared::{Availability, LedgerState},
    },
};

/// Records whose parts are erased in one call of the store.
const STEP_RECORDS: usize = 4_096;

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposing {
    /// Looking at the records.
    Surveying,
    /// A disposal is recorded: from here on it can't be undone, and will be completed whatever happens.
    Recorded {
        /// The record that says so.
        sequence: u64,
    },
    /// Waiting for the index to reach the records.
    Indexing {
        /// Records still to be indexed.
        left: u64,
    },
    /// Bodies, payloads and index entries are being destroyed.
    Destroying {
        /// Records whose parts are gone.
        done: u64,
        /// Records in all.
        total: u64,
    },
    /// What is destroyed is being removed from every file.
    Purging(PurgeProgress),
}

/// Told what a run is doing.
pub type OnDisposal<'a> = &'a mut dyn FnMut(Disposing);

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposed {
    /// What each rule touched when it was looked at.
    pub surveys: Vec<RuleSurvey>,
    /// The records of the disposals that were made.
    pub sequences: Vec<u64>,
    /// The records of the disposals that were carried out: those that were made, and earlier ones that were not complete.
    pub carried_out: Vec<u64>,
    /// Records of which parts were destroyed, those of earlier disposals that were not complete included.
    pub records: u64,
    /// Directories with an earlier state of the store, kept after damage, which may still hold what was destroyed.
    pub evidence: Vec<PathBuf>,
}

impl Ledger {
    /// Disposes of what rules in force cover, and completes earlier disposals. Blocking.
    ///
    /// # Errors
    /// Why nothing was disposed of, also if the clock is not confirmed or a hold is on the whole ledger; or, once a
    /// disposal is recorded, why it is not complete. The next start and the next run continue it.
    pub fn dispose(&self, progress: OnDisposal<'_>) -> Result<Disposed, KeyEventError> {
        dispose(self.core(), &self.cell, progress)
    }
}

/// One run over a ledger.
pub(super) fn dispose(
    core: &Core,
    cell: &Arc<LedgerState>,
    progress: OnDisposal<'_>,
) -> Result<Disposed, KeyEventError> {
    check_all_is_known(cell)?;
    let (state, reason) = cell.state();
    if state != Availability::Open {
        return Err(AppendError::Refused { state, reason }.into());
    }
    // A run that waits for another one finds that there is nothing left to do.
    let _one_at_a_time = core.erasing();
    // No age is reckoned by a clock that nothing may be recorded with.
    let now = core
        .environment
        .confirmed_now()
        .map_err(AppendError::from)?;
    progress(Disposing::Surveying);
    let surveys = survey(core, cell, now)?;
    let is_held = |survey: &RuleSurvey| survey.held.records > 0;
    if let Some(hold) = whole_hold(cell).filter(|_| surveys.iter().any(is_held)) {
        return Err(AppendError::KeyState(hold).into());
    }
    let mut sequences = Vec::new();
    for survey in &surveys {
        for spans in survey.spans.chunks(DISPOSAL_SPANS_MAX) {
            sequences.push(record(core, cell, survey, spans)?);
            if let Some(&sequence) = sequences.last() {
                progress(Disposing::Recorded { sequence });
            }
        }
    }
    let Completed {
        disposals: carried_out,
        records,
        evidence,
    } = complete(core, cell, progress)?;
    Ok(Disposed {
        surveys,
        sequences,
        carried_out,
        records,
        evidence,
    })
}

fn whole_hold(cell: &LedgerState) -> Option<KeyStateError> {
    let holds = cell.keys().holds();
    let whole = holds.into_iter().find(|hold| hold.data_keys.is_none());
    whole.map(|hold| KeyStateError::DisposalHeld { hold: hold.id })
}

/// Puts a disposal on record; durable when this returns.
fn record(
    core: &Core,
    cell: &Arc<LedgerState>,
    survey: &RuleSurvey,
    spans: &[Span],
) -> Result<u64, KeyEventError> {
    let rule = &survey.rule;
    let statement = Statement::Disposal {
        statement: Disposal {
            origin: cell.origin().clone(),
            rule: rule.name.clone(),
            spans: spans.to_vec(),
            archive: None,
        },
        rule: Box::new(rule.clone()),
    };
    let recorded = record_key_event::record(core, cell, &statement)?;
    info!(ledger = %cell.origin(), sequence = recorded.first, name = rule.name, "a disposal is recorded");
    Ok(recorded.first)
}

/// The disposals on record that are not marked as complete.
fn incomplete(core: &Core, cell: &LedgerState) -> Result<Vec<DisposalRecord>, KeyEventError> {
    let mut disposals = cell.keys().disposals().to_vec();
    let size = cell.size();
    let mut error = None;
    disposals.retain(|disposal| {
        match erasure_mark::is_complete(&*core.store, cell, disposal.sequence) {
            Ok(complete) => !complete && disposal.sequence < size,
            Err(failed) => {
                error.get_or_insert(failed);
                false
            }
        }
    });
    error.map_or(Ok(disposals), |error| Err(error.into()))
}

/// What was carried out of disposals.
#[derive(Default)]
struct Completed {
    /// Their records.
    disposals: Vec<u64>,
    /// Records of which parts were destroyed.
    records: u64,
    /// Directories with an earlier state of the store, which may still hold them.
    evidence: Vec<PathBuf>,
}

/// Destroys what the records of all incomplete disposals name; safe to repeat. The caller keeps others from erasing
/// meanwhile. Blocking.
fn complete(
    core: &Core,
    cell: &LedgerState,
    progress: OnDisposal<'_>,
) -> Result<Completed, KeyEventError> {
    let disposals = incomplete(core, cell)?;
    let Some(last) = disposals.last() else {
        return Ok(Completed::default());
    };
    check_all_is_known(cell)?;
    await_index(core, cell, last.sequence + 1, &mut |left| {
        progress(Disposing::Indexing { left });
    })?;
    let named = on_damage(cell, named_by(core, cell, &disposals))?;
    let total = (named.all.len() + named.bodies.len() + named.payloads.len()) as u64;
    progress(Disposing::Destroying { done: 0, total });
    let without_body = named.without_body();
    let postings = postings_of(core, cell, &without_body)?;
    core.store.remove_postings(cell.id, &postings)?;
    // What became of payloads counts in states, too.
    projection::forget(cell, &*core.store, &named.losing_any())?;
    core.followers.projector.ring();
    let mut done = 0;
    for (sequences, parts) in [
        (&named.all, ErasedParts::All),
        (&named.bodies, ErasedParts::Bodies),
        (&named.payloads, ErasedParts::Payloads),
    ] {
        for step in sequences.chunks(STEP_RECORDS) {
            core.store.erase_chosen(cell.id, step, parts)?;
            done += step.len() as u64;
            progress(Disposing::Destroying { done, total });
        }
    }
    let scope = PurgeScope {
        ledger: cell.id,
        sequences: named.ever,
        postings,
    };
    let purged = core.store.purge(&[scope], &mut |step| {
        progress(Disposing::Purging(step));
        core.go_on()
    })?;
    if purged.evidence.is_empty() {
        for disposal in &disposals {
            erasure_mark::set(&*core.store, cell, disposal.sequence)?;
        }
    }
    info!(ledger = %cell.origin(), events = total, "disposals are complete");
    let disposals = disposals.iter().map(|disposal| disposal.sequence);
    Ok(Completed {
        disposals: disposals.collect(),
        records: total,
        evidence: purged.evidence,
    })
}

/// What disposals name: records in ascending lists, by which of their parts are there and must go.
#[derive(Default)]
struct Named {
    /// All that are named, also those whose parts are gone already: an interrupted run may have left them in old files.
    ever: Vec<u64>,
    all: Vec<u64>,
    bodies: Vec<u64>,
    payloads: Vec<u64>,
}

impl Named {
    /// Those that lose their body, ascending.
    fn without_body(&self) -> Vec<u64> {
        let mut sequences = [&self.all[..], &self.bodies[..]].concat();
        sequences.sort_unstable();
        sequences
    }

    /// Those that lose their body, their payload or both, ascending.
    fn losing_any(&self) -> Vec<u64> {
        let mut sequences = [&self.all[..], &self.bodies[..], &self.payloads[..]].concat();
        sequences.sort_unstable();
        sequences
    }
}

/// What disposals name.
fn named_by(
    core: &Core,
    cell: &LedgerState,
    disposals: &[DisposalRecord],
) -> Result<Named, ReadError> {
    let mut named = Named::default();
    for span in joined(disposals) {
        core.store
            .try_scan(cell.id, span.from, span.to, |sequence, value| {
                let damaged = |what: String| ReadError::Damaged { sequence, what };
                let stored =
                    StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
                let header =
                    Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
                let keys = cell.keys();
                let disposed = keys.facts_of(&header).disposed;
                if disposed.erased(PartKind::Body) || disposed.erased(PartKind::Payload) {
                    named.ever.push(sequence);
                }
                match disposed_parts(&keys, &header, &stored) {
                    Some(ErasedParts::All) => named.all.push(sequence),
                    Some(ErasedParts::Bodies) => named.bodies.push(sequence),
                    Some(ErasedParts::Payloads) => named.payloads.push(sequence),
                    None => {}
                }
                Ok::<_, ReadError>(core.go_on())
            })?;
    }
    match core.is_draining() {
        true => Err(ReadError::Draining),
        false => Ok(named),
    }
}

/// The spans of all disposals, ascending, none in another.
fn joined(disposals: &[DisposalRecord]) -> Vec<Span> {
    let spans = disposals.iter().flat_map(|disposal| &disposal.spans);
    let mut spans: Vec<Span> = spans.copied().collect();
    spans.sort_unstable_by_key(|span| (span.from, span.to));
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    joined
}

/// Continues the disposals that a stop or a crash interrupted. Blocking, for as long as there is something to destroy.
pub(crate) fn resume(core: &Core) {
    for cell in core.registry.cells() {
        if matches!(
            cell.state().0,
            Availability::Quarantined | Availability::Stopped
        ) {
            continue;
        }
        let _one_at_a_time = core.erasing();
        if let Err(error) = complete(core, &cell, &mut |_| {}) {
            warn!(
                ledger = %cell.origin(), %error,
                "a disposal is recorded but not complete; the next run or start continues it"
            );
        }
    }
}
