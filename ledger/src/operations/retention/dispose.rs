//! Disposal: a record names what a rule covers, then bodies and payloads that it names are destroyed, and removed from
//! every file. Every start continues a disposal until it is complete.
//!
//! What is destroyed is what the records on the chain name by the rules of the format, and nothing else: whatever was
//! planned, a part goes only if an auditor finds it named, too. The order is the store's (`indelible_store::EraseStore`).
//! Keys stay: those of others must stay usable, and what was under them is gone.

use std::path::PathBuf;

use indelible_evidence::{
    commitment::PartKind,
    header::Header,
    key_event::{RetentionAction, Span},
    limits::DISPOSAL_SPANS_MAX,
};
use indelible_store::{ErasedParts, PurgeScope, TryScan as _, record::StoredRecord};
use tracing::{info, warn};

use super::{
    archive::{self, Archived},
    disposal::record,
    disposing::{Disposing, OnDisposal},
    survey::{RuleSurvey, survey},
};
use crate::{
    core::{Core, Ledger},
    follow::projection,
    operations::destroying::{await_index, check_all_is_known, postings_of},
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
    /// What was archived.
    pub archived: Archived,
    /// Directories with an earlier state of the store, kept after damage, which may still hold what was destroyed.
    pub evidence: Vec<PathBuf>,
}

/// One run over a ledger.
pub(super) fn dispose(
    ledger: &Ledger,
    progress: OnDisposal<'_>,
) -> Result<Disposed, KeyEventError> {
    let (core, cell) = (&ledger.core, &ledger.cell);
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
    let mut archived = Archived::default();
    // What is on record comes before what is new. A file that can't be read stops nothing but archiving.
    let earlier = archive::complete(core, cell, &mut archived, progress);
    progress(Disposing::Surveying);
    let surveys = survey(core, cell, now)?;
    let is_held = |survey: &RuleSurvey| survey.held.records > 0;
    if let Some(hold) = whole_hold(cell).filter(|_| surveys.iter().any(is_held)) {
        return Err(AppendError::KeyState(hold).into());
    }
    let mut sequences = Vec::new();
    let erasing = surveys
        .iter()
        .filter(|survey| survey.rule.action == RetentionAction::Erase);
    for survey in erasing {
        for spans in survey.spans.chunks(DISPOSAL_SPANS_MAX) {
            sequences.push(record(core, cell, survey, spans, None)?);
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
    earlier?;
    sequences.extend(archive::archive(ledger, &surveys, &mut archived, progress)?);
    Ok(Disposed {
        surveys,
        sequences,
        carried_out,
        records,
        archived,
        evidence,
    })
}

fn whole_hold(cell: &LedgerState) -> Option<KeyStateError> {
    let holds = cell.keys().holds();
    let whole = holds.into_iter().find(|hold| hold.data_keys.is_none());
    whole.map(|hold| KeyStateError::DisposalHeld { hold: hold.id })
}

/// The disposals on record that erase and are not marked as complete.
fn incomplete(core: &Core, cell: &LedgerState) -> Result<Vec<DisposalRecord>, KeyEventError> {
    let mut disposals = cell.keys().disposals().to_vec();
    let size = cell.size();
    let mut error = None;
    disposals.retain(|disposal| !disposal.archives());
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
    let ever = named.ever.clone();
    let scope = PurgeScope {
        ledger: cell.id,
        sequences: named.ever,
        postings,
    };
    let purged = core.store.purge(&[scope], &mut |step| {
        progress(Disposing::Purging(step));
        core.go_on()
    })?;
    archive::remove_emptied(core, cell, &ever)?;
    if purged.evidence.is_empty() {
        for disposal in &disposals {
            erasure_mark::set(&*core.store, cell, disposal.sequence)?;
        }
        progress(Disposing::Complete);
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
        let archived = archive::complete(core, &cell, &mut Archived::default(), &mut |_| {});
        if let Err(error) = complete(core, &cell, &mut |_| {}).and(archived) {
            warn!(
                ledger = %cell.origin(), %error,
                "a disposal is recorded but not complete; the next run or start continues it"
            );
        }
    }
}
