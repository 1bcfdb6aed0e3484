//! Records as tests tell them, encoded and folded the way the daemon and the auditor do.

use indelible_evidence::{
    DataKeyId, EventHeader, Header, HoldId, KeyCommitment, Origin, RecordKind, SealedBy,
    SignedStatement,
    body::{Body, ComponentDigest, FactValue},
    hash::Commitment,
    key_event::{
        DataKeyChange, Disposal, Encryption, Erasure, Hold, HoldAction, KekChange, RetentionRule,
        Settings, SettingsChange, Span,
    },
};

use super::ending::Ending;
use crate::projections::{
    fold_run::{BodyBytes, FoldRun},
    folds::Projections,
};

/// 2026-03-01T12:00:00Z.
pub(super) const NOON: u64 = 1_772_366_400_000_000_000;
pub(super) const SECOND: u64 = 1_000_000_000;

/// A fact's value.
#[derive(Clone, Debug)]
pub(super) enum Fact {
    Text(String),
    Uint(u64),
    Boolean(bool),
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Fact {
    fn from(number: u64) -> Self {
        Self::Uint(number)
    }
}

impl From<bool> for Fact {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

/// What is there of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Shown {
    #[default]
    Open,
    Sealed,
    Erased,
    Withheld,
    Archived,
    Missing,
    Garbage,
}

/// An event.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) event_type: String,
    pub(super) facts: Vec<(String, Fact)>,
    pub(super) source: Option<String>,
    pub(super) time: Option<String>,
    pub(super) actor: Option<String>,
    pub(super) correlation_id: Option<String>,
    pub(super) data_subject: Option<String>,
    pub(super) classification: Option<String>,
    pub(super) digests: Vec<&'static str>,
    pub(super) data_key: Option<u8>,
    pub(super) shown: Shown,
}

/// An event of this type with these facts.
pub(super) fn event(event_type: &str, facts: &[(&str, Fact)]) -> Told {
    Told {
        event_type: event_type.to_owned(),
        facts: facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        ..Told::default()
    }
}

impl Told {
    pub(super) fn correlated(mut self, id: &str) -> Self {
        self.correlation_id = Some(id.to_owned());
        self
    }

    pub(super) fn correlated_if(self, is_so: bool, id: &str) -> Self {
        if is_so { self.correlated(id) } else { self }
    }

    pub(super) fn with_digests(mut self, components: &[&'static str]) -> Self {
        self.digests = components.to_vec();
        self
    }

    pub(super) fn from(mut self, source: &str) -> Self {
        self.source = Some(source.to_owned());
        self
    }

    pub(super) fn by(mut self, actor: &str) -> Self {
        self.actor = Some(actor.to_owned());
        self
    }

    pub(super) fn about(mut self, subject: &str, data_key: u8) -> Self {
        self.data_subject = Some(subject.to_owned());
        self.data_key = Some(data_key);
        self
    }

    pub(super) fn at(mut self, time: &str) -> Self {
        self.time = Some(time.to_owned());
        self
    }

    pub(super) fn classified(mut self, classification: &str) -> Self {
        self.classification = Some(classification.to_owned());
        self
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Fact>) -> Self {
        self.facts.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn shown(mut self, shown: Shown) -> Self {
        self.shown = shown;
        self
    }

    fn body(&self, sequence: u64) -> Vec<u8> {
        let facts = self.facts.iter().map(|(name, value)| {
            let value = match value {
                Fact::Text(text) => FactValue::Text(text),
                Fact::Uint(number) => FactValue::Uint(*number),
                Fact::Boolean(truth) => FactValue::Boolean(*truth),
            };
            (name.as_str(), value)
        });
        let digest = |component: &&'static str| ComponentDigest {
            component,
            algorithm: "sha256",
            value: &[7; 32],
        };
        let id = sequence.to_string();
        let mut body = Body {
            id: &id,
            source: self.source.as_deref().unwrap_or("urn:test"),
            time: self.time.as_deref(),
            actor: self.actor.as_deref(),
            correlation_id: self.correlation_id.as_deref(),
            data_subject: self.data_subject.as_deref(),
            facts: facts.collect(),
            digests: self.digests.iter().map(digest).collect(),
            ..Body::default()
        };
        let mut bytes = Vec::new();
        body.encode_into(&mut bytes).unwrap();
        bytes
    }
}

/// The key events that stories have.
#[derive(Clone, Copy)]
enum Kind {
    Epoch,
    Kek,
    DataKey,
    Erasure,
    Hold,
    Settings,
    Disposal,
}

/// A run of records.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    records: Vec<(Vec<u8>, Shown, Vec<u8>)>,
    time: u64,
}

pub(super) fn data_key(number: u8) -> DataKeyId {
    DataKeyId::from_bytes([number; 16])
}

fn origin() -> Origin {
    Origin::parse("audit.example.com/payments/000102abcdef").unwrap()
}

impl Story {
    pub(super) fn new() -> Self {
        Self {
            records: Vec::new(),
            time: NOON,
        }
    }

    /// So many seconds pass.
    pub(super) fn wait(&mut self, seconds: u64) -> &mut Self {
        self.time += seconds * SECOND;
        self
    }

    fn next(&self) -> u64 {
        self.records.len() as u64
    }

