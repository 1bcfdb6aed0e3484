//! Records as tests tell them, encoded and folded the way the daemon and the auditor do.

mod key_events;

use std::collections::BTreeMap;

use indelible_evidence::{
    DataKeyId, EventHeader, Header, KeyCommitment, Origin, RecordKind, SealedBy, SignedStatement,
    body::{Body, ComponentDigest, FactValue},
    hash::Commitment,
};

use super::ending::Ending;
use crate::projections::{
    fold_run::{BodyBytes, FoldRun},
    folds::Projections,
    record::PayloadState,
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
    pub(super) payload: Option<PayloadState>,
    pub(super) changes_nothing: bool,
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

    /// The output that an override puts there is the decision's own.
    pub(super) fn changing_nothing(mut self) -> Self {
        self.changes_nothing = true;
        self
    }

    /// It has a payload, and this became of it.
    pub(super) fn with_payload(mut self, state: PayloadState) -> Self {
        self.payload = Some(state);
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
            value: match (*component, self.changes_nothing) {
                ("final_output", false) => &[8; 32],
                _ => &[7; 32],
            },
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
    payloads: BTreeMap<usize, PayloadState>,
    time: u64,
    /// Records of the daemon's own gate: decisions, and those that ask a human.
    pub(super) gate: Vec<u64>,
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
            time: NOON,
            ..Self::default()
        }
    }

    /// So many seconds pass.
    pub(super) fn wait(&mut self, seconds: u64) -> &mut Self {
        self.time += seconds * SECOND;
        self
    }

    /// When the next record is recorded, in nanoseconds.
    pub(super) fn now(&self) -> u64 {
        self.time
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
                payload: told.payload.map(|_| Commitment::from_bytes([2; 32])),
                sealed,
            }),
        };
        let body = if told.shown == Shown::Garbage {
            b"not CBOR".to_vec()
        } else {
            told.body(sequence)
        };
        if let Some(state) = told.payload {
            self.payloads.insert(self.records.len(), state);
        }
        self.records.push((header.encode(), told.shown, body));
        sequence
    }

    /// The daemon's own gate records something; the sequence number.
    pub(super) fn govern(&mut self, name: &str, content: &serde_json::Value, shown: Shown) -> u64 {
        let sequence = self.next();
        let header = Header {
            sequence,
            time: self.time,
            prior_key_event: 0,
            kind: RecordKind::Governance(EventHeader {
                event_type: &format!("indelible.governance.{name}.v1"),
                classification: None,
                body: Commitment::from_bytes([1; 32]),
                payload: Some(Commitment::from_bytes([2; 32])),
                sealed: None,
            }),
        };
        let content = match shown {
            Shown::Garbage => b"not JSON".to_vec(),
            _ => content.to_string().into_bytes(),
        };
        self.records.push((header.encode(), shown, content));
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
        for (header, shown, body) in &self.records[range.clone()] {
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
        // What the gate says comes apart from its records.
        for (header, shown, content) in &self.records[range.clone()] {
            let is_there = matches!(shown, Shown::Open | Shown::Garbage);
            let header = Header::decode(header).unwrap();
            run.governed(&header, is_there.then_some(content.as_slice()));
        }
        for (at, state) in self.payloads.range(range) {
            run.payload(&Header::decode(&self.records[*at].0).unwrap(), *state);
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
