//! The record file: one record on its way to a verifier.

use crate::cbor::{CborError, Decoder, Encoder};
use crate::hash::Salt;
use crate::limits::{BODY_BYTES_MAX, HEADER_BYTES_MAX, PAYLOAD_BYTES_MAX, SEALED_OVERHEAD_BYTES};
use crate::record_error::{RecordError, fixed_bytes};
use crate::sealed::EventKey;

/// A record's header, and what is disclosed of it besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFile {
    /// The header's CBOR.
    pub header: Vec<u8>,
    /// The body's salt and CBOR, where disclosed.
    pub body: Option<(Salt, Vec<u8>)>,
    /// The payload's salt and bytes, where disclosed.
    pub payload: Option<(Salt, Vec<u8>)>,
    /// The key of an encrypted event, where disclosed: it opens this record's body and payload, and nothing else.
    pub event_key: Option<EventKey>,
}

impl RecordFile {
    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let length =
            |part: &Option<(Salt, Vec<u8>)>| part.as_ref().map_or(0, |(_, bytes)| bytes.len() + 64);
        let parts = length(&self.body) + length(&self.payload);
        let mut out = Vec::with_capacity(16 + self.header.len() + parts);
        let mut encoder = Encoder::new(&mut out);
        let optional = usize::from(self.body.is_some());
        let optional = optional + usize::from(self.event_key.is_some());
        encoder.map(1 + optional + usize::from(self.payload.is_some()));
        if let Some(body) = &self.body {
            encoder.text("body");
            write_part(body, &mut encoder);
        }
        encoder.text("header");
        encoder.bytes(&self.header);
        if let Some(payload) = &self.payload {
            encoder.text("payload");
            write_part(payload, &mut encoder);
        }
        if let Some(key) = &self.event_key {
            encoder.text("event_key");
            encoder.bytes(key.as_bytes());
        }
        out
    }

    /// Decodes exactly one file: encoding it again gives the same bytes. The header and body in
    /// it are not looked at, nor is whether a part is one of the longer ones that are encrypted.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(bytes);
        let entries = decoder.map()?;
        let mut keys = 1;
        let mut body = None;
        if decoder.optional_key("body") {
            keys += 1;
            body = Some(read_part(
                &mut decoder,
                "the body",
                BODY_BYTES_MAX + SEALED_OVERHEAD_BYTES,
            )?);
        }
        decoder.key("header")?;
        let header = limited(decoder.bytes()?, "the header", HEADER_BYTES_MAX)?.to_vec();
        let mut payload = None;
        if decoder.optional_key("payload") {
            keys += 1;
            payload = Some(read_part(
                &mut decoder,
                "the payload",
                PAYLOAD_BYTES_MAX + SEALED_OVERHEAD_BYTES,
            )?);
        }
        let mut event_key = None;
        if decoder.optional_key("event_key") {
            keys += 1;
            event_key = Some(EventKey::from_bytes(*fixed_bytes(
                &mut decoder,
                "event_key",
            )?));
        }
        if entries != keys {
            return Err(CborError::WrongCount {
                offset: 0,
                expected: keys,
                found: entries,
            }
            .into());
        }
        decoder.finish()?;
        Ok(Self {
            header,
            body,
            payload,
            event_key,
        })
    }
}

fn write_part((salt, bytes): &(Salt, Vec<u8>), encoder: &mut Encoder<'_>) {
    encoder.array(2);
    encoder.bytes(salt.as_bytes());
    encoder.bytes(bytes);
}

fn read_part(
    decoder: &mut Decoder<'_>,
    part: &'static str,
    limit: usize,
) -> Result<(Salt, Vec<u8>), RecordError> {
    let offset = decoder.position();
    let found = decoder.array()?;
    if found != 2 {
        return Err(CborError::WrongCount {
            offset,
            expected: 2,
            found,
        }
        .into());
    }
    let salt = Salt::from_bytes(*fixed_bytes(decoder, "salt")?);
    Ok((salt, limited(decoder.bytes()?, part, limit)?.to_vec()))
}

fn limited<'a>(bytes: &'a [u8], part: &'static str, limit: usize) -> Result<&'a [u8], RecordError> {
    if bytes.len() > limit {
        return Err(RecordError::TooLong {
            part,
            found: bytes.len(),
            limit,
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(byte: u8, length: usize) -> Option<(Salt, Vec<u8>)> {
        Some((Salt::from_bytes([byte; 32]), vec![byte; length]))
    }

    #[test]
    fn what_is_disclosed_comes_back() {
        for body in [None, part(1, 0), part(1, 300)] {
            for payload in [None, part(2, 0), part(2, 70_000)] {
                let file = RecordFile {
                    header: vec![3; 99],
                    body: body.clone(),
                    payload,
                    event_key: body.is_some().then(|| EventKey::from_bytes([7; 32])),
                };
                let bytes = file.encode();
                assert_eq!(RecordFile::decode(&bytes), Ok(file));
                for length in 0..bytes.len().min(500) {
                    assert!(RecordFile::decode(&bytes[..length]).is_err());
                }
            }
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let file = |header, body, payload| RecordFile {
            header: vec![0; header],
            body,
            payload,
            event_key: None,
        };
        for (file, refused) in [
            (file(16_385, None, None), "the header"),
            (file(1, part(1, 16_449), None), "the body"),
            (file(1, None, part(1, 1_048_641)), "the payload"),
        ] {
            match RecordFile::decode(&file.encode()) {
                Err(RecordError::TooLong { part, .. }) => assert_eq!(part, refused),
                other => panic!("{refused}: {other:?}"),
            }
        }
        let greatest = file(16_384, part(1, 16_448), part(1, 1_048_640));
        assert_eq!(RecordFile::decode(&greatest.encode()), Ok(greatest));
    }

    #[test]
    fn a_part_is_a_pair() {
        let mut bytes = RecordFile {
            header: vec![],
            body: part(1, 1),
            payload: None,
            event_key: None,
        }
        .encode();
        let array = bytes.iter().position(|&byte| byte == 0x82).unwrap();
        bytes[array] = 0x83;
        assert_eq!(
            RecordFile::decode(&bytes),
            Err(CborError::WrongCount {
                offset: array,
                expected: 2,
                found: 3
            }
            .into())
        );
    }
}
