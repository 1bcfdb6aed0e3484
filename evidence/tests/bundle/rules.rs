//! What key events hold a ledger's records to: settings, producers, and the end.

use crate::statements::{custody, id, integrity, report};
use crate::support::{Ledger, salt, signing_key};
use indelible_evidence::bundle::{Part, Selection, TarSource};
use indelible_evidence::verdict::{Answer, FindingCode};
use indelible_evidence::verify::{Trust, verify};
use indelible_evidence::{Domain, Encryption, HoldAction, RecordKind, commit};

const SOURCE: &str = "tests/producer";

#[test]
fn where_all_is_encrypted_nothing_is_not() {
    let mut ledger = Ledger::new("sealed", 1);
    ledger.events(1);
    ledger.settings(|settings| settings.encryption = Encryption::All);
    ledger.sealed_event(id(1));
    let own = (salt(5, Domain::Body), crate::support::body(5));
    ledger.event_with(own, None, |header| {
        if let RecordKind::Event(event) = &mut header.kind {
            event.event_type = "indelible.decrypted";
        }
    });
    assert_eq!(custody(&mut ledger), []);
    ledger.events(1);
    ledger.governance(None);
    let code = FindingCode::NotEncrypted;
    assert_eq!(custody(&mut ledger), [(code, Some(6)), (code, Some(7))]);
    // Outside of the chunks of a range, too, as far as the bundle has the records.
    let near = report(&mut ledger, Selection::Range { from: 2, to: 5 }).verdict;
    assert!(near.integrity.holds() && near.custody.is_broken());
}

#[test]
fn a_promise_is_not_taken_back() {
    let mut ledger = Ledger::new("promises", 1);
    ledger.settings(|settings| settings.encryption = Encryption::All);
    ledger.settings(|settings| settings.access_trail = true);
    let code = FindingCode::SettingsTakenBack;
    assert_eq!(custody(&mut ledger), [(code, Some(3))]);
    // What takes a promise back puts nothing in force.
    ledger.events(1);
    let found = custody(&mut ledger);
    assert_eq!(found[1..], [(FindingCode::NotEncrypted, Some(4))]);
    let facts = report(&mut ledger, Selection::Whole).bundle.keys;
    assert_eq!(facts.settings.total(), 2);
    assert!(!facts.began_without_settings);
}

#[test]
fn a_ledger_of_the_first_draft_has_no_settings_until_it_records_some() {
    let mut ledger = Ledger::empty("old", 1);
    ledger.genesis(|genesis| genesis.settings = None);
    ledger.epoch(1_000_000);
    ledger.events(2);
    ledger.dispose("none", &[(2, 3)], false);
    let code = FindingCode::DisposalInvalid;
    assert_eq!(custody(&mut ledger), [(code, Some(4))]);
    let mut ledger = Ledger::empty("old", 1);
    ledger.genesis(|genesis| genesis.settings = None);
    ledger.epoch(1_000_000);
    ledger.events(2);
    ledger.settings(|settings| settings.encryption = Encryption::All);
    assert_eq!(custody(&mut ledger), []);
    assert!(
        report(&mut ledger, Selection::Whole)
            .bundle
            .keys
            .began_without_settings
    );
}

#[test]
fn governance_records_lie_under_the_ledgers_own_keys() {
    let mut ledger = Ledger::new("own", 1);
    ledger.data_key(id(1));
    ledger.governance(Some(id(1)));
    assert_eq!(custody(&mut ledger), []);
    ledger.governance(Some(id(2)));
    ledger.data_key(id(2));
    let code = FindingCode::GovernanceKey;
    assert_eq!(custody(&mut ledger), [(code, Some(4))]);
    let mut ledger = Ledger::new("own", 1);
    ledger.data_key(id(1));
    ledger.data_key(id(1));
    let code = FindingCode::DataKeyRepeated;
    assert_eq!(custody(&mut ledger), [(code, Some(3))]);
}

