//! What rules of retention touch at a moment: which parts that are there are past their time, and what a hold stops.

mod left;
mod shelved;
mod touched;

use std::{collections::HashSet, ops::ControlFlow};

use indelible_compliance::{reports::counted, time};
use indelible_evidence::{
    DataKeyId,
    body::Body,
    header::{EventHeader, Header, RecordKind},
    key_event::{RetentionAction, RetentionClock, RetentionRule, Span},
    verify::{Rules, records::RecordFacts},
};
use indelible_store::{
    TryScan as _,
    record::{Part, StoredRecord},
};

pub(super) use self::left::bytes_left;
pub use self::touched::Touched;
use self::{
    left::{Left, Taken},
    shelved::{Files, InArchive, Ripe, Shelved, joined},
};
use crate::{
    core::Core,
    read::{archived::with_body, record::open_body},
    state::{
        error::{KeyEventError, ReadError},
        orders::Hold,
        quarantine::on_damage,
        shared::LedgerState,
        shelf::ShelfError,
    },
};

/// What a rule touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSurvey {
    /// The rule.
    pub rule: RetentionRule,
    /// What is past its time, and nothing stops. Under a rule that archives, without what another rule takes in the same run.
    pub due: Touched,
    /// What is past its time, and a hold stops.
    pub held: Touched,
    /// What is past its time and in the archive, in files that hold something else whose time has not come: such a file goes
    /// once all of it is past its time.
    pub waiting: Touched,
    /// Records that the rule is about, of which it can't be said how old they are: their age counts from the producer's own
    /// time, and they say none that can be read.
    pub undated: u64,
    /// Records that the rule is about, of which it can't be said now whether their time has come: what the producer says of it
    /// lies in the archive, and can't be read there.
    pub unjudged: u64,
    /// Why the first of these can't be read.
    pub(super) unreadable: Option<ShelfError>,
    /// Spans in which every record that the rule is about is past its time; what is due lies in them.
    pub(super) spans: Vec<Span>,
}

impl RuleSurvey {
    /// What keeps the rule from being carried out whole, in a sentence; none if nothing does.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let why = self.unreadable.as_ref()?;
        Some(format!(
            "rule {:?} can't be judged on {}: its time counts from the events' own, which are in the archive, and can't be read \
             there now ({why}). {}, and run it again",
            self.rule.name,
            counted(self.unjudged, "record", "records"),
            why.remedy(),
        ))
    }
}

/// Looks at every record, under each rule in force. `now` is a time that may be recorded.
pub(super) fn survey(
    core: &Core,
    cell: &LedgerState,
    now: u64,
) -> Result<Vec<RuleSurvey>, KeyEventError> {
    let (rules, settings, holds) = {
        let keys = cell.keys();
        (keys.rules().clone(), keys.settings().cloned(), keys.holds())
    };
    let rules_of_retention = settings.map(|settings| settings.retention);
    let in_force = rules_of_retention.unwrap_or_default().into_iter();
    let mut surveys: Vec<_> = in_force.map(Survey::new).collect();
    if surveys.is_empty() {
        return Ok(Vec::new());
    }
    let looks = Looks {
        core,
        cell,
        rules,
        held: Held::by(&holds),
        now,
        order: in_their_order(&surveys),
    };
    let mut shelved = Shelved::new(cell, surveys.len());
    let mut seen = cell.size();
    let scanned = core.store.try_scan(cell.id, 0, seen, |sequence, value| {
        match looks.at(&mut surveys, &mut shelved, sequence, value)? {
            ControlFlow::Continue(()) => Ok::<_, ReadError>(core.go_on()),
            ControlFlow::Break(()) => {
                seen = sequence;
                Ok(ControlFlow::Break(()))
            }
        }
    });
    on_damage(cell, scanned)?;
    if core.is_draining() {
        return Err(ReadError::Draining.into());
    }
    let ripe = shelved.finish(seen);
    let both = surveys.into_iter().zip(ripe);
    Ok(both.map(|(survey, ripe)| survey.finish(ripe)).collect())
}

