//! Periods by the times that producers gave, and what was imported.

use indelible_compliance::reports::{
    Asked, CaveatCode, OutcomeFacts, Report, State, Whose, forms::text,
};
use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::full;
use crate::ledger::{NOON, Shown, Told, claim, reports, subject_asked, told};

const DAY: u64 = 86_400;
const SECOND: u64 = 1_000_000_000;

fn day(number: u64) -> u64 {
    (NOON - DAY / 2 + number * DAY) * SECOND
}

/// From the beginning of a day to that of another.
pub(crate) fn period(from: u64, to: u64) -> Asked {
    Asked::EventPeriod {
        records: None,
        from: Some(day(from)),
        to: Some(day(to)),
    }
}

fn act(ledger: &[Told], asked: Asked, whose: Whose) -> Report {
    reports(&subject_asked(ledger, asked, whose)).swap_remove(0)
}

fn outcome(report: &Report, measure: &str) -> OutcomeFacts {
    let criteria = report.clauses.iter().flat_map(|clause| &clause.criteria);
    let mut held = criteria.filter(|one| one.outcome != OutcomeFacts::Shown);
    held.find(|one| one.measure == measure)
        .unwrap_or_else(|| panic!("no criterion on {measure}"))
        .outcome
}

pub(crate) fn decision(case: &str) -> Told {
    told(
        "ai.decision.v1",
        &[
            ("system", "credit".into()),
            ("result", "pass".into()),
            ("model", "m".into()),
            ("model_version", "1".into()),
        ],
    )
    .of(case)
    .with(&["input", "output"])
}

/// What happened so many days before it was recorded.
pub(crate) fn days_ago(event: Told, days: u64) -> Told {
    Told {
        behind: days * DAY,
        ..event
    }
}

pub(crate) fn imported(event: Told) -> Told {
    event.and("imported_from", "legacy")
}

/// Last quarter's events that were recorded today lie in last quarter, by the word of whoever sent them.
#[test]
fn a_period_by_event_time_holds_what_happened_in_it() {
    let mut ledger = vec![Told::erasure().on_day(100)];
    ledger.extend((0..5).map(|case| days_ago(decision(&case.to_string()).on_day(100), 60)));
    ledger.push(decision("now").on_day(100));
    ledger.push(decision("sealed").on_day(100).shown(Shown::Sealed));
    ledger.push(decision("erased").on_day(100).shown(Shown::Erased));
    let report = act(&ledger, period(39, 42), Whose::Clients);
    let times = report.range.by_event_time.as_ref().expect("counted");
    assert_eq!((times.within, times.elsewhen), (5, 1));
    assert_eq!((times.closed, times.without_time), (2, 0));
    assert_eq!((report.range.from, report.range.to), (0, 9));
    let caveat = report
        .caveats
        .iter()
        .find(|caveat| caveat.code == CaveatCode::PeriodByEventTime);
    let caveat = &caveat.expect("a caveat").text;
    for said in [
        "of the events of records 0 to 8, 5 lie in it and 1 outside",
        "Of 2 events the time is not known",
        "nothing shows that all that happened in it is among these records",
    ] {
        assert!(caveat.contains(said), "{caveat}");
    }
    let words = text::text(&report);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("by the times that producers gave"),
        "{words}"
    );
    assert!(words.contains("5 events of records 0 to 8"), "{words}");
    // By recorded time there is none.
    let recorded = Asked::Period {
        from: Some(day(39)),
        to: Some(day(42)),
    };
    assert_eq!(act(&ledger, recorded, Whose::Clients).range.records, 0);
    // Of some records alone.
    let some = Asked::EventPeriod {
        records: Some((2, 4)),
        from: Some(day(39)),
        to: Some(day(42)),
    };
    let some = act(&ledger, some, Whose::Clients);
    let times = some.range.by_event_time.expect("counted");
    assert_eq!((times.within, some.range.from, some.range.to), (2, 2, 4));
}

/// An event without a time of its own may lie in the period: what it says is held against nobody, and clears nobody.
#[test]
fn what_has_no_time_is_counted_and_may_lie_in_the_period() {
    let incident = told(
        "ai.incident.v1",
        &[
            ("incident_id", "i".into()),
            ("status", "opened".into()),
            ("severity", "critical".into()),
            ("serious", true.into()),
        ],
    );
    let mut ledger: Vec<_> = (0..99).map(|case| decision(&case.to_string())).collect();
    ledger.push(incident.clone().untimed());
    ledger.push(decision("last"));
    let report = act(&ledger, period(0, 9), Whose::Clients);
    let times = report.range.by_event_time.as_ref().expect("counted");
    assert_eq!((times.without_time, times.closed), (1, 0));
    let open = "incidents.serious_open_at_end";
    assert_eq!(outcome(&report, open), OutcomeFacts::Undecided);
    ledger[99] = decision("99");
    ledger.push(incident);
    let report = act(&ledger, period(0, 9), Whose::Clients);
    assert_eq!(outcome(&report, open), OutcomeFacts::NotMet);
}

