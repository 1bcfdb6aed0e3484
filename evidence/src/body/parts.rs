//! The structured parts of a body: facts, digests, envelope.

use super::keys::{counted_key, expect_count};
use crate::cbor::{Decoder, Encoder, MapKeys, Type, compare_keys};
use crate::fields::{FieldViolation, check_digest_length, check_nonce, check_text, shortened};
use crate::limits::{ATTRIBUTE_BYTES_MAX, DIGESTS_MAX, FACTS_MAX, NAME_BYTES_MAX, UINT_MAX};
use crate::record_error::{RecordError, fixed_bytes};

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

/// Checks facts and brings them into canonical order.
pub(super) fn check_facts(facts: &mut [(&str, FactValue<'_>)]) -> Result<(), FieldViolation> {
    check_count("facts", facts.len(), FACTS_MAX)?;
    for (name, value) in facts.iter() {
        check_fact(name, value)?;
    }
    facts.sort_unstable_by(|(left, _), (right, _)| compare_keys(left, right));
    match facts.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(FieldViolation::new(
            fact_field(pair[0].0, ""),
            "is given twice",
        )),
        None => Ok(()),
    }
}

/// Checks digests and brings them into canonical order.
pub(super) fn check_digests(digests: &mut [ComponentDigest<'_>]) -> Result<(), FieldViolation> {
    check_count("digests", digests.len(), DIGESTS_MAX)?;
    for (index, digest) in digests.iter().enumerate() {
        check_digest(index, digest)?;
    }
    digests.sort_unstable_by(|left, right| {
        compare_keys(left.component, right.component)
            .then_with(|| compare_keys(left.algorithm, right.algorithm))
    });
    let same = |pair: &&[ComponentDigest<'_>]| {
        pair[0].component == pair[1].component && pair[0].algorithm == pair[1].algorithm
    };
    match digests.windows(2).find(same) {
        Some(pair) => {
            let component = shortened(pair[0].component);
            let algorithm = shortened(pair[0].algorithm);
            let problem = format!("{component} has two digests by {algorithm}");
            Err(FieldViolation::new("digests", problem))
        }
        None => Ok(()),
    }
}

/// Checks an envelope.
pub(super) fn check_envelope(envelope: &Envelope<'_>) -> Result<(), FieldViolation> {
    check_text(envelope.key_id, ATTRIBUTE_BYTES_MAX, || {
        "envelope.key_id".into()
    })?;
    envelope.nonce.map_or(Ok(()), check_nonce)
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

pub(super) fn write_facts(facts: &[(&str, FactValue<'_>)], encoder: &mut Encoder<'_>) {
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
pub(super) fn write_digests(digests: &[ComponentDigest<'_>], encoder: &mut Encoder<'_>) {
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

pub(super) fn write_envelope(envelope: &Envelope<'_>, encoder: &mut Encoder<'_>) {
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

/// An optional map is left out when it is empty.
fn refuse_empty(field: &'static str, keys: &MapKeys<'_>) -> Result<(), RecordError> {
    if keys.remaining() == 0 {
        Err(RecordError::invalid(field, "is empty and must be left out"))
    } else {
        Ok(())
    }
}

pub(super) fn read_facts<'a>(
    decoder: &mut Decoder<'a>,
) -> Result<Vec<(&'a str, FactValue<'a>)>, RecordError> {
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

pub(super) fn read_digests<'a>(
    decoder: &mut Decoder<'a>,
) -> Result<Vec<ComponentDigest<'a>>, RecordError> {
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

pub(super) fn read_envelope<'a>(decoder: &mut Decoder<'a>) -> Result<Envelope<'a>, RecordError> {
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
