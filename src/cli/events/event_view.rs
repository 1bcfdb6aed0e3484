//! An event in the JSON form of CloudEvents, which `append` takes back as the very same event.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use indelible_interchange::{hex, outgoing::readable_data};
use indelible_proto::v1::{Event, FactValue, event::Payload, fact_value};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A CloudEvents JSON object.
#[derive(Serialize)]
pub(crate) struct EventView<'a> {
    specversion: &'static str,
    /// Empty only where the body is not there to be read.
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'a str,
    #[serde(rename = "type")]
    event_type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subject: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    time: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    datacontenttype: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    actor: &'a str,
    #[serde(rename = "correlationid", skip_serializing_if = "str::is_empty")]
    correlation_id: &'a str,
    #[serde(rename = "causationid", skip_serializing_if = "str::is_empty")]
    causation_id: &'a str,
    #[serde(rename = "datasubject", skip_serializing_if = "str::is_empty")]
    data_subject: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    classification: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    facts: BTreeMap<&'a str, FactView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    digests: Vec<DigestView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<EnvelopeView<'a>>,
    #[serde(rename = "producersignature", skip_serializing_if = "Option::is_none")]
    producer: Option<ProducerView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
}

impl<'a> EventView<'a> {
    /// The view of an event.
    #[must_use]
    pub(crate) fn new(event: &'a Event) -> Self {
        let (mut data, mut data_base64, mut envelope) = (None, None, None);
        match &event.payload {
            None => {}
            Some(Payload::Plaintext(bytes)) => {
                data = readable_data(bytes, &event.datacontenttype);
                if data.is_none() {
                    data_base64 = Some(BASE64.encode(bytes));
                }
            }
            Some(Payload::Envelope(sealed)) => {
                data_base64 = Some(BASE64.encode(&sealed.ciphertext));
                envelope = Some(EnvelopeView {
                    key_id: &sealed.key_id,
                    nonce: (!sealed.nonce.is_empty()).then(|| BASE64.encode(&sealed.nonce)),
                    aad_digest: (!sealed.aad_digest.is_empty())
                        .then(|| hex::encode(&sealed.aad_digest)),
                });
            }
        }
        Self {
            specversion: "1.0",
            id: &event.id,
            source: &event.source,
            event_type: &event.r#type,
            subject: &event.subject,
            time: &event.time,
            datacontenttype: &event.datacontenttype,
            actor: &event.actor,
            correlation_id: &event.correlation_id,
            causation_id: &event.causation_id,
            data_subject: &event.data_subject,
            classification: &event.classification,
            facts: event
                .facts
                .iter()
                .map(|(name, value)| (name.as_str(), FactView(value)))
                .collect(),
            digests: event
                .digests
                .iter()
                .map(|digest| DigestView {
                    component: &digest.component,
                    algorithm: &digest.algorithm,
                    value: hex::encode(&digest.value),
                })
                .collect(),
            envelope,
            producer: event.producer.as_ref().map(|producer| ProducerView {
                public_key: hex::encode(&producer.public_key),
                signature: hex::encode(&producer.signature),
            }),
            data,
            data_base64,
        }
    }
}

struct FactView<'a>(&'a FactValue);

impl Serialize for FactView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.value {
            None => serializer.serialize_none(),
            Some(fact_value::Value::Text(text)) => serializer.serialize_str(text),
            Some(fact_value::Value::Uint(uint)) => serializer.serialize_u64(*uint),
            Some(fact_value::Value::Boolean(boolean)) => serializer.serialize_bool(*boolean),
        }
    }
}

#[derive(Serialize)]
struct DigestView<'a> {
    component: &'a str,
    algorithm: &'a str,
    value: String,
}

#[derive(Serialize)]
struct ProducerView {
    public_key: String,
    signature: String,
}

#[derive(Serialize)]
struct EnvelopeView<'a> {
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aad_digest: Option<String>,
}

#[cfg(test)]
mod tests;
