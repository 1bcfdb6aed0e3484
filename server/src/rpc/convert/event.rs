//! An event from the wire, field by field, borrowed from the message that it came in.
//!
//! On the wire an empty text is one that was not set. Rules and limits are the evidence crate's; only
//! what it can't see is refused here.

use bytes::Bytes;
use indelible_evidence::body::{
    Body, ComponentDigest, Envelope, FactValue, FieldViolation, ProducerSignature,
};
use indelible_proto::v1::{self, event::Payload, fact_value::Value};

use indelible_ledger::EventInput;

/// What the ledger prepares. Nothing is copied: the payload is shared with the message.
pub(crate) fn input(event: &v1::Event) -> Result<EventInput<'_>, FieldViolation> {
    let (payload, envelope) = payload(event)?;
    Ok(EventInput {
        body: Body {
            id: &event.id,
            source: &event.source,
            subject: set(&event.subject),
            time: set(&event.time),
            datacontenttype: set(&event.datacontenttype),
            actor: set(&event.actor),
            correlation_id: set(&event.correlation_id),
            causation_id: set(&event.causation_id),
            data_subject: set(&event.data_subject),
            facts: facts(event)?,
            digests: event.digests.iter().map(digest).collect(),
            envelope,
            producer: event.producer.as_ref().map(producer).transpose()?,
            ..Body::default()
        },
        event_type: &event.r#type,
        classification: set(&event.classification),
        payload,
    })
}

fn set(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn facts(event: &v1::Event) -> Result<Vec<(&str, FactValue<'_>)>, FieldViolation> {
    let mut facts = Vec::with_capacity(event.facts.len());
    for (name, fact) in &event.facts {
        let value = match &fact.value {
            Some(Value::Text(text)) => FactValue::Text(text),
            Some(Value::Uint(number)) => FactValue::Uint(*number),
            Some(Value::Boolean(truth)) => FactValue::Boolean(*truth),
            None => return Err(unset_fact(name)),
        };
        facts.push((name.as_str(), value));
    }
    Ok(facts)
}

#[cold]
fn unset_fact(name: &str) -> FieldViolation {
    let name: String = name.chars().take(40).flat_map(char::escape_debug).collect();
    FieldViolation {
        field: format!("facts[{name}].value"),
        problem: "must be set".into(),
    }
}

fn digest(digest: &v1::Digest) -> ComponentDigest<'_> {
    ComponentDigest {
        component: &digest.component,
        algorithm: &digest.algorithm,
        value: &digest.value,
    }
}

fn producer(producer: &v1::ProducerSignature) -> Result<ProducerSignature<'_>, FieldViolation> {
    let of_length = |field: &str, found: usize, what: &str| FieldViolation {
        field: format!("producer.{field}"),
        problem: format!("has {found} bytes; an Ed25519 {what}"),
    };
    let key = producer.public_key.as_ref().try_into();
    let signature = producer.signature.as_ref().try_into();
    Ok(ProducerSignature {
        key: key
            .map_err(|_| of_length("public_key", producer.public_key.len(), "public key has 32"))?,
        signature: signature
            .map_err(|_| of_length("signature", producer.signature.len(), "signature has 64"))?,
    })
}

type PayloadAndEnvelope<'a> = (Option<Bytes>, Option<Envelope<'a>>);

fn payload(event: &v1::Event) -> Result<PayloadAndEnvelope<'_>, FieldViolation> {
    match &event.payload {
        None => Ok((None, None)),
        Some(Payload::Plaintext(bytes)) => Ok((Some(bytes.clone()), None)),
        Some(Payload::Envelope(envelope)) => Ok((
            Some(envelope.ciphertext.clone()),
            Some(client_envelope(envelope)?),
        )),
    }
}

fn client_envelope(envelope: &v1::Envelope) -> Result<Envelope<'_>, FieldViolation> {
    let aad_digest = match envelope.aad_digest.as_ref() {
        [] => None,
        bytes => Some(bytes.try_into().map_err(|_| FieldViolation {
            field: "envelope.aad_digest".into(),
            problem: format!("has {} bytes; a SHA-256 digest has 32", bytes.len()),
        })?),
    };
    Ok(Envelope {
        key_id: &envelope.key_id,
        nonce: (!envelope.nonce.is_empty()).then_some(envelope.nonce.as_ref()),
        aad_digest,
    })
}

/// The event as it was sent, from what is stored of it.
pub(crate) fn from_parts(
    event_type: &str,
    classification: Option<&str>,
    body: Option<Body<'_>>,
    payload: Option<Bytes>,
) -> v1::Event {
    let words = v1::Event {
        r#type: event_type.to_owned(),
        classification: text(classification),
        ..v1::Event::default()
    };
    let Some(body) = body else {
        // Without the body nothing shows whether the bytes are plaintext or a ciphertext.
        return v1::Event {
            payload: payload.map(Payload::Plaintext),
            ..words
        };
    };
    v1::Event {
        id: body.id.to_owned(),
        source: body.source.to_owned(),
        subject: text(body.subject),
        time: text(body.time),
        datacontenttype: text(body.datacontenttype),
        actor: text(body.actor),
        correlation_id: text(body.correlation_id),
        causation_id: text(body.causation_id),
        data_subject: text(body.data_subject),
        facts: body
            .facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), wire_fact(value)))
            .collect(),
        digests: body.digests.iter().map(wire_digest).collect(),
        payload: wire_payload(payload, body.envelope),
        producer: body.producer.as_ref().map(wire_producer),
        ..words
    }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn wire_fact(value: &FactValue<'_>) -> v1::FactValue {
    let value = match *value {
        FactValue::Text(text) => Value::Text(text.to_owned()),
        FactValue::Uint(number) => Value::Uint(number),
        FactValue::Boolean(truth) => Value::Boolean(truth),
    };
    v1::FactValue { value: Some(value) }
}

fn wire_digest(digest: &ComponentDigest<'_>) -> v1::Digest {
    v1::Digest {
        component: digest.component.to_owned(),
        algorithm: digest.algorithm.to_owned(),
        value: Bytes::copy_from_slice(digest.value),
    }
}

fn wire_producer(producer: &ProducerSignature<'_>) -> v1::ProducerSignature {
    v1::ProducerSignature {
        public_key: Bytes::copy_from_slice(producer.key),
        signature: Bytes::copy_from_slice(producer.signature),
    }
}

/// An envelope without its ciphertext still says what the body says of it.
fn wire_payload(payload: Option<Bytes>, envelope: Option<Envelope<'_>>) -> Option<Payload> {
    let Some(envelope) = envelope else {
        return payload.map(Payload::Plaintext);
    };
    Some(Payload::Envelope(v1::Envelope {
        ciphertext: payload.unwrap_or_default(),
        key_id: envelope.key_id.to_owned(),
        nonce: Bytes::copy_from_slice(envelope.nonce.unwrap_or_default()),
        aad_digest: envelope
            .aad_digest
            .map(|digest| Bytes::copy_from_slice(digest))
            .unwrap_or_default(),
    }))
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
