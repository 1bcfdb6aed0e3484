//! What the identity of a test ledger states, and events that producers sign.

use crate::support::{Ledger, public_of, salt, settings, sha256};
use ed25519_dalek::{Signer, SigningKey};
use indelible_evidence::bundle::{Selection, TarSource};
use indelible_evidence::producer::{ProducedEvent, message};
use indelible_evidence::verdict::FindingCode;
use indelible_evidence::verify::{Report, Trust, verify};
use indelible_evidence::{
    Archive, Body, Closed, ComponentDigest, DataKeyChange, DataKeyId, Disposal, Domain, Hold,
    HoldAction, HoldId, ProducerAction, ProducerChange, ProducerSignature, RecordKind, Settings,
    SettingsChange, Span,
};

pub(crate) fn report(ledger: &mut Ledger, selection: Selection) -> Report {
    let tar = ledger.bundle(selection);
    verify(TarSource::new(tar.as_slice()), &Trust::in_key(ledger.key())).unwrap()
}

/// What is found in a whole bundle and in the range of all of it: they agree.
pub(crate) fn findings(ledger: &mut Ledger) -> [Vec<(FindingCode, Option<u64>)>; 2] {
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

pub(crate) fn integrity(ledger: &mut Ledger) -> Vec<(FindingCode, Option<u64>)> {
    let [integrity, custody] = findings(ledger);
    assert_eq!(custody, []);
    integrity
}

pub(crate) fn custody(ledger: &mut Ledger) -> Vec<(FindingCode, Option<u64>)> {
    let [integrity, custody] = findings(ledger);
    assert_eq!(integrity, []);
    custody
}

pub(crate) fn id(number: u8) -> DataKeyId {
    DataKeyId::from_bytes([number; 16])
}

impl Ledger {
    pub(crate) fn settings(&mut self, change: impl FnOnce(&mut Settings)) {
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

    pub(crate) fn data_key(&mut self, data_key: DataKeyId) {
        let origin = self.origin.clone();
        let statement = DataKeyChange { origin, data_key }.encode();
        let signature = self.sign(&DataKeyChange::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::DataKey);
    }

    pub(crate) fn hold(&mut self, number: u8, data_keys: Option<Vec<DataKeyId>>) {
        let reason = None;
        self.hold_record(number, HoldAction::Place { data_keys, reason });
    }

    pub(crate) fn hold_record(&mut self, number: u8, action: HoldAction) {
        let statement = Hold {
            origin: self.origin.clone(),
            hold: HoldId::from_bytes([number; 16]),
            action,
        }
        .encode();
        let signature = self.sign(&Hold::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::Hold);
    }

    pub(crate) fn close(&mut self) {
        let statement = Closed {
            origin: self.origin.clone(),
            reason: None,
            successor: None,
        }
        .encode();
        let signature = self.sign(&Closed::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::Closed);
    }

    pub(crate) fn register(&mut self, key: &SigningKey, sources: &[&str]) {
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

    pub(crate) fn revoke_producer(&mut self, key: &SigningKey, size: u64) {
        self.producer(key, ProducerAction::Revoke { size, reason: None });
    }

    pub(crate) fn producer(&mut self, key: &SigningKey, action: ProducerAction) {
        let statement = ProducerChange {
            origin: self.origin.clone(),
            key: public_of(key),
            action,
        }
        .encode();
        let signature = self.sign(&ProducerChange::message(&statement));
        self.key_event(&statement, &[signature], RecordKind::Producer);
    }

    pub(crate) fn dispose(&mut self, rule: &str, spans: &[(u64, u64)], archive: bool) {
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
    pub(crate) fn signed_event(
        &mut self,
        key: &SigningKey,
        source: &str,
        kept: &[u8],
        signed: &[u8],
    ) {
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
    pub(crate) fn unsigned_event(&mut self, source: &str) {
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
    pub(crate) fn governance(&mut self, data_key: Option<DataKeyId>) {
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
