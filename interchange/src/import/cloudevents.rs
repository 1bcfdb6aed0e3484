//! CloudEvents 1.0 in the JSON format as events, with members of our own for what CloudEvents has no word for.
//!
//! Nothing is cut or repaired here: an event that does not fit the limits is refused by the daemon, by name.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use indelible_compliance::conventions::IMPORTED;
use indelible_evidence::attribute_text::{NOT_A_MEDIA_TYPE, NOT_A_TIME};
use indelible_proto::v1::{Digest, Envelope, Event, FactValue, ProducerSignature, event::Payload};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    hex,
    import::{
        facts::text_fact,
        json::{self, Members, Record},
        map_error::MapError,
        names::spelling,
        rules::{Named, Rules},
    },
};

/// The extension in which an export says where in the ledger the event is. It is not part of the event.
pub const POSITION_EXTENSION: &str = "indelibleposition";

/// The extension that has the producer's own signature over the event.
pub const PRODUCER_EXTENSION: &str = "producersignature";

/// The attributes that have a place of their own, by name.
const ATTRIBUTES: [&str; 15] = [
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "data",
    "data_base64",
    "actor",
    "classification",
    "facts",
    "digests",
    "envelope",
    PRODUCER_EXTENSION,
];

/// Attributes that have more than one spelling.
const SPELT_ATTRIBUTES: [&str; 3] = ["datasubject", "correlationid", "causationid"];

/// The records of a document: the elements of a batch, otherwise itself.
///
/// # Errors
///
/// When the document begins like an array and is not one.
pub fn records(document: &[u8]) -> Result<Vec<&[u8]>, MapError> {
    if !document.trim_ascii_start().starts_with(b"[") {
        return Ok(vec![document]);
    }
    let batch: Vec<&RawValue> = serde_json::from_slice(document).map_err(json::not_json)?;
    Ok(batch.iter().map(|event| event.get().as_bytes()).collect())
}

/// One event, as its producer appends it.
///
/// # Errors
///
/// When it is not a JSON object, lacks a required attribute, or one is of the wrong type.
pub fn event(record: &[u8]) -> Result<Event, MapError> {
    event_by(record, &Rules::default())
}

/// One event. Extensions named like an attribute of ours become it, every other one a fact. One that says where in a
/// ledger it is was exported from there; if it is imported, it comes from that ledger.
///
/// # Errors
///
/// When it is not a JSON object, lacks a required attribute, one is of the wrong type, or it breaks a rule.
pub fn event_by(record: &[u8], rules: &Rules) -> Result<Event, MapError> {
    let mut members = Members::parse(record)?;
    if let Some(version) = members.take_text("specversion")?
        && version != "1.0"
    {
        return Err(MapError::invalid("specversion", "only 1.0 is understood"));
    }
    let position = members.take(POSITION_EXTENSION);
    let position =
        position.and_then(|value| members.record().text(POSITION_EXTENSION, value).ok()?);
    let id = match members.take_filled_text("id")? {
        Some(id) => id,
        None => rules.id("id", record)?,
    };
    let datacontenttype = said(&mut members, "datacontenttype", NOT_A_MEDIA_TYPE)?;
    let payload = payload(&mut members, &datacontenttype)?;
    let mut event = Event {
        id,
        source: members.take_required_text("source")?,
        r#type: members.take_required_text("type")?,
        subject: members.take_text("subject")?.unwrap_or_default(),
        time: said(&mut members, "time", NOT_A_TIME)?,
        datacontenttype,
        actor: extension(&mut members, ["actor", "actor"])?,
        correlation_id: extension(&mut members, ["correlationid", "correlation_id"])?,
        causation_id: extension(&mut members, ["causationid", "causation_id"])?,
        data_subject: data_subject(&mut members, rules)?,
        classification: extension(&mut members, ["classification", "classification"])?,
        digests: digests(&mut members)?,
        payload,
        producer: producer(&mut members, rules)?,
        facts: facts(members, rules)?,
    };
    if let Some((ledger, _)) = position.as_deref().and_then(|at| at.split_once('#'))
        && rules.imported_from.is_some()
    {
        let facts = &mut event.facts;
        facts
            .entry(IMPORTED.to_owned())
            .or_insert_with(|| text_fact(ledger));
    }
    Ok(event)
}

