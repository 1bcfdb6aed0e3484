//! A record, as it is shown.

use indelible_evidence::verify::{SeenBody, SeenPayload, SeenRecord};
use indelible_evidence::{ChainHash, Commitment, Header};
use serde_json::{Map, Value};

use super::statement::statement;
use crate::body::Attributes;

/// A record with all that can be read of it.
pub(super) struct ShownRecord {
    pub(super) sequence: u64,
    /// Nanoseconds since 1970 UTC.
    pub(super) time: u64,
    pub(super) kind: &'static str,
    /// None where the bundle is broken: then nobody knows what the chain is.
    pub(super) chain: Option<ChainHash>,
    /// Of an event or a governance record.
    pub(super) event: Option<ShownEvent>,
    /// Of a key event: what it states.
    pub(super) statement: Map<String, Value>,
    /// What the verdict found of this record.
    pub(super) findings: Vec<String>,
}

/// What an event has besides.
pub(super) struct ShownEvent {
    pub(super) event_type: String,
    pub(super) classification: Option<String>,
    pub(super) data_key: Option<String>,
    pub(super) body: PartState,
    pub(super) attributes: Attributes,
    pub(super) payload: ShownPayload,
    /// What the payload must match.
    pub(super) payload_commitment: Option<Commitment>,
}

/// A payload, as far as it can be read.
#[derive(Default)]
pub(super) struct ShownPayload {
    pub(super) state: PartState,
    /// How many bytes the client gave, where that can be told.
    pub(super) length: Option<usize>,
    /// All of them, where they can be read.
    pub(super) bytes: Option<Vec<u8>>,
}

/// What became of a body or payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PartState {
    /// The client gave none.
    None,
    /// It is there as the client gave it.
    Present,
    /// It is there encrypted, and was opened with the event key that the bundle discloses.
    Opened,
    /// It is there encrypted, and nothing opens it.
    Encrypted,
    /// It was left out of the bundle.
    Withheld,
    /// It is recorded as erased.
    Erased,
    /// It is recorded as archived.
    Archived,
    /// It ought to be there. Only a broken bundle has this.
    #[default]
    Missing,
    /// What is there is not what the header commits to. Only a broken bundle has this.
    Altered,
}

impl PartState {
    /// For programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Present => "present",
            Self::Opened => "opened",
            Self::Encrypted => "encrypted",
            Self::Withheld => "withheld",
            Self::Erased => "erased",
            Self::Archived => "archived",
            Self::Missing => "missing",
            Self::Altered => "altered",
        }
    }

    /// For people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Present => "present",
            Self::Opened => "encrypted, opened with the key that the bundle discloses",
            Self::Encrypted => "encrypted, not opened",
            Self::Withheld => "withheld from this bundle",
            Self::Erased => "recorded as erased",
            Self::Archived => "recorded as archived elsewhere",
            Self::Missing => "missing",
            Self::Altered => "not what the header commits to, so not shown",
        }
    }

    /// Of a part that can be read.
    fn open(is_sealed: bool, commitment: Commitment, expected: Option<Commitment>) -> Self {
        match (expected == Some(commitment), is_sealed) {
            (false, _) => Self::Altered,
            (true, true) => Self::Opened,
            (true, false) => Self::Present,
        }
    }
}

impl ShownRecord {
    /// All of a record but its payload. `header` is that of `seen`.
    pub(super) fn new(header: &Header<'_>, seen: &SeenRecord<'_>) -> Self {
        let event = header.kind.event().map(|event| {
            let is_sealed = event.sealed.is_some();
            let state = match seen.body {
                SeenBody::Open { commitment, .. } => {
                    PartState::open(is_sealed, commitment, Some(event.body))
                }
                SeenBody::Sealed => PartState::Encrypted,
                SeenBody::None | SeenBody::Missing => PartState::Missing,
                SeenBody::Withheld => PartState::Withheld,
                SeenBody::Erased => PartState::Erased,
                SeenBody::Archived => PartState::Archived,
                SeenBody::Unreadable => PartState::Altered,
            };
            let attributes = match (seen.body, state) {
                (SeenBody::Open { body, .. }, PartState::Present | PartState::Opened) => {
                    Attributes::of(body)
                }
                _ => Attributes::default(),
            };
            ShownEvent {
                event_type: event.event_type.to_owned(),
                classification: event.classification.map(str::to_owned),
                data_key: event.sealed.map(|sealed| sealed.data_key.to_string()),
                body: state,
                attributes,
                payload: ShownPayload::default(),
                payload_commitment: event.payload,
            }
        });
        Self {
            sequence: header.sequence,
            time: header.time,
            kind: header.kind_name(),
            chain: None,
            event,
            statement: statement(header),
            findings: Vec::new(),
        }
    }
}

impl ShownPayload {
    /// What was seen of a payload, and what it commits to, if it is there.
    pub(super) fn of(seen: &SeenPayload<'_>) -> (Self, Option<Commitment>) {
        let absent = |state| {
            let payload = Self {
                state,
                ..Self::default()
            };
            (payload, None)
        };
        match *seen {
            SeenPayload::Open { bytes, commitment } => {
                let payload = Self {
                    state: PartState::Present,
                    length: Some(bytes.len()),
                    bytes: Some(bytes.to_vec()),
                };
                (payload, Some(commitment))
            }
            SeenPayload::Sealed { length, commitment } => {
                let payload = Self {
                    state: PartState::Encrypted,
                    length: Some(length),
                    bytes: None,
                };
                (payload, Some(commitment))
            }
            SeenPayload::None => absent(PartState::None),
            SeenPayload::Withheld => absent(PartState::Withheld),
            SeenPayload::Erased => absent(PartState::Erased),
            SeenPayload::Archived => absent(PartState::Archived),
            SeenPayload::Missing => absent(PartState::Missing),
            SeenPayload::Unreadable => absent(PartState::Altered),
        }
    }
}

impl ShownEvent {
    /// Takes the payload in, if it is the one that the header commits to.
    pub(super) fn give(&mut self, payload: ShownPayload, commitment: Option<Commitment>) {
        let state = match (payload.state, commitment) {
            (PartState::Present, Some(commitment)) => {
                PartState::open(self.data_key.is_some(), commitment, self.payload_commitment)
            }
            (_, Some(commitment)) if self.payload_commitment != Some(commitment) => {
                PartState::Altered
            }
            // The header says whether there is one.
            (PartState::None, None) if self.payload_commitment.is_some() => PartState::Missing,
            (state, _) => state,
        };
        self.payload = match state {
            PartState::Altered => ShownPayload {
                state,
                ..ShownPayload::default()
            },
            state => ShownPayload { state, ..payload },
        };
    }
}
