//! What later checks need of a header.

use crate::commitment::PartKind;
use crate::hash::{Commitment, DataKeyId};
use crate::header::{Header, RecordKind};

use super::disposals::Disposed;

/// What the types of the daemon's own events begin with.
const DAEMON_TYPES: &str = "indelible.";
/// But for these, which importers write, who are clients.
const IMPORT_TYPES: &str = "indelible.import.";

/// What later checks need of a header that was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordFacts {
    /// The record's place, which the header names, too.
    pub sequence: u64,
    /// When it was recorded, in nanoseconds.
    pub time: u64,
    /// The newest key event before it, as the header says.
    pub prior_key_event: u64,
    /// Whether it is a key event.
    pub is_key_event: bool,
    /// Whether it is a decision of the daemon's own gate, or what follows from one.
    pub is_governance: bool,
    /// Whether it is an event of a type that is the daemon's own, which stays readable.
    pub is_of_daemon: bool,
    /// The commitment to its body.
    pub body: Option<Commitment>,
    /// The commitment to its payload.
    pub payload: Option<Commitment>,
    /// The data key under which both are encrypted, if they are.
    pub data_key: Option<DataKeyId>,
    /// What the ledger's disposals did to body and payload.
    pub disposed: Disposed,
}

/// Whether the type is one of the daemon's own events.
fn is_daemons(event_type: &str) -> bool {
    event_type.starts_with(DAEMON_TYPES) && !event_type.starts_with(IMPORT_TYPES)
}

impl RecordFacts {
    /// What `header` says.
    pub fn of(header: &Header<'_>) -> Self {
        let event = header.kind.event();
        Self {
            sequence: header.sequence,
            time: header.time,
            prior_key_event: header.prior_key_event,
            is_key_event: header.is_key_event(),
            is_governance: matches!(header.kind, RecordKind::Governance(_)),
            is_of_daemon: matches!(&header.kind, RecordKind::Event(event) if is_daemons(event.event_type)),
            body: event.map(|event| event.body),
            payload: event.and_then(|event| event.payload),
            data_key: event.and_then(|event| event.sealed.map(|sealed| sealed.data_key)),
            disposed: Disposed::default(),
        }
    }

    pub(super) fn commitment(&self, part: PartKind) -> Option<&Commitment> {
        match part {
            PartKind::Body => self.body.as_ref(),
            PartKind::Payload => self.payload.as_ref(),
        }
    }
}