/// A text that may be left away, and says something where it stands.
fn said(members: &mut Members<'_>, name: &str, empty: &str) -> Result<String, MapError> {
    match members.take_text(name)? {
        Some(text) if text.is_empty() => Err(MapError::invalid(name, empty)),
        text => Ok(text.unwrap_or_default()),
    }
}

/// The person whom an event is about. `null` says, like an empty text, that there is a place for one and nobody in it.
fn data_subject(members: &mut Members<'_>, rules: &Rules) -> Result<String, MapError> {
    let [name, other] = ["datasubject", "data_subject"];
    let (name, value) = match (members.take_as_it_is(name), members.take_as_it_is(other)) {
        (Some(_), Some(_)) => {
            let field = name.to_owned();
            return Err(MapError::Duplicate { field });
        }
        (None, Some(value)) => (other, Some(value)),
        (value, None) => (name, value),
    };
    let named = match value {
        None => Named::Nowhere,
        Some(value) if value.get() == "null" => Named::Nobody,
        Some(value) if value.get().starts_with('[') => Named::Many,
        Some(value) => match members.record().text(name, value)? {
            None => return Err(MapError::wrong_type(name, "text")),
            Some(text) => Named::Text(text),
        },
    };
    rules.data_subject(name, named)
}

/// An extension that has two spellings: CloudEvents allows no underscore in a name, and many senders write one.
fn extension(members: &mut Members<'_>, spellings: [&str; 2]) -> Result<String, MapError> {
    let first = members.take_text(spellings[0])?;
    let second = members.take_text(spellings[1])?;
    if first.is_some() && second.is_some() {
        return Err(MapError::Duplicate {
            field: spellings[0].to_owned(),
        });
    }
    Ok(first.or(second).unwrap_or_default())
}

/// The JSON of a member that is an object or an array, or the text of one: CloudEvents' own extensions can't be
/// objects.
fn nested<'a>(record: Record, name: &str, value: &'a RawValue) -> Result<Cow<'a, str>, MapError> {
    let text = record.text(name, value)?;
    Ok(text.map_or(Cow::Borrowed(value.get()), Cow::Owned))
}

