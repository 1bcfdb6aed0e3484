//! The body: all that the client wrote but the payload; committed by the header, erasable.

use crate::cbor::{CborError, Decoder, Encoder, MapKeys, Type, compare_keys};
use crate::fields::{check_digest_length, check_nonce, check_text, shortened};
use crate::limits::{
    ATTRIBUTE_BYTES_MAX, BODY_BYTES_MAX, DIGESTS_MAX, FACTS_MAX, ID_BYTES_MAX, NAME_BYTES_MAX,
    TIME_TEXT_BYTES_MAX, UINT_MAX,
};
use crate::record_error::{RecordError, fixed_bytes};

pub use crate::fields::{FieldViolation, check_classification, check_event_type};

/// A body. Its texts borrow from the bytes that were decoded, or from the client's request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body<'a> {
    /// CloudEvents `id`.
    pub id: &'a str,
    /// CloudEvents `source`.
    pub source: &'a str,
    /// CloudEvents `subject`.
    pub subject: Option<&'a str>,
    /// CloudEvents `time`, the client's own words.
    pub time: Option<&'a str>,
    /// Media type of the payload.
    pub datacontenttype: Option<&'a str>,
    /// Who or what acted.
    pub actor: Option<&'a str>,
    /// Ties together the events of one case.
    pub correlation_id: Option<&'a str>,
    /// The event that caused this one.
    pub causation_id: Option<&'a str>,
    /// The person whom the event is about.
    pub data_subject: Option<&'a str>,
    /// Names and values that reports are made of; in canonical order once encoded or decoded.
    pub facts: Vec<(&'a str, FactValue<'a>)>,
    /// Digests of what stays with the client; in canonical order once encoded or decoded.
    pub digests: Vec<ComponentDigest<'a>>,
    /// Describes a payload that the client encrypted.
    pub envelope: Option<Envelope<'a>>,
}

/// The value of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactValue<'a> {
    /// Text; decimals travel as text.
    Text(&'a str),
    /// An unsigned integer, at most 2^63-1.
    Uint(u64),
    /// A truth value.
    Boolean(bool),
}

/// A digest of something that stays with the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComponentDigest<'a> {
    /// What was hashed: `input`, `output`, `metadata` or another name.
    pub component: &'a str,
    /// How: `sha256`, `blake3` or another name.
    pub algorithm: &'a str,
    /// The digest: 16 to 64 bytes.
    pub value: &'a [u8],
}

/// What is known of a payload that only the client can open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Names the key.
    pub key_id: &'a str,
    /// The cipher's nonce: 8 to 32 bytes.
    pub nonce: Option<&'a [u8]>,
    /// SHA-256 of the additional authenticated data.
    pub aad_digest: Option<&'a [u8; 32]>,
}

impl<'a> Body<'a> {
    /// Checks every limit, brings facts and digests into their order, and appends the CBOR.
    ///
    /// On a violation `out` is as it was before.
    pub fn encode_into(&mut self, out: &mut Vec<u8>) -> Result<(), FieldViolation> {
        self.check_texts()?;
        self.check_facts()?;
        self.check_digests()?;
        self.check_envelope()?;
        let start = out.len();
        self.write(&mut Encoder::new(out));
        let length = out.len() - start;
        if length > BODY_BYTES_MAX {
            out.truncate(start);
            let problem = format!(
                "has {length} bytes without the payload, at most {BODY_BYTES_MAX} are allowed"
            );
            return Err(FieldViolation::new("event", problem));
        }
        Ok(())
    }

