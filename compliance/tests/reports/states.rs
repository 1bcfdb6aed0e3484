//! What a clause is said to be, and what the first line says.

use indelible_compliance::projections::measure::{Measure, Value};
use indelible_compliance::reports::{
    BodyCounts, CaveatCode, ClauseFinding, OutcomeFacts, Outside, Report, State, Subject, View,
    forms::csv,
};
use indelible_evidence::verdict::{Answer, FindingCode};

use crate::fixture::{broken, forged, report_of, subject, with_closed_bodies, with_unread};
use crate::page::first_screens;

pub(crate) fn clause<'r>(report: &'r Report, id: &str) -> &'r ClauseFinding {
    report
        .clauses
        .iter()
        .find(|clause| clause.id == id)
        .expect("the clause")
}

pub(crate) fn states(report: &Report) -> Vec<State> {
    report.clauses.iter().map(|clause| clause.state).collect()
}

#[test]
fn a_clause_is_what_its_criteria_make_it() {
    let report = report_of(&subject());
    assert_eq!(
        states(&report),
        [
            State::Evidenced,
            State::NotEvidenced,
            State::NotAssessable,
            State::PartlyEvidenced,
            State::PartlyEvidenced,
            State::NotEvidenced,
        ]
    );
    assert!(report.caveats.is_empty());
    assert_eq!(
        report.headline,
        "These records hold together, and the contents of every event can be read. Whether any are missing, this report doesn't ask. Of 6 clauses, 1 is evidenced, 2 partly, 2 not; 1 is not assessable."
    );
    assert_eq!(
        clause(&report, "14(4)(d)").records,
        [88, 1_402, 1_977, 55_021, 60_233]
    );
    assert_eq!(
        clause(&report, "14(4)(d)").why,
        [
            "criteria met: 2 of 3",
            "1 is not met: nobody approved what they had asked for themselves",
            "Whether people were free to override is not known"
        ]
    );
    // All that records can show of conduct is shown.
    assert_eq!(
        clause(&report, "14(4)(e)").why,
        [
            "criteria met: 2 of 2",
            "records show conduct in part at most",
            "a number is asked for once, over a range of any length"
        ]
    );
    let of = |id: &str, index: usize| clause(&report, id).criteria[index].words.clone();
    assert_eq!(
        of("12(1)", 1),
        "181,190 of 181,204 (99.9922 %); asked for: at least 99 % (our threshold); met"
    );
    assert_eq!(of("12(2)(a)", 1), "31");
    assert_eq!(
        of("12(2)(a)", 0),
        "102,400 of 181,204 (56.5108 %); asked for: at least 90 % (set by: act); not met"
    );
    assert_eq!(
        of("14(4)(d)", 1),
        "5 h 41 min; asked for: at most 1 d (our threshold); met"
    );
    assert_eq!(
        of("14(4)(e)", 0),
        "2; asked for: at least 1 (our threshold); met"
    );
}

#[test]
fn nothing_is_evidenced_over_evidence_that_does_not_hold() {
    let of = |integrity, custody| {
        let mut subject = subject();
        subject.verdict.integrity = integrity;
        subject.verdict.custody = custody;
        report_of(&subject)
    };
    let finding = || broken(FindingCode::RootMismatch, 3, "the tree is another", 0);
    let open = || Answer::unanswerable("a key event");
    for (integrity, custody, code, words) in [
        (
            finding(),
            Answer::Holds,
            CaveatCode::IntegrityBroken,
            "INTEGRITY IS BROKEN: Something is missing or altered",
        ),
        (
            Answer::Holds,
            finding(),
            CaveatCode::CustodyBroken,
            "KEY HANDLING IS BROKEN: Keys were not introduced and used by the rules of the format",
        ),
        (
            open(),
            Answer::Holds,
            CaveatCode::IntegrityUnanswerable,
            "It is not known whether integrity holds; missing: a key event.",
        ),
        (
            Answer::Holds,
            open(),
            CaveatCode::CustodyUnanswerable,
            "It is not known whether key handling holds; missing: a key event.",
        ),
    ] {
        let report = of(integrity, custody);
        assert_eq!(report.caveats[0].code, code);
        assert_eq!(states(&report), [State::NotAssessable; 6]);
        first_line_says(&report, words);
    }
    let both = of(open(), finding());
    assert_eq!(
        both.caveats[0].code,
        CaveatCode::CustodyBroken,
        "the gravest comes first"
    );
}

