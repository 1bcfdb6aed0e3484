//! A body, as the verifier shows it.

use data_encoding::HEXLOWER;
use indelible_evidence::{Body, FactValue};
use serde_json::{Map, Value, json};

/// A body for programs; people get the same, indented.
pub(crate) fn json(body: &Body<'_>) -> Value {
    let mut shown = Map::new();
    let texts = [
        ("id", Some(body.id)),
        ("source", Some(body.source)),
        ("subject", body.subject),
        ("time", body.time),
        ("datacontenttype", body.datacontenttype),
        ("actor", body.actor),
        ("correlation_id", body.correlation_id),
        ("causation_id", body.causation_id),
        ("data_subject", body.data_subject),
        ("traceparent", body.traceparent),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            shown.insert(name.to_owned(), text.into());
        }
    }
    if !body.facts.is_empty() {
        let facts = body.facts.iter();
        let facts = facts.map(|(name, value)| ((*name).to_owned(), fact(value)));
        shown.insert("facts".to_owned(), Value::Object(facts.collect()));
    }
    if !body.digests.is_empty() {
        let digests = body.digests.iter().map(|digest| {
            json!({
                "component": digest.component,
                "algorithm": digest.algorithm,
                "value": HEXLOWER.encode(digest.value),
            })
        });
        shown.insert("digests".to_owned(), digests.collect());
    }
    if let Some(envelope) = &body.envelope {
        let envelope = json!({
            "key_id": envelope.key_id,
            "nonce": envelope.nonce.map(|nonce| HEXLOWER.encode(nonce)),
            "aad_digest": envelope.aad_digest.map(|digest| HEXLOWER.encode(digest)),
        });
        shown.insert("envelope".to_owned(), envelope);
    }
    if let Some(producer) = &body.producer {
        let producer = json!({
            "key": HEXLOWER.encode(producer.key),
            "signature": HEXLOWER.encode(producer.signature),
        });
        shown.insert("producer".to_owned(), producer);
    }
    Value::Object(shown)
}

fn fact(value: &FactValue<'_>) -> Value {
    match value {
        FactValue::Text(text) => (*text).into(),
        FactValue::Uint(number) => (*number).into(),
        FactValue::Boolean(truth) => (*truth).into(),
    }
}