    /// Decodes exactly one body: encoding it again gives the same bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, RecordError> {
        if bytes.len() > BODY_BYTES_MAX {
            return Err(RecordError::TooLong {
                part: "the body",
                found: bytes.len(),
                limit: BODY_BYTES_MAX,
            });
        }
        let mut decoder = Decoder::new(bytes);
        let body = Self::read(&mut decoder)?;
        decoder.finish()?;
        Ok(body)
    }

    fn check_texts(&self) -> Result<(), FieldViolation> {
        check_text(self.id, ID_BYTES_MAX, || "id".into())?;
        check_text(self.source, ID_BYTES_MAX, || "source".into())?;
        for (name, value, bytes_max) in [
            ("subject", self.subject, ID_BYTES_MAX),
            ("time", self.time, TIME_TEXT_BYTES_MAX),
            ("datacontenttype", self.datacontenttype, ATTRIBUTE_BYTES_MAX),
            ("actor", self.actor, ID_BYTES_MAX),
            ("correlation_id", self.correlation_id, ATTRIBUTE_BYTES_MAX),
            ("causation_id", self.causation_id, ATTRIBUTE_BYTES_MAX),
            ("data_subject", self.data_subject, ID_BYTES_MAX),
        ] {
            if let Some(value) = value {
                check_text(value, bytes_max, || name.into())?;
            }
        }
        Ok(())
    }

    fn check_facts(&mut self) -> Result<(), FieldViolation> {
        check_count("facts", self.facts.len(), FACTS_MAX)?;
        for (name, value) in &self.facts {
            check_fact(name, value)?;
        }
        self.facts
            .sort_unstable_by(|(left, _), (right, _)| compare_keys(left, right));
        match self.facts.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(FieldViolation::new(
                fact_field(pair[0].0, ""),
                "is given twice",
            )),
            None => Ok(()),
        }
    }

    fn check_digests(&mut self) -> Result<(), FieldViolation> {
        check_count("digests", self.digests.len(), DIGESTS_MAX)?;
        for (index, digest) in self.digests.iter().enumerate() {
            check_digest(index, digest)?;
        }
        self.digests.sort_unstable_by(|left, right| {
            compare_keys(left.component, right.component)
                .then_with(|| compare_keys(left.algorithm, right.algorithm))
        });
        let same = |pair: &&[ComponentDigest<'_>]| {
            pair[0].component == pair[1].component && pair[0].algorithm == pair[1].algorithm
        };
        match self.digests.windows(2).find(same) {
            Some(pair) => {
                let component = shortened(pair[0].component);
                let algorithm = shortened(pair[0].algorithm);
                let problem = format!("{component} has two digests by {algorithm}");
                Err(FieldViolation::new("digests", problem))
            }
            None => Ok(()),
        }
    }

    fn check_envelope(&self) -> Result<(), FieldViolation> {
        let Some(envelope) = &self.envelope else {
            return Ok(());
        };
        check_text(envelope.key_id, ATTRIBUTE_BYTES_MAX, || {
            "envelope.key_id".into()
        })?;
        envelope.nonce.map_or(Ok(()), check_nonce)
    }

    fn write(&self, encoder: &mut Encoder<'_>) {
        let optional = [
            self.time.is_some(),
            self.actor.is_some(),
            !self.facts.is_empty(),
            !self.digests.is_empty(),
            self.subject.is_some(),
            self.envelope.is_some(),
            self.causation_id.is_some(),
            self.data_subject.is_some(),
            self.correlation_id.is_some(),
            self.datacontenttype.is_some(),
        ];
        encoder.map(2 + optional.into_iter().map(usize::from).sum::<usize>());
        encoder.text("id");
        encoder.text(self.id);
        write_text("time", self.time, encoder);
        write_text("actor", self.actor, encoder);
        write_facts(&self.facts, encoder);
        encoder.text("source");
        encoder.text(self.source);
        write_digests(&self.digests, encoder);
        write_text("subject", self.subject, encoder);
        if let Some(envelope) = &self.envelope {
            encoder.text("envelope");
            write_envelope(envelope, encoder);
        }
        write_text("causation_id", self.causation_id, encoder);
        write_text("data_subject", self.data_subject, encoder);
        write_text("correlation_id", self.correlation_id, encoder);
        write_text("datacontenttype", self.datacontenttype, encoder);
    }

    fn read(decoder: &mut Decoder<'a>) -> Result<Self, RecordError> {
        let entries = decoder.map()?;
        let mut keys = 2;
        decoder.key("id")?;
        let id = checked_text(decoder, "id", ID_BYTES_MAX)?;
        let time = read_text(decoder, "time", TIME_TEXT_BYTES_MAX, &mut keys)?;
        let actor = read_text(decoder, "actor", ID_BYTES_MAX, &mut keys)?;
        let facts = if counted_key(decoder, "facts", &mut keys) {
            read_facts(decoder)?
        } else {
            Vec::new()
        };
        decoder.key("source")?;
        let source = checked_text(decoder, "source", ID_BYTES_MAX)?;
        let digests = if counted_key(decoder, "digests", &mut keys) {
            read_digests(decoder)?
        } else {
            Vec::new()
        };
        let subject = read_text(decoder, "subject", ID_BYTES_MAX, &mut keys)?;
        let envelope = if counted_key(decoder, "envelope", &mut keys) {
            Some(read_envelope(decoder)?)
        } else {
            None
        };
        let causation_id = read_text(decoder, "causation_id", ATTRIBUTE_BYTES_MAX, &mut keys)?;
        let data_subject = read_text(decoder, "data_subject", ID_BYTES_MAX, &mut keys)?;
        let correlation_id = read_text(decoder, "correlation_id", ATTRIBUTE_BYTES_MAX, &mut keys)?;
        let datacontenttype =
            read_text(decoder, "datacontenttype", ATTRIBUTE_BYTES_MAX, &mut keys)?;
        expect_count(0, keys, entries)?;
        Ok(Self {
            id,
            source,
            subject,
            time,
            datacontenttype,
            actor,
            correlation_id,
            causation_id,
            data_subject,
            facts,
            digests,
            envelope,
        })
    }
}

