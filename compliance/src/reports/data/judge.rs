//! The state of a clause, and every reason for it that is not a criterion's own.
//!
//! *Evidenced* and *partly evidenced* are claims; what nobody read can take them away and never give them.

use super::{
    answers::RangeVerdict,
    either::Deciding,
    finding::{CriterionFinding, OutcomeFacts, State},
    subject::{Asked, Subject, Whose},
};
use crate::{
    frameworks::{Clause, Framework, Kind, Threshold, Unusable, rests_on, up_to},
    number::{counted, shown_number},
    reports::moments::{shown_span, shown_span_beside},
};

/// What limits every clause, whatever was measured.
pub(super) struct Limits {
    /// Nothing can be assessed, and why.
    nothing: Vec<String>,
    /// Nothing can be more than partly evidenced, and why.
    partly: Vec<String>,
    /// No clause can be evidenced, and why: the range is too short to show that something was kept up.
    too_short: Option<String>,
    /// What stood open before what counts is not known, and why.
    begins_later: Option<String>,
    /// Imported events lie in the range, and weigh like what can't be read.
    unusable: Unusable,
}

impl Limits {
    pub(super) fn of(subject: &Subject, framework: &Framework) -> Self {
        let mut nothing = unanswered(&subject.verdict);
        if subject.records == 0 {
            nothing.push("there are no records in this range".to_owned());
        }
        let outside = !subject.outside.is_empty();
        let mut partly = Vec::new();
        if outside {
            partly.push("a part of what was asked for lies outside the evidence".to_owned());
        }
        if subject.by_event_time.is_some() {
            partly.push(
                "the period is by the times that producers gave, and what happened in it may not be among these records"
                    .to_owned(),
            );
        }
        if subject.whose == Whose::OtherSystems {
            partly
                .push("all of it is the word of the systems that it was imported from".to_owned());
        }
        let by_recorded_time = matches!(subject.asked, Asked::Period { .. });
        if by_recorded_time && subject.wrongly_timed() > 0 {
            partly.push(
                "the period is by recorded times, of which some are wrong, so what was recorded in it is not known"
                    .to_owned(),
            );
        }
        Self {
            nothing,
            too_short: too_short(subject, framework),
            partly,
            begins_later: begins_later(subject),
            unusable: subject.unusable(),
        }
    }
}

/// Why the range is too short to show that something was kept up, or not known to be long enough.
fn too_short(subject: &Subject, framework: &Framework) -> Option<String> {
    let wanted = framework.evidenced_over?.to_nanoseconds();
    if let records @ 1.. = subject.wrongly_timed() {
        return Some(format!(
            "how long the range is, is not known, since the recorded times of {} are wrong; a clause is evidenced over {} \
             or more",
            counted(records, "record", "records"),
            shown_span(wanted)
        ));
    }
    let reaches = subject.span();
    (reaches < wanted).then(|| {
        format!(
            "the range reaches over {}, and a clause is evidenced over {} or more",
            shown_span_beside(reaches, wanted),
            shown_span(wanted)
        )
    })
}

fn begins_later(subject: &Subject) -> Option<String> {
    match subject.from {
        _ if subject.by_event_time.is_some() => Some(
            "events of before the period don't count, and what stood open then is not known"
                .to_owned(),
        ),
        0 => subject.predecessor.as_ref().map(|predecessor| {
            format!(
                "the ledger succeeds {}, and what stood open there is not known",
                predecessor.origin
            )
        }),
        first => Some(format!(
            "the range begins with record {}, and what stood open before it is not known",
            shown_number(first)
        )),
    }
}

/// Which of the questions on which all rests is not answered by *holds*.
fn unanswered(verdict: &RangeVerdict) -> Vec<String> {
    let questions = [
        ("integrity", &verdict.integrity),
        ("key handling", &verdict.custody),
    ];
    let words = |(question, answer): (&str, &indelible_evidence::verdict::Answer)| {
        if answer.is_broken() {
            Some(format!("{question} is broken over these records"))
        } else if !answer.holds() {
            Some(format!(
                "it is not known whether {question} holds over these records"
            ))
        } else {
            None
        }
    };
    questions.into_iter().filter_map(words).collect()
}

/// How many criteria came to what.
struct Tally {
    met: usize,
    not_met: usize,
    vacuous: usize,
    /// Of these, those that ask for much. Where there is nothing, there is nothing too much.
    vacuous_lower: usize,
    undecided: usize,
}

