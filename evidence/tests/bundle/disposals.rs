//! What disposals and erasures name, and what may stand in its place.

use crate::statements::{custody, findings, id, integrity, report};
use crate::support::Ledger;
use indelible_evidence::bundle::{Part, Selection};
use indelible_evidence::key_event::{RetentionAction, RetentionClock, RetentionParts};
use indelible_evidence::verdict::FindingCode;
use indelible_evidence::{Domain, HoldAction, RetentionRule};

const DAY_NANOS: i64 = 86_400_000_000_000;

fn rule(name: &str, action: RetentionAction, parts: RetentionParts) -> RetentionRule {
    RetentionRule {
        name: name.to_owned(),
        action,
        parts,
        after_days: 30,
        clock: RetentionClock::Recorded,
        basis: "law".to_owned(),
        event_type: None,
        classification: None,
    }
}

/// Three events, and 40 days later rules by which they may go.
fn with_rules() -> Ledger {
    let mut ledger = Ledger::new("rules", 1);
    ledger.events(2);
    ledger.sealed_event(id(5));
    ledger.time_shift = 40 * DAY_NANOS;
    ledger.settings(|settings| {
        let mut typed = rule("typed", RetentionAction::Erase, RetentionParts::All);
        typed.event_type = Some("tests.other".to_owned());
        settings.retention = vec![
            rule("away", RetentionAction::Archive, RetentionParts::Payloads),
            rule("gone", RetentionAction::Erase, RetentionParts::All),
            typed,
        ];
    });
    ledger
}

fn states(ledger: &mut Ledger, at: u64, body: Part<'static>, payload: Part<'static>) {
    ledger.states.retain(|state| state.0 != at);
    ledger.states.push((at, Domain::Body, body));
    ledger.states.push((at, Domain::Payload, payload));
}

#[test]
fn a_disposal_supports_what_it_names() {
    let mut ledger = with_rules();
    states(&mut ledger, 4, Part::Erased, Part::Erased);
    let unsupported = (FindingCode::ErasedUnsupported, Some(4));
    assert_eq!(integrity(&mut ledger), [unsupported, unsupported]);
    ledger.dispose("gone", &[(2, 3), (4, 5)], false);
    states(&mut ledger, 2, Part::Erased, Part::Erased);
    assert_eq!(findings(&mut ledger), [vec![], vec![]]);
    let disposals = report(&mut ledger, Selection::Whole).bundle.keys.disposals;
    assert_eq!(disposals.listed()[0].records, 2);
    // What is said to be erased is not there.
    ledger.states.clear();
    let present = FindingCode::ErasedPartPresent;
    let twice = [2, 4, 2, 4].map(|at| (present, Some(at)));
    assert_eq!(
        custody(&mut ledger),
        [twice[0], twice[1], twice[2], twice[3]]
    );
}

#[test]
fn an_archive_supports_its_own_word_only() {
    let mut ledger = with_rules();
    ledger.dispose("away", &[(2, 5)], true);
    states(&mut ledger, 4, Part::Withheld, Part::Archived);
    assert_eq!(findings(&mut ledger), [vec![], vec![]]);
    states(&mut ledger, 4, Part::Archived, Part::Erased);
    let found = integrity(&mut ledger);
    let codes = [
        (FindingCode::ArchivedUnsupported, Some(4)),
        (FindingCode::ErasedUnsupported, Some(4)),
    ];
    assert_eq!(found, codes);
    let disposals = report(&mut ledger, Selection::Whole).bundle.keys.disposals;
    let archive = disposals.listed()[0].archive.clone().unwrap();
    assert_eq!(archive.location, "shelf 9");
}

#[test]
fn what_is_too_young_held_or_of_another_type_is_not_named() {
    let mut ledger = with_rules();
    let young = ledger.size();
    ledger.events(1);
    ledger.hold(1, Some(vec![id(5)]));
    let end = ledger.size();
    ledger.dispose("gone", &[(2, end)], false);
    ledger.dispose("typed", &[(2, end)], false);
    ledger.hold_record(1, HoldAction::Release);
    for at in [2, 3] {
        states(&mut ledger, at, Part::Erased, Part::Erased);
    }
    // Record 3 has no payload.
    ledger
        .states
        .retain(|it| (it.0, it.1) != (3, Domain::Payload));
    assert_eq!(findings(&mut ledger), [vec![], vec![]]);
    let disposals = report(&mut ledger, Selection::Whole).bundle.keys.disposals;
    let named: Vec<_> = disposals.listed().iter().map(|it| it.records).collect();
    assert_eq!(named, [2, 0]);
    for at in [4, young] {
        let mut bad = ledger.clone();
        states(&mut bad, at, Part::Erased, Part::Withheld);
        if bad.records[at as usize].payload.is_none() {
            bad.states.pop();
        }
        let code = FindingCode::ErasedUnsupported;
        assert_eq!(integrity(&mut bad), [(code, Some(at))]);
    }
}

#[test]
fn a_disposal_needs_a_rule_in_force_and_no_hold_on_all() {
    let code = FindingCode::DisposalInvalid;
    for (rule, archive, held) in [
        ("none", false, false),
        ("gone", true, false),
        ("away", false, false),
        ("gone", false, true),
    ] {
        let mut ledger = with_rules();
        if held {
            ledger.hold(1, None);
        }
        let at = ledger.size();
        ledger.dispose(rule, &[(2, 3)], archive);
        assert_eq!(custody(&mut ledger), [(code, Some(at))]);
        states(&mut ledger, 2, Part::Erased, Part::Withheld);
        let [integrity, _] = findings(&mut ledger);
        assert_eq!(integrity, [(FindingCode::ErasedUnsupported, Some(2))]);
    }
}

#[test]
fn an_erased_data_key_leaves_no_part() {
    let mut ledger = Ledger::new("left", 1);
    ledger.sealed_event(id(1));
    ledger.erase(&[id(1)]);
    let code = FindingCode::ErasedPartPresent;
    assert_eq!(custody(&mut ledger), [(code, Some(2)), (code, Some(2))]);
    states(&mut ledger, 2, Part::Withheld, Part::Erased);
    assert_eq!(custody(&mut ledger), []);
}
