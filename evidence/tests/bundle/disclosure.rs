//! Bundles that disclose event keys: what they open, what they don't, and what a verifier shows of it.

use crate::support::{
    Ledger,
    archive::{items, pack, unpack},
    body, salt,
};
use indelible_evidence::bundle::{BundleKind, Part, Selection, TarSource};
use indelible_evidence::verdict::FindingCode;
use indelible_evidence::verify::{
    Begun, Report, SeenBody, Trust, begin, check_unit_seeing, verify,
};
use indelible_evidence::{Body, DataKeyId, Domain, Header};

fn data_key(number: u8) -> DataKeyId {
    DataKeyId::from_bytes([number; 16])
}

fn report(tar: &[u8], ledger: &Ledger) -> Report {
    verify(TarSource::new(tar), &Trust::in_key(ledger.key())).unwrap()
}

/// Records 2 and 4 are in the clear, 3 and 5 encrypted; the key of 3 is disclosed.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new("disclosing", 1);
    ledger.events(1);
    let key = ledger.sealed_event(data_key(1));
    ledger.events(1);
    ledger.sealed_event(data_key(1));
    ledger.disclosed.insert(3, *key.as_bytes());
    ledger
}

fn findings(tar: &[u8], ledger: &Ledger) -> Vec<(FindingCode, Option<u64>)> {
    let report = report(tar, ledger);
    let found = report.verdict.integrity.findings().iter();
    found.map(|found| (found.code, found.sequence)).collect()
}

/// What becomes of a bundle whose item of `file` at `record` is another one.
fn with_item(file: &str, record: usize, item: &Part<'_>) -> Vec<(FindingCode, Option<u64>)> {
    let mut encoded = Vec::new();
    item.encode_into(&mut encoded);
    with_bytes(file, record, encoded)
}

fn with_bytes(file: &str, record: usize, item: Vec<u8>) -> Vec<(FindingCode, Option<u64>)> {
    let mut ledger = ledger();
    let mut files = unpack(&ledger.bundle(Selection::Whole));
    let content = &mut files.iter_mut().find(|(name, _)| name == file).unwrap().1;
    let mut list = items(content);
    list[record] = item;
    *content = list.concat();
    findings(&pack(&files), &ledger)
}

#[test]
fn a_disclosed_key_opens_its_record_and_no_other() {
    for selection in [Selection::Whole, Selection::Range { from: 3, to: 6 }] {
        let mut ledger = ledger();
        let told = report(&ledger.bundle(selection), &ledger);
        assert!(told.verdict.integrity.holds(), "{:?}", told.verdict);
        assert!(told.verdict.custody.holds());
        let (bodies, payloads) = (told.bundle.bodies, told.bundle.payloads);
        assert_eq!((bodies.opened, payloads.opened), (1, 1));
        let whole = told.bundle.kind == BundleKind::Whole;
        let there = bodies.present + bodies.opened + bodies.encrypted;
        assert_eq!(there, if whole { 4 } else { 3 });
        assert_eq!(bodies.encrypted, 1, "nothing here opens the other one");
    }
}

#[test]
fn a_body_opens_alone_where_its_payload_was_withheld() {
    let mut ledger = ledger();
    ledger.states.push((3, Domain::Payload, Part::Withheld));
    let told = report(&ledger.bundle(Selection::Whole), &ledger);
    assert!(told.verdict.integrity.holds(), "{:?}", told.verdict);
    let (bodies, payloads) = (told.bundle.bodies, told.bundle.payloads);
    assert_eq!((bodies.opened, payloads.opened), (1, 0));
}

#[test]
fn keys_open_payloads_on_either_side_of_a_chunk() {
    let mut ledger = Ledger::new("chunks", 1);
    let mut disclosed = 0;
    while ledger.size() < 8_200 {
        let at = ledger.size();
        if at % 1_000 == 5 || (4_090..4_100).contains(&at) {
            let key = ledger.sealed_event(data_key(1));
            if at % 2 == 1 {
                ledger.disclosed.insert(at, *key.as_bytes());
                disclosed += 1;
            }
        } else {
            ledger.events(1);
        }
    }
    for selection in [Selection::Whole, Selection::Range { from: 3, to: 8_199 }] {
        let told = report(&ledger.bundle(selection), &ledger);
        assert!(told.verdict.integrity.holds(), "{:?}", told.verdict);
        assert_eq!(told.bundle.bodies.opened, disclosed);
        assert_eq!(told.bundle.payloads.opened, disclosed);
    }
}

#[test]
fn a_key_of_another_event_is_found() {
    let mut ledger = ledger();
    for record in [3, 5] {
        let mut other = ledger.clone();
        other.disclosed.clear();
        let key = if record == 5 {
            ledger.disclosed[&3]
        } else {
            [9; 32]
        };
        other.disclosed.insert(record, key);
        let expected = [FindingCode::EventKeyMismatch; 2].map(|code| (code, Some(record)));
        assert_eq!(findings(&other.bundle(Selection::Whole), &other), expected);
    }
    let good = ledger.bundle(Selection::Whole);
    assert_eq!(findings(&good, &ledger), []);
}

