//! The body: all that the client wrote but the payload; committed by the header, erasable.

mod keys;
mod parts;
mod producer;

use self::keys::{counted_key, expect_count};
use self::parts::{
    check_digests, check_envelope, check_facts, read_digests, read_envelope, read_facts,
    write_digests, write_envelope, write_facts,
};
use self::producer::{Signed, read_producer, write_producer};
use crate::cbor::{Decoder, Encoder};
use crate::fields::{check_text, check_traceparent};
use crate::limits::{ATTRIBUTE_BYTES_MAX, BODY_BYTES_MAX, ID_BYTES_MAX, TIME_TEXT_BYTES_MAX};
use crate::record_error::RecordError;

pub use self::parts::{ComponentDigest, Envelope, FactValue};
pub use self::producer::ProducerSignature;
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
    /// The client's own signature.
    pub producer: Option<ProducerSignature<'a>>,
    /// The W3C Trace Context header, of version 00.
    pub traceparent: Option<&'a str>,
}

impl<'a> Body<'a> {
    /// Checks every limit, brings facts and digests into their order, and appends the CBOR.
    ///
    /// On a violation `out` is as it was before.
    pub fn encode_into(&mut self, out: &mut Vec<u8>) -> Result<(), FieldViolation> {
        self.check()?;
        let start = out.len();
        self.write(Signed::Fully, &mut Encoder::new(out));
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

    /// Checks every limit but that of the whole, brings facts and digests into their order, and appends the CBOR that
    /// the producer's own signature covers: `producer` is reduced to its key. Without a producer that is the body.
    ///
    /// On a violation `out` is as it was before.
    pub fn encode_for_producer(&mut self, out: &mut Vec<u8>) -> Result<(), FieldViolation> {
        self.check()?;
        self.write(Signed::ByKey, &mut Encoder::new(out));
        Ok(())
    }

    /// The same of a body that was decoded: it is in order already.
    pub(crate) fn write_for_producer(&self, out: &mut Vec<u8>) {
        self.write(Signed::ByKey, &mut Encoder::new(out));
    }

    fn check(&mut self) -> Result<(), FieldViolation> {
        self.check_texts()?;
        check_facts(&mut self.facts)?;
        check_digests(&mut self.digests)?;
        self.envelope.as_ref().map_or(Ok(()), check_envelope)?;
        self.traceparent.map_or(Ok(()), check_traceparent)
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

    fn write(&self, signed: Signed, encoder: &mut Encoder<'_>) {
        let optional = [
            self.time.is_some(),
            self.actor.is_some(),
            !self.facts.is_empty(),
            !self.digests.is_empty(),
            self.subject.is_some(),
            self.envelope.is_some(),
            self.producer.is_some(),
            self.traceparent.is_some(),
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
        if let Some(producer) = &self.producer {
            encoder.text("producer");
            write_producer(producer, signed, encoder);
        }
        write_text("traceparent", self.traceparent, encoder);
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
        let producer = if counted_key(decoder, "producer", &mut keys) {
            Some(read_producer(decoder)?)
        } else {
            None
        };
        let traceparent = if counted_key(decoder, "traceparent", &mut keys) {
            let text = decoder.text()?;
            check_traceparent(text)?;
            Some(text)
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
            producer,
            traceparent,
        })
    }
}

fn write_text(key: &str, value: Option<&str>, encoder: &mut Encoder<'_>) {
    if let Some(value) = value {
        encoder.text(key);
        encoder.text(value);
    }
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

#[cfg(test)]
mod tests;
