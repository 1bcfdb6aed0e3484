//! The header: the record itself, which is chained, proven and never erased.

mod decoding;
mod sealed;

use crate::cbor::Encoder;
use crate::fields::{check_classification, check_event_type};
use crate::hash::{Commitment, DataKeyId, KeyCommitment};

pub use self::sealed::is_sealed;

/// The version that every header names.
const FORMAT_VERSION: u64 = 0;

const KIND_EVENT: &str = "event";
const KIND_GOVERNANCE: &str = "governance";
const KIND_GENESIS: &str = "genesis";
const KIND_EPOCH: &str = "epoch";
const KIND_IDENTITY: &str = "identity";
const KIND_REVOCATION: &str = "revocation";
const KIND_KEK: &str = "kek";
const KIND_DATA_KEY: &str = "data-key";
const KIND_ERASURE: &str = "erasure";
const KIND_HOLD: &str = "hold";
const KIND_SETTINGS: &str = "settings";
const KIND_PRODUCER: &str = "producer";
const KIND_DISPOSAL: &str = "disposal";
const KIND_CLOSED: &str = "closed";

/// A decoded header. Its texts borrow from the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header<'a> {
    /// The record's sequence number, which is its leaf index in the tree.
    pub sequence: u64,
    /// When it was recorded: nanoseconds since 1970 UTC.
    pub time: u64,
    /// The greatest sequence number of a key event below this one; 0 in record 0.
    pub prior_key_event: u64,
    /// What kind of record it is, with what belongs to the kind.
    pub kind: RecordKind<'a>,
}