#[test]
fn a_key_that_the_header_does_not_commit_to_is_found_though_it_opens() {
    // The operator sealed under one key and committed to another: a second plaintext could be shown later.
    let mut ledger = Ledger::new("disclosing", 1);
    let key = ledger.sealed_event(data_key(1));
    let kept = ledger.records[2].clone();
    let mut other = Ledger::new("disclosing", 1);
    let mut header = Header::decode(&kept.header).unwrap();
    if let indelible_evidence::RecordKind::Event(event) = &mut header.kind {
        let sealed = event.sealed.as_mut().unwrap();
        sealed.key_commitment = indelible_evidence::EventKey::from_bytes([8; 32]).commitment();
    }
    other.push(header.encode(), kept.body, kept.payload);
    other.disclosed.insert(2, *key.as_bytes());
    let expected = [FindingCode::EventKeyMismatch; 2].map(|code| (code, Some(2)));
    assert_eq!(findings(&other.bundle(Selection::Whole), &other), expected);
    ledger.disclosed = other.disclosed.clone();
    assert_eq!(findings(&ledger.bundle(Selection::Whole), &ledger), []);
}

#[test]
fn a_key_that_opens_only_one_part_is_found() {
    let mut ledger = Ledger::new("disclosing", 1);
    let key = ledger.sealed_event_of(data_key(1), &body(2), data_key(2));
    ledger.disclosed.insert(2, *key.as_bytes());
    let tar = ledger.bundle(Selection::Whole);
    assert_eq!(
        findings(&tar, &ledger),
        [(FindingCode::EventKeyMismatch, Some(2))]
    );
    let told = report(&tar, &ledger).bundle;
    assert_eq!((told.bodies.opened, told.payloads.opened), (1, 0));
}

#[test]
fn an_opened_body_must_be_canonical() {
    let mut ledger = Ledger::new("disclosing", 1);
    let key = ledger.sealed_event_of(data_key(1), b"\xa0", data_key(1));
    let tar = ledger.bundle(Selection::Whole);
    assert_eq!(findings(&tar, &ledger), [], "nobody can see it");
    ledger.disclosed.insert(2, *key.as_bytes());
    let tar = ledger.bundle(Selection::Whole);
    assert_eq!(findings(&tar, &ledger), [(FindingCode::BodyForm, Some(2))]);
}

#[test]
fn a_key_has_its_one_place() {
    let (clear, event_key) = (body(2), &[7; 32]);
    let needless = Part::Disclosed {
        salt: salt(2, Domain::Body),
        bytes: &clear,
        event_key,
    };
    assert_eq!(
        with_item("bodies/000", 2, &needless),
        [(FindingCode::EventKeyNeedless, Some(2))]
    );
    assert_eq!(
        with_item("bodies/000", 1, &needless),
        [(FindingCode::CommitmentMismatch, Some(1))],
        "a key event has no body"
    );
    let ledger = ledger();
    let (salt, bytes) = ledger.records[3].payload.clone().unwrap();
    let event_key = &ledger.disclosed[&3];
    let with_payload = Part::Disclosed {
        salt,
        bytes: &bytes,
        event_key,
    };
    assert_eq!(
        with_item("payloads/000", 3, &with_payload),
        [(FindingCode::ItemForm, Some(3))]
    );
    for word in [&b"\x82\x66erased"[..], b"\x82\x68withheld", b"\x82\x64none"] {
        let item = [word, &[0x58, 32], event_key].concat();
        assert_eq!(
            with_bytes("bodies/000", 3, item),
            [(FindingCode::ItemForm, Some(3))]
        );
    }
}

#[test]
fn whoever_looks_on_sees_every_record_once_and_in_order() {
    let mut ledger = Ledger::new("seen", 1);
    let mut keys = Vec::new();
    while ledger.size() < 5_000 {
        match ledger.size() % 7 {
            0 => keys.push((ledger.size(), ledger.sealed_event(data_key(1)))),
            _ => ledger.events(1),
        }
    }
    let even = keys.iter().filter(|(at, _)| at % 2 == 0);
    ledger.disclosed = even.map(|(at, key)| (*at, *key.as_bytes())).collect();
    ledger.states.push((50, Domain::Body, Part::Withheld));
    for (selection, from) in [
        (Selection::Whole, 0),
        (Selection::Range { from: 9, to: 5_000 }, 9),
    ] {
        let tar = ledger.bundle(selection);
        let trust = Trust::in_key(ledger.key());
        let Begun::Open {
            mut cutter,
            mut judge,
        } = begin(TarSource::new(&tar[..]), &trust).unwrap()
        else {
            panic!("it ended early");
        };
        let (mut next, mut opened, mut sealed) = (from, 0, 0);
        while let Some(unit) = cutter.next_unit().unwrap() {
            let checked = check_unit_seeing(unit, &mut |record| {
                assert_eq!(record.sequence, next);
                let kept = &ledger.records[next as usize];
                assert_eq!(record.header, kept.header);
                match record.body {
                    SeenBody::Open {
                        body: seen,
                        commitment,
                    } => {
                        let expected = body(next);
                        assert_eq!(seen, &Body::decode(&expected).unwrap());
                        opened += u64::from(ledger.disclosed.contains_key(&next));
                        let header = Header::decode(record.header).unwrap();
                        let indelible_evidence::RecordKind::Event(event) = header.kind else {
                            panic!("no event");
                        };
                        assert_eq!(commitment, event.body);
                    }
                    SeenBody::Sealed => sealed += 1,
                    SeenBody::None => assert!(next < 2),
                    SeenBody::Withheld => assert_eq!(next, 50),
                    other => panic!("record {next}: {other:?}"),
                }
                next += 1;
            });
            judge.accept(checked);
        }
        assert_eq!(next, 5_000);
        let report = judge.finish();
        assert!(report.verdict.integrity.holds());
        assert_eq!(report.bundle.bodies.opened, opened);
        let in_bundle = keys.iter().filter(|(at, _)| *at >= from).count() as u64;
        assert_eq!(
            (opened + sealed, opened > 0 && sealed > 0),
            (in_bundle, true)
        );
    }
}
