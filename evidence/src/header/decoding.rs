//! Reads headers, and nothing that would not be written the same way.

use super::*;
use crate::cbor::{CborError, Decoder};
use crate::fields::shortened;
use crate::limits::{
    EVENT_HEADER_BYTES_MAX, HEADER_BYTES_MAX, HEADER_SIGNATURES_MAX, SIGNATURE_BYTES_MAX,
};
use crate::record_error::{RecordError, fixed_bytes};

impl<'a> Header<'a> {
    /// Decodes exactly one header: encoding it again gives the same bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(bytes);
        let header = Self::read(&mut decoder)?;
        decoder.finish()?;
        Ok(header)
    }

    /// Decodes the first header of a CBOR sequence, and returns its length in bytes with it.
    pub fn decode_prefix(bytes: &'a [u8]) -> Result<(Self, usize), RecordError> {
        let mut decoder = Decoder::new(bytes);
        let header = Self::read(&mut decoder)?;
        Ok((header, decoder.position()))
    }

    fn read(decoder: &mut Decoder<'a>) -> Result<Self, RecordError> {
        let offset = decoder.position();
        let entries = decoder.map()?;
        decoder.key("v")?;
        let version = decoder.uint()?;
        if version != FORMAT_VERSION {
            return Err(RecordError::Version { found: version });
        }
        decoder.key("seq")?;
        let sequence = decoder.uint()?;
        // `body` sorts before `kind`, so it tells events from key events before the kind does.
        let (header, keys) = if decoder.optional_key("body") {
            Self::read_event(sequence, decoder)?
        } else {
            (Self::read_key_event(sequence, decoder)?, 7)
        };
        if entries != keys {
            return Err(CborError::WrongCount {
                offset,
                expected: keys,
                found: entries,
            }
            .into());
        }
        let found = decoder.position() - offset;
        let limit = match header.kind.event() {
            Some(_) => EVENT_HEADER_BYTES_MAX,
            None => HEADER_BYTES_MAX,
        };
        if found > limit {
            let part = "the header";
            return Err(RecordError::TooLong { part, found, limit });
        }
        Ok(header)
    }

    /// Reads an event or governance record from the value of `body` on.
    #[inline]
    fn read_event(sequence: u64, decoder: &mut Decoder<'a>) -> Result<(Self, usize), RecordError> {
        let mut keys = 7;
        let body = Commitment::from_bytes(*fixed_bytes(decoder, "body")?);
        decoder.key("kind")?;
        let kind: fn(EventHeader<'a>) -> RecordKind<'a> = match decoder.text()? {
            KIND_EVENT => RecordKind::Event,
            KIND_GOVERNANCE => RecordKind::Governance,
            other => {
                return Err(RecordError::Kind {
                    found: shortened(other),
                });
            }
        };
        decoder.key("time")?;
        let time = decoder.uint()?;
        decoder.key("type")?;
        let event_type = decoder.text()?;
        check_event_type(event_type)?;
        let mut payload = None;
        if decoder.optional_key("payload") {
            keys += 1;
            payload = Some(Commitment::from_bytes(*fixed_bytes(decoder, "payload")?));
        }
        let mut data_key = None;
        if decoder.optional_key("data_key") {
            keys += 2;
            data_key = Some(DataKeyId::from_bytes(*fixed_bytes(decoder, "data_key")?));
        }
        let mut classification = None;
        if decoder.optional_key("classification") {
            keys += 1;
            let text = decoder.text()?;
            check_classification(text)?;
            classification = Some(text);
        }
        // The two keys of an encrypted event are there together, or not at all.
        let mut sealed = None;
        if let Some(data_key) = data_key {
            decoder.key("key_commitment")?;
            let key_commitment =
                KeyCommitment::from_bytes(*fixed_bytes(decoder, "key_commitment")?);
            sealed = Some(SealedBy {
                data_key,
                key_commitment,
            });
        }
        decoder.key("prior_key_event")?;
        let prior_key_event = decoder.uint()?;
        let event = EventHeader {
            event_type,
            classification,
            body,
            payload,
            sealed,
        };
        let header = Self {
            sequence,
            time,
            prior_key_event,
            kind: kind(event),
        };
        Ok((header, keys))
    }

    /// Reads a key event from the key `kind` on.
    fn read_key_event(sequence: u64, decoder: &mut Decoder<'a>) -> Result<Self, RecordError> {
        decoder.key("kind")?;
        let kind = key_event_kind(decoder.text()?)?;
        decoder.key("time")?;
        let time = decoder.uint()?;
        decoder.key("statement")?;
        let statement = decoder.bytes()?;
        decoder.key("signatures")?;
        let signatures = read_signatures(decoder)?;
        decoder.key("prior_key_event")?;
        let prior_key_event = decoder.uint()?;
        let kind = kind(SignedStatement {
            statement,
            signatures,
        });
        Ok(Self {
            sequence,
            time,
            prior_key_event,
            kind,
        })
    }
}

fn key_event_kind<'a>(
    kind: &str,
) -> Result<fn(SignedStatement<'a>) -> RecordKind<'a>, RecordError> {
    Ok(match kind {
        KIND_GENESIS => RecordKind::Genesis,
        KIND_EPOCH => RecordKind::Epoch,
        KIND_IDENTITY => RecordKind::Identity,
        KIND_REVOCATION => RecordKind::Revocation,
        KIND_KEK => RecordKind::Kek,
        KIND_DATA_KEY => RecordKind::DataKey,
        KIND_ERASURE => RecordKind::Erasure,
        KIND_HOLD => RecordKind::Hold,
        KIND_SETTINGS => RecordKind::Settings,
        KIND_PRODUCER => RecordKind::Producer,
        KIND_DISPOSAL => RecordKind::Disposal,
        KIND_CLOSED => RecordKind::Closed,
        // An event without `body` is not of a wrong kind: its key is missing.
        KIND_EVENT | KIND_GOVERNANCE => {
            return Err(RecordError::invalid(
                "body",
                format!("is missing from the header of kind {kind}"),
            ));
        }
        _ => {
            return Err(RecordError::Kind {
                found: shortened(kind),
            });
        }
    })
}

fn read_signatures<'a>(decoder: &mut Decoder<'a>) -> Result<Vec<&'a [u8]>, RecordError> {
    const FIELD: &str = "signatures";
    let count = decoder.array()?;
    if count == 0 || count > HEADER_SIGNATURES_MAX {
        return Err(RecordError::invalid(FIELD, format!("has {count} entries")));
    }
    let mut signatures = Vec::with_capacity(count);
    for _ in 0..count {
        let signature = decoder.bytes()?;
        let length = signature.len();
        if length == 0 || length > SIGNATURE_BYTES_MAX {
            let problem = format!("has an entry of {length} bytes");
            return Err(RecordError::invalid(FIELD, problem));
        }
        signatures.push(signature);
    }
    Ok(signatures)
}
