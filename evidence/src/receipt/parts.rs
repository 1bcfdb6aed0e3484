//! The body and payload that are held with a receipt.

use crate::body::Body;
use crate::commitment::{PartKind, commit};
use crate::hash::{Commitment, Salt};
use crate::header::{Header, RecordKind};
use crate::origin::Origin;
use crate::producer::{self, ProducerError};
use crate::record_error::RecordError;
use crate::record_file::RecordFile;
use crate::sealed::{EventCipher, has_sealed_length};
use crate::verify::records::RecordFacts;

use super::{PartVerdict, ReceiptError};

/// What became of the parts of a record.
pub(super) struct Parts {
    pub(super) body: PartVerdict,
    pub(super) payload: PartVerdict,
    pub(super) plain_body: Option<Vec<u8>>,
    pub(super) opened_payload: Option<Vec<u8>>,
    /// The key of the producer whose signature holds.
    pub(super) producer: Option<[u8; 32]>,
}

impl Parts {
    pub(super) fn verify(
        header: &Header<'_>,
        record: &RecordFile,
        origin: &Origin,
    ) -> Result<Self, ReceiptError> {
        let facts = RecordFacts::of(header);
        let sealed = header.kind.event().and_then(|event| event.sealed);
        let is_sealed = sealed.is_some();
        let (body, payload) = (record.body.as_ref(), record.payload.as_ref());
        let mut parts = Self {
            body: verify_part(PartKind::Body, is_sealed, facts.body, body)?,
            payload: verify_part(PartKind::Payload, is_sealed, facts.payload, payload)?,
            plain_body: None,
            opened_payload: None,
            producer: None,
        };
        match (&sealed, &record.event_key) {
            (None, None) => {
                parts.plain_body = body.map(|(_, bytes)| bytes.clone());
            }
            (None, Some(_)) => return Err(ReceiptError::NeedlessEventKey),
            (Some(_), None) => {}
            (Some(sealed), Some(key)) => {
                let cipher = EventCipher::for_event(key, origin, sealed)?;
                if let Some((_, bytes)) = body {
                    parts.plain_body = Some(cipher.open(PartKind::Body, bytes)?);
                    parts.body = PartVerdict::Opened;
                }
                if let Some((_, bytes)) = payload {
                    parts.opened_payload = Some(cipher.open(PartKind::Payload, bytes)?);
                    parts.payload = PartVerdict::Opened;
                }
            }
        }
        parts.check_body(header, record, origin)?;
        Ok(parts)
    }

    /// Holds a body that can be read to its form and rules, and its producer's signature to what it covers.
    fn check_body(
        &mut self,
        header: &Header<'_>,
        record: &RecordFile,
        origin: &Origin,
    ) -> Result<(), ReceiptError> {
        let Some(bytes) = &self.plain_body else {
            return Ok(());
        };
        let body = Body::decode(bytes).map_err(ReceiptError::Record)?;
        if body.data_subject.is_some() {
            match &header.kind {
                RecordKind::Governance(_) => return Err(ReceiptError::SubjectInGovernance),
                RecordKind::Event(event) if event.sealed.is_none() => {
                    return Err(ReceiptError::SubjectInPlaintext);
                }
                _ => {}
            }
        }
        let Some(signed) = &body.producer else {
            return Ok(());
        };
        producer::verify(origin, &header.kind, &body).map_err(refused_producer)?;
        let payload = match self.payload {
            PartVerdict::Matches => record.payload.as_ref().map(|(_, bytes)| bytes),
            PartVerdict::Opened => self.opened_payload.as_ref(),
            PartVerdict::None | PartVerdict::Withheld | PartVerdict::Sealed => None,
        };
        if let (Some(digest), Some(payload)) = (producer::payload_digest(&body), payload) {
            producer::check_payload(digest, payload).map_err(refused_producer)?;
        }
        self.producer = Some(*signed.key);
        Ok(())
    }
}

/// What is no key is a matter of the body's form.
fn refused_producer(error: ProducerError) -> ReceiptError {
    match error {
        ProducerError::Key(error) => ReceiptError::Record(RecordError::invalid("producer", error)),
        error => ReceiptError::Producer(error),
    }
}

fn verify_part(
    kind: PartKind,
    sealed: bool,
    commitment: Option<Commitment>,
    part: Option<&(Salt, Vec<u8>)>,
) -> Result<PartVerdict, ReceiptError> {
    let part_name = kind.name();
    match (commitment, part) {
        (None, None) => Ok(PartVerdict::None),
        (None, Some(_)) => Err(ReceiptError::NotCommitted { part: part_name }),
        (Some(_), None) => Ok(PartVerdict::Withheld),
        (Some(commitment), Some((salt, bytes))) => {
            if commit(salt, kind.domain(sealed), bytes) != commitment {
                return Err(ReceiptError::Mismatch { part: part_name });
            }
            if !sealed && bytes.len() > kind.plain_bytes_max() {
                return Err(ReceiptError::Record(RecordError::TooLong {
                    part: part_name,
                    found: bytes.len(),
                    limit: kind.plain_bytes_max(),
                }));
            }
            if sealed && !has_sealed_length(kind, bytes.len()) {
                let problem = format!("has {} bytes, which no sealed part has", bytes.len());
                return Err(ReceiptError::Record(RecordError::invalid(
                    part_name, problem,
                )));
            }
            Ok(if sealed {
                PartVerdict::Sealed
            } else {
                PartVerdict::Matches
            })
        }
    }
}
