//! CloudEvents 1.0 in the JSON format, strictly: extensions have names of lower-case letters and digits, and values
//! that are no objects. What is one here travels as the text of its JSON, and `indelible append` takes
//! all of it back as the very same event. A time or a media type of a record of earlier builds that is not one is left
//! out, since readers end at it.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use indelible_compliance::reports::inert::inert_json;
use indelible_evidence::attribute_text::{is_media_type, is_time};
use indelible_proto::v1::{Event, LedgerRecord, RecordKind, event::Payload};
use serde_json::{Map, Value as Json, json};

use super::{fact, readable_data};
use crate::{
    hex,
    import::cloudevents::{POSITION_EXTENSION, PRODUCER_EXTENSION},
};

/// One record as a CloudEvent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The event, on one line, without its end.
    pub text: String,
    /// The attributes that CloudEvents does not allow, and that are left out.
    pub left_out: Vec<&'static str>,
}

/// One record as a CloudEvent, on one line; nothing for a record of the ledger's own, governance's included, and for one whose body is not
/// there to be read, since it has neither id nor source.
#[must_use]
pub fn line(ledger: &str, record: &LedgerRecord) -> Option<Line> {
    let event = record
        .event
        .as_ref()
        .filter(|_| record.kind() == RecordKind::Event)?;
    if event.id.is_empty() || event.source.is_empty() {
        return None;
    }
    let mut members = attributes(event);
    let mut left_out = Vec::new();
    if !event.time.is_empty() && !is_time(&event.time) {
        members.remove("time");
        left_out.push("time");
    }
    let mut media_type = event.datacontenttype.as_str();
    if !media_type.is_empty() && !is_media_type(media_type) {
        members.remove("datacontenttype");
        left_out.push("datacontenttype");
        media_type = "";
    }
    let position = format!(
        "{ledger}#{}:{}",
        record.sequence,
        hex::encode(&record.chain_hash)
    );
    members.insert(POSITION_EXTENSION.to_owned(), json!(position));
    let data = match &event.payload {
        None => None,
        Some(Payload::Envelope(sealed)) => {
            let envelope = json!({
                "key_id": sealed.key_id,
                "nonce": BASE64.encode(&sealed.nonce),
                "aad_digest": hex::encode(&sealed.aad_digest),
            });
            members.insert("envelope".to_owned(), json!(envelope.to_string()));
            let ciphertext = BASE64.encode(&sealed.ciphertext);
            members.insert("data_base64".to_owned(), json!(ciphertext));
            None
        }
        Some(Payload::Plaintext(bytes)) => {
            let data = readable_data(bytes, media_type);
            if data.is_none() {
                members.insert("data_base64".to_owned(), json!(BASE64.encode(bytes)));
            }
            data
        }
    };
    let mut line = inert_json(Json::Object(members).to_string());
    if let Some(data) = data {
        // The payload's own bytes, which a JSON value would not keep.
        line.truncate(line.len() - 1);
        line.push_str(",\"data\":");
        line.push_str(&inert_json(data.get().to_owned()));
        line.push('}');
    }
    let text = line;
    Some(Line { text, left_out })
}

