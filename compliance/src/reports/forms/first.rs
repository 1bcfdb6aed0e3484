//! What a reader must see first: what is not met, what could not be decided, and what limits the report.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    frameworks::{Threshold, Unusable},
    projections::measure::RECORDS_NAMED_MAX,
    reports::{
        data::{
            AnswerName, CaveatCode, CriterionFinding, Lost, OutcomeFacts, RecordedAhead, Report,
            State, ValueFacts,
        },
        forms::happened::happened,
        words::{capital, counted, shown_number, shown_spread, shown_threshold, shown_value},
    },
};

/// The first things that a report says, for every form that people read.
pub(crate) struct First<'r> {
    /// Criteria that are not met, each once.
    pub(crate) not_met: Vec<Said<'r>>,
    /// Criteria that could not be decided, each once.
    pub(crate) undecided: Vec<Said<'r>>,
    /// How many criteria had nothing to look at.
    pub(crate) vacuous: u64,
    /// Why nothing can be said, if it is so.
    pub(crate) nothing: Option<&'static str>,
}

/// One criterion, said once for all clauses that have it.
pub(crate) struct Said<'r> {
    /// What happened, or what is not so.
    pub(crate) sentence: String,
    /// What was asked for and found.
    pub(crate) detail: String,
    /// The first records that show it.
    pub(crate) records: &'r [u64],
    /// The places of the clauses in the report.
    pub(crate) clauses: Vec<usize>,
}

/// Whether signs may say that something is good: integrity and key handling hold.
pub(crate) fn is_relied_on(report: &Report) -> bool {
    let evidence = &report.evidence;
    [&evidence.integrity, &evidence.custody]
        .iter()
        .all(|answer| answer.answer == AnswerName::Holds)
}

impl<'r> First<'r> {
    pub(crate) fn of(report: &'r Report) -> Self {
        let nothing = nothing(report);
        let all = |outcome| match nothing {
            Some(_) => Vec::new(),
            None => each_once(report, outcome),
        };
        Self {
            not_met: all(OutcomeFacts::NotMet),
            undecided: all(OutcomeFacts::Undecided),
            vacuous: all(OutcomeFacts::Vacuous).len() as u64,
            nothing,
        }
    }

    /// How many are not met, as a heading.
    pub(crate) fn heading(&self) -> String {
        match self.nothing {
            Some(_) => "Nothing is assessed".to_owned(),
            None => format!("Not met: {}", self.not_met.len()),
        }
    }

    /// What stands where nothing is not met.
    pub(crate) const NONE: &'static str = "No criterion that could be decided is missed. That is no judgement of what no criterion looks at.";

    /// Criteria that had nothing to look at, in words; none if there is none.
    pub(crate) fn vacuous_words(&self) -> Option<String> {
        (self.vacuous > 0).then(|| {
            format!(
                "{} had nothing to look at: what {} about is not in these records, or is not yet old enough to be judged. \
                 That speaks neither for a clause nor against it.",
                counted(self.vacuous, "criterion", "criteria"),
                if self.vacuous == 1 { "it is" } else { "they are" }
            )
        })
    }
}

/// How many came to what, in a line each: criteria, each counted once however many clauses have it, and clauses.
/// Criteria are left out where nothing can be said of any.
pub(crate) fn sums(report: &Report) -> Vec<String> {
    let criteria = [
        (OutcomeFacts::NotMet, "not met"),
        (OutcomeFacts::Undecided, "not decided"),
        (OutcomeFacts::Met, "met"),
        (OutcomeFacts::Vacuous, "with nothing to look at"),
    ];
    let of_criteria = criteria.map(|(outcome, words)| {
        let all = report.clauses.iter().flat_map(|clause| &clause.criteria);
        let distinct: BTreeSet<_> = all
            .filter(|criterion| criterion.outcome == outcome)
            .map(key)
            .collect();
        format!("{} {words}", shown_number(distinct.len() as u64))
    });
    let of_clauses = State::ALL.map(|state| {
        let number = shown_number(report.summary.of(state));
        format!("{number} {}", state.words())
    });
    let left_out = match report.framework.left_out.len() as u64 {
        0 => String::new(),
        left_out => format!(", {} left out", shown_number(left_out)),
    };
    let criteria = nothing(report)
        .is_none()
        .then(|| format!("Criteria: {}.", of_criteria.join(", ")));
    criteria
        .into_iter()
        .chain([format!("Clauses: {}{left_out}.", of_clauses.join(", "))])
        .collect()
}

/// What makes a criterion the same in several clauses.
fn key(criterion: &CriterionFinding) -> (&str, &str, &str) {
    (&criterion.measure, &criterion.says, &criterion.words)
}

/// Why nothing can be said, if it is so.
fn nothing(report: &Report) -> Option<&'static str> {
    if report.range.records == 0 {
        Some("There are no records in this range, so nothing can be said.")
    } else if !is_relied_on(report) {
        Some(
            "Nothing is assessed, since the evidence can’t be relied on: see what limits this report.",
        )
    } else {
        None
    }
}

/// What no criterion can use of the records of a report.
pub(crate) fn unusable(report: &Report) -> Unusable {
    let warns = |code| report.caveats.iter().any(|caveat| caveat.code == code);
    let bodies = &report.evidence.bodies;
    let times = report.range.by_event_time.as_ref();
    Unusable {
        closed: bodies.open < bodies.total(),
        misfits: warns(CaveatCode::Misfits),
        imported: warns(CaveatCode::Imported),
        untimed: times.is_some_and(|times| times.closed + times.without_time > 0),
    }
}