#[test]
fn after_the_end_only_what_keeps_the_ledger_follows() {
    let mut ledger = Ledger::new("closed", 1);
    ledger.sealed_event(id(1));
    ledger.close();
    ledger.epoch(1_000_000);
    ledger.erase(&[id(9)]);
    ledger.hold(1, None);
    ledger.hold_record(1, HoldAction::Release);
    assert_eq!(custody(&mut ledger), []);
    let end = report(&mut ledger, Selection::Whole).bundle.keys.closed;
    assert_eq!(end.map(|end| end.sequence), Some(3));
    ledger.settings(|_| ());
    ledger.data_key(id(3));
    ledger.close();
    ledger.events(1);
    ledger.governance(None);
    let found = custody(&mut ledger);
    let code = FindingCode::RecordAfterClosed;
    let late: Vec<_> = (8..13).map(|at| (code, Some(at))).collect();
    assert_eq!(found, late);
}

#[test]
fn a_registered_producer_signs_and_no_other() {
    let (key, other) = (signing_key(40), signing_key(41));
    let mut ledger = Ledger::new("producers", 1);
    ledger.signed_event(&key, SOURCE, b"early", b"early");
    ledger.register(&key, &[SOURCE]);
    ledger.signed_event(&key, SOURCE, b"good", b"good");
    ledger.signed_event(&other, SOURCE, b"stranger", b"stranger");
    ledger.signed_event(&key, "elsewhere", b"other source", b"other source");
    let code = FindingCode::ProducerUnknown;
    let unlawful = [2, 5, 6].map(|at| (code, Some(at)));
    assert_eq!(custody(&mut ledger), unlawful);
    let producers = report(&mut ledger, Selection::Whole).bundle.keys.producers;
    let [door] = producers.listed() else {
        panic!("{producers:?}");
    };
    assert_eq!(
        (door.name.as_str(), door.signed, door.void),
        ("door 7", 1, 0)
    );
}

#[test]
fn a_producers_signature_counts_for_nothing_after_its_revocation() {
    let key = signing_key(40);
    let mut ledger = Ledger::new("revoked", 1);
    ledger.register(&key, &[]);
    ledger.signed_event(&key, SOURCE, b"a", b"a");
    ledger.signed_event(&key, SOURCE, b"b", b"b");
    ledger.revoke_producer(&key, 4);
    assert_eq!(custody(&mut ledger), []);
    let producers = report(&mut ledger, Selection::Whole).bundle.keys.producers;
    let door = &producers.listed()[0];
    assert_eq!((door.signed, door.void), (2, 1));
    ledger.signed_event(&key, SOURCE, b"c", b"c");
    ledger.revoke_producer(&key, 4);
    ledger.revoke_producer(&signing_key(41), 4);
    let invalid = FindingCode::ProducerInvalid;
    assert_eq!(
        custody(&mut ledger),
        [
            (invalid, Some(7)),
            (invalid, Some(8)),
            (FindingCode::ProducerUnknown, Some(6))
        ]
    );
}

#[test]
fn a_signed_payload_is_the_one_that_was_signed() {
    let key = signing_key(40);
    let mut ledger = Ledger::new("payloads", 1);
    ledger.register(&key, &[]);
    ledger.signed_event(&key, SOURCE, b"signed", b"signed");
    assert_eq!(integrity(&mut ledger), []);
    ledger.signed_event(&key, SOURCE, b"kept", b"signed");
    let code = FindingCode::ProducerPayload;
    assert_eq!(integrity(&mut ledger), [(code, Some(4))]);
    ledger.states.push((4, Domain::Payload, Part::Withheld));
    assert_eq!(integrity(&mut ledger), []);
    // Another signature in the same body, with its commitment made anew.
    let (_, mut bytes) = ledger.records[3].body.clone().unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let at = ledger.size();
    let salts = (salt(at, Domain::Body), salt(at, Domain::Payload));
    ledger.event_with(
        (salts.0, bytes),
        Some((salts.1, b"signed".to_vec())),
        |_| (),
    );
    let code = FindingCode::ProducerSignature;
    assert_eq!(integrity(&mut ledger), [(code, Some(5))]);
}

