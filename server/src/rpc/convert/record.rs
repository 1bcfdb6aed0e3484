//! Records on their way out.

use bytes::Bytes;
use indelible_evidence::{hash::ChainHash, header};
use indelible_ledger::RecordView;
use indelible_proto::{
    time::timestamp,
    v1::{self, PartState, RecordKind},
};
use indelible_store::record::{Part, StoredRecord};

use super::event;

/// Whether the stored bytes go with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// They do; this is the chain hash before the record.
    After(ChainHash),
    /// They were not asked for.
    Omitted,
}

/// Whether what is encrypted was to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disclosure {
    /// It was: what is still closed can't be opened any more, since its key is destroyed.
    Opened,
    /// It was not.
    Sealed,
}

/// One record for the wire.
pub(crate) fn wire(
    view: &RecordView,
    disclosure: Disclosure,
    evidence: Evidence,
) -> v1::LedgerRecord {
    let stored = view.stored();
    let header = view.header();
    let closed = view.is_sealed().then_some(disclosure);
    let event = header.kind.event().map(|words| {
        event::from_parts(
            words.event_type,
            words.classification,
            view.body(),
            view.payload().map(Bytes::copy_from_slice),
        )
    });
    let state = |part| match part {
        // A record says that it is erased, and it is about to be.
        Part::Archived if view.archive_away().is_none() => PartState::Erased,
        part => state(part, closed),
    };
    v1::LedgerRecord {
        sequence: view.sequence(),
        kind: kind(&header.kind).into(),
        recorded_time: Some(timestamp(header.time)),
        event,
        body_state: state(stored.body).into(),
        payload_state: state(stored.payload).into(),
        chain_hash: hash(&stored.chain),
        evidence: match evidence {
            Evidence::After(previous) => Some(stored_bytes(view, &stored, &previous)),
            Evidence::Omitted => None,
        },
        data_key_id: view
            .sealed()
            .map(|sealed| Bytes::copy_from_slice(sealed.data_key.as_bytes()))
            .unwrap_or_default(),
        unverified: view.unverified().unwrap_or_default().to_owned(),
        disposal_sequences: view.disposals().to_vec(),
        archive_problem: view
            .archive_away()
            .map(|away| away.what.to_string())
            .unwrap_or_default(),
    }
}

fn kind(kind: &header::RecordKind<'_>) -> RecordKind {
    match kind {
        header::RecordKind::Event(_) => RecordKind::Event,
        header::RecordKind::Governance(_) => RecordKind::Governance,
        header::RecordKind::Genesis(_) => RecordKind::Genesis,
        header::RecordKind::Epoch(_) => RecordKind::Epoch,
        header::RecordKind::Identity(_) => RecordKind::Identity,
        header::RecordKind::Revocation(_) => RecordKind::Revocation,
        header::RecordKind::Kek(_) => RecordKind::Kek,
        header::RecordKind::DataKey(_) => RecordKind::DataKey,
        header::RecordKind::Erasure(_) => RecordKind::Erasure,
        header::RecordKind::Hold(_) => RecordKind::Hold,
        header::RecordKind::Settings(_) => RecordKind::Settings,
        header::RecordKind::Producer(_) => RecordKind::Producer,
        header::RecordKind::Disposal(_) => RecordKind::Disposal,
        header::RecordKind::Closed(_) => RecordKind::Closed,
    }
}

fn stored_bytes(
    view: &RecordView,
    stored: &StoredRecord<'_>,
    previous: &ChainHash,
) -> v1::RecordEvidence {
    let sealed_payload = view.sealed().and_then(|_| bytes(stored.payload));
    v1::RecordEvidence {
        header: Bytes::copy_from_slice(stored.header),
        previous_chain_hash: hash(previous),
        body: bytes(stored.body).unwrap_or_default(),
        body_salt: salt(stored.body),
        payload_salt: salt(stored.payload),
        sealed_payload: sealed_payload.unwrap_or_default(),
    }
}

/// `closed` is set for parts that are encrypted and not open.
fn state(part: Part<'_>, closed: Option<Disclosure>) -> PartState {
    match (part, closed) {
        (Part::None, _) => PartState::None,
        (Part::Present { .. }, None) => PartState::Present,
        (Part::Present { .. }, Some(Disclosure::Sealed)) => PartState::Sealed,
        // Its key is destroyed already, and it is about to be.
        (Part::Present { .. }, Some(Disclosure::Opened)) => PartState::Erased,
        (Part::Erased, _) => PartState::Erased,
        (Part::Archived, _) => PartState::Archived,
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

#[cfg(test)]
mod tests {
    use indelible_evidence::{
        hash::Salt,
        header::{RecordKind as Stored, SignedStatement},
    };

    use super::*;

    #[test]
    fn a_kind_has_the_same_word_on_the_wire_as_in_the_header() {
        let signed = SignedStatement {
            statement: b"",
            signatures: Vec::new(),
        };
        type Make<'a> = fn(SignedStatement<'a>) -> Stored<'a>;
        let makes: [Make<'_>; 12] = [
            Stored::Genesis,
            Stored::Epoch,
            Stored::Identity,
            Stored::Revocation,
            Stored::Kek,
            Stored::DataKey,
            Stored::Erasure,
            Stored::Hold,
            Stored::Settings,
            Stored::Producer,
            Stored::Disposal,
            Stored::Closed,
        ];
        for make in makes {
            let stored = make(signed.clone());
            assert_eq!(kind(&stored).name(), stored.name());
        }
    }

    #[test]
    fn what_is_closed_is_sealed_or_erased_and_never_present() {
        let there = Part::Present {
            salt: Salt::from_bytes([1; 32]),
            bytes: b"bytes",
        };
        assert_eq!(state(there, None), PartState::Present);
        assert_eq!(state(there, Some(Disclosure::Sealed)), PartState::Sealed);
        assert_eq!(state(there, Some(Disclosure::Opened)), PartState::Erased);
        for closed in [None, Some(Disclosure::Sealed), Some(Disclosure::Opened)] {
            assert_eq!(state(Part::None, closed), PartState::None);
            assert_eq!(state(Part::Erased, closed), PartState::Erased);
            assert_eq!(state(Part::Archived, closed), PartState::Archived);
        }
    }
}