/// How many events could not be used, and apart from these, how many leave out what decides; none if there are none of
/// both.
pub(crate) fn unread_words(unread: u64, unsaid: u64, unusable: Unusable) -> Option<String> {
    let of = |number: u64, one: &str, more: &str| {
        let doing = if number == 1 { one } else { more };
        (number > 0).then(|| format!("{} {doing}", counted(number, "event", "events")))
    };
    let why = unusable.words(unread).replace('\'', "’");
    let why = format!("that it rests on {why}");
    let unread = of(unread, &why, &why);
    let unsaid = of(
        unsaid,
        "that it rests on leaves open what decides",
        "that it rests on leave open what decides",
    );
    let both: Vec<_> = unread.into_iter().chain(unsaid).collect();
    (!both.is_empty()).then(|| both.join("; "))
}

/// What limits a report, in words that are never empty.
pub(crate) fn limits(report: &Report) -> Vec<String> {
    let texts = report.caveats.iter().map(|caveat| caveat.text.clone());
    let ahead = report.recorded_ahead.as_ref().map(RecordedAhead::words);
    let always = [
        "Whether records are missing after the last one, or in another history, a report doesn’t ask.",
        "What was never recorded is not here, and a clause can stand higher without it.",
    ];
    let lost = report.lost.as_ref().map(Lost::words);
    lost.into_iter()
        .chain(texts)
        .chain(ahead)
        .chain(always.map(str::to_owned))
        .collect()
}

fn each_once(report: &Report, outcome: OutcomeFacts) -> Vec<Said<'_>> {
    let mut places = BTreeMap::new();
    let mut all = Vec::<Said<'_>>::new();
    for (clause, finding) in report.clauses.iter().enumerate() {
        let of_outcome = finding
            .criteria
            .iter()
            .filter(|criterion| criterion.outcome == outcome);
        for criterion in of_outcome {
            let place = *places.entry(key(criterion)).or_insert(all.len());
            match all.get_mut(place) {
                Some(said) if said.clauses.last() == Some(&clause) => {}
                Some(said) => said.clauses.push(clause),
                None => all.push(said(criterion, clause, unusable(report))),
            }
        }
    }
    all
}

fn said(criterion: &CriterionFinding, clause: usize, unusable: Unusable) -> Said<'_> {
    let (sentence, detail) = match criterion.outcome {
        OutcomeFacts::NotMet => not_met(criterion, unusable),
        _ => (
            format!("Not decided: {}", criterion.says),
            capital(&criterion.words),
        ),
    };
    Said {
        sentence: format!("{sentence}."),
        detail: format!("{}.", detail.trim_end_matches('.')),
        records: &criterion.records,
        clauses: vec![clause],
    }
}

fn not_met(criterion: &CriterionFinding, unusable: Unusable) -> (String, String) {
    let threshold = criterion.threshold.as_ref();
    let counts_what_ought_not_be =
        threshold.is_some_and(|threshold| matches!(threshold.bound, Threshold::AtMost(_)));
    let happened = match criterion.value {
        ValueFacts::Count(count) if counts_what_ought_not_be => happened(criterion, count),
        _ => None,
    };
    let found = format!(
        "found: {}{}; asked for: {}",
        shown_value(&criterion.value),
        shown_spread(criterion.spread.as_ref()),
        threshold.map(shown_threshold).unwrap_or_default()
    );
    let unread = unread_words(criterion.unread, criterion.unsaid, unusable);
    let unread = unread.map_or_else(String::new, |words| format!("; {words}"));
    match happened {
        Some(happened) => (
            happened,
            format!("Wanted: {}; {found}{unread}", criterion.says),
        ),
        None => (
            format!("Not so by these records: {}", criterion.says),
            capital(&format!("{found}{unread}")),
        ),
    }
}

/// What stands before the numbers of the records that show something: `records that show it:`.
pub(crate) fn records_lead(records: &[u64]) -> String {
    match records.len() {
        1 => "record that shows it:".to_owned(),
        RECORDS_NAMED_MAX => format!("the first {RECORDS_NAMED_MAX} records that show it:"),
        _ => "records that show it:".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_is_not_several() {
        let closed = Unusable {
            closed: true,
            ..Unusable::default()
        };
        let words = |unread, unsaid| unread_words(unread, unsaid, closed).unwrap_or_default();
        assert_eq!(words(0, 0), "");
        assert_eq!(words(1, 0), "1 event that it rests on can’t be read");
        assert_eq!(
            words(1_204, 1),
            "1,204 events that it rests on can’t be read; 1 event that it rests on leaves open what decides"
        );
    }

    #[test]
    fn one_criterion_is_not_several() {
        let words = |vacuous| {
            let first = First {
                not_met: Vec::new(),
                undecided: Vec::new(),
                vacuous,
                nothing: None,
            };
            first.vacuous_words().unwrap_or_default()
        };
        assert!(words(1).starts_with("1 criterion had nothing to look at: what it is about is"));
        assert!(words(2).starts_with("2 criteria had nothing to look at: what they are about is"));
    }
}