/// The headline begins with these words, each form for people says them before its clauses, and every row of the CSV
/// names the caveat.
pub(crate) fn first_line_says(report: &Report, words: &str) {
    assert!(report.headline.starts_with(words), "{}", report.headline);
    for screen in first_screens(report) {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    let code = report.caveats[0].code.name();
    let csv = csv::criteria(report);
    assert!(
        csv.lines().skip(1).all(|row| row.starts_with(code)),
        "{csv}"
    );
    let json = report.to_json().expect("JSON");
    assert!(json.starts_with(format!("{{\"caveats\":[{{\"code\":\"{code}\"").as_bytes()));
}

#[test]
fn an_empty_period_evidences_nothing() {
    let report = report_of(&Subject {
        records: 0,
        to: subject().from,
        times: None,
        bodies: BodyCounts::default(),
        ..subject()
    });
    assert_eq!(states(&report), [State::NotAssessable; 6]);
    first_line_says(&report, "There are no records in this range.");
}

#[test]
fn a_range_partly_outside_the_evidence_is_evidenced_in_part_at_most() {
    for (outside, words) in [
        (
            Outside::Before {
                from: 1_000,
                to: 2_501,
            },
            "1,501 records that were asked for lie before those that this evidence holds: 1,000 to 2,500.",
        ),
        (
            Outside::After { from: 9, to: 10 },
            "1 record that was asked for lies after",
        ),
        (
            Outside::BeginsBefore,
            "The period begins before the first record that this evidence holds.",
        ),
        (
            Outside::EndsAfter,
            "The period ends after the last record that this evidence holds.",
        ),
        (
            Outside::NotOver {
                last: 1_800_000_000_000_000_000,
            },
            "It is not known whether the period was over at this checkpoint: its last record is of 15 January 2027 08:00 UTC.",
        ),
    ] {
        let report = report_of(&Subject {
            outside: vec![outside],
            ..subject()
        });
        assert_eq!(clause(&report, "12(1)").state, State::PartlyEvidenced);
        assert_eq!(clause(&report, "12(2)(a)").state, State::NotEvidenced);
        assert!(!states(&report).contains(&State::Evidenced));
        first_line_says(&report, words);
    }
}

#[test]
fn bodies_that_can_not_be_read_are_told_and_weigh_where_a_clause_needs_them() {
    let report = report_of(&with_closed_bodies());
    first_line_says(
        &report,
        "The contents of 3,101 of 204,101 events were not read: 2,000 are encrypted and were not opened, 1,041 were erased and 60 are left out of this evidence.",
    );
    // Without digests, they would be 181,190 of 184,305.
    let inputs = &clause(&report, "12(1)").criteria[1];
    assert_eq!(
        (inputs.outcome, inputs.unread),
        (OutcomeFacts::Undecided, 3_101)
    );
    assert_eq!(clause(&report, "12(1)").state, State::NotAssessable);
    assert_eq!(
        clause(&report, "12(1)").why,
        [
            "criteria met: 1 of 3",
            "2 are not decided: up to 3,101 events that they rest on can't be read",
            "of what the title names, this is not decided: nearly every decision names what went into it; nearly every \
             decision names what came out of it"
        ]
    );
    let with = |events| report_of(&with_unread(events));
    assert_eq!(clause(&with(100), "12(1)").state, State::Evidenced);
    let bodies = BodyCounts {
        withheld: 7,
        ..BodyCounts::default()
    };
    let report = report_of(&Subject {
        view: View::Headers,
        bodies,
        ..subject()
    });
    first_line_says(
        &report,
        "Read from headers alone, as asked: of 7 events no contents were read.",
    );
}

#[test]
fn what_can_not_be_computed_is_never_met() {
    let mut subject = subject();
    let why = Value::NotComputable("more names than a state keeps".to_owned());
    for name in [
        "decisions.recorded",
        "decisions.with_input_digest",
        "decisions.with_output_digest",
    ] {
        let value = why.clone();
        subject
            .measures
            .0
            .insert(name.to_owned(), Measure::exact(value, &[]));
    }
    assert_eq!(
        clause(&report_of(&subject), "12(1)").state,
        State::NotAssessable
    );
    subject.measures.0.remove("agents.halts");
    let report = report_of(&subject);
    let halts = clause(&report, "14(4)(e)");
    assert_eq!(halts.state, State::NotAssessable);
    assert_eq!(
        halts.why,
        [
            "criteria met: 0 of 2",
            "2 are not decided: the reason stands with each"
        ]
    );
}

#[test]
fn a_forged_range_says_so_in_every_form() {
    let report = report_of(&forged());
    first_line_says(&report, "INTEGRITY IS BROKEN");
    assert!(
        report
            .headline
            .contains("4 findings; first: record 612,044: its header gives another chain hash")
    );
    assert_eq!(report.summary.not_assessable, 6);
}

#[test]
fn what_lies_outside_is_told_exactly() {
    let records = |asked, held| Outside::of_records(asked, held);
    assert_eq!(records((5, 9), (0, 10)), []);
    assert_eq!(records((5, 9), (5, 9)), []);
    assert_eq!(
        records((2, 9), (5, 9)),
        [Outside::Before { from: 2, to: 5 }]
    );
    assert_eq!(
        records((5, 12), (5, 9)),
        [Outside::After { from: 9, to: 12 }]
    );
    assert_eq!(
        records((0, 3), (5, 9)),
        [Outside::Before { from: 0, to: 3 }]
    );
    assert_eq!(
        records((0, 20), (5, 9)),
        [
            Outside::Before { from: 0, to: 5 },
            Outside::After { from: 9, to: 20 }
        ]
    );

    // Records at 10, 20, 30; the evidence holds the one at 20.
    let period = |from, to| Outside::of_period((from, to), Some(10), Some(20), Some(30));
    assert_eq!(period(Some(11), Some(30)), []);
    assert_eq!(period(Some(10), Some(30)), [Outside::BeginsBefore]);
    assert_eq!(period(Some(11), Some(31)), [Outside::EndsAfter]);
    assert_eq!(
        period(None, None),
        [Outside::BeginsBefore, Outside::EndsAfter]
    );
    // It holds all of them: an open end asks for no more, and a closed one after the last record may not be over.
    let whole = |from, to| Outside::of_period((from, to), None, Some(30), None);
    assert_eq!(whole(None, None), []);
    assert_eq!(whole(Some(0), Some(30)), []);
    assert_eq!(whole(Some(0), Some(31)), [Outside::NotOver { last: 30 }]);
}
