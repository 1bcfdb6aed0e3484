//! From a bundle to all that a report is made of: verification and folds, in one pass and on all cores.
//!
//! The daemon runs this over the bundle that it is just writing, an auditor over the file. So both see the same bytes
//! through the same code, and nothing that a report says rests on what the daemon knows besides.

use std::sync::atomic::{AtomicU64, Ordering};

use indelible_evidence::bundle::FileSource;
use indelible_evidence::checkpoint::Checkpoint;
use indelible_evidence::origin::{Origin, OriginError};
use indelible_evidence::verify::{Report as Verification, Trust, VerifyError};

use crate::bundle_records::check_and_show;
use crate::folds::{FoldName, Projections};
use crate::parallel;
use crate::record::{BodyView, Record};
use crate::report::{Asked, BodyCounts, Outside, RangeVerdict, Subject, View};
use crate::state::Absorb as _;

/// Why no report can be made of a bundle.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// It can't be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// Nobody whom the pinned key introduces signed its checkpoint, so that it is no evidence of this ledger at all.
    #[error("its checkpoint is not signed under the pinned key: {0}")]
    NotSigned(String),
    /// Its origin is none.
    #[error(transparent)]
    Origin(#[from] OriginError),
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
}

/// Verifies a bundle and folds the records that are asked for. `trust` should know the head that the report is to hold
/// for, or custody can't be answered after a rotation. `seen` is told, from any thread, how many records have been
/// folded.
pub fn survey<S: FileSource + Send>(
    source: S,
    trust: &Trust,
    question: Question,
    seen: &(dyn Fn(u64) + Sync),
) -> Result<(Subject, Verification), SurveyError> {
    let count = AtomicU64::new(0);
    let mut whole = Gathered::default();
    let verification = parallel::verify(
        source,
        trust,
        |unit| {
            let mut piece = None::<Box<Gathered>>;
            let shown = check_and_show(unit, &mut |record| {
                piece.get_or_insert_default().see(record, &question);
            });
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
            return self.projections.record(record);
        };
        // Headers alone were asked for: what is there counts as left out.
        if view == View::Headers && matches!(event.body, BodyView::Open(_) | BodyView::Sealed) {
            self.bodies.withheld += 1;
            let closed = Record::new(record.header, BodyView::Withheld);
            return self.projections.record(&closed);
        }
        count(&mut self.bodies, &event.body);
        self.projections.record(record);
    }

    /// Takes in what the records after these came to.
    fn absorb(&mut self, later: Self) {
        self.projections.absorb(later.projections);
        add(&mut self.bodies, &later.bodies);
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
    let Some(root) = bundle.root else {
        let findings = verification.verdict.integrity.findings();
        let custody = verification.verdict.custody.findings();
        let why = findings.iter().chain(custody).next();
        return Err(SurveyError::NotSigned(why.map_or_else(
            || "nothing in it is signed".to_owned(),
            |finding| finding.detail.clone(),
        )));
    };
    let checkpoint = Checkpoint {
        origin: Origin::parse(&bundle.origin)?,
        size: bundle.size,
        root,
    };
    // Where a range without records lies: after the last record before it.
    let empty_at = whole.before.map_or(bundle.from, |before| before + 1);
    let (from, to) = whole
        .ends
        .map_or((empty_at, empty_at), |[first, last]| (first.0, last.0 + 1));
    Ok(Subject {
        outside: outside(&question.asked, &whole, verification),
        checkpoint,
        verifier_key: trust.key.to_string(),
        asked: question.asked,
        from,
        to,
        records: whole.records,
        times: whole.ends.map(|[first, last]| (first.1, last.1)),
        view: question.view,
        verdict: RangeVerdict::from(&verification.verdict),
        bodies: whole.bodies,
        projections: FoldName::ALL
            .iter()
            .map(|fold| whole.projections.folded(*fold))
            .collect(),
        measures: whole.projections.measures(),
        tables: if question.with_tables {
            FoldName::ALL
                .iter()
                .flat_map(|fold| whole.projections.tables(*fold))
                .collect()
        } else {
            Vec::new()
        },
    })
}

/// What of the range the bundle does not hold.
fn outside(asked: &Asked, whole: &Gathered, verification: &Verification) -> Vec<Outside> {
    let bundle = &verification.bundle;
    let mut outside = Vec::new();
    match *asked {
        Asked::Whole => {
            if bundle.from > 0 {
                let (from, to) = (0, bundle.from);
                outside.push(Outside::Before { from, to });
            }
            if bundle.to < bundle.size {
                let (from, to) = (bundle.to, bundle.size);
                outside.push(Outside::After { from, to });
            }
        }
        Asked::Records { from, to } => {
            if from < bundle.from {
                let to = to.min(bundle.from);
                outside.push(Outside::Before { from, to });
            }
            if to > bundle.to {
                let from = from.max(bundle.to);
                outside.push(Outside::After { from, to });
            }
        }
        Asked::Period { from, to } => {
            let neighbours = &bundle.neighbours;
            let reaches =
                |time: Option<u64>| time.is_some_and(|time| from.is_none_or(|from| time >= from));
            if bundle.from > 0 && (from.is_none() || reaches(neighbours.before)) {
                outside.push(Outside::BeginsBefore);
            }
            let ends = neighbours.after;
            if bundle.to < bundle.size && ends.is_none_or(|time| to.is_none_or(|to| time < to)) {
                outside.push(Outside::EndsAfter);
            } else if bundle.to == bundle.size
                && let Some((to, last)) = to.zip(whole.last_time)
                && last < to
            {
                outside.push(Outside::NotOver { last });
            }
        }
    }
    outside
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