/// The member `facts`, and every extension that is left.
fn facts(mut members: Members<'_>, rules: &Rules) -> Result<BTreeMap<String, FactValue>, MapError> {
    let mut facts = BTreeMap::new();
    let record = members.record();
    if let Some(object) = members.take("facts") {
        let object = nested(record, "facts", object)?;
        let object = match &object {
            Cow::Borrowed(json) => Members::within(record, json.as_bytes()),
            Cow::Owned(text) => Members::parse(text.as_bytes()),
        };
        let object = object.map_err(|problem| MapError::invalid("facts", problem))?;
        let record = object.record();
        // Also where it is `null`, which says that a person was looked for.
        for name in object.names() {
            let checked = rules.check_name(name, "the attribute datasubject of the event is");
            checked.map_err(|problem| problem.within("facts"))?;
        }
        for (name, value) in object.rest() {
            let value = record.fact(&format!("facts.{name}"), value)?;
            facts.insert(name, value);
        }
    }
    for name in members.names().filter(|name| members.get(name).is_none()) {
        rules.check_name(name, "the attribute datasubject is")?;
    }
    for (name, value) in members.rest() {
        // An attribute's name in another spelling is a mistake that would keep the attribute away from every reader, and a
        // person's data in the clear.
        let spelt = spelling(&name);
        let mut known = ATTRIBUTES.iter().chain(&SPELT_ATTRIBUTES);
        let meant = known.find(|known| spelling(known) == spelt);
        if let Some(meant) = meant {
            return Err(MapError::invalid(
                &name,
                format_args!("is not an attribute; {meant} is"),
            ));
        }
        rules.check_name(&name, "the attribute datasubject is")?;
        let value = record.fact(&name, value)?;
        if facts.contains_key(&name) {
            return Err(MapError::Duplicate { field: name });
        }
        facts.insert(name, value);
    }
    Ok(facts)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DigestMember {
    component: String,
    algorithm: String,
    value: String,
}

/// The member `digests`: objects with component, algorithm and the value in hexadecimal.
fn digests(members: &mut Members<'_>) -> Result<Vec<Digest>, MapError> {
    let Some(list) = members.take("digests") else {
        return Ok(Vec::new());
    };
    let list: Vec<DigestMember> = serde_json::from_str(&nested(members.record(), "digests", list)?)
        .map_err(|problem| MapError::invalid("digests", problem))?;
    list.into_iter()
        .enumerate()
        .map(|(index, digest)| {
            let value = hex::decode(&digest.value).ok_or_else(|| {
                MapError::wrong_type(format!("digests[{index}].value"), "hexadecimal")
            })?;
            Ok(Digest {
                component: digest.component,
                algorithm: digest.algorithm,
                value,
            })
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProducerMember {
    public_key: String,
    signature: String,
}

/// The member `producersignature`: an object with the key and the signature, both in hexadecimal. What is imported is
/// marked, and so is no longer what was signed: its signature is left where it came from.
fn producer(
    members: &mut Members<'_>,
    rules: &Rules,
) -> Result<Option<ProducerSignature>, MapError> {
    let Some(object) = members.take(PRODUCER_EXTENSION) else {
        return Ok(None);
    };
    let producer: ProducerMember =
        serde_json::from_str(&nested(members.record(), PRODUCER_EXTENSION, object)?)
            .map_err(|problem| MapError::invalid(PRODUCER_EXTENSION, problem))?;
    let unhex = |name: &str, digits: &str| {
        let field = format!("{PRODUCER_EXTENSION}.{name}");
        hex::decode(digits).ok_or_else(|| MapError::wrong_type(field, "hexadecimal"))
    };
    let producer = ProducerSignature {
        public_key: unhex("public_key", &producer.public_key)?,
        signature: unhex("signature", &producer.signature)?,
    };
    Ok(rules.imported_from.is_none().then_some(producer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeMember {
    key_id: String,
    nonce: Option<String>,
    aad_digest: Option<String>,
}

/// `data` or `data_base64`; with the member `envelope`, those bytes are ciphertext.
fn payload(members: &mut Members<'_>, media_type: &str) -> Result<Option<Payload>, MapError> {
    let data = members.take("data");
    let bytes = match (data, members.take_text("data_base64")?) {
        (Some(_), Some(_)) => {
            return Err(MapError::invalid(
                "data_base64",
                "data and data_base64 must not both be present",
            ));
        }
        (Some(data), None) => Some(data_bytes(members.record(), data, media_type)?),
        (None, Some(base64)) => Some(Bytes::from(decode_base64("data_base64", &base64)?)),
        (None, None) => None,
    };
    let Some(envelope) = members.take("envelope") else {
        return Ok(bytes.map(Payload::Plaintext));
    };
    let envelope: EnvelopeMember =
        serde_json::from_str(&nested(members.record(), "envelope", envelope)?)
            .map_err(|problem| MapError::invalid("envelope", problem))?;
    let (None, Some(ciphertext)) = (data, bytes) else {
        return Err(MapError::invalid(
            "envelope",
            "the ciphertext must be in data_base64",
        ));
    };
    let nonce = envelope.nonce.as_deref();
    let digest = envelope.aad_digest.as_deref();
    Ok(Some(Payload::Envelope(Envelope {
        ciphertext,
        key_id: envelope.key_id,
        nonce: nonce
            .map(|nonce| decode_base64("envelope.nonce", nonce))
            .transpose()?
            .unwrap_or_default()
            .into(),
        aad_digest: digest
            .map(|digits| {
                hex::decode(digits)
                    .ok_or_else(|| MapError::wrong_type("envelope.aad_digest", "hexadecimal"))
            })
            .transpose()?
            .unwrap_or_default(),
    })))
}

/// Text of a media type that is not JSON stands for its own bytes; every other value for its JSON, as sent.
fn data_bytes(record: Record, data: &RawValue, media_type: &str) -> Result<Bytes, MapError> {
    if !is_json(media_type)
        && let Some(text) = record.text("data", data)?
    {
        return Ok(Bytes::from(text));
    }
    Ok(Bytes::from(data.get().to_owned()))
}

/// Whether data of this media type is JSON, as the JSON format of CloudEvents says; no media type means it is.
#[must_use]
pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence.is_empty() || essence.ends_with("/json") || essence.ends_with("+json")
}

fn decode_base64(field: &str, text: &str) -> Result<Vec<u8>, MapError> {
    BASE64
        .decode(text)
        .map_err(|_| MapError::wrong_type(field, "base64"))
}

#[cfg(test)]
mod tests;
