//! From a bundle to all that a report is made of: verification and folds, in one pass and on all cores.
//!
//! The daemon runs this over the bundle that it is just writing, an auditor over the file. So both see the same bytes
//! through the same code, and nothing that a report says rests on what the daemon knows besides.

pub mod bundle_records;
pub mod days;
mod held;
pub mod mentions;
pub mod opening;
pub mod parallel;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use indelible_evidence::bundle::FileSource;
use indelible_evidence::checkpoint::Checkpoint;
use indelible_evidence::origin::{Origin, OriginError};
use indelible_evidence::verify::{Report as Verification, Scope, ScopeRecords, Trust, VerifyError};

use crate::{
    frameworks::Clocks,
    projections::{
        folds::{FoldName, Projections},
        measure::Measures,
        pieces::Absorb as _,
        record::{BodyView, Record},
    },
    reports::data::{
        Asked, BodyCounts, Outside, RangeVerdict, Series, Subject, View, budgets::budgets,
        series::waits,
    },
    survey::{bundle_records::check_and_show, days::Days, mentions::Mentions},
};
pub use held::AsOfError;
use held::{Held, outside};

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

/// What is asked of a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Which records.
    pub asked: Asked,
    /// Whether bodies are read.
    pub view: View,
    /// Whether the projections' rows are wanted.
    pub with_tables: bool,
    /// As of a tree of this size, whose records alone are folded; none means that of the bundle's checkpoint.
    pub as_of: Option<u64>,
}

impl Question {
    /// What must hold for exactly these records.
    fn scope(&self) -> Scope {
        Scope {
            size: self.as_of,
            records: match self.asked {
                Asked::Whole => ScopeRecords::All,
                Asked::Records { from, to } => ScopeRecords::Sequences { from, to },
                Asked::Period { from, to } => ScopeRecords::Times { from, to },
            },
        }
    }
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
            let shown = check_and_show(unit, &mut |record| {
                piece.get_or_insert_default().see(record, &question);
            });
            if let Some(piece) = &mut piece {
                piece.mentions.keep_held(&piece.projections);
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

/// What a run of records came to.
#[derive(Default)]
struct Gathered {
    projections: Projections,
    bodies: BodyCounts,
    clocks: Clocks,
    mentions: Mentions,
    days: Days,
    records: u64,
    /// Sequence number and time of the first and the last record folded.
    ends: Option<[(u64, u64); 2]>,
    /// The last record seen before the range, and the time of the first one after it.
    before: Option<u64>,
    /// When the last record was recorded, folded or not.
    last_time: Option<u64>,
}

impl Gathered {
    fn see(&mut self, record: &Record<'_>, question: &Question) {
        let place = (record.header.sequence, record.header.time);
        if question.as_of.is_some_and(|size| place.0 >= size) {
            return;
        }
        self.last_time = Some(place.1);
        match question.asked.place_of(place) {
            Place::Before => self.before = Some(place.0),
            Place::Within => self.fold(record, question.view),
            Place::After => {}
        }
    }

    fn fold(&mut self, record: &Record<'_>, view: View) {
        let place = (record.header.sequence, record.header.time);
        self.ends = Some(match self.ends {
            Some([first, _]) => [first, place],
            None => [place, place],
        });
        self.records += 1;
        let Some(event) = &record.event else {
            return self.take(record);
        };
        // Headers alone were asked for: what is there counts as left out.
        if view == View::Headers && matches!(event.body, BodyView::Open(_) | BodyView::Sealed) {
            self.bodies.withheld += 1;
            let closed = Record::new(record.header, BodyView::Withheld);
            self.clocks.see(&closed);
            return self.take(&closed);
        }
        count(&mut self.bodies, &event.body);
        self.clocks.see(record);
        self.take(record);
    }

    fn take(&mut self, record: &Record<'_>) {
        self.mentions.see(record);
        self.days.see(record);
        self.projections.record(record);
    }

    /// Takes in what the records after these came to.
    fn absorb(&mut self, later: Self) {
        self.projections.absorb(later.projections);
        add(&mut self.bodies, &later.bodies);
        self.clocks.absorb(later.clocks);
        self.mentions.absorb(later.mentions);
        self.mentions.prune(&self.projections);
        self.days.absorb(later.days);
        self.records += later.records;
        self.ends = match (self.ends, later.ends) {
            (Some([first, _]), Some([_, last])) => Some([first, last]),
            (earlier, later) => earlier.or(later),
        };
        self.before = later.before.or(self.before);
        self.last_time = later.last_time.or(self.last_time);
    }
}

/// Where a record lies of what is asked for.
enum Place {
    Before,
    Within,
    After,
}

impl Asked {
    /// The last moment of a period that was over at the checkpoint, and that the evidence holds to its end.
    fn end_if_over(&self, outside: &[Outside]) -> Option<u64> {
        let open =
            |outside: &Outside| matches!(outside, Outside::EndsAfter | Outside::NotOver { .. });
        match self {
            Self::Period { to: Some(to), .. } if !outside.iter().any(open) => to.checked_sub(1),
            _ => None,
        }
    }

    fn place_of(&self, (sequence, time): (u64, u64)) -> Place {
        let within = |at: u64, from: Option<u64>, to: Option<u64>| {
            if from.is_some_and(|from| at < from) {
                Place::Before
            } else if to.is_some_and(|to| at >= to) {
                Place::After
            } else {
                Place::Within
            }
        };
        match *self {
            Self::Whole => Place::Within,
            Self::Records { from, to } => within(sequence, Some(from), Some(to)),
            Self::Period { from, to } => within(time, from, to),
        }
    }
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
    let until = question.asked.end_if_over(&outside);
    // The digests are of what was recorded, and measures of what was open until the range ended.
    let mut projections = whole.projections;
    let all = FoldName::ALL.iter();
    let folded = all.map(|fold| projections.folded(*fold)).collect();
    if let Some(until) = until {
        projections.reach(until);
    }
    let measures = projections.measures();
    let named = named(&measures, &held.verdict);
    let series = series(&whole.days, &measures, &projections);
    Ok(Subject {
        named: whole.mentions.of(&named),
        series,
        outside,
        until,
        checkpoint,
        verifier_key: trust.key.to_string(),
        asked: question.asked,
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
        tables: if question.with_tables {
            FoldName::ALL
                .iter()
                .flat_map(|fold| projections.tables(*fold))
                .collect()
        } else {
            Vec::new()
        },
    })
}

/// The records that measures and findings name.
fn named(measures: &Measures, verdict: &RangeVerdict) -> BTreeSet<u64> {
    let answers = [&verdict.integrity, &verdict.custody];
    let found = answers.into_iter().flat_map(|answer| answer.findings());
    measures
        .0
        .values()
        .flat_map(|measure| measure.records.iter().copied())
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

fn count(counts: &mut BodyCounts, body: &BodyView<'_>) {
    let state = match body {
        BodyView::Open(_) => &mut counts.open,
        BodyView::Sealed => &mut counts.sealed,
        BodyView::Erased => &mut counts.erased,
        BodyView::Withheld => &mut counts.withheld,
        BodyView::Archived => &mut counts.archived,
        BodyView::Missing => &mut counts.missing,
        BodyView::Unreadable => &mut counts.unreadable,
    };
    *state += 1;
}

fn add(counts: &mut BodyCounts, later: &BodyCounts) {
    counts.open += later.open;
    counts.sealed += later.sealed;
    counts.erased += later.erased;
    counts.withheld += later.withheld;
    counts.archived += later.archived;
    counts.missing += later.missing;
    counts.unreadable += later.unreadable;
}