    /// An event is recorded; its sequence number.
    pub(super) fn tell(&mut self, told: Told) -> u64 {
        let sequence = self.next();
        let sealed = told.data_key.map(|number| SealedBy {
            data_key: data_key(number),
            key_commitment: KeyCommitment::from_bytes([3; 32]),
        });
        let header = Header {
            sequence,
            time: self.time,
            prior_key_event: 0,
            kind: RecordKind::Event(EventHeader {
                event_type: &told.event_type,
                classification: told.classification.as_deref(),
                body: Commitment::from_bytes([1; 32]),
                payload: None,
                sealed,
            }),
        };
        let body = if told.shown == Shown::Garbage {
            b"not CBOR".to_vec()
        } else {
            told.body(sequence)
        };
        self.records.push((header.encode(), told.shown, body));
        sequence
    }

    fn key_event(&mut self, statement: Vec<u8>, kind: Kind) -> u64 {
        let sequence = self.next();
        let signatures = vec![&[0; 64][..]];
        let signed = SignedStatement {
            statement: &statement,
            signatures,
        };
        let kind = match kind {
            Kind::Epoch => RecordKind::Epoch(signed),
            Kind::Kek => RecordKind::Kek(signed),
            Kind::DataKey => RecordKind::DataKey(signed),
            Kind::Erasure => RecordKind::Erasure(signed),
            Kind::Hold => RecordKind::Hold(signed),
            Kind::Settings => RecordKind::Settings(signed),
            Kind::Disposal => RecordKind::Disposal(signed),
        };
        let header = Header {
            sequence,
            time: self.time,
            prior_key_event: 0,
            kind,
        };
        self.records
            .push((header.encode(), Shown::Missing, Vec::new()));
        sequence
    }

    pub(super) fn erase(&mut self, keys: &[u8], basis: &str) -> u64 {
        let data_keys = keys.iter().map(|number| data_key(*number)).collect();
        let erasure = Erasure {
            origin: origin(),
            data_keys,
            basis: basis.to_owned(),
        };
        self.key_event(erasure.encode(), Kind::Erasure)
    }

    pub(super) fn hold(&mut self, hold: u8, keys: Option<&[u8]>) -> u64 {
        let data_keys = keys.map(|keys| keys.iter().map(|number| data_key(*number)).collect());
        let action = HoldAction::Place {
            data_keys,
            reason: Some("case 12".to_owned()),
        };
        self.held(hold, action)
    }

    pub(super) fn release(&mut self, hold: u8) -> u64 {
        self.held(hold, HoldAction::Release)
    }

    fn held(&mut self, hold: u8, action: HoldAction) -> u64 {
        let hold = HoldId::from_bytes([hold; 16]);
        let hold = Hold {
            origin: origin(),
            hold,
            action,
        };
        self.key_event(hold.encode(), Kind::Hold)
    }

    pub(super) fn kek(&mut self, kek: u8) -> u64 {
        let change = KekChange {
            origin: origin(),
            kek: [kek; 16],
            provider: "aws-kms".to_owned(),
            reason: None,
        };
        self.key_event(change.encode(), Kind::Kek)
    }

    pub(super) fn ledger_key(&mut self, key: u8) -> u64 {
        let change = DataKeyChange {
            origin: origin(),
            data_key: data_key(key),
        };
        self.key_event(change.encode(), Kind::DataKey)
    }

    /// Settings are in force from here on, with or without an access trail.
    pub(super) fn trail(&mut self, access_trail: bool) -> u64 {
        self.settings(access_trail, Vec::new())
    }

    fn settings(&mut self, access_trail: bool, retention: Vec<RetentionRule>) -> u64 {
        let change = SettingsChange {
            origin: origin(),
            settings: Settings {
                encryption: Encryption::Subjects,
                access_trail,
                conventions: false,
                signed_sources: Vec::new(),
                retention,
            },
            reason: None,
        };
        self.key_event(change.encode(), Kind::Settings)
    }

    /// Rules of retention are in force from here on, in the order of their names.
    pub(super) fn retain(&mut self, rules: &[RetentionRule]) -> u64 {
        self.settings(false, rules.to_vec())
    }

    pub(super) fn dispose(&mut self, rule: &str) -> u64 {
        let disposal = Disposal {
            origin: origin(),
            rule: rule.to_owned(),
            spans: vec![Span { from: 0, to: 1 }],
            archive: None,
        };
        self.key_event(disposal.encode(), Kind::Disposal)
    }

    /// Closes the bodies of events that can be read.
    pub(super) fn show(&mut self, which: impl Fn(usize) -> Option<Shown>) {
        for (at, (_, shown, _)) in self.records.iter_mut().enumerate() {
            if let (Shown::Open, Some(closed)) = (*shown, which(at)) {
                *shown = closed;
            }
        }
    }

    pub(super) fn malformed_key_event(&mut self) -> u64 {
        self.key_event(vec![0xa0], Kind::Epoch)
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// The states of a part of it.
    pub(super) fn fold(&self, range: std::ops::Range<usize>) -> Projections {
        let mut run = FoldRun::new();
        for (header, shown, body) in &self.records[range] {
            let body = match shown {
                Shown::Open | Shown::Garbage => BodyBytes::Open(body),
                Shown::Sealed => BodyBytes::Sealed,
                Shown::Erased => BodyBytes::Erased,
                Shown::Withheld => BodyBytes::Withheld,
                Shown::Archived => BodyBytes::Archived,
                Shown::Missing => BodyBytes::Missing,
            };
            run.record(header, body).unwrap();
        }
        run.finish()
    }

    /// What all of it shows.
    pub(super) fn told(&self) -> Ending {
        Ending {
            projections: self.fold(0..self.len()),
        }
    }
}