/// No period by event time is known to be whole, so that nothing is evidenced over it.
#[test]
fn a_period_by_event_time_claims_no_completeness() {
    let ledger = full::ledger();
    let whole = reports(&subject_asked(&ledger, Asked::Whole, Whose::Clients));
    let whole = whole.iter().flat_map(|report| &report.clauses);
    let evidenced = whole.filter(|clause| clause.state == State::Evidenced);
    assert!(evidenced.count() > 5);
    for report in reports(&subject_asked(&ledger, period(0, 500), Whose::Clients)) {
        let state = |state| report.clauses.iter().any(|clause| clause.state == state);
        assert!(!state(State::Evidenced), "{}", report.framework.id);
        for clause in &report.clauses {
            let says = clause
                .why
                .iter()
                .any(|why| why.contains("by the times that producers gave"));
            assert!(
                says || clause.state != State::PartlyEvidenced,
                "{:?}",
                clause.why
            );
        }
    }
}

/// What lies between the records of a period may be the number that seems to be missing, or the review of a day.
#[test]
fn what_happened_at_another_time_is_missed_by_nobody() {
    let ledger: Vec<_> = (0..30_u64)
        .map(|number| {
            let event = decision(&number.to_string()).and("producer_sequence", number);
            match number {
                10 => days_ago(event, 60),
                _ => event,
            }
        })
        .collect();
    let faults = "gaps.number_faults";
    let whole = act(&ledger, Asked::Whole, Whose::Clients);
    assert_eq!(outcome(&whole, faults), OutcomeFacts::Met);
    let report = act(&ledger, period(0, 2), Whose::Clients);
    assert_eq!(outcome(&report, faults), OutcomeFacts::Undecided);
}

/// Imported events weigh beside live ones like what can't be read, and alone they are another system's word.
#[test]
fn what_was_imported_never_decides_together_with_live_events() {
    let bare = |case: &str| decision(case).with(&[]);
    let live: Vec<_> = (0..50).map(|case| decision(&case.to_string())).collect();
    let others: Vec<_> = (50..500)
        .map(|case| days_ago(imported(bare(&case.to_string())), 60))
        .collect();
    let share = "decisions.share_with_input_digest";
    let report = |ledger: &[Told], whose| act(ledger, Asked::Whole, whose);
    assert_eq!(
        outcome(&report(&live, Whose::Clients), share),
        OutcomeFacts::Met
    );
    let both: Vec<_> = live.iter().chain(&others).cloned().collect();
    let beside = report(&both, Whose::Clients);
    assert_eq!(outcome(&beside, share), OutcomeFacts::Undecided);
    let says = |report: &Report, code| report.caveats.iter().any(|caveat| caveat.code == code);
    assert!(says(&beside, CaveatCode::Imported));
    let criteria = beside.clauses.iter().flat_map(|clause| &clause.criteria);
    let words: Vec<_> = criteria.map(|one| one.words.as_str()).collect();
    let said = words
        .iter()
        .any(|words| words.contains("that it rests on were imported"));
    assert!(said, "{words:?}");
    let alone = report(&both, Whose::OtherSystems);
    assert_eq!(outcome(&alone, share), OutcomeFacts::NotMet);
    assert_eq!(alone.range.records, 450);
    assert!(says(&alone, CaveatCode::ImportedAlone) && alone.range.imported_alone);
    // By the times of their producers they lie in a period.
    // One in a hundred has none.
    let event = act(&both, period(0, 2), Whose::OtherSystems);
    let times = event.range.by_event_time.expect("counted");
    assert_eq!((times.within, times.elsewhen), (0, 445));
    assert_eq!((times.without_time, event.range.records), (5, 5));
    let before = Asked::EventPeriod {
        records: None,
        from: None,
        to: Some(day(0)),
    };
    assert_eq!(act(&both, before, Whose::OtherSystems).range.records, 450);
}

/// When something was imported says nothing of how long anything took.
#[test]
fn nothing_on_time_is_decided_by_what_was_imported() {
    let ledger: Vec<_> = full::ledger().into_iter().map(imported).collect();
    for report in reports(&subject_asked(&ledger, Asked::Whole, Whose::OtherSystems)) {
        for clause in &report.clauses {
            assert_ne!(clause.state, State::Evidenced, "{}", clause.id);
            for one in &clause.criteria {
                let on_time = one.measure.contains("time_to_")
                    || one.measure.ends_with("late")
                    || one.measure.contains("in_time");
                let decided = matches!(one.outcome, OutcomeFacts::Met | OutcomeFacts::NotMet);
                assert!(!(on_time && decided), "{one:?}");
            }
        }
    }
}

