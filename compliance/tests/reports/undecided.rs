//! What keeps a criterion from being decided.

use indelible_compliance::frameworks::Clocks;
use indelible_compliance::projections::measure::{Measure, Unread, Value};
use indelible_compliance::reports::{Asked, OutcomeFacts, RecordedAhead, State, Subject};

use crate::fixture::{clocks, report_of, subject, unread_clock};
use crate::full;
use crate::ledger::{reports, subject_from};
use crate::states::{clause, first_line_says};

#[test]
fn what_there_was_nothing_to_look_at_for_shows_nothing() {
    let mut subject = subject();
    let zero = |name: &str, subject: &mut Subject| {
        if let Some(measure) = subject.measures.0.get_mut(name) {
            measure.value = Value::Count(0);
        }
    };
    zero("agents.halts", &mut subject);
    let report = report_of(&subject);
    let halted = &clause(&report, "14(4)(e)").criteria[1];
    assert_eq!(halted.outcome, OutcomeFacts::Vacuous);
    assert_eq!(
        halted.words,
        "0; asked for: at most 0 (our threshold); nothing to look at: no halt of an agent is recorded"
    );
    zero("decisions.recorded", &mut subject);
    let report = report_of(&subject);
    for id in ["12(1)", "12(2)(a)", "14(4)(d)", "14(4)(e)"] {
        let clause = clause(&report, id);
        assert_eq!(clause.state, State::NotAssessable, "{id}");
        assert!(clause.why[1].ends_with("had nothing to look at in these records"));
    }
}

#[test]
fn what_stood_open_before_a_range_keeps_a_clause_from_being_evidenced() {
    let mut subject = Subject {
        from: 5,
        ..subject()
    };
    for name in ["oversight.override_rate", "agents.acted_while_halted"] {
        let measure = subject.measures.0.get_mut(name).expect("there");
        measure.unread(Unread::default().before(true));
    }
    let report = report_of(&subject);
    first_line_says(
        &report,
        "The range begins with record 5: what stood open before it, such as incidents, halts and requests, is not known.",
    );
    // It counts decisions of the range, and nothing that began before.
    assert_eq!(clause(&report, "12(1)").state, State::Evidenced);
    let overridden = clause(&report, "14(4)(d)");
    assert!(overridden.why.contains(
        &"the range begins with record 5, and what stood open before it is not known".to_owned()
    ));
}

#[test]
fn a_criterion_on_time_does_not_decide_where_the_clocks_differ() {
    let outcome = |clocks: Clocks| {
        let report = report_of(&Subject {
            clocks,
            ..subject()
        });
        let criterion = clause(&report, "14(4)(d)").criteria[1].clone();
        (criterion.outcome, criterion.words)
    };
    assert_eq!(outcome(clocks(300)).0, OutcomeFacts::Met);
    let (apart, words) = outcome(clocks(301));
    first_line_says(
        &report_of(&Subject {
            clocks: clocks(301),
            ..subject()
        }),
        "The ledger's clock and the times that producers gave their events are up to 5 min 1 s (301 s) apart, so criteria",
    );
    assert_eq!(apart, OutcomeFacts::Undecided);
    assert!(words.ends_with(
        "the ledger's clock and the producers' own times are up to 5 min 1 s (301 s) apart, and the mapping allows 5 min (300 s)"
    ));
    // Whoever closes the body that tells it gains nothing.
    let closed = outcome(unread_clock());
    assert_eq!(closed.0, OutcomeFacts::Undecided);
}

#[test]
fn what_was_imported_is_on_somebody_elses_word() {
    let mut subject = subject();
    let imported = Measure::exact(Value::Count(1_200), &[]);
    let measures = &mut subject.measures.0;
    measures.insert("records.imported".to_owned(), imported);
    first_line_says(
        &report_of(&subject),
        "1,200 events were imported: when and what happened is the word of the system",
    );
}

/// How long the range is, and which records a period by recorded time has, hangs on a clock that was wrong, too.
#[test]
fn how_long_a_range_is_is_not_known_by_a_clock_that_was_wrong() {
    let mut subject = subject_from(0, &full::ledger());
    subject.asked = Asked::Period {
        from: Some(0),
        to: None,
    };
    let right = reports(&subject);
    let evidenced = right.iter().flat_map(|report| &report.clauses);
    let evidenced = evidenced.filter(|clause| clause.state == State::Evidenced);
    assert!(
        evidenced.count() > 0,
        "the ledger shows something by a clock that was right"
    );
    subject.recorded_ahead = Some(RecordedAhead {
        records: 7,
        first: subject.to - 7,
        signed: "2026-09-01T00:00:00.000000000Z".to_owned(),
    });
    let wrong = reports(&subject);
    let clauses: Vec<_> = wrong.iter().flat_map(|report| &report.clauses).collect();
    for clause in &clauses {
        assert_ne!(
            clause.state,
            State::Evidenced,
            "{}: {:?}",
            clause.id,
            clause.why
        );
        for one in &clause.criteria {
            let every = one.threshold.as_ref().and_then(|threshold| threshold.every);
            if every.is_some() || one.measure.contains("share_of_days") {
                let is_decided = matches!(one.outcome, OutcomeFacts::Met | OutcomeFacts::NotMet);
                assert!(!is_decided, "{}: {}", one.measure, one.words);
            }
        }
    }
    let reasons = || clauses.iter().flat_map(|clause| &clause.why);
    let any = |words: &str| reasons().any(|why| why.starts_with(words));
    assert!(any(
        "the period is by recorded times, of which some are wrong"
    ));
    assert!(any(
        "how long the range is, is not known, since the recorded times of 7 records are wrong"
    ));
}