/// The numbers of rules in the order in which a run carries them out.
fn in_their_order(surveys: &[Survey]) -> Vec<usize> {
    let archives = |number: &usize| {
        let survey = surveys.get(*number);
        survey.is_some_and(|survey| survey.survey.rule.action == RetentionAction::Archive)
    };
    let mut order: Vec<_> = (0..surveys.len()).collect();
    order.sort_by_key(archives);
    order
}

/// What must not be destroyed for the time being.
pub(super) struct Held {
    whole: bool,
    keys: HashSet<DataKeyId>,
}

impl Held {
    pub(super) fn by(holds: &[Hold]) -> Self {
        let keys = holds.iter().filter_map(|hold| hold.data_keys.as_ref());
        Self {
            whole: holds.iter().any(|hold| hold.data_keys.is_none()),
            keys: keys.flatten().copied().collect(),
        }
    }

    pub(super) fn has(&self, event: &EventHeader<'_>) -> bool {
        let sealed = event.sealed.as_ref();
        self.whole || sealed.is_some_and(|sealed| self.keys.contains(&sealed.data_key))
    }
}

/// One rule, and what was seen so far.
struct Survey {
    survey: RuleSurvey,
    /// The span that goes on: its first and its last due record.
    open: Option<(u64, u64)>,
}

impl Survey {
    fn new(rule: RetentionRule) -> Self {
        Self {
            survey: RuleSurvey {
                rule,
                due: Touched::default(),
                held: Touched::default(),
                waiting: Touched::default(),
                undated: 0,
                unjudged: 0,
                unreadable: None,
                spans: Vec::new(),
            },
            open: None,
        }
    }

    /// A record is past its time, and all others in between are that the rule is about.
    fn span_to(&mut self, sequence: u64) {
        let first = self.open.map_or(sequence, |(first, _)| first);
        self.open = Some((first, sequence));
    }

    /// Counts a record whose time is not known.
    fn without_time(&mut self, time: &CountsFrom) {
        match time {
            Ok(Some(_)) => {}
            Ok(None) => self.survey.undated += 1,
            Err(why) => {
                self.survey.unjudged += 1;
                self.survey.unreadable.get_or_insert_with(|| why.clone());
            }
        }
    }

    fn end_span(&mut self) {
        if let Some((first, last)) = self.open.take() {
            let to = last + 1;
            self.survey.spans.push(Span { from: first, to });
        }
    }

    fn finish(mut self, ripe: Ripe) -> RuleSurvey {
        self.end_span();
        self.survey.due.take_in(&ripe.due);
        self.survey.waiting = ripe.waiting;
        if !ripe.spans.is_empty() {
            self.survey.spans.extend(ripe.spans);
            self.survey.spans = joined(self.survey.spans);
        }
        self.survey
    }
}

/// Whether a rule is about an event, its age left out.
pub(super) fn is_about(rule: &RetentionRule, header: &Header<'_>, event: &EventHeader<'_>) -> bool {
    // A decision of the gate only where the rule names its type.
    let is_event = matches!(header.kind, RecordKind::Event(_));
    let is_of = |wanted: &Option<String>, found: Option<&str>| {
        wanted.is_none() || wanted.as_deref() == found
    };
    (is_event || rule.event_type.is_some())
        && is_of(&rule.event_type, Some(event.event_type))
        && is_of(&rule.classification, event.classification)
}

/// From when the age of a record counts; none if it does not say. An error if what says it is in the archive and can't be read
/// there now.
type CountsFrom = Result<Option<u64>, ShelfError>;

struct Looks<'a> {
    core: &'a Core,
    cell: &'a LedgerState,
    /// What the key events say.
    rules: Rules,
    held: Held,
    now: u64,
    /// The rules' numbers, in the order in which a run carries them out.
    order: Vec<usize>,
}

