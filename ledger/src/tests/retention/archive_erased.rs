//! What is erased goes from the archive, too: with its key, or with its file.

use indelible_evidence::key_event::RetentionParts;

use super::{
    archive_read_back::archived,
    rig::{DAY, Rig, given, rule, verified_bundle},
};
use crate::{
    ArchiveError, KeyEventError,
    tests::privacy::{payload, verified},
};

#[test]
fn a_file_goes_once_all_that_it_holds_is_past_its_time() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, other]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let younger = rig.append(&ledger, given("d", "younger"));
    let rules = vec![
        rule("away").archives().typed("t").after(1).made(),
        rule("gone").typed("t").after(4).made(),
    ];
    ledger.set_retention(rules, None).unwrap();
    rig.pass(DAY + DAY / 2);
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.files().len(), 2);
    assert_eq!(rig.words(&ledger, younger), ("archived", "archived"));
    rig.pass(DAY);
    let survey = ledger.preview_retention().unwrap();
    let gone = survey.iter().find(|survey| survey.rule.name == "gone");
    assert_eq!(gone.unwrap().due.records, 2);
    let done = ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(done.records, 2);
    for gone in [plain, sealed] {
        assert_eq!(rig.words(&ledger, gone), ("erased", "erased"));
        assert_eq!(payload(&ledger, gone), None);
    }
    assert_eq!(rig.files().len(), 1, "its file is gone");
    assert_eq!(payload(&ledger, younger).unwrap(), b"younger");
    assert_eq!(payload(&ledger, other).unwrap(), b"of another type");
    assert!(ledger.disposals().unwrap().iter().all(|(_, done)| *done));
    verified(&ledger);
    let report = verified_bundle(&ledger);
    assert_eq!(report.bundle.bodies.erased, 2);
    engine.drain().unwrap();
}

#[test]
fn what_shares_a_file_with_what_is_kept_waits_and_is_counted() {
    let rig = Rig::archiving();
    let (engine, ledger) = rig.open();
    let chat = rig.append(&ledger, given("a", "a chat"));
    let order = rig.append(&ledger, given("b", "an order").typed("u"));
    let both = vec![
        rule("away").archives().after(1).made(),
        rule("chats").typed("t").after(3).made(),
    ];
    ledger.set_retention(both, None).unwrap();
    rig.pass(2 * DAY);
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, chat), ("archived", "archived"));
    rig.pass(2 * DAY);
    let survey = ledger.preview_retention().unwrap();
    let chats = survey.iter().find(|survey| survey.rule.name == "chats");
    let chats = chats.unwrap();
    assert_eq!((chats.due.records, chats.waiting.records), (0, 1));
    let done = ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(done.records, 0);
    assert_eq!(payload(&ledger, chat).unwrap(), b"a chat");
    // Rules on each type cover the file together.
    let rules = vec![
        rule("chats").typed("t").after(3).made(),
        rule("orders").typed("u").after(3).made(),
    ];
    ledger.set_retention(rules, None).unwrap();
    ledger.dispose(&mut |_| {}).unwrap();
    for gone in [chat, order] {
        assert_eq!(rig.words(&ledger, gone), ("erased", "erased"));
    }
    assert_eq!(rig.files().len(), 0);
    verified(&ledger);
    verified_bundle(&ledger);
    engine.drain().unwrap();
}

#[test]
fn a_disposal_is_not_complete_while_its_file_may_be_there() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, ..]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    ledger
        .set_retention(vec![rule("gone").typed("t").after(1).made()], None)
        .unwrap();
    rig.unmount();
    let refused = ledger.dispose(&mut |_| {}).unwrap_err();
    assert!(
        matches!(
            refused,
            KeyEventError::Archive(ArchiveError::NotTheArchive { .. })
        ),
        "{refused:?}"
    );
    assert_eq!(payload(&ledger, plain), None, "nobody is shown it");
    let open = |ledger: &crate::Ledger| {
        let disposals = ledger.disposals().unwrap();
        disposals.iter().filter(|(_, complete)| !complete).count()
    };
    assert_eq!(open(&ledger), 1);
    rig.mount();
    assert_eq!(rig.files().len(), 1);
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!((open(&ledger), rig.files().len()), (0, 0));
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn an_erased_person_is_in_the_archive_as_what_nobody_can_open() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, _]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    ledger.erase("erika", "GDPR Art. 17", &mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, sealed), ("erased", "erased"));
    assert_eq!(payload(&ledger, sealed), None);
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    verified(&ledger);
    let report = verified_bundle(&ledger);
    assert_eq!(report.bundle.bodies.erased, 1);
    engine.drain().unwrap();
}

#[test]
fn of_a_record_whose_payload_alone_is_archived_the_body_is_where_it_was() {
    let rig = Rig::archiving();
    let (engine, ledger) = rig.open();
    let chat = rig.append(&ledger, given("a", "words"));
    let sealed = rig.append(&ledger, given("b", "of erika").of("erika"));
    let rule = rule("away")
        .archives()
        .parts(RetentionParts::Payloads)
        .after(1);
    ledger.set_retention(vec![rule.made()], None).unwrap();
    rig.pass(2 * DAY);
    ledger.dispose(&mut |_| {}).unwrap();
    for sequence in [chat, sealed] {
        assert_eq!(rig.words(&ledger, sequence), ("present", "archived"));
    }
    assert_eq!(payload(&ledger, chat).unwrap(), b"words");
    assert_eq!(payload(&ledger, sealed).unwrap(), b"of erika");
    rig.unmount();
    let view = ledger.record(chat).unwrap();
    assert!(view.body().is_some() && view.payload().is_none());
    verified(&ledger);
    rig.mount();
    verified_bundle(&ledger);
    engine.drain().unwrap();
}
