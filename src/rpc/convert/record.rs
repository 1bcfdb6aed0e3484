//! Records on their way out.

use bytes::Bytes;
use indelible_evidence::{hash::ChainHash, header::RecordKind};
use indelible_proto::v1::{self, PartState};
use indelible_store::record::{Part, StoredRecord};

use super::event;
use crate::ledger::RecordView;

/// Whether the stored bytes go with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// They do; this is the chain hash before the record.
    After(ChainHash),
    /// They were not asked for.
    Omitted,
}

/// One record for the wire.
pub(crate) fn wire(view: &RecordView, evidence: Evidence) -> v1::Record {
    let stored = view.stored();
    let header = view.header();
    let event = match &header.kind {
        RecordKind::Event(words) => Some(event::from_parts(
            words.event_type,
            words.classification,
            view.body(),
            bytes(stored.payload),
        )),
        _ => None,
    };
    v1::Record {
        sequence: view.sequence(),
        kind: header.kind_name().to_owned(),
        recorded_time_unix_nano: header.time,
        event,
        body_state: state(stored.body).into(),
        payload_state: state(stored.payload).into(),
        chain_hash: hash(&stored.chain),
        evidence: match evidence {
            Evidence::After(previous) => Some(stored_bytes(&stored, &previous)),
            Evidence::Omitted => None,
        },
    }
}

fn stored_bytes(stored: &StoredRecord<'_>, previous: &ChainHash) -> v1::RecordEvidence {
    v1::RecordEvidence {
        header: Bytes::copy_from_slice(stored.header),
        previous_chain_hash: hash(previous),
        body: bytes(stored.body).unwrap_or_default(),
        body_salt: salt(stored.body),
        payload_salt: salt(stored.payload),
    }
}

fn state(part: Part<'_>) -> PartState {
    match part {
        Part::None => PartState::None,
        Part::Present { .. } => PartState::Present,
        Part::Erased => PartState::Erased,
        // The wire has no word for what an archive holds: this caller does not get it.
        Part::Archived => PartState::Withheld,
    }
}

fn bytes(part: Part<'_>) -> Option<Bytes> {
    match part {
        Part::Present { bytes, .. } => Some(Bytes::copy_from_slice(bytes)),
        Part::None | Part::Erased | Part::Archived => None,
    }
}

fn salt(part: Part<'_>) -> Bytes {
    match part {
        Part::Present { salt, .. } => Bytes::copy_from_slice(salt.as_bytes()),
        Part::None | Part::Erased | Part::Archived => Bytes::new(),
    }
}

fn hash(chain: &ChainHash) -> Bytes {
    Bytes::copy_from_slice(chain.as_bytes())
}
