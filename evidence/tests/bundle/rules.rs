//! What key events hold a ledger's records to: settings, producers, disposals, the end, and what was erased.

use crate::support::{Ledger, public_of, salt, settings, sha256, signing_key};
use ed25519_dalek::{Signer, SigningKey};
use indelible_evidence::bundle::{Part, Selection, TarSource};
use indelible_evidence::key_event::{RetentionAction, RetentionClock, RetentionParts};
use indelible_evidence::producer::{ProducedEvent, message};
use indelible_evidence::verdict::{Answer, FindingCode};
use indelible_evidence::verify::{Report, Trust, verify};
use indelible_evidence::{
    Archive, Body, Closed, ComponentDigest, DataKeyChange, DataKeyId, Disposal, Domain, Encryption,
    Hold, HoldAction, HoldId, ProducerAction, ProducerChange, ProducerSignature, RecordKind,
    RetentionRule, Settings, SettingsChange, Span, commit,
};

const SOURCE: &str = "tests/producer";

fn report(ledger: &mut Ledger, selection: Selection) -> Report {
    let tar = ledger.bundle(selection);
    verify(TarSource::new(tar.as_slice()), &Trust::in_key(ledger.key())).unwrap()
}

/// What is found in a whole bundle and in the range of all of it: they agree.
fn findings(ledger: &mut Ledger) -> [Vec<(FindingCode, Option<u64>)>; 2] {
    let size = ledger.size();
    let selections = [Selection::Whole, Selection::Range { from: 2, to: size }];
    let [whole, range] = selections.map(|selection| {
        let verdict = report(ledger, selection).verdict;
        [&verdict.integrity, &verdict.custody].map(|answer| {
            let found = answer.findings().iter();
            let found: Vec<_> = found.map(|it| (it.code, it.sequence)).collect();
            assert_eq!(found.is_empty(), answer.holds(), "{answer:?}");
            found
        })
    });
    assert_eq!(whole, range);
    whole
}

fn integrity(ledger: &mut Ledger) -> Vec<(FindingCode, Option<u64>)> {
    let [integrity, custody] = findings(ledger);
    assert_eq!(custody, []);
    integrity
}

fn custody(ledger: &mut Ledger) -> Vec<(FindingCode, Option<u64>)> {
    let [integrity, custody] = findings(ledger);
    assert_eq!(integrity, []);
    custody
}

fn id(number: u8) -> DataKeyId {
    DataKeyId::from_bytes([number; 16])
}