impl Looks<'_> {
    /// Looks at one record. Times never decrease, so the first one at which no rule can be past its time is the last.
    fn at(
        &self,
        surveys: &mut [Survey],
        shelved: &mut Shelved,
        sequence: u64,
        value: &[u8],
    ) -> Result<ControlFlow<()>, ReadError> {
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let stored = StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        let may_be_due = |survey: &Survey| {
            let rule = &survey.survey.rule;
            rule.clock == RetentionClock::Event || rule.is_due(header.time, self.now)
        };
        if !surveys.iter().any(may_be_due) {
            return Ok(ControlFlow::Break(()));
        }
        let Some(event) = header.kind.event() else {
            return Ok(ControlFlow::Continue(()));
        };
        let facts = RecordFacts::under(&header, &self.rules);
        let mut own_time = None;
        let mut in_archive = InArchive::of(&facts, &stored);
        let files = match in_archive.is_empty() {
            true => Files::new(),
            false => shelved.files_of(sequence),
        };
        let mut taken = Taken::default();
        for &number in &self.order {
            let Some(survey) = surveys.get_mut(number) else {
                continue;
            };
            if !is_about(&survey.survey.rule, &header, event) {
                continue;
            }
            let time = match survey.survey.rule.clock {
                RetentionClock::Recorded => Ok(Some(header.time)),
                RetentionClock::Event => match &own_time {
                    Some(time) => CountsFrom::clone(time),
                    None => {
                        let time = self.own_time(sequence, &stored, event, value)?;
                        own_time.insert(time).clone()
                    }
                },
            };
            let left = taken.left_for(&survey.survey.rule, &facts, &stored);
            if !in_archive.concerns(&survey.survey.rule) {
                let of_files = (&mut *shelved, &files, number);
                if self.see(survey, sequence, &time, (&left, of_files), event) {
                    taken.by(&survey.survey.rule);
                }
                continue;
            }
            // It is named only together with all that its file holds.
            survey.end_span();
            match self.due(survey, &time) {
                Some(time) if self.held.has(event) => {
                    let bytes = left.most.unwrap_or(0);
                    survey.survey.held.see(sequence, bytes, time);
                }
                Some(time) => {
                    in_archive.cover(&survey.survey.rule);
                    taken.with_files_by(&survey.survey.rule);
                    shelved.cover(number, &files, sequence, left.most.unwrap_or(0), time);
                }
                None => survey.without_time(&time),
            }
        }
        if in_archive.keeps_something() {
            shelved.keep(&files);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// From when the age counts of a record that is past its time.
    fn due(&self, survey: &Survey, time: &CountsFrom) -> Option<u64> {
        let time = time.as_ref().ok().copied().flatten();
        time.filter(|time| survey.survey.rule.is_due(*time, self.now))
    }

    /// Counts a record under a rule that concerns nothing in the archive. Says whether the rule takes it now.
    fn see(
        &self,
        survey: &mut Survey,
        sequence: u64,
        time: &CountsFrom,
        (left, of_files): (&Left, (&mut Shelved, &Files, usize)),
        event: &EventHeader<'_>,
    ) -> bool {
        let Some(due) = self.due(survey, time) else {
            // No span may hold a record whose time has not come.
            survey.end_span();
            if left.most.is_some() {
                survey.without_time(time);
            }
            return false;
        };
        let Some(bytes) = left.most else {
            return false;
        };
        if self.held.has(event) {
            survey.survey.held.see(sequence, bytes, due);
            return false;
        }
        survey.span_to(sequence);
        match left.least == left.most {
            true => survey.survey.due.see(sequence, bytes, due),
            false => {
                let (shelved, files, number) = of_files;
                shelved.leave(number, files, sequence, left, due);
            }
        }
        true
    }

    /// What the producer says of the event's time, if that can be read.
    fn own_time(
        &self,
        sequence: u64,
        stored: &StoredRecord<'_>,
        event: &EventHeader<'_>,
        value: &[u8],
    ) -> Result<CountsFrom, ReadError> {
        let value = match with_body(self.cell, sequence, value) {
            Ok(value) => value,
            Err(away) => return Ok(Err(away.what)),
        };
        let filled = StoredRecord::decode(&value);
        let stored = filled.as_ref().unwrap_or(stored);
        let Part::Present { bytes, .. } = stored.body else {
            return Ok(Ok(None));
        };
        let of = |bytes: &[u8]| match Body::decode(bytes) {
            Ok(body) => Ok(Ok(body.time.and_then(time::parse))),
            Err(error) => Err(ReadError::Damaged {
                sequence,
                what: error.to_string(),
            }),
        };
        let Some(sealed) = &event.sealed else {
            return of(bytes);
        };
        match open_body(self.cell, &self.core.keyring, sequence, stored, sealed)? {
            Some(opened) => of(&opened),
            None => Ok(Ok(None)),
        }
    }
}
