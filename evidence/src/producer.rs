//! A producer's own signature: nobody needs the daemon's word for who wrote an event.
//!
//! The client signs [`message`], the daemon and every verifier check it with [`verify`]. That the key was registered,
//! and for which sources, the ledger's `producer` records say; that is custody's to judge.

use sha2::{Digest as _, Sha256};

use crate::body::{Body, FieldViolation};
use crate::cbor::Encoder;
use crate::ed25519::KeyError;
use crate::header::{EventHeader, RecordKind};
use crate::origin::Origin;

const PREFIX: &[u8] = b"indelible/producer@v1\n";
/// Under which component and algorithm the body has the digest of the payload.
const PAYLOAD_COMPONENT: &str = "payload";
const PAYLOAD_ALGORITHM: &str = "sha256";

/// Why a producer's signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProducerError {
    /// A decision of the daemon's gate has no producer.
    #[error("a governance record must not name a producer")]
    Governance,
    /// Its key is not valid.
    #[error("the producer's key is not valid")]
    Key(#[from] KeyError),
    /// The header commits to a payload, and the body does not have its digest.
    #[error("the body lacks the SHA-256 digest of the payload, which the producer must sign")]
    DigestMissing,
    /// The header commits to no payload, and the body has a digest of one.
    #[error("the body has a digest of a payload, but there is no payload")]
    DigestNeedless,
    /// The payload has another digest.
    #[error("the payload does not have the digest that the producer signed")]
    OtherPayload,
    /// The signature does not verify.
    #[error("the producer's signature does not verify")]
    BadSignature,
}

/// What a producer signs of an event beside its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducedEvent<'a> {
    /// The ledger.
    pub origin: &'a Origin,
    /// CloudEvents `type`.
    pub event_type: &'a str,
    /// A class from the ledger's vocabulary.
    pub classification: Option<&'a str>,
    /// SHA-256 of the payload, if there is one: of the client's bytes, before the daemon encrypts anything.
    pub payload: Option<&'a [u8; 32]>,
}

/// What the producer of an event signs. The body names the producer's key, and whatever it has for a signature is no
/// part of the message. Facts and digests are brought into their order.
pub fn message(event: &ProducedEvent<'_>, body: &mut Body<'_>) -> Result<Vec<u8>, FieldViolation> {
    let mut bytes = Vec::with_capacity(512);
    body.encode_for_producer(&mut bytes)?;
    Ok(message_over(event, &bytes))
}

fn message_over(event: &ProducedEvent<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 512);
    out.extend_from_slice(PREFIX);
    let mut encoder = Encoder::new(&mut out);
    let optional = usize::from(event.payload.is_some());
    encoder.map(3 + optional + usize::from(event.classification.is_some()));
    encoder.text("body");
    encoder.bytes(body);
    encoder.text("type");
    encoder.text(event.event_type);
    encoder.text("origin");
    encoder.text(event.origin.as_str());
    if let Some(payload) = event.payload {
        encoder.text("payload");
        encoder.bytes(payload);
    }
    if let Some(classification) = event.classification {
        encoder.text("classification");
        encoder.text(classification);
    }
    out
}

/// The digest of the payload that a body has for its producer's signature.
pub fn payload_digest<'a>(body: &Body<'a>) -> Option<&'a [u8; 32]> {
    let mut digests = body.digests.iter();
    let digest = digests.find(|digest| {
        digest.component == PAYLOAD_COMPONENT && digest.algorithm == PAYLOAD_ALGORITHM
    })?;
    digest.value.try_into().ok()
}

/// Whether a payload, as the client gave it, has the digest that a producer signed.
pub fn check_payload(signed: &[u8; 32], payload: &[u8]) -> Result<(), ProducerError> {
    let digest: [u8; 32] = Sha256::digest(payload).into();
    if digest == *signed {
        Ok(())
    } else {
        Err(ProducerError::OtherPayload)
    }
}

/// Verifies what a body that was decoded says of its producer, if it does: the signature, and that the body has the
/// digest of the payload exactly if the header commits to one. `kind` is the record's; a payload that can be read is
/// compared with the digest by [`check_payload`].
pub fn verify(
    origin: &Origin,
    kind: &RecordKind<'_>,
    body: &Body<'_>,
) -> Result<(), ProducerError> {
    match (kind, &body.producer) {
        (RecordKind::Event(event), Some(_)) => verify_event(origin, event, body),
        (RecordKind::Governance(_), Some(_)) => Err(ProducerError::Governance),
        _ => Ok(()),
    }
}

/// The same of an event.
pub fn verify_event(
    origin: &Origin,
    event: &EventHeader<'_>,
    body: &Body<'_>,
) -> Result<(), ProducerError> {
    let Some(producer) = &body.producer else {
        return Ok(());
    };
    let key = producer.public_key()?;
    let payload = signed_digest(event.payload.is_some(), body)?;
    let event = ProducedEvent {
        origin,
        event_type: event.event_type,
        classification: event.classification,
        payload,
    };
    let mut bytes = Vec::with_capacity(512);
    body.write_for_producer(&mut bytes);
    if key.verify(&message_over(&event, &bytes), producer.signature) {
        Ok(())
    } else {
        Err(ProducerError::BadSignature)
    }
}

/// The digest of the payload that a producer signs, which a body has exactly if there is a payload.
pub fn signed_digest<'a>(
    has_payload: bool,
    body: &Body<'a>,
) -> Result<Option<&'a [u8; 32]>, ProducerError> {
    if has_payload {
        return payload_digest(body)
            .map(Some)
            .ok_or(ProducerError::DigestMissing);
    }
    let mut digests = body.digests.iter();
    if digests.any(|digest| digest.component == PAYLOAD_COMPONENT) {
        return Err(ProducerError::DigestNeedless);
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
