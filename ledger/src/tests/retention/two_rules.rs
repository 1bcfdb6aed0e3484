//! Where two rules cover the same records: what is told of each is what a run does.

use indelible_evidence::key_event::RetentionParts;

use super::{
    archive_read_back::archived,
    rig::{DAY, Rig, given, rule},
};
use crate::{Disposing, Ledger};

/// Under each rule, by its name, how many records are due.
fn due(ledger: &Ledger, name: &str) -> u64 {
    let surveys = ledger.preview_retention().unwrap();
    let survey = surveys.iter().find(|survey| survey.rule.name == name);
    survey.unwrap().due.records
}

#[test]
fn what_one_rule_erases_is_not_counted_as_archived_by_another() {
    let rig = Rig::archiving();
    let (engine, ledger) = rig.open();
    let chat = rig.append(&ledger, given("a", "a chat"));
    let order = rig.append(&ledger, given("b", "an order").typed("u"));
    let rules = vec![
        rule("away").archives().after(1).made(),
        rule("later").archives().after(1).made(),
        rule("gone").typed("t").after(2).made(),
    ];
    ledger.set_retention(rules, None).unwrap();
    rig.pass(DAY + DAY / 2);
    assert_eq!((due(&ledger, "away"), due(&ledger, "gone")), (2, 0));
    rig.pass(DAY);
    assert_eq!((due(&ledger, "away"), due(&ledger, "gone")), (1, 1));
    assert_eq!(due(&ledger, "later"), 0, "nothing is archived twice");
    let done = ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!((done.archived.records, done.records), (1, 1));
    assert_eq!(rig.words(&ledger, chat), ("erased", "erased"));
    assert_eq!(rig.words(&ledger, order), ("archived", "archived"));
    engine.drain().unwrap();
}

#[test]
fn what_a_rule_erases_on_payloads_leaves_bodies_to_be_archived() {
    let rig = Rig::archiving();
    let (engine, ledger) = rig.open();
    let chat = rig.append(&ledger, given("a", "a chat"));
    let rules = vec![
        rule("away").archives().after(1).made(),
        rule("gone").parts(RetentionParts::Payloads).after(1).made(),
    ];
    ledger.set_retention(rules, None).unwrap();
    rig.pass(2 * DAY);
    assert_eq!((due(&ledger, "away"), due(&ledger, "gone")), (1, 1));
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, chat), ("archived", "erased"));
    engine.drain().unwrap();
}

/// A file of the archive goes only as a whole, and what is stored of its records goes with it.
#[test]
fn what_is_stored_beside_a_file_is_archived_only_if_the_file_stays() {
    let rig = Rig::archiving();
    let (engine, ledger) = rig.open();
    rig.append(&ledger, given("a", "a chat"));
    rig.append(&ledger, given("b", "an order").typed("u"));
    let payloads = rule("away").archives().parts(RetentionParts::Payloads);
    ledger
        .set_retention(vec![payloads.after(1).made()], None)
        .unwrap();
    rig.pass(2 * DAY);
    ledger.dispose(&mut |_| {}).unwrap();
    let away = || rule("away").archives().after(1).made();
    let some = vec![away(), rule("gone").typed("t").after(1).made()];
    ledger.set_retention(some, None).unwrap();
    assert_eq!((due(&ledger, "away"), due(&ledger, "gone")), (2, 0));
    let all = vec![away(), rule("gone").after(1).made()];
    ledger.set_retention(all, None).unwrap();
    assert_eq!((due(&ledger, "away"), due(&ledger, "gone")), (0, 2));
    let done = ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!((done.archived.records, done.records), (0, 2));
    engine.drain().unwrap();
}

#[test]
fn a_run_says_that_what_it_recorded_is_complete_though_the_archive_is_away() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, _]) = archived(&rig);
    let rules = vec![
        rule("away").archives().typed("u").after(1).made(),
        rule("gone").typed("t").after(1).made(),
    ];
    ledger.set_retention(rules, None).unwrap();
    // There is something to archive, and no place for it.
    rig.unmount();
    let mut told = Vec::new();
    let refused = ledger.dispose(&mut |doing| {
        if matches!(doing, Disposing::Recorded { .. } | Disposing::Complete) {
            told.push(doing);
        }
    });
    assert!(refused.is_err(), "{refused:?}");
    assert!(
        matches!(told[..], [Disposing::Recorded { .. }, Disposing::Complete]),
        "{told:?}"
    );
    for gone in [plain, sealed] {
        assert_eq!(rig.words(&ledger, gone), ("erased", "erased"));
    }
    engine.drain().unwrap();
}
