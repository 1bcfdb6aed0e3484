//! Silence is no evidence: a ledger on which nobody recorded anything shows nothing.

use indelible_compliance::reports::{Caveat, CaveatCode, State};

use crate::ledger::{Shown, Told, claim, reports, states, subject_from, told};

fn assert_shows_nothing(ledger: &[Told], what: &str) {
    for (clause, state) in states(ledger) {
        assert_eq!(state, State::NotAssessable, "{clause} over {what}");
    }
}

#[test]
fn no_clause_is_shown_by_an_empty_ledger() {
    assert_shows_nothing(&[], "nothing");
}

/// What the daemon records of its own accord: who opened what, and that a report was made.
fn own(day: u64) -> [Told; 2] {
    let access = [
        ("principal", "local".into()),
        ("call", "Read".into()),
        ("events", 1_u64.into()),
        ("first_sequence", 0_u64.into()),
        ("last_sequence", 0_u64.into()),
        ("sequences", "0".into()),
        ("purpose", "audit".into()),
    ];
    let report = [
        ("principal", "local".into()),
        ("framework", "eu-ai-act".into()),
        ("report_id", "r".into()),
    ];
    [
        told("indelible.access.decrypted.v1", &access)
            .from("urn:indelible:access")
            .on_day(day),
        told("indelible.report.made.v1", &report)
            .from("urn:indelible:access")
            .on_day(day),
    ]
}

#[test]
fn no_clause_is_shown_by_the_ledgers_own_records() {
    let ledger: Vec<_> = (0..800).step_by(9).flat_map(own).collect();
    assert_shows_nothing(&ledger, "the ledger's own records and reports");
}

#[test]
fn reports_are_no_reviews_and_raise_no_clause() {
    let plain: Vec<_> = crate::full::ledger();
    let mut with_reports = Vec::new();
    for event in &plain {
        with_reports.push(event.clone());
        with_reports.extend(own(event.day));
    }
    for ((clause, more), (_, state)) in states(&with_reports).into_iter().zip(states(&plain)) {
        assert!(
            claim(more) <= claim(state),
            "{clause} is {more:?} with reports, and {state:?} without"
        );
    }
}

/// A second report over one event counts that event, and not the record of the first.
#[test]
fn the_ledgers_own_records_are_not_among_what_was_read() {
    let mut ledger = vec![told("com.example.note", &[])];
    ledger.extend(own(0).map(|event| event.shown(Shown::Sealed)));
    let subject = subject_from(0, &ledger);
    assert_eq!((subject.bodies.open, subject.bodies.total()), (1, 1));
    for report in reports(&subject) {
        let unread = |caveat: &Caveat| caveat.code == CaveatCode::BodiesUnreadable;
        assert!(!report.caveats.iter().any(unread), "{}", report.headline);
    }
}
