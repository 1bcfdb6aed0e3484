//! What happens to an event in the caller's task: it is validated, encoded and committed to, so that
//! the writer has only to link it.

use std::cell::RefCell;

use bytes::Bytes;
use indelible_evidence::{
    FieldViolation,
    body::Body,
    check_classification, check_event_type,
    commitment::{Domain, commit},
    hash::Commitment,
    limits::PAYLOAD_BYTES_MAX,
};
use indelible_store::record::{Part, RecordTail};

use super::{cell::LedgerCell, error::PrepareError, identity::IdHash, world};

/// An event as a client hands it over, already split into what the evidence format splits.
#[derive(Debug)]
pub struct EventInput<'a> {
    /// All that the client wrote but type, classification and payload.
    pub body: Body<'a>,
    /// CloudEvents `type`.
    pub event_type: &'a str,
    /// Class from the ledger's vocabulary.
    pub classification: Option<&'a str>,
    /// The client's bytes: plaintext, or the ciphertext of its own envelope.
    pub payload: Option<Bytes>,
}

/// An event that is ready to be linked: encoded, with its commitments and the stored form of body and
/// payload. Only [`prepare`] makes one.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) id: IdHash,
    /// `type`, followed by the classification.
    words: Box<str>,
    type_bytes: usize,
    pub(crate) body: Commitment,
    pub(crate) payload: Option<Commitment>,
    pub(crate) tail: RecordTail,
}

impl Prepared {
    /// CloudEvents `type`.
    pub(crate) fn event_type(&self) -> &str {
        &self.words[..self.type_bytes]
    }

    /// The classification, where the client gave one.
    pub(crate) fn classification(&self) -> Option<&str> {
        let text = &self.words[self.type_bytes..];
        (!text.is_empty()).then_some(text)
    }

    /// Bytes that the event will take in the store, its header aside.
    pub(crate) fn bytes(&self) -> usize {
        self.tail.as_bytes().len() + self.words.len()
    }
}

/// Validates, encodes and commits to an event for one ledger.
pub(crate) fn prepare(cell: &LedgerCell, event: EventInput<'_>) -> Result<Prepared, PrepareError> {
    let EventInput {
        mut body,
        event_type,
        classification,
        payload,
    } = event;
    check_event_type(event_type)?;
    if let Some(text) = classification {
        check_classification(text)?;
    }
    if payload
        .as_ref()
        .is_some_and(|bytes| bytes.len() > PAYLOAD_BYTES_MAX)
    {
        return Err(PrepareError::Field(FieldViolation {
            field: "payload".into(),
            problem: format!("is longer than {PAYLOAD_BYTES_MAX} bytes"),
        }));
    }
    if body.data_subject.is_some() {
        return Err(PrepareError::DataSubjectUnsupported);
    }
    SCRATCH.with_borrow_mut(|encoded| {
        encoded.clear();
        body.encode_into(encoded)?;
        Ok(seal(
            cell,
            &body,
            encoded,
            event_type,
            classification,
            payload.as_deref(),
        ))
    })
}

/// Commits to an event whose body is encoded.
fn seal(
    cell: &LedgerCell,
    body: &Body<'_>,
    encoded: &[u8],
    event_type: &str,
    classification: Option<&str>,
    payload: Option<&[u8]>,
) -> Prepared {
    let (body_salt, payload_salt) = world::salts();
    let body_part = Part::Present {
        salt: body_salt,
        bytes: encoded,
    };
    let payload_part = payload.map_or(Part::None, |bytes| Part::Present {
        salt: payload_salt,
        bytes,
    });
    let mut words = String::with_capacity(event_type.len() + classification.map_or(0, str::len));
    words.push_str(event_type);
    words.push_str(classification.unwrap_or_default());
    Prepared {
        id: cell.id_hash(body.source, body.id),
        words: words.into_boxed_str(),
        type_bytes: event_type.len(),
        body: commit(&body_salt, Domain::Body, encoded),
        payload: payload.map(|bytes| commit(&payload_salt, Domain::Payload, bytes)),
        tail: RecordTail::encode(body_part, payload_part),
    }
}

thread_local! {
    /// Where a body is encoded before it is copied, once, to its place in the stored record.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}