impl Tally {
    fn of(criteria: &[CriterionFinding]) -> Self {
        let count = |outcome| {
            let of = criteria
                .iter()
                .filter(|criterion| criterion.outcome == outcome);
            of.count()
        };
        Self {
            met: count(OutcomeFacts::Met),
            not_met: count(OutcomeFacts::NotMet),
            vacuous: count(OutcomeFacts::Vacuous),
            vacuous_lower: criteria
                .iter()
                .filter(|criterion| {
                    let bound = criterion
                        .threshold
                        .as_ref()
                        .map(|threshold| &threshold.bound);
                    criterion.outcome == OutcomeFacts::Vacuous
                        && !matches!(bound, Some(Threshold::AtMost(_)))
                })
                .count(),
            undecided: count(OutcomeFacts::Undecided),
        }
    }

    fn deciding(&self) -> usize {
        self.met + self.not_met + self.vacuous + self.undecided
    }

    /// A clause on record-keeping: what is shown counts, and what is not lessens it.
    fn of_records(&self) -> State {
        match (self.met, self.not_met, self.undecided, self.vacuous_lower) {
            (0, 0, ..) => State::NotAssessable,
            (0, ..) => State::NotEvidenced,
            (_, 0, 0, 0) => State::Evidenced,
            _ => State::PartlyEvidenced,
        }
    }

    /// A clause on conduct: one thing on record that speaks against it outweighs the rest, and so may what is not known.
    fn of_conduct(&self) -> State {
        match (self.not_met, self.undecided, self.met) {
            (1.., ..) => State::NotEvidenced,
            (0, 1.., _) | (0, 0, 0) => State::NotAssessable,
            (0, 0, _) => State::PartlyEvidenced,
        }
    }
}

/// Which criteria that the title names are not decided.
fn open_words(decisive: &[CriterionFinding]) -> String {
    let open = decisive
        .iter()
        .filter(|one| one.outcome == OutcomeFacts::Undecided);
    let open: Vec<_> = open.map(|one| one.says.as_str()).collect();
    format!(
        "of what the title names, this is not decided: {}",
        open.join("; ")
    )
}

/// What a clause can be at most by the criteria that show what its title names, and why: it claims something only if all
/// of these are met, and others don't make up for one that is not.
fn by_title(
    state: State,
    kind: Kind,
    decisive: &[CriterionFinding],
    tally: &Tally,
) -> (State, Vec<String>) {
    // That nothing is met says nothing while what the title names is open.
    let is_open = decisive
        .iter()
        .any(|one| one.outcome == OutcomeFacts::Undecided)
        && decisive
            .iter()
            .all(|one| one.outcome != OutcomeFacts::NotMet);
    if state == State::NotEvidenced && kind == Kind::RecordKeeping && is_open {
        return (State::NotAssessable, vec![open_words(decisive)]);
    }
    if !matches!(state, State::Evidenced | State::PartlyEvidenced) {
        return (state, Vec::new());
    }
    let of = |outcome| {
        let found = decisive.iter().filter(move |one| one.outcome == outcome);
        found.map(|one| one.says.as_str()).collect::<Vec<_>>()
    };
    let (not_met, undecided) = (of(OutcomeFacts::NotMet), of(OutcomeFacts::Undecided));
    let vacuous = of(OutcomeFacts::Vacuous);
    let missing = [
        (TITLE_NOT_MET, &not_met),
        ("of what the title names, this is not decided", &undecided),
        (
            "there was nothing to look at for what the title names",
            &vacuous,
        ),
    ];
    let missing = missing.into_iter().filter(|(_, says)| !says.is_empty());
    let why: Vec<_> = missing
        .map(|(words, says)| format!("{words}: {}", says.join("; ")))
        .collect();
    let state = match (why.is_empty(), not_met.is_empty()) {
        (true, _) => state,
        (_, false) => State::NotEvidenced,
        _ if undecided.is_empty() && tally.not_met > 0 => State::NotEvidenced,
        _ => State::NotAssessable,
    };
    (state, why)
}