fn check_count(field: &str, count: usize, most: usize) -> Result<(), FieldViolation> {
    if count <= most {
        return Ok(());
    }
    let problem = format!("has {count} entries, at most {most} are allowed");
    Err(FieldViolation::new(field, problem))
}

#[cold]
fn fact_field(name: &str, suffix: &str) -> String {
    format!("facts[{}]{suffix}", shortened(name))
}

fn check_fact(name: &str, value: &FactValue<'_>) -> Result<(), FieldViolation> {
    check_text(name, NAME_BYTES_MAX, || fact_field(name, ""))?;
    match *value {
        FactValue::Text(text) => {
            check_text(text, ATTRIBUTE_BYTES_MAX, || fact_field(name, ".value"))
        }
        FactValue::Uint(number) if number > UINT_MAX => Err(FieldViolation::new(
            fact_field(name, ".value"),
            "is greater than 2^63-1",
        )),
        FactValue::Uint(_) | FactValue::Boolean(_) => Ok(()),
    }
}

fn check_digest(index: usize, digest: &ComponentDigest<'_>) -> Result<(), FieldViolation> {
    let field = |part: &str| format!("digests[{index}].{part}");
    check_text(digest.component, NAME_BYTES_MAX, || field("component"))?;
    check_text(digest.algorithm, NAME_BYTES_MAX, || field("algorithm"))?;
    check_digest_length(digest.algorithm, digest.value.len())
        .map_err(|problem| FieldViolation::new(field("value"), problem))
}

fn write_text(key: &str, value: Option<&str>, encoder: &mut Encoder<'_>) {
    if let Some(value) = value {
        encoder.text(key);
        encoder.text(value);
    }
}

fn write_facts(facts: &[(&str, FactValue<'_>)], encoder: &mut Encoder<'_>) {
    if facts.is_empty() {
        return;
    }
    encoder.text("facts");
    encoder.map(facts.len());
    for (name, value) in facts {
        encoder.text(name);
        match *value {
            FactValue::Text(text) => encoder.text(text),
            FactValue::Uint(number) => encoder.uint(number),
            FactValue::Boolean(truth) => encoder.boolean(truth),
        }
    }
}

/// Writes sorted digests as a map of maps: one inner map for each run of the same component.
fn write_digests(digests: &[ComponentDigest<'_>], encoder: &mut Encoder<'_>) {
    if digests.is_empty() {
        return;
    }
    let components = || digests.chunk_by(|left, right| left.component == right.component);
    encoder.text("digests");
    encoder.map(components().count());
    for of_one_component in components() {
        encoder.text(of_one_component[0].component);
        encoder.map(of_one_component.len());
        for digest in of_one_component {
            encoder.text(digest.algorithm);
            encoder.bytes(digest.value);
        }
    }
}

fn write_envelope(envelope: &Envelope<'_>, encoder: &mut Encoder<'_>) {
    let optional = usize::from(envelope.nonce.is_some());
    encoder.map(1 + optional + usize::from(envelope.aad_digest.is_some()));
    if let Some(nonce) = envelope.nonce {
        encoder.text("nonce");
        encoder.bytes(nonce);
    }
    encoder.text("key_id");
    encoder.text(envelope.key_id);
    if let Some(digest) = envelope.aad_digest {
        encoder.text("aad_digest");
        encoder.bytes(digest);
    }
}

/// Reads an optional key and counts it.
#[inline]
fn counted_key(decoder: &mut Decoder<'_>, name: &'static str, keys: &mut usize) -> bool {
    let found = decoder.optional_key(name);
    *keys += usize::from(found);
    found
}

#[inline]
fn checked_text<'a>(
    decoder: &mut Decoder<'a>,
    name: &'static str,
    bytes_max: usize,
) -> Result<&'a str, RecordError> {
    let text = decoder.text()?;
    check_text(text, bytes_max, || name.into())?;
    Ok(text)
}

#[inline]
fn read_text<'a>(
    decoder: &mut Decoder<'a>,
    name: &'static str,
    bytes_max: usize,
    keys: &mut usize,
) -> Result<Option<&'a str>, RecordError> {
    if counted_key(decoder, name, keys) {
        checked_text(decoder, name, bytes_max).map(Some)
    } else {
        Ok(None)
    }
}

