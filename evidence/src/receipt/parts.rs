//! The body and payload that are held with a receipt.

use std::borrow::Cow;

use crate::body::Body;
use crate::commitment::{PartKind, commit};
use crate::hash::{Commitment, Salt};
use crate::header::{Header, RecordKind};
use crate::origin::Origin;
use crate::producer;
use crate::record_error::RecordError;
use crate::record_file::RecordFile;
use crate::sealed::{DoesNotOpen, EventCipher, has_sealed_length};

use super::error::ReceiptError;
use super::verdict::PartVerdict;

type Part = (Salt, Vec<u8>);

/// The parts of a record as far as they can be read: in plaintext, or opened. Nothing is judged by that.
pub(super) struct Readable<'a> {
    body: Option<Cow<'a, [u8]>>,
    payload: Option<Cow<'a, [u8]>>,
    is_sealed: bool,
    opening: Result<(), DoesNotOpen>,
}

/// What became of the parts of a record.
pub(super) struct Parts {
    pub(super) body: PartVerdict,
    pub(super) payload: PartVerdict,
    /// The key of the producer whose signature holds.
    pub(super) producer: Option<[u8; 32]>,
}

impl<'a> Readable<'a> {
    /// Opens what is encrypted, if the receipt has the key. A part whose length no part can have is malformed here. A part
    /// that does not open is for [`Self::judge`], because what is malformed comes first.
    pub(super) fn open(
        header: &Header<'_>,
        record: &'a RecordFile,
        origin: &Origin,
    ) -> Result<Self, ReceiptError> {
        let sealed = header.kind.event().and_then(|event| event.sealed);
        let is_sealed = sealed.is_some();
        let body = held(PartKind::Body, is_sealed, record.body.as_ref())?;
        let payload = held(PartKind::Payload, is_sealed, record.payload.as_ref())?;
        let mut readable = Self {
            body: None,
            payload: None,
            is_sealed,
            opening: Ok(()),
        };
        match (&sealed, &record.event_key) {
            (None, _) => {
                readable.body = body.map(Cow::Borrowed);
                readable.payload = payload.map(Cow::Borrowed);
            }
            (Some(_), None) => {}
            (Some(sealed), Some(key)) => match EventCipher::for_event(key, origin, sealed) {
                Err(error) => readable.opening = Err(error),
                Ok(cipher) => {
                    readable.body = readable.open_part(&cipher, PartKind::Body, body);
                    readable.payload = readable.open_part(&cipher, PartKind::Payload, payload);
                }
            },
        }
        Ok(readable)
    }

    fn open_part(
        &mut self,
        cipher: &EventCipher<'_>,
        kind: PartKind,
        bytes: Option<&[u8]>,
    ) -> Option<Cow<'a, [u8]>> {
        match cipher.open(kind, bytes?) {
            Ok(plain) => Some(Cow::Owned(plain)),
            Err(error) => {
                self.opening = Err(error);
                None
            }
        }
    }

    /// The body, decoded, where it can be read. That its producer's key is one belongs to its form.
    pub(super) fn decode_body(&self) -> Result<Option<Body<'_>>, ReceiptError> {
        let Some(bytes) = &self.body else {
            return Ok(None);
        };
        let body = Body::decode(bytes).map_err(ReceiptError::Record)?;
        if let Some(producer) = &body.producer {
            let key = producer.public_key();
            let key = key.map_err(|error| RecordError::invalid("producer", error));
            key.map_err(ReceiptError::Record)?;
        }
        Ok(Some(body))
    }

    /// Holds each part to its commitment, and the body to its rules.
    pub(super) fn judge(
        &self,
        header: &Header<'_>,
        record: &RecordFile,
        origin: &Origin,
        body: Option<&Body<'_>>,
    ) -> Result<Parts, ReceiptError> {
        let event = header.kind.event();
        let committed = event.map(|event| event.body);
        let body_verdict = self.verify_part(PartKind::Body, committed, record)?;
        let committed = event.and_then(|event| event.payload);
        let payload_verdict = self.verify_part(PartKind::Payload, committed, record)?;
        if record.event_key.is_some() && !self.is_sealed {
            return Err(ReceiptError::NeedlessEventKey);
        }
        self.opening?;
        if let Some(body) = body {
            self.judge_body(header, origin, body)?;
        }
        Ok(Parts {
            body: body_verdict,
            payload: payload_verdict,
            producer: body.and_then(|body| body.producer.map(|producer| *producer.key)),
        })
    }

    fn verify_part(
        &self,
        kind: PartKind,
        commitment: Option<Commitment>,
        record: &RecordFile,
    ) -> Result<PartVerdict, ReceiptError> {
        let part_name = kind.name();
        let part = match kind {
            PartKind::Body => &record.body,
            PartKind::Payload => &record.payload,
        };
        let (commitment, (salt, bytes)) = match (commitment, part) {
            (None, None) => return Ok(PartVerdict::None),
            (None, Some(_)) => return Err(ReceiptError::NotCommitted { part: part_name }),
            (Some(_), None) => return Ok(PartVerdict::Withheld),
            (Some(commitment), Some(part)) => (commitment, part),
        };
        if commit(salt, kind.domain(self.is_sealed), bytes) != commitment {
            return Err(ReceiptError::Mismatch { part: part_name });
        }
        Ok(match (self.is_sealed, &record.event_key) {
            (false, _) => PartVerdict::Matches,
            (true, None) => PartVerdict::Sealed,
            (true, Some(_)) => PartVerdict::Opened,
        })
    }

    /// Holds a body to what a header of its kind allows, and its producer's signature to what it covers.
    fn judge_body(
        &self,
        header: &Header<'_>,
        origin: &Origin,
        body: &Body<'_>,
    ) -> Result<(), ReceiptError> {
        if body.data_subject.is_some() {
            match &header.kind {
                RecordKind::Governance(_) => return Err(ReceiptError::SubjectInGovernance),
                _ if !self.is_sealed => return Err(ReceiptError::SubjectInPlaintext),
                _ => {}
            }
        }
        if body.producer.is_none() {
            return Ok(());
        }
        producer::verify(origin, &header.kind, body).map_err(ReceiptError::Producer)?;
        if let (Some(digest), Some(payload)) = (producer::payload_digest(body), &self.payload) {
            producer::check_payload(digest, payload).map_err(ReceiptError::Producer)?;
        }
        Ok(())
    }

    /// The body in plaintext, where it can be read, and the payload where it was opened.
    pub(super) fn into_plain(self) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let opened = self.payload.filter(|_| self.is_sealed);
        (self.body.map(Cow::into_owned), opened.map(Cow::into_owned))
    }
}

/// The bytes of a part that is held, if they are of a length that such a part has.
fn held(
    kind: PartKind,
    is_sealed: bool,
    part: Option<&Part>,
) -> Result<Option<&[u8]>, ReceiptError> {
    let Some((_, bytes)) = part else {
        return Ok(None);
    };
    let (part, found, limit) = (kind.name(), bytes.len(), kind.plain_bytes_max());
    if !is_sealed && found > limit {
        let error = RecordError::TooLong { part, found, limit };
        return Err(ReceiptError::Record(error));
    }
    if is_sealed && !has_sealed_length(kind, found) {
        let problem = format!("has {found} bytes, which is not a valid length of a sealed part");
        return Err(ReceiptError::Record(RecordError::invalid(part, problem)));
    }
    Ok(Some(bytes))
}
