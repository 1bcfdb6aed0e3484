//! One audit row: its fields by the names that its table and its records have, and the payload that its HMAC is over.

use jiff::{Timestamp, tz::TimeZone};

use crate::import::{
    map_error::MapError,
    python::{Form, Object, Value},
};

/// The kind of the marker that a key rotation leaves.
pub(super) const ROTATION_KIND: &str = "audit.chain_key_rotation";

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Its id, as text.
    pub(super) event_id: String,
    /// The session, which a chain is of.
    pub(super) session_id: String,
    pub(super) agent_id: String,
    pub(super) parent_event_id: Option<String>,
    pub(super) kind: String,
    pub(super) model: Option<String>,
    pub(super) input_hash: Option<String>,
    pub(super) output_hash: Option<String>,
    pub(super) metadata: Object,
    pub(super) prev_hash: Option<String>,
    pub(super) hmac: String,
    /// In Python's form: `+00:00`, microseconds or none.
    pub(super) created_at: String,
    pub(super) time: Timestamp,
    pub(super) signature: Option<String>,
    pub(super) signing_key: Option<String>,
    pub(super) signature_status: Option<String>,
    /// The place in the table, which is outside the HMAC.
    pub(super) chain_seq: Option<u64>,
    /// The HMAC of a rotation's marker under the incoming key.
    pub(super) hmac_next: Option<String>,
}

impl Row {
    /// Reads a row: flat, or as `record` beside `chain_seq` and `hmac_next`.
    pub(super) fn parse(json: &[u8]) -> Result<Self, MapError> {
        let outer = Object::parse(json)?;
        let record = outer.object("record")?.unwrap_or(&outer);
        let either = |one: &str, other: &str| match record.text(one) {
            Ok(None) => record.text(other),
            found => found,
        };
        let text = |name: &str| Ok::<_, MapError>(record.text(name)?.map(str::to_owned));
        let (created_at, time) = moment(record.required_text("created_at")?)?;
        let metadata = match record.object("metadata") {
            Ok(None) => record.object("metadata_json")?,
            found => found?,
        };
        let chain_seq = match outer.unsigned("chain_seq")? {
            None => record.unsigned("chain_seq")?,
            found => found,
        };
        let hmac_next = match outer.text("hmac_next")? {
            None => record.text("hmac_next")?,
            found => found,
        };
        // A row that lost its HMAC is evidence, too: it is a stand-in without one.
        let hmac = either("hmac", "hmac_value")?.unwrap_or_default();
        Ok(Self {
            event_id: uuid(record, "event_id")?,
            session_id: uuid(record, "session_id")?,
            agent_id: record.required_text("agent_id")?.to_owned(),
            parent_event_id: match record.of("parent_event_id") {
                None => None,
                Some(_) => Some(uuid(record, "parent_event_id")?),
            },
            kind: record.required_text("kind")?.to_owned(),
            model: text("model")?,
            input_hash: text("input_hash")?,
            output_hash: text("output_hash")?,
            metadata: metadata
                .ok_or_else(|| MapError::missing("metadata"))?
                .clone(),
            prev_hash: text("prev_hash")?,
            hmac: hmac.to_owned(),
            created_at,
            time,
            signature: text("signature")?,
            signing_key: text("signing_key_fingerprint")?,
            signature_status: text("signature_status")?,
            chain_seq,
            hmac_next: hmac_next.map(str::to_owned),
        })
    }

    /// Whether it marks a key rotation.
    pub(super) fn is_rotation(&self) -> bool {
        self.kind == ROTATION_KIND
    }

    /// The bytes that its HMAC is over.
    pub(super) fn payload(&self) -> Vec<u8> {
        self.fields().canonical(Form::Ascii, &[])
    }

    /// The bytes that its signature is over.
    pub(super) fn signed_payload(&self) -> Vec<u8> {
        let mut fields = self.fields();
        fields.set("hmac", Value::Text(self.hmac.clone()));
        fields.canonical(Form::Ascii, &[])
    }

    /// All that the row says, so that any difference between two rows shows.
    pub(super) fn whole(&self) -> Vec<u8> {
        let mut fields = self.fields();
        fields.set("hmac", Value::Text(self.hmac.clone()));
        fields.set("signature", optional(&self.signature));
        fields.set("signing_key_fingerprint", optional(&self.signing_key));
        fields.set("signature_status", optional(&self.signature_status));
        fields.set("hmac_next", optional(&self.hmac_next));
        let seq = self.chain_seq.map(|seq| seq.to_string());
        fields.set("chain_seq", optional(&seq));
        fields.canonical(Form::Ascii, &[])
    }

    fn fields(&self) -> Object {
        let mut fields = Object::default();
        let text = |text: &str| Value::Text(text.to_owned());
        fields.set("event_id", text(&self.event_id));
        fields.set("session_id", text(&self.session_id));
        fields.set("agent_id", text(&self.agent_id));
        fields.set("parent_event_id", optional(&self.parent_event_id));
        fields.set("kind", text(&self.kind));
        fields.set("model", optional(&self.model));
        fields.set("input_hash", optional(&self.input_hash));
        fields.set("output_hash", optional(&self.output_hash));
        fields.set("metadata", Value::Object(self.metadata.clone()));
        fields.set("prev_hash", optional(&self.prev_hash));
        fields.set("created_at", text(&self.created_at));
        fields
    }
}

fn optional(text: &Option<String>) -> Value {
    text.clone().map_or(Value::Null, Value::Text)
}

/// A UUID as Python writes it: lower case.
fn uuid(record: &Object, field: &str) -> Result<String, MapError> {
    let text = record.required_text(field)?;
    let is_uuid = text.len() == 36
        && text.char_indices().all(|(place, character)| match place {
            8 | 13 | 18 | 23 => character == '-',
            _ => character.is_ascii_hexdigit(),
        });
    if !is_uuid {
        return Err(MapError::wrong_type(field, "a UUID"));
    }
    Ok(text.to_ascii_lowercase())
}

/// A time as Python's `isoformat` writes it in UTC, from that or from what a database client writes.
fn moment(text: &str) -> Result<(String, Timestamp), MapError> {
    // PostgreSQL leaves the minutes of an offset out.
    let full = match text.as_bytes() {
        [.., b'+' | b'-', _, _] => format!("{text}:00"),
        _ => text.to_owned(),
    };
    let time: Timestamp = full
        .parse()
        .map_err(|_| MapError::wrong_type("created_at", "a time with an offset"))?;
    let micros = time.as_microsecond().rem_euclid(1_000_000);
    if time.subsec_nanosecond() % 1_000 != 0 {
        let problem = "it is finer than microseconds, and its system never writes such times";
        return Err(MapError::invalid("created_at", problem));
    }
    let civil = time
        .to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string();
    let fraction = if micros == 0 {
        String::new()
    } else {
        format!(".{micros:06}")
    };
    Ok((format!("{civil}{fraction}+00:00"), time))
}