/// Clauses that claim more of less, and criteria that are decided otherwise.
fn better(less: &[Report], more: &[Report]) -> Vec<String> {
    let clauses = |reports: &[Report]| -> Vec<_> {
        let clauses = reports.iter().flat_map(|report| &report.clauses);
        clauses.cloned().collect()
    };
    let mut better = Vec::new();
    for (less, more) in clauses(less).iter().zip(&clauses(more)) {
        if claim(less.state) > claim(more.state) {
            better.push(format!(
                "{}: {:?} of less, {:?} of all",
                less.id, less.state, more.state
            ));
        }
        for (one, other) in less.criteria.iter().zip(&more.criteria) {
            let decided = matches!(one.outcome, OutcomeFacts::Met | OutcomeFacts::NotMet);
            if decided && one.outcome != other.outcome && !one.measure.starts_with("retention.") {
                better.push(format!(
                    "{} {}: {one:?} of less, {other:?} of all",
                    less.id, one.measure
                ));
            }
        }
    }
    better
}

/// A part of the spoilt ledger, some of it as if it had happened earlier, and some as if it had been imported.
fn partly_imported(
    spoilt: &[(usize, usize)],
    part: (usize, usize),
    moved: &[(usize, u64)],
    imports: (usize, &[usize]),
) -> Vec<Told> {
    let whole = full::spoilt(spoilt);
    let from = part.0 % whole.len();
    let mut ledger: Vec<_> = whole.into_iter().skip(from).take(part.1).collect();
    let length = ledger.len();
    for (place, days) in moved {
        let event = &mut ledger[place % length];
        event.behind = (*days).min(event.day) * DAY;
    }
    let (every, alone) = imports;
    let among = (0..length).filter(|place| every > 0 && place % every == 0);
    let places: BTreeSet<_> = among
        .chain(alone.iter().map(|place| place % length))
        .collect();
    for place in places {
        ledger[place] = imported(ledger[place].clone());
    }
    ledger
}

/// Places of what is hidden: any, or of what was imported, or of what was not. What a ledger begins with is a genesis,
/// which nobody seals.
fn to_hide(ledger: &[Told], hidden: &[(usize, u8)]) -> Vec<usize> {
    let of = |is_wanted: &dyn Fn(bool) -> bool| -> Vec<usize> {
        let places = ledger.iter().enumerate().skip(1);
        let of = places.filter(|(_, event)| {
            is_wanted(event.facts.iter().any(|(name, _)| name == "imported_from"))
        });
        of.map(|(place, _)| place).collect()
    };
    let choices = [
        of(&|_| true),
        of(&|imported| imported),
        of(&|imported| !imported),
    ];
    let chosen = hidden.iter().filter_map(|(place, which)| {
        let choice = &choices[usize::from(*which) % choices.len()];
        choice.get(place % choice.len().max(1)).copied()
    });
    chosen.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Hiding the time of an event and its origin together with what it says lowers a clause or leaves it as it was: in a
    /// period by event time, beside what was imported, and of what was imported alone.
    #[test]
    fn less_never_grades_better_by_event_time(
        spoilt in prop::collection::vec((any::<usize>(), 0..48_usize), 0..4),
        part in (any::<usize>(), 2..250_usize),
        moved in prop::collection::vec((any::<usize>(), 0..400_u64), 0..8),
        every in 0..4_usize,
        alone in prop::collection::vec(any::<usize>(), 0..12),
        hidden in prop::collection::vec((any::<usize>(), any::<u8>()), 1..12),
        hide_all in any::<bool>(),
        (first, days) in (0..300_u64, 1..200_u64),
    ) {
        let ledger = partly_imported(&spoilt, part, &moved, (every, &alone));
        let mut less = ledger.clone();
        let hidden = match hide_all {
            true => to_hide(&ledger, &(0..ledger.len()).map(|place| (place, hidden[0].1)).collect::<Vec<_>>()),
            false => to_hide(&ledger, &hidden),
        };
        for place in hidden {
            less[place].shown = Shown::Sealed;
        }
        for whose in [Whose::Clients, Whose::OtherSystems] {
            for asked in [Asked::Whole, period(first, first + days)] {
                let of = |ledger: &[Told]| reports(&subject_asked(ledger, asked, whose));
                prop_assert_eq!(better(&of(&less), &of(&ledger)), Vec::<String>::new());
            }
        }
    }
}