impl Ledger {
    fn settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = settings();
        change(&mut settings);
        let statement = SettingsChange {
            origin: self.origin.clone(),
            settings,
            reason: Some("decided".to_owned()),
        }
        .encode();
        let signature = self.sign(&SettingsChange::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::Settings);
    }

    fn data_key(&mut self, data_key: DataKeyId) {
        let origin = self.origin.clone();
        let statement = DataKeyChange { origin, data_key }.encode();
        let signature = self.sign(&DataKeyChange::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::DataKey);
    }

    fn hold(&mut self, number: u8, data_keys: Option<Vec<DataKeyId>>) {
        let reason = None;
        self.hold_record(number, HoldAction::Place { data_keys, reason });
    }

    fn hold_record(&mut self, number: u8, action: HoldAction) {
        let statement = Hold {
            origin: self.origin.clone(),
            hold: HoldId::from_bytes([number; 16]),
            action,
        }
        .encode();
        let signature = self.sign(&Hold::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::Hold);
    }

    fn close(&mut self) {
        let statement = Closed {
            origin: self.origin.clone(),
            reason: None,
            successor: None,
        }
        .encode();
        let signature = self.sign(&Closed::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::Closed);
    }

    fn register(&mut self, key: &SigningKey, sources: &[&str]) {
        let sources: Vec<String> = sources.iter().map(|&source| source.to_owned()).collect();
        let (name, key_of) = ("door 7".to_owned(), public_of(key));
        let proof = ProducerChange::proof_message(&self.origin, &key_of, &name, &sources);
        let proof = key.sign(&proof).to_bytes();
        self.producer(
            key,
            ProducerAction::Register {
                name,
                sources,
                proof,
            },
        );
    }

    fn revoke_producer(&mut self, key: &SigningKey, size: u64) {
        self.producer(key, ProducerAction::Revoke { size, reason: None });
    }

    fn producer(&mut self, key: &SigningKey, action: ProducerAction) {
        let statement = ProducerChange {
            origin: self.origin.clone(),
            key: public_of(key),
            action,
        }
        .encode();
        let signature = self.sign(&ProducerChange::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::Producer);
    }

    fn dispose(&mut self, rule: &str, spans: &[(u64, u64)], archive: bool) {
        let spans = spans.iter().map(|&(from, to)| Span { from, to });
        let statement = Disposal {
            origin: self.origin.clone(),
            rule: rule.to_owned(),
            spans: spans.collect(),
            archive: archive.then(|| Archive {
                sha256: [7; 32],
                location: "shelf 9".to_owned(),
            }),
        }
        .encode();
        let signature = self.sign(&Disposal::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::Disposal);
    }

    /// Appends an event that a producer signs, after `change` had its way with the payload that is kept.
    fn signed_event(&mut self, key: &SigningKey, source: &str, kept: &[u8], signed: &[u8]) {
        let sequence = self.size();
        let event_id = format!("event-{sequence:08}");
        let digest = sha256(signed);
        let public = *public_of(key).as_bytes();
        let mut body = Body {
            id: &event_id,
            source,
            digests: vec![ComponentDigest {
                component: "payload",
                algorithm: "sha256",
                value: &digest,
            }],
            producer: Some(ProducerSignature {
                key: &public,
                signature: &[0; 64],
            }),
            ..Body::default()
        };
        let event = ProducedEvent {
            origin: &self.origin,
            event_type: "tests.happened",
            classification: None,
            payload: Some(&digest),
        };
        let signature = key.sign(&message(&event, &mut body).unwrap()).to_bytes();
        body.producer = Some(ProducerSignature {
            key: &public,
            signature: &signature,
        });
        let mut bytes = Vec::new();
        body.encode_into(&mut bytes).unwrap();
        let body = (salt(sequence, Domain::Body), bytes);
        let payload = Some((salt(sequence, Domain::Payload), kept.to_vec()));
        self.event_with(body, payload, |_| ());
    }

    /// Appends an event without a producer, of that source.
    fn unsigned_event(&mut self, source: &str) {
        let sequence = self.size();
        let event_id = format!("event-{sequence:08}");
        let mut body = Body {
            id: &event_id,
            source,
            ..Body::default()
        };
        let mut bytes = Vec::new();
        body.encode_into(&mut bytes).unwrap();
        self.event_with((salt(sequence, Domain::Body), bytes), None, |_| ());
    }

    /// Turns the newest record, which must be an event, into a governance record.
    fn governance(&mut self, data_key: Option<DataKeyId>) {
        let mut other = self.clone();
        match data_key {
            Some(data_key) => drop(other.sealed_event(data_key)),
            None => other.event(None),
        }
        let record = other.records.pop().unwrap();
        let mut header = indelible_evidence::Header::decode(&record.header).unwrap();
        if let RecordKind::Event(event) = header.kind.clone() {
            header.kind = RecordKind::Governance(event);
        }
        let header = header.encode();
        self.push(header, record.body, record.payload);
    }
}

#[test]
fn where_all_is_encrypted_nothing_is_not() {
    let mut ledger = Ledger::new("sealed", 1);
    ledger.events(1);
    ledger.settings(|settings| settings.encryption = Encryption::All);
    ledger.sealed_event(id(1));
    assert_eq!(custody(&mut ledger), []);
    ledger.events(1);
    ledger.governance(None);
    let code = FindingCode::NotEncrypted;
    assert_eq!(custody(&mut ledger), [(code, Some(5)), (code, Some(6))]);
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

#[test]
fn a_record_that_is_not_the_signed_one_accuses_nobody() {
    use crate::support::{items, pack, unpack};
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