fn expect_count(offset: usize, keys: usize, entries: usize) -> Result<(), RecordError> {
    if keys == entries {
        Ok(())
    } else {
        Err(CborError::WrongCount {
            offset,
            expected: keys,
            found: entries,
        }
        .into())
    }
}

/// An optional map is left out when it is empty.
fn refuse_empty(field: &'static str, keys: &MapKeys<'_>) -> Result<(), RecordError> {
    if keys.remaining() == 0 {
        Err(RecordError::invalid(field, "is empty and must be left out"))
    } else {
        Ok(())
    }
}

fn read_facts<'a>(decoder: &mut Decoder<'a>) -> Result<Vec<(&'a str, FactValue<'a>)>, RecordError> {
    let mut keys = MapKeys::begin(decoder)?;
    refuse_empty("facts", &keys)?;
    check_count("facts", keys.remaining(), FACTS_MAX)?;
    let mut facts = Vec::with_capacity(keys.remaining());
    while let Some(name) = keys.next_key(decoder)? {
        let value = match decoder.peek()? {
            Type::Uint => FactValue::Uint(decoder.uint()?),
            Type::Boolean => FactValue::Boolean(decoder.boolean()?),
            _ => FactValue::Text(decoder.text()?),
        };
        check_fact(name, &value)?;
        facts.push((name, value));
    }
    Ok(facts)
}

fn read_digests<'a>(decoder: &mut Decoder<'a>) -> Result<Vec<ComponentDigest<'a>>, RecordError> {
    let mut components = MapKeys::begin(decoder)?;
    refuse_empty("digests", &components)?;
    check_count("digests", components.remaining(), DIGESTS_MAX)?;
    let mut digests = Vec::with_capacity(components.remaining());
    while let Some(component) = components.next_key(decoder)? {
        let mut algorithms = MapKeys::begin(decoder)?;
        refuse_empty("digests", &algorithms)?;
        check_count(
            "digests",
            digests.len() + algorithms.remaining(),
            DIGESTS_MAX,
        )?;
        while let Some(algorithm) = algorithms.next_key(decoder)? {
            let digest = ComponentDigest {
                component,
                algorithm,
                value: decoder.bytes()?,
            };
            check_digest(digests.len(), &digest)?;
            digests.push(digest);
        }
    }
    Ok(digests)
}

fn read_envelope<'a>(decoder: &mut Decoder<'a>) -> Result<Envelope<'a>, RecordError> {
    let offset = decoder.position();
    let entries = decoder.map()?;
    let mut keys = 1;
    let mut nonce = None;
    if counted_key(decoder, "nonce", &mut keys) {
        let bytes = decoder.bytes()?;
        check_nonce(bytes)?;
        nonce = Some(bytes);
    }
    decoder.key("key_id")?;
    let key_id = decoder.text()?;
    check_text(key_id, ATTRIBUTE_BYTES_MAX, || "envelope.key_id".into())?;
    let mut aad_digest = None;
    if counted_key(decoder, "aad_digest", &mut keys) {
        aad_digest = Some(fixed_bytes(decoder, "aad_digest")?);
    }
    expect_count(offset, keys, entries)?;
    Ok(Envelope {
        key_id,
        nonce,
        aad_digest,
    })
}

#[cfg(test)]
mod tests;
