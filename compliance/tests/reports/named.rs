//! What is said of the records that a report names.

use std::collections::BTreeSet;

use indelible_compliance::reports::{BodyState, FrontMatter, Report};
use indelible_compliance::survey::mentions::TEXT_BYTES_MAX;

use crate::fixture::{report_of, subject};
use crate::full;
use crate::ledger::{Shown, Told, reports, subject_from, subject_noted, told};

#[test]
fn every_record_that_a_clause_names_is_described() {
    for ledger in [full::ledger(), full::all_spoilt()] {
        for report in reports(&subject_from(7, &ledger)) {
            let described: BTreeSet<_> = report
                .records
                .iter()
                .map(|record| record.sequence)
                .collect();
            for clause in &report.clauses {
                let named = clause.criteria.iter().flat_map(|one| &one.records);
                for record in named.chain(&clause.records) {
                    assert!(described.contains(record), "{} of {}", record, clause.id);
                }
            }
            assert_eq!(report.records_omitted, 0);
        }
    }
}

/// Whatever is dropped on the way is never named: memory follows the states and not the log.
#[test]
fn what_is_dropped_on_the_way_is_never_named() {
    let mut ledgers = vec![full::ledger(), full::all_spoilt()];
    ledgers.extend(
        full::each_spoilt()
            .into_iter()
            .step_by(9)
            .map(|(_, ledger)| ledger),
    );
    for ledger in ledgers {
        let ledger: Vec<Told> = ledger.into_iter().step_by(3).collect();
        let (whole, all) = subject_noted(5, &ledger, None);
        let (pruned, kept) = subject_noted(5, &ledger, Some(150));
        assert_eq!(pruned.named, whole.named);
        assert!(kept < all, "{kept} of {all}");
    }
}

#[test]
fn what_was_not_read_is_not_said() {
    let approval = told("ai.approval.granted.v1", &[("outcome", "granted".into())])
        .by("clerk")
        .of("case-1");
    let seen = |shown| {
        let ledger = [told("com.example.note", &[]), approval.shown(shown)];
        let subject = subject_from(0, &ledger);
        let found = subject
            .named
            .into_iter()
            .find(|record| record.sequence == 1);
        found.expect("records of a type are named")
    };
    let open = seen(Shown::Open);
    assert_eq!(open.what, "ai.approval.granted.v1");
    assert_eq!(open.actor.as_deref(), Some("clerk"));
    assert_eq!(open.correlation_id.as_deref(), Some("case-1"));
    assert_eq!(open.outcome.as_deref(), Some("granted"));
    assert!(open.event_time.is_some());
    for (shown, body) in [
        (Shown::Sealed, BodyState::Sealed),
        (Shown::Erased, BodyState::Erased),
        (Shown::Withheld, BodyState::Withheld),
    ] {
        let closed = seen(shown);
        assert_eq!(closed.body, Some(body));
        assert_eq!(closed.what, open.what);
        assert_eq!(closed.recorded, open.recorded);
        let said = [
            closed.event_time,
            closed.actor,
            closed.correlation_id,
            closed.outcome,
        ];
        assert_eq!(said, [None, None, None, None]);
    }
}

/// However long the texts of events are, what is noted of them is short.
#[test]
fn a_long_text_is_cut() {
    let long = "é".repeat(200);
    let ledger = [
        told("com.example.note", &[]),
        told("ai.approval.granted.v1", &[]).by("clerk").of(&long),
    ];
    let named = subject_from(0, &ledger).named;
    let record = named.iter().find(|record| record.sequence == 1);
    let record = record.expect("records of a type are named");
    assert_eq!(record.actor.as_deref(), Some("clerk"));
    let cut = format!("{}…", "é".repeat(TEXT_BYTES_MAX / 2));
    assert_eq!(record.correlation_id, Some(cut));
}

#[test]
fn what_a_maker_says_is_no_part_of_what_a_report_is_named_by() {
    let plain = report_of(&subject());
    let said = Report {
        front_matter: Some(FrontMatter {
            operator: Some("Example Bank".to_owned()),
            ..FrontMatter::default()
        }),
        ..plain.clone()
    };
    let json = said.to_json().expect("JSON");
    let read = Report::from_json(&json).expect("a report");
    assert_eq!(read, said);
    assert_eq!(read.id, plain.id);
    assert_eq!(read.without_front_matter(), plain);
    let nothing = String::from_utf8(plain.to_json().expect("JSON")).expect("text");
    assert!(!nothing.contains("front_matter"));
}