/// The kinds of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordKind<'a> {
    /// What a client appended, or the daemon as an event of its own.
    Event(EventHeader<'a>),
    /// A decision of the daemon's own gate, or what follows from one; no client appends it.
    Governance(EventHeader<'a>),
    /// The first record: names the origin and the identity.
    Genesis(SignedStatement<'a>),
    /// The certificate of an epoch key.
    Epoch(SignedStatement<'a>),
    /// Another identity takes the place of the one before.
    Identity(SignedStatement<'a>),
    /// Signatures of a key over sizes beyond one count for nothing.
    Revocation(SignedStatement<'a>),
    /// Wrapped keys lie under another KEK from here on.
    Kek(SignedStatement<'a>),
    /// The ledger-wide data key from here on.
    DataKey(SignedStatement<'a>),
    /// Data keys are destroyed.
    Erasure(SignedStatement<'a>),
    /// Data keys must not be destroyed until it is released, or no longer must be kept.
    Hold(SignedStatement<'a>),
    /// What the ledger does with records from here on.
    Settings(SignedStatement<'a>),
    /// A client's own signing key is registered, or revoked.
    Producer(SignedStatement<'a>),
    /// Bodies or payloads are erased or archived under a rule.
    Disposal(SignedStatement<'a>),
    /// The ledger's life ends.
    Closed(SignedStatement<'a>),
}

impl<'a> RecordKind<'a> {
    /// What the header of an event or governance record holds besides; both have the same.
    #[inline]
    pub fn event(&self) -> Option<&EventHeader<'a>> {
        match self {
            Self::Event(event) | Self::Governance(event) => Some(event),
            _ => None,
        }
    }

    /// The statement, of a key event.
    pub fn statement(&self) -> Option<&SignedStatement<'a>> {
        match self {
            Self::Event(_) | Self::Governance(_) => None,
            Self::Genesis(signed)
            | Self::Epoch(signed)
            | Self::Identity(signed)
            | Self::Revocation(signed)
            | Self::Kek(signed)
            | Self::DataKey(signed)
            | Self::Erasure(signed)
            | Self::Hold(signed)
            | Self::Settings(signed)
            | Self::Producer(signed)
            | Self::Disposal(signed)
            | Self::Closed(signed) => Some(signed),
        }
    }

    /// The kind as it stands in the header.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Event(_) => KIND_EVENT,
            Self::Governance(_) => KIND_GOVERNANCE,
            Self::Genesis(_) => KIND_GENESIS,
            Self::Epoch(_) => KIND_EPOCH,
            Self::Identity(_) => KIND_IDENTITY,
            Self::Revocation(_) => KIND_REVOCATION,
            Self::Kek(_) => KIND_KEK,
            Self::DataKey(_) => KIND_DATA_KEY,
            Self::Erasure(_) => KIND_ERASURE,
            Self::Hold(_) => KIND_HOLD,
            Self::Settings(_) => KIND_SETTINGS,
            Self::Producer(_) => KIND_PRODUCER,
            Self::Disposal(_) => KIND_DISPOSAL,
            Self::Closed(_) => KIND_CLOSED,
        }
    }
}

/// What the header of an event or governance record holds besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHeader<'a> {
    /// CloudEvents `type`.
    pub event_type: &'a str,
    /// A class from the ledger's vocabulary.
    pub classification: Option<&'a str>,
    /// Commitment to the body.
    pub body: Commitment,
    /// Commitment to the payload; none if the client gave none.
    pub payload: Option<Commitment>,
    /// Under which key the daemon encrypted body and payload; none if they are as the client gave them.
    pub sealed: Option<SealedBy>,
}

/// What the header of an encrypted event says of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedBy {
    /// The data key that the event's own key comes from.
    pub data_key: DataKeyId,
    /// The commitment to the event's own key.
    pub key_commitment: KeyCommitment,
}

/// The statement of a key event with its signatures, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedStatement<'a> {
    /// The statement's CBOR.
    pub statement: &'a [u8],
    /// The signatures, in the order of the keys that made them: 1 to 8, of 1 to 8,192 bytes each. How long one is
    /// depends on its key, so that is for whoever verifies it.
    pub signatures: Vec<&'a [u8]>,
}

impl<'a> Header<'a> {
    /// Appends the header's CBOR.
    ///
    /// The caller keeps the limits: texts checked with [`check_event_type`] and
    /// [`check_classification`], integers at most 2^63-1, signatures in their number and length, and at most
    /// 4,096 bytes in all, or 16,384 for a key event. What breaks one of them does not decode.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let mut encoder = Encoder::new(out);
        if let Some(event) = self.kind.event() {
            self.encode_event(event, &mut encoder);
        } else if let Some(signed) = self.kind.statement() {
            self.encode_key_event(self.kind.name(), signed, &mut encoder);
        }
    }

    /// The header's CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        self.encode_into(&mut out);
        out
    }

    fn encode_event(&self, event: &EventHeader<'_>, encoder: &mut Encoder<'_>) {
        let optional = usize::from(event.payload.is_some())
            + usize::from(event.classification.is_some())
            + 2 * usize::from(event.sealed.is_some());
        encoder.map(7 + optional);
        encoder.text("v");
        encoder.uint(FORMAT_VERSION);
        encoder.text("seq");
        encoder.uint(self.sequence);
        encoder.text("body");
        encoder.bytes(event.body.as_bytes());
        encoder.text("kind");
        encoder.text(self.kind.name());
        encoder.text("time");
        encoder.uint(self.time);
        encoder.text("type");
        encoder.text(event.event_type);
        if let Some(payload) = &event.payload {
            encoder.text("payload");
            encoder.bytes(payload.as_bytes());
        }
        if let Some(sealed) = &event.sealed {
            encoder.text("data_key");
            encoder.bytes(sealed.data_key.as_bytes());
        }
        if let Some(classification) = event.classification {
            encoder.text("classification");
            encoder.text(classification);
        }
        if let Some(sealed) = &event.sealed {
            encoder.text("key_commitment");
            encoder.bytes(sealed.key_commitment.as_bytes());
        }
        encoder.text("prior_key_event");
        encoder.uint(self.prior_key_event);
    }

    fn encode_key_event(
        &self,
        kind: &str,
        signed: &SignedStatement<'_>,
        encoder: &mut Encoder<'_>,
    ) {
        encoder.map(7);
        encoder.text("v");
        encoder.uint(FORMAT_VERSION);
        encoder.text("seq");
        encoder.uint(self.sequence);
        encoder.text("kind");
        encoder.text(kind);
        encoder.text("time");
        encoder.uint(self.time);
        encoder.text("statement");
        encoder.bytes(signed.statement);
        encoder.text("signatures");
        encoder.array(signed.signatures.len());
        for signature in &signed.signatures {
            encoder.bytes(signature);
        }
        encoder.text("prior_key_event");
        encoder.uint(self.prior_key_event);
    }

    /// Whether what it names as the newest key event below it can be one: record 0 has none, and genesis is followed by
    /// the first certificate, so that from record 2 on it is at least 1.
    pub fn names_a_record_before(&self) -> bool {
        match self.sequence {
            0 | 1 => self.prior_key_event == 0,
            sequence => (1..sequence).contains(&self.prior_key_event),
        }
    }

    /// Whether it is a key event.
    pub fn is_key_event(&self) -> bool {
        self.kind.statement().is_some()
    }

    /// The kind as it stands in the header.
    pub fn kind_name(&self) -> &'static str {
        self.kind.name()
    }
}

#[cfg(test)]
mod tests;
