//! What can be read and does not fit its type is not said to be unreadable.

use indelible_compliance::projections::measure::Value;
use indelible_compliance::reports::{Asked, Report, Whose, forms::html};

use crate::counterexamples::decision;
use crate::event_time::{imported, period};
use crate::ledger::{Shown, Told, reports, subject_asked, subject_from, told};
use crate::page::first_screens;

/// It lacks the fact that its type must have.
fn misfit() -> Told {
    told("ai.decision.v1", &[("result", "pass".into())])
}

pub(crate) fn bare(text: &str) -> String {
    let mut bare = String::new();
    for part in text.split('<').skip(1) {
        bare.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    bare
}

/// All that a report says, but what it says of every ledger.
fn said(report: &Report) -> Vec<String> {
    let criteria = report.clauses.iter().flat_map(|clause| &clause.criteria);
    let mut said: Vec<_> = criteria.map(|one| one.words.clone()).collect();
    said.extend(first_screens(report));
    let page = bare(&html::html(report));
    let over_time = page.split("Over time").nth(1).unwrap_or_default();
    let labels = over_time.split(" in all").skip(1);
    said.extend(labels.map(|label| label.chars().take(80).collect()));
    said
}

#[test]
fn what_is_read_is_not_called_unreadable() {
    let ledger = [decision(), misfit(), decision()];
    for report in reports(&subject_from(0, &ledger)) {
        for words in said(&report) {
            for wrong in ["can't be read", "can’t be read", "could not be read"] {
                assert!(!words.contains(wrong), "{wrong}: {words}");
            }
        }
        let has_decisions = report.series.bars.iter().any(|bar| bar.decisions > 0);
        assert!(has_decisions);
        let page = bare(&html::html(&report));
        let of_decisions =
            "Decisions: 3 in all, of which 1 doesn’t fit its type and counts in no criterion";
        assert!(page.contains(of_decisions), "{page}");
    }
}

#[test]
fn what_is_sealed_is_called_unreadable_alone() {
    let ledger = [decision(), decision().shown(Shown::Sealed), decision()];
    for report in reports(&subject_from(0, &ledger)) {
        for words in said(&report) {
            assert!(!words.contains("fit its type"), "{words}");
            assert!(!words.contains("fit their types,"), "{words}");
        }
        let page = bare(&html::html(&report));
        let of_decisions =
            "Decisions: 3 in all, of which 1 can’t be read and counts in no criterion";
        assert!(page.contains(of_decisions), "{page}");
    }
}

/// The time of an event that does not fit its type can be read, and is held against the ledger's clock.
#[test]
fn a_misfit_has_a_time() {
    let late = Told {
        ahead: 86_400,
        ..misfit()
    };
    let distance = |ledger: &[Told]| subject_from(0, ledger).clocks.greatest_distance();
    assert_eq!(distance(&[decision(), late]), Some(86_400 * 1_000_000_000));
    let requests = [
        told(
            "privacy.request.received.v1",
            &[
                ("request_id", "r".into()),
                ("right", "access".into()),
                ("received_at_ns", 1_u64.into()),
            ],
        ),
        told("privacy.request.received.v1", &[("request_id", "q".into())]),
    ];
    for report in reports(&subject_from(0, &requests)) {
        for words in said(&report) {
            assert!(!words.contains("the times that producers gave"), "{words}");
        }
    }
}

#[test]
fn one_and_several_are_told_apart() {
    let text = |ledger: &[Told]| reports(&subject_from(0, ledger)).swap_remove(0).headline;
    let one = imported(decision());
    assert!(text(std::slice::from_ref(&one)).contains(
        "1 event was imported: when and what happened is the word of the system that it comes from, so beside live \
         events it decides nothing, and weighs like what can't be read. What is asked of live events alone leaves them out."
    ));
    assert!(text(&[one.clone(), one]).contains(
        "2 events were imported: when and what happened is the word of the system that they come from, so beside live \
         events they decide nothing, and weigh like what can't be read. What is asked of live events alone leaves them out."
    ));
    let ledger = [decision(), decision(), decision().untimed()];
    let report = reports(&subject_asked(&ledger, period(0, 1), Whose::Clients)).swap_remove(0);
    assert!(
        report
            .headline
            .contains("Of 1 event the time is not known, so that it may lie in it or not")
    );
}

/// A producer's time before 1970 says where an event lies.
#[test]
fn a_time_before_1970_lies_before_every_period() {
    let old = Told {
        own_time: Some("1969-12-31T23:59:59Z"),
        ..decision()
    };
    let ledger = [decision(), old.clone(), decision()];
    let of = |asked| {
        let subject = subject_asked(&ledger, asked, Whose::Clients);
        let times = subject.by_event_time.expect("by event time");
        (times.within, times.elsewhen, times.unknown())
    };
    assert_eq!(of(period(0, 1)), (1, 2, 0));
    let open = Asked::EventPeriod {
        records: None,
        from: None,
        to: Some(u64::MAX),
    };
    assert_eq!(of(open), (2, 1, 0));
    let subject = subject_from(0, &[decision(), old]);
    let with_time = &subject.measures.0["gaps.share_with_time"];
    assert_eq!(with_time.value, Value::Share { part: 2, whole: 2 });
}
