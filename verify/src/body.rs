//! A body, as the verifier shows it.

use data_encoding::HEXLOWER;
use indelible_compliance::reports::inert::quoted;
use indelible_evidence::{Body, FactValue};
use serde_json::{Map, Value, json};

/// The greatest integer that every reader of JSON holds exactly.
const JSON_INTEGER_MAX: u64 = (1 << 53) - 1;

/// What the client wrote, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    /// The attributes that are there, in the order in which they are shown.
    pub(crate) texts: Vec<(&'static str, String)>,
    pub(crate) facts: Vec<(String, Fact)>,
    pub(crate) digests: Vec<Digest>,
    /// Of a payload that the client encrypted: the key's id, the nonce, the digest of what was authenticated besides.
    envelope: Option<(String, Option<String>, Option<String>)>,
    /// The producer's key and signature.
    producer: Option<(String, String)>,
}

/// The value of a fact.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Text(String),
    Uint(u64),
    Boolean(bool),
}

/// A digest of something that stays with the client.
#[derive(Clone, Debug)]
pub(crate) struct Digest {
    pub(crate) component: String,
    pub(crate) algorithm: String,
    pub(crate) value: String,
}

impl Attributes {
    /// All of a body.
    pub(crate) fn of(body: &Body<'_>) -> Self {
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
        let texts = texts.into_iter();
        let facts = body.facts.iter().map(|(name, value)| {
            let value = match value {
                FactValue::Text(text) => Fact::Text((*text).to_owned()),
                FactValue::Uint(number) => Fact::Uint(*number),
                FactValue::Boolean(truth) => Fact::Boolean(*truth),
            };
            ((*name).to_owned(), value)
        });
        let digests = body.digests.iter().map(|digest| Digest {
            component: digest.component.to_owned(),
            algorithm: digest.algorithm.to_owned(),
            value: HEXLOWER.encode(digest.value),
        });
        Self {
            texts: texts
                .filter_map(|(name, text)| Some((name, text?.to_owned())))
                .collect(),
            facts: facts.collect(),
            digests: digests.collect(),
            envelope: body.envelope.as_ref().map(|envelope| {
                let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
                let digest = envelope.aad_digest.map(|digest| hex(digest));
                (envelope.key_id.to_owned(), envelope.nonce.map(hex), digest)
            }),
            producer: body.producer.as_ref().map(|producer| {
                let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
                (hex(producer.key), hex(producer.signature))
            }),
        }
    }

    /// One of the attributes, if it is there.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.texts.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| text.as_str())
    }

    /// For programs.
    pub(crate) fn json(&self) -> Map<String, Value> {
        let texts = self.texts.iter();
        let mut shown: Map<String, Value> = texts
            .map(|(name, text)| ((*name).to_owned(), text.as_str().into()))
            .collect();
        if !self.facts.is_empty() {
            shown.insert("facts".to_owned(), self.facts_json());
        }
        if !self.digests.is_empty() {
            shown.insert("digests".to_owned(), self.digests_json());
        }
        if let Some((key_id, nonce, aad_digest)) = &self.envelope {
            let envelope = json!({ "key_id": key_id, "nonce": nonce, "aad_digest": aad_digest });
            shown.insert("envelope".to_owned(), envelope);
        }
        if let Some((key, signature)) = &self.producer {
            let producer = json!({ "key": key, "signature": signature });
            shown.insert("producer".to_owned(), producer);
        }
        shown
    }

    /// The facts for programs.
    pub(crate) fn facts_json(&self) -> Value {
        let facts = self.facts.iter();
        let facts = facts.map(|(name, value)| (name.clone(), value.json()));
        Value::Object(facts.collect())
    }

    /// The digests for programs.
    pub(crate) fn digests_json(&self) -> Value {
        let digests = self.digests.iter().map(|digest| {
            json!({
                "component": digest.component,
                "algorithm": digest.algorithm,
                "value": digest.value,
            })
        });
        digests.collect()
    }

    /// Everything for people: names and what they have.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let texts = self.texts.iter();
        let texts = texts.map(|(name, text)| ((*name).to_owned(), text.clone()));
        let facts = self.facts.iter();
        let facts = facts.map(|(name, value)| (format!("fact {name}"), value.shown()));
        let digests = self.digests.iter().map(|digest| {
            let name = format!("digest of {}", digest.component);
            (name, format!("{} {}", digest.algorithm, digest.value))
        });
        let envelope = self.envelope.iter().map(|(key_id, nonce, digest)| {
            let more = |name: &str, hex: &Option<String>| {
                let hex = hex.as_ref().map(|hex| format!(", {name} {hex}"));
                hex.unwrap_or_default()
            };
            let told = format!(
                "encrypted by the client under the key {key_id}{}{}",
                more("nonce", nonce),
                more("digest of associated data", digest)
            );
            ("envelope".to_owned(), told)
        });
        let producer = self.producer.iter().map(|(key, signature)| {
            let told = format!("signed with the key {key}: {signature}");
            ("producer".to_owned(), told)
        });
        let parts = texts.chain(facts).chain(digests);
        parts.chain(envelope).chain(producer).collect()
    }
}

impl Fact {
    /// For programs. An integer that some readers of JSON would round is an object with its digits, which no text is.
    fn json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Uint(number) if *number > JSON_INTEGER_MAX => {
                json!({ "uint": number.to_string() })
            }
            Self::Uint(number) => (*number).into(),
            Self::Boolean(truth) => (*truth).into(),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Text(text) if is_ambiguous(text) => quoted(text),
            Self::Text(text) => text.clone(),
            Self::Uint(number) => number.to_string(),
            Self::Boolean(truth) => truth.to_string(),
        }
    }
}

/// Whether a text looks like a number or a truth, or as such a text does that stands between quotation marks.
fn is_ambiguous(text: &str) -> bool {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    is_number || matches!(text, "true" | "false") || text.starts_with('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fact_is_rounded_or_mistaken_for_another() {
        let json = |fact: Fact| fact.json().to_string();
        assert_eq!(json(Fact::Uint(JSON_INTEGER_MAX)), "9007199254740991");
        let beyond = "{\"uint\":\"9007199254740993\"}";
        assert_eq!(json(Fact::Uint((1 << 53) + 1)), beyond);
        let text = "9007199254740993".to_owned();
        assert_eq!(json(Fact::Text(text)), "\"9007199254740993\"");
        assert_eq!(json(Fact::Boolean(true)), "true");
        let shown = |text: &str| Fact::Text(text.to_owned()).shown();
        assert_eq!(Fact::Boolean(true).shown(), "true");
        assert_eq!(shown("true"), "\"true\"");
        assert_eq!(Fact::Uint(300).shown(), "300");
        assert_eq!(shown("300"), "\"300\"");
        assert_eq!(shown("\"300\""), "\"\\\"300\\\"\"");
        assert_eq!(shown("three"), "three");
    }
}