fn attributes(event: &Event) -> Map<String, Json> {
    let mut members = Map::new();
    members.insert("specversion".to_owned(), json!("1.0"));
    for (name, value) in [
        ("id", &event.id),
        ("source", &event.source),
        ("type", &event.r#type),
        ("subject", &event.subject),
        ("time", &event.time),
        ("datacontenttype", &event.datacontenttype),
        ("actor", &event.actor),
        ("correlationid", &event.correlation_id),
        ("causationid", &event.causation_id),
        ("datasubject", &event.data_subject),
        ("classification", &event.classification),
    ] {
        if !value.is_empty() {
            members.insert(name.to_owned(), json!(value));
        }
    }
    if !event.facts.is_empty() {
        let facts: Map<String, Json> = event
            .facts
            .iter()
            .map(|(name, value)| (name.clone(), fact(value)))
            .collect();
        let text = Json::Object(facts).to_string();
        members.insert("facts".to_owned(), json!(text));
    }
    if !event.digests.is_empty() {
        let digests = event.digests.iter().map(|digest| {
            json!({
                "component": digest.component,
                "algorithm": digest.algorithm,
                "value": hex::encode(&digest.value),
            })
        });
        let text = Json::Array(digests.collect()).to_string();
        members.insert("digests".to_owned(), json!(text));
    }
    if let Some(producer) = &event.producer {
        let producer = json!({
            "public_key": hex::encode(&producer.public_key),
            "signature": hex::encode(&producer.signature),
        });
        let text = producer.to_string();
        members.insert(PRODUCER_EXTENSION.to_owned(), json!(text));
    }
    members
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use indelible_proto::v1::{Digest, Envelope, FactValue, ProducerSignature, fact_value::Value};

    use super::*;
    use crate::import::cloudevents;

    fn event(payload: Payload, media_type: &str) -> Event {
        let fact = |value| FactValue { value: Some(value) };
        Event {
            id: "1".to_owned(),
            source: "urn:s".to_owned(),
            r#type: "t".to_owned(),
            datacontenttype: media_type.to_owned(),
            data_subject: "p".to_owned(),
            causation_id: "c".to_owned(),
            facts: BTreeMap::from([
                ("risk_score".to_owned(), fact(Value::Text("0.3".to_owned()))),
                (
                    "metric.A".to_owned(),
                    fact(Value::Uint(u64::from(u32::MAX) * 2)),
                ),
                ("error".to_owned(), fact(Value::Boolean(true))),
            ]),
            digests: vec![Digest {
                component: "input".to_owned(),
                algorithm: "sha256".to_owned(),
                value: vec![7; 32].into(),
            }],
            payload: Some(payload),
            producer: Some(ProducerSignature {
                public_key: vec![5; 32].into(),
                signature: vec![6; 64].into(),
            }),
            ..Event::default()
        }
    }

    #[test]
    fn every_event_comes_back_as_itself_and_is_strictly_a_cloudevent() {
        for (payload, media_type) in [
            (
                Payload::Plaintext(b"{\"b\": 1.0,\"a\":2}".to_vec().into()),
                "application/json",
            ),
            (Payload::Plaintext(b"{\n}".to_vec().into()), ""),
            (
                Payload::Plaintext(b"null".to_vec().into()),
                "application/json",
            ),
            (Payload::Plaintext("caf\u{e9}\n".into()), "text/plain"),
            (Payload::Plaintext(vec![0xff, 0].into()), "text/plain"),
            (
                Payload::Envelope(Envelope {
                    ciphertext: vec![1, 2].into(),
                    key_id: "k".to_owned(),
                    nonce: vec![3; 12].into(),
                    aad_digest: vec![4; 32].into(),
                }),
                "application/json",
            ),
        ] {
            let event = event(payload, media_type);
            let record = LedgerRecord {
                sequence: 7,
                kind: RecordKind::Event.into(),
                event: Some(event.clone()),
                chain_hash: vec![9; 32].into(),
                ..LedgerRecord::default()
            };
            let Line {
                text: line,
                left_out,
            } = line("localhost/a/0", &record).expect("a line");
            assert!(left_out.is_empty() && !line.contains('\n'));
            assert_eq!(cloudevents::event(line.as_bytes()), Ok(event));
            let members: Map<String, Json> = serde_json::from_str(&line).expect("JSON");
            for (name, value) in members {
                let is_plain = name
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
                assert!(is_plain || name == "data_base64", "{name}");
                assert!(name == "data" || value.is_string(), "{name}");
            }
        }
    }

    #[test]
    fn what_cloudevents_does_not_allow_is_left_out_and_told() {
        let exported = |time: &str, media_type: &str, bytes: &[u8]| {
            let event = Event {
                time: time.to_owned(),
                ..event(Payload::Plaintext(bytes.to_vec().into()), media_type)
            };
            let record = LedgerRecord {
                kind: RecordKind::Event.into(),
                event: Some(event),
                ..LedgerRecord::default()
            };
            let line = line("l", &record).expect("a line");
            let read: Json = serde_json::from_str(&line.text).expect("JSON");
            (read, line.left_out)
        };
        let (read, left_out) = exported("noon", "json", b"{}");
        assert_eq!(left_out, ["time", "datacontenttype"]);
        assert!(read.get("time").is_none() && read.get("datacontenttype").is_none());
        assert_eq!(read["data"], json!({}));
        // Without a media type, data is JSON.
        assert_eq!(exported("", "plain", b"caf").0["data_base64"], "Y2Fm");
        let (read, left_out) = exported("2026-11-28T10:00:00+01:00", "text/plain", b"caf");
        assert!(left_out.is_empty());
        assert_eq!(read["time"], "2026-11-28T10:00:00+01:00");
        assert_eq!(
            (&read["data"], &read["datacontenttype"]),
            (&json!("caf"), &json!("text/plain"))
        );
    }

    #[test]
    fn what_has_no_identity_is_no_cloudevent() {
        assert_eq!(line("l", &LedgerRecord::default()), None);
        let sealed = LedgerRecord {
            event: Some(Event::default()),
            ..LedgerRecord::default()
        };
        assert_eq!(line("l", &sealed), None);
    }
}
