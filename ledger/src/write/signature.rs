//! Producers' own signatures: what an event must show before it is prepared. Verifying one takes longer than everything
//! else that is done with an event, so those of one message are verified on all processors, and never by the writer.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use indelible_evidence::{
    FieldViolation, ProducedEvent, ProducerError, PublicKey,
    producer::{check_payload, message, signed_digest},
};
use tokio::task::JoinSet;

use crate::{
    state::{
        environment::Environment, prepare_error::PrepareError, producers::ProducerRefusal,
        shared::LedgerState,
    },
    write::event::EventInput,
};

/// So many are verified in one go: half a millisecond of work, after which the thread serves others.
const IN_ONE_GO: usize = 8;

/// A signature that is still to be verified, under a key that is registered for the event's source.
pub(crate) struct Signature {
    /// The place of the event in its message.
    place: usize,
    key: PublicKey,
    message: Vec<u8>,
    signature: [u8; 64],
    /// The payload, and the digest of it that was signed.
    payload: Option<(Bytes, [u8; 32])>,
}

/// An event of a message that is refused: its place, and why.
pub type RefusedEvent = (usize, PrepareError);

impl Signature {
    /// What an event has of its producer's, if it has anything; facts and digests are brought into their order. A key
    /// that was revoked is let pass here: the writer refuses it, unless the event only repeats one that is there.
    pub(crate) fn of(
        ledger: &LedgerState,
        place: usize,
        event: &mut EventInput<'_>,
    ) -> Result<Option<Self>, PrepareError> {
        let Some(producer) = event.body.producer else {
            return Ok(None);
        };
        let key = {
            let keys = ledger.keys();
            let registered = keys.producers().registered(producer.key, event.body.source);
            registered?.public
        };
        let digest = signed_digest(event.payload.is_some(), &event.body).map_err(of_digest)?;
        let produced = ProducedEvent {
            origin: ledger.origin(),
            event_type: event.event_type,
            classification: event.classification,
            payload: digest,
        };
        let payload = event.payload.clone().zip(digest.copied());
        Ok(Some(Self {
            place,
            key,
            message: message(&produced, &mut event.body)?,
            signature: *producer.signature,
            payload,
        }))
    }

    /// Verifies it, and that the payload has the digest that was signed.
    pub(crate) fn verify(&self) -> Result<(), PrepareError> {
        if let Some((payload, digest)) = &self.payload {
            check_payload(digest, payload).map_err(of_digest)?;
        }
        if self.key.verify(&self.message, &self.signature) {
            return Ok(());
        }
        let key = *self.key.as_bytes();
        Err(ProducerRefusal::BadSignature { key }.into())
    }
}

/// What is wrong with the digest of the payload.
fn of_digest(error: ProducerError) -> PrepareError {
    PrepareError::Field(FieldViolation {
        field: "digests".into(),
        problem: error.to_string(),
    })
}

/// Verifies the signatures of one message; of several that don't hold, the first is named.
pub(crate) async fn verify_all(
    environment: &Environment,
    signatures: Vec<Signature>,
) -> Result<(), RefusedEvent> {
    let all = 0..signatures.len();
    if all.len() <= IN_ONE_GO || !environment.has_threads() {
        return verify(&signatures, all);
    }
    let signatures: Arc<[Signature]> = signatures.into();
    let mut running = JoinSet::new();
    for first in all.clone().step_by(IN_ONE_GO) {
        let signatures = Arc::clone(&signatures);
        let part = first..(first + IN_ONE_GO).min(signatures.len());
        running.spawn(async move { verify(&signatures, part) });
    }
    let mut refused: Option<RefusedEvent> = None;
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err((place, error))) => {
                if refused.as_ref().is_none_or(|(first, _)| place < *first) {
                    refused = Some((place, error));
                }
            }
            // The runtime ends. Nothing passes that was not verified.
            Err(_) => return verify(&signatures, all),
        }
    }
    refused.map_or(Ok(()), Err)
}

fn verify(signatures: &[Signature], part: Range<usize>) -> Result<(), RefusedEvent> {
    let mut part = signatures[part].iter();
    part.try_for_each(|signature| {
        let verified = signature.verify();
        verified.map_err(|error| (signature.place, error))
    })
}
