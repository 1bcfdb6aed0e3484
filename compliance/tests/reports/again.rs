//! Again and again is not on average: a burst and a long pause are not.

use indelible_compliance::reports::{OutcomeFacts, State};

use crate::claims::criterion;
use crate::counterexamples::decision;
use crate::ledger::{Shown, Told, state_of, told};

fn complete() -> Told {
    decision()
        .and("policy", "lending")
        .and("policy_version", "7")
}

fn note(day: u64) -> Told {
    told("com.example.note", &[]).on_day(day)
}

/// Ten decisions within some seconds, and something else 60 days later.
#[test]
fn ten_decisions_at_once_are_not_decisions_again_and_again() {
    let mut ledger: Vec<_> = (0..10).map(|_| complete()).collect();
    ledger.push(note(60));
    let found = criterion("eu-ai-act 12(2)(a)", "decisions.recorded", &ledger);
    assert_eq!(found.outcome, OutcomeFacts::NotMet, "{}", found.words);
    for said in [
        "10, on 1 day, with a longest pause of ",
        "; asked for: at least 8, on average every 7 d, on at least 8 days and without a pause of more than 14 d",
    ] {
        assert!(found.words.contains(said), "{}", found.words);
    }
    assert_ne!(state_of("eu-ai-act 12(2)(a)", &ledger), State::Evidenced);
    let spread: Vec<_> = (0..10).map(|week| complete().on_day(7 * week)).collect();
    let found = criterion("eu-ai-act 12(2)(a)", "decisions.recorded", &spread);
    assert_eq!(found.outcome, OutcomeFacts::Met, "{}", found.words);
}

/// Calls that ended after the first month of half a year.
#[test]
fn calls_of_one_month_are_not_calls_of_half_a_year() {
    let call = |day| {
        let call = told(
            "ai.performance.v1",
            &[("system", "credit".into()), ("error", false.into())],
        );
        call.on_day(day)
    };
    let mut ledger: Vec<_> = (0..=30)
        .flat_map(|day| [complete().on_day(day), call(day)])
        .collect();
    ledger.push(note(199));
    for measure in ["performance.calls", "performance.recorded"] {
        let clause = match measure {
            "performance.calls" => "eu-ai-act 15(4)",
            _ => "eu-ai-act 12(2)(b)",
        };
        let found = criterion(clause, measure, &ledger);
        assert_eq!(found.outcome, OutcomeFacts::NotMet, "{}", found.words);
        // What nobody can read may have been one.
        let mut hidden = ledger.clone();
        let last = hidden.pop().expect("the note");
        hidden.extend([60, 90, 120, 150, 180].map(|day| call(day).shown(Shown::Sealed)));
        hidden.push(last);
        let found = criterion(clause, measure, &hidden);
        assert_eq!(found.outcome, OutcomeFacts::Undecided, "{}", found.words);
    }
}

#[test]
fn what_is_there_is_not_called_absent() {
    let measured = |day| {
        let event = told("ai.performance.v1", &[("system", "credit".into())]);
        event.and("metric.auc", "0.9").on_day(day)
    };
    let ledger: Vec<_> = (0..9).map(|place| measured(30 * place)).collect();
    let found = criterion("nist-ai-rmf MEASURE 4.3", "performance.recorded", &ledger);
    assert_eq!(found.outcome, OutcomeFacts::Met, "{}", found.words);
    let beside = criterion("eu-ai-act 12(2)(b)", "performance.recorded", &ledger);
    assert!(
        beside
            .words
            .ends_with("no decision is recorded, and it is asked for beside that alone"),
        "{}",
        beside.words
    );
}