#[test]
fn events_of_signed_sources_bear_a_signature() {
    let mut ledger = Ledger::new("signed", 1);
    ledger.unsigned_event(SOURCE);
    ledger.settings(|settings| settings.signed_sources = vec![SOURCE.to_owned()]);
    ledger.unsigned_event(SOURCE);
    ledger.unsigned_event("elsewhere");
    ledger.settings(|_| ());
    ledger.unsigned_event(SOURCE);
    let code = FindingCode::SignatureMissing;
    assert_eq!(custody(&mut ledger), [(code, Some(4))]);
    // A body that can't be read says nothing.
    ledger.states.push((4, Domain::Body, Part::Withheld));
    assert_eq!(custody(&mut ledger), []);
}

#[test]
fn a_record_that_is_not_the_signed_one_accuses_nobody() {
    use crate::support::archive::{items, pack, unpack};
    let mut ledger = Ledger::new("accused", 1);
    ledger.settings(|settings| settings.encryption = Encryption::All);
    ledger.sealed_event(id(1));
    let mut files = unpack(&ledger.bundle(Selection::Whole));
    let headers = files.iter_mut().find(|file| file.0 == "headers/000");
    let headers = &mut headers.unwrap().1;
    let mut list = items(headers);
    let mut header = indelible_evidence::Header::decode(&list[3]).unwrap();
    if let RecordKind::Event(event) = &mut header.kind {
        event.sealed = None;
        event.body = commit(&salt(3, Domain::Body), Domain::Body, b"forged");
    }
    let forged = header.encode();
    list[3] = forged;
    *headers = list.concat();
    let tar = pack(&files);
    let verdict = verify(TarSource::new(tar.as_slice()), &Trust::in_key(ledger.key()));
    let verdict = verdict.unwrap().verdict;
    assert!(verdict.integrity.is_broken());
    assert!(matches!(verdict.custody, Answer::Unanswerable(_)));
}

#[test]
fn a_tree_that_nobody_signed_accuses_nobody() {
    use crate::support::archive::{pack, unpack};
    let of = |event: &dyn Fn(&mut Ledger)| {
        let mut ledger = Ledger::new("accused", 1);
        ledger.settings(|settings| settings.encryption = Encryption::All);
        event(&mut ledger);
        ledger
    };
    let mut honest = of(&|ledger| {
        ledger.sealed_event(id(1));
    });
    let mut forged = of(&|ledger| ledger.events(1));
    assert_eq!(custody(&mut forged), [(FindingCode::NotEncrypted, Some(3))]);
    // Its records, entries and leaves agree with each other, and with no root that was signed.
    let mut files = unpack(&honest.bundle(Selection::Whole));
    let of_forged = unpack(&forged.bundle(Selection::Whole));
    let is_of_records = |name: &str| {
        let parts = ["headers/", "bodies/", "payloads/", "tile/"];
        parts.iter().any(|part| name.starts_with(part))
    };
    for file in files.iter_mut().filter(|file| is_of_records(&file.0)) {
        let other = of_forged.iter().find(|other| other.0 == file.0);
        file.1.clone_from(&other.unwrap().1);
    }
    let tar = pack(&files);
    let verdict = verify(TarSource::new(tar.as_slice()), &Trust::in_key(honest.key()));
    let verdict = verdict.unwrap().verdict;
    let Answer::Broken(found) = verdict.integrity else {
        panic!("the root is not the one that was signed");
    };
    let codes: Vec<_> = found.listed().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [FindingCode::RootMismatch]);
    assert!(matches!(verdict.custody, Answer::Unanswerable(_)));
}