/// Judges a clause by its criteria. `carried`: what was recorded before the range may change one of them.
pub(super) fn judge(
    clause: &Clause,
    deciding: &Deciding,
    carried: bool,
    limits: &Limits,
) -> (State, Vec<String>) {
    let (criteria, decisive) = (&*deciding.criteria, &*deciding.decisive);
    let (Some(kind), None) = (clause.kind, &clause.not_assessable) else {
        let why = clause.not_assessable.as_deref().unwrap_or_default();
        return (
            State::NotAssessable,
            vec![why.trim_end_matches('.').to_owned()],
        );
    };
    if !limits.nothing.is_empty() {
        return (State::NotAssessable, limits.nothing.clone());
    }
    let tally = Tally::of(criteria);
    let state = match kind {
        Kind::RecordKeeping => tally.of_records(),
        Kind::Conduct => tally.of_conduct(),
    };
    let (state, by_title) = by_title(state, kind, decisive, &tally);
    let mut why = vec![format!(
        "criteria met: {} of {}",
        shown_number(tally.met as u64),
        shown_number(tally.deciding() as u64)
    )];
    if tally.not_met > 0 {
        let told = by_title
            .iter()
            .any(|words| words.starts_with(TITLE_NOT_MET));
        let told = if told { decisive } else { &[] };
        why.push(not_met_words(criteria, told));
    }
    if tally.vacuous > 0 {
        why.push(format!(
            "{} had nothing to look at in these records",
            shown_number(tally.vacuous as u64)
        ));
    }
    if tally.undecided > 0 {
        why.push(undecided_words(criteria, limits.unusable));
    }
    why.extend(deciding.passed_words());
    why.extend(by_title);
    let caps = caps(clause, kind, carried, limits);
    let capped = match state {
        State::Evidenced if !caps.is_empty() => State::PartlyEvidenced,
        state => state,
    };
    if matches!(capped, State::Evidenced | State::PartlyEvidenced) {
        why.extend(caps);
    }
    (capped, why)
}

/// How what is said of the title's criteria that are not met begins.
const TITLE_NOT_MET: &str = "of what the title names, this is not met";

/// How many criteria are not met, and which, but for those that are told beside it.
fn not_met_words(criteria: &[CriterionFinding], told: &[CriterionFinding]) -> String {
    let not_met = criteria
        .iter()
        .filter(|criterion| criterion.outcome == OutcomeFacts::NotMet);
    let not_met: Vec<_> = not_met.collect();
    let is_told = |one: &CriterionFinding| told.iter().any(|told| told.measure == one.measure);
    let others = not_met.iter().filter(|one| !is_told(one));
    let others: Vec<_> = others.map(|one| one.says.as_str()).collect();
    let verb = if not_met.len() == 1 { "is" } else { "are" };
    let number = format!("{} {verb} not met", shown_number(not_met.len() as u64));
    match others.is_empty() {
        true => number,
        false => format!("{number}: {}", others.join("; ")),
    }
}

/// How many criteria are not decided, and how many events keep them from it.
fn undecided_words(criteria: &[CriterionFinding], unusable: Unusable) -> String {
    let undecided = criteria
        .iter()
        .filter(|criterion| criterion.outcome == OutcomeFacts::Undecided);
    let undecided: Vec<_> = undecided.collect();
    let (unread, unsaid) = undecided.iter().fold((0, 0), |(unread, unsaid), one| {
        (one.unread.max(unread), one.unsaid.max(unsaid))
    });
    let open = match undecided.as_slice() {
        [_] => rests_on(unread, unsaid, unusable),
        _ => up_to(unread, unsaid, unusable),
    };
    let verb = if undecided.len() == 1 { "is" } else { "are" };
    let others = undecided.iter().filter(|one| one.unread + one.unsaid == 0);
    let others = match (others.count(), undecided.len()) {
        (0, _) => None,
        (1, 1) => Some("the reason stands with it".to_owned()),
        (others, all) if others == all => Some("the reason stands with each".to_owned()),
        (1, _) => Some("of 1 another reason stands with it".to_owned()),
        (others, _) => Some(format!("of {others} another reason stands with each")),
    };
    let reasons: Vec<_> = open.into_iter().chain(others).collect();
    format!(
        "{} {verb} not decided: {}",
        shown_number(undecided.len() as u64),
        reasons.join("; ")
    )
}

/// Why a clause is partly evidenced at most.
fn caps(clause: &Clause, kind: Kind, carried: bool, limits: &Limits) -> Vec<String> {
    let mut caps = limits.partly.clone();
    if let (true, Some(begins_later)) = (carried, &limits.begins_later) {
        caps.push(begins_later.clone());
    }
    if kind == Kind::RecordKeeping {
        caps.extend(limits.too_short.clone());
    } else {
        caps.push("records show conduct in part at most".to_owned());
    }
    let mut held = clause
        .criteria
        .iter()
        .filter_map(|criterion| criterion.held.as_ref());
    if held.any(|held| held.counts_once()) {
        caps.push("a number is asked for once, over a range of any length".to_owned());
    }
    if let Some(partly) = &clause.partly {
        caps.push(partly.trim_end_matches('.').to_owned());
    }
    caps
}
