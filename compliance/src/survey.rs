//! From a bundle to all that a report is made of: verification and folds, in one pass and on all cores.
//!
//! The daemon runs this over the bundle that it is just writing, an auditor over the file. So both see the same bytes
//! through the same code, and nothing that a report says rests on what the daemon knows besides.

pub mod bundle_records;
pub mod choice;
pub mod days;
pub mod gathered;
mod held;
pub mod mentions;
pub mod opening;
pub mod parallel;
mod question;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use indelible_evidence::bundle::FileSource;
use indelible_evidence::checkpoint::Checkpoint;
use indelible_evidence::origin::{Origin, OriginError};
use indelible_evidence::verify::{Report as Verification, Trust, VerifyError};

use crate::{
    projections::{
        folds::{FoldName, Projections},
        measure::Measures,
        table::Table,
    },
    reports::data::{
        Asked, RangeVerdict, RecordedAhead, Series, Subject, budgets::budgets, keys::Predecessor,
        series::waits,
    },
    survey::{
        bundle_records::{check_and_show, show_governed, show_payloads},
        days::Days,
        gathered::Gathered,
        mentions::Mentions,
    },
};
pub use held::AsOfError;
use held::{Held, outside};
pub use question::Question;

/// Why no report can be made of a bundle.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// It can't be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// No key that the pinned key introduces signed its checkpoint, so it is not evidence of this ledger at all.
    #[error("its checkpoint is not signed under the pinned key: {0}")]
    NotSigned(String),
    /// Its origin is not valid.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// It does not show what the ledger was at the size that was asked for.
    #[error(transparent)]
    AsOf(#[from] AsOfError),
}

/// Verifies a bundle and folds the records that are asked for. `trust` should know the head that the report is to hold
/// for, or custody can't be answered after a rotation. `seen` is called, from any thread, with how many records have been
/// folded.
pub fn survey<S: FileSource + Send>(
    source: S,
    trust: &Trust,
    question: Question,
    seen: &(dyn Fn(u64) + Sync),
) -> Result<(Subject, Verification), SurveyError> {
    let count = AtomicU64::new(0);
    let mut whole = Gathered::default();
    if question.as_of == Some(0) {
        return Err(AsOfError::Nothing.into());
    }
    let verification = parallel::verify_within(
        source,
        trust,
        Some(question.scope()),
        |unit| {
            let mut piece = None::<Box<Gathered>>;
            show_payloads(&unit, &mut |record, state| {
                piece
                    .get_or_insert_default()
                    .see_payload(record, state, &question);
            });
            show_governed(&unit, &mut |record| {
                piece
                    .get_or_insert_default()
                    .see_governed(record, &question);
            });
            let shown = check_and_show(unit, &mut |record| {
                piece.get_or_insert_default().see(record, &question);
            });
            if let Some(piece) = &mut piece {
                piece.keep_held();
            }
            if shown.shown > 0 {
                seen(count.fetch_add(shown.shown, Ordering::Relaxed) + shown.shown);
            }
            (shown.checked, piece)
        },
        |piece| {
            if let Some(piece) = piece {
                whole.absorb(*piece);
            }
        },
    )?;
    let subject = subject(trust, question, whole, &verification)?;
    Ok((subject, verification))
}

fn subject(
    trust: &Trust,
    question: Question,
    whole: Gathered,
    verification: &Verification,
) -> Result<Subject, SurveyError> {
    let bundle = &verification.bundle;
    if bundle.root.is_none() {
        let findings = verification.verdict.integrity.findings();
        let custody = verification.verdict.custody.findings();
        let why = findings.iter().chain(custody).next();
        return Err(SurveyError::NotSigned(why.map_or_else(
            || "nothing in it is signed".to_owned(),
            |finding| finding.detail.clone(),
        )));
    }
    let held = Held::of(verification, question.as_of)?;
    let checkpoint = Checkpoint {
        origin: Origin::parse(&bundle.origin)?,
        size: held.size,
        root: held.root,
    };
    // Where a range without records lies: after the last record before it.
    let empty_at = whole.before.map_or(held.from, |before| before + 1);
    let (from, to) = whole
        .ends
        .map_or((empty_at, empty_at), |[first, last]| (first.0, last.0 + 1));
    let outside = outside(&question.asked, whole.last_time, &held);
    let last_looked_at = whole.ends.map(|[_, last]| last.1);
    let until = question.asked.end_if_over(&outside, last_looked_at);
    // The digests are of what was recorded, and measures of what was open until the range ended.
    let mut projections = whole.projections;
    let all = FoldName::ALL.iter();
    let folded = all.map(|fold| projections.folded(*fold)).collect();
    let mut beside_imports = whole.beside_imports;
    let before = bundle.keys.predecessor.as_ref();
    let end = question.end_of_folds(until, last_looked_at);
    bound(
        &mut projections,
        beside_imports.as_deref_mut(),
        before.is_some(),
        end,
    );
    let told = projections.measures();
    let series = series(&whole.days, &told, &projections);
    let measures = beside_imports.map_or(told, |beside| beside.measures());
    Ok(Subject {
        named: Mentions::of_all(
            [&whole.mentions, &whole.gate_mentions],
            &named(&measures, &held.verdict),
        ),
        series,
        outside,
        until,
        recorded_ahead: RecordedAhead::of(verification, from, to),
        lost: None,
        checkpoint,
        verifier_key: trust.key.to_string(),
        predecessor: before.map(Predecessor::from),
        asked: question.asked,
        whose: question.whose,
        by_event_time: matches!(question.asked, Asked::EventPeriod { .. })
            .then_some(whole.by_event_time),
        by_origin: whole.by_origin,
        from,
        to,
        records: whole.records,
        times: whole.ends.map(|[first, last]| (first.1, last.1)),
        view: question.view,
        verdict: held.verdict,
        bodies: whole.bodies,
        clocks: whole.clocks,
        projections: folded,
        measures,
        tables: tables(&projections, question.with_tables),
    })
}

/// All tables, if they are asked for.
fn tables(projections: &Projections, with_tables: bool) -> Vec<Table> {
    let folds = FoldName::ALL.iter().filter(|_| with_tables);
    folds.flat_map(|fold| projections.tables(*fold)).collect()
}

/// The range begins after what is not known, if that is so, and ends at this time if it is known, whatever was recorded
/// first and last.
fn bound(
    projections: &mut Projections,
    beside_imports: Option<&mut Projections>,
    begins_late: bool,
    end: Option<u64>,
) {
    for projections in beside_imports.into_iter().chain([projections]) {
        if begins_late {
            projections.begin_late();
        }
        if let Some(end) = end {
            projections.reach(end);
        }
    }
}

/// The records that measures and findings name.
fn named(measures: &Measures, verdict: &RangeVerdict) -> BTreeSet<u64> {
    let answers = [&verdict.integrity, &verdict.custody];
    let found = answers.into_iter().flat_map(|answer| answer.findings());
    measures
        .0
        .values()
        .flat_map(|measure| {
            measure
                .records
                .iter()
                .chain(measure.lacking.iter().flatten())
                .copied()
        })
        .chain(found.filter_map(|finding| finding.sequence))
        .collect()
}

/// What happened over time.
fn series(days: &Days, measures: &Measures, projections: &Projections) -> Series {
    let (days_per_bar, bars) = days.bars();
    let rows = |name| projections.table(name);
    let (budgets, budgets_omitted) = budgets(
        rows("budgets.by_day").as_ref(),
        rows("budgets.by_session").as_ref(),
    );
    Series {
        days_per_bar,
        bars,
        waits: waits(measures),
        budgets,
        budgets_omitted,
    }
}
