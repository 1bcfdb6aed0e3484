//! The layout of one stored record: the chain hash and the id hash in front,
//! then the header, then what may be withheld, erased or archived.
//!
//! ```text
//! layout (1 byte) | chain hash (32) | id hash (16, zero for key events)
//! | header length (varint) | header | body part | payload part
//! part = state (1 byte: 0 none, 1 present, 2 erased, 3 archived)
//!        and, if present: salt (32) | length (varint) | bytes
//! ```
//!
//! Body and payload are known before the record's place in the chain is, so
//! they are encoded on their own ([`RecordTail`]), and the writer only puts
//! the rest before them ([`push_record`]).

use indelible_evidence::{ChainHash, IdentityTag, Salt};

use crate::varint;

/// The first byte of a stored record; another layout takes another.
const LAYOUT: u8 = 1;

// The states of a part. A number is never given another meaning.
const NONE: u8 = 0;
const PRESENT: u8 = 1;
const ERASED: u8 = 2;
const ARCHIVED: u8 = 3;

/// What a part takes beside its bytes, at most: state, salt, length.
const PART_FRAME_BYTES_MAX: usize = 1 + 32 + 10;

/// What a record takes beside its header and its tail, at most: layout, chain
/// hash, id hash, length.
pub const RECORD_FRAME_BYTES_MAX: usize = 1 + 32 + 16 + 10;

/// Which parts of records are erased or archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasedParts {
    /// Body and payload.
    All,
    /// The body alone.
    Bodies,
    /// The payload alone.
    Payloads,
}

/// A body or a payload, as a record holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The header commits to none.
    None,
    /// It is here.
    Present {
        /// The salt of its commitment.
        salt: Salt,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// It was erased, and its salt with it.
    Erased,
    /// It was moved to an archive, and its salt with it.
    Archived,
}

impl<'a> Part<'a> {
    fn encoded_bytes_max(&self) -> usize {
        match self {
            Self::Present { bytes, .. } => PART_FRAME_BYTES_MAX + bytes.len(),
            Self::None | Self::Erased | Self::Archived => 1,
        }
    }

    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::None => out.push(NONE),
            Self::Present { salt, bytes } => {
                out.push(PRESENT);
                out.extend_from_slice(salt.as_bytes());
                varint::push(out, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Self::Erased => out.push(ERASED),
            Self::Archived => out.push(ARCHIVED),
        }
    }

    fn take(rest: &mut &'a [u8], part: &'static str) -> Result<Self, RecordLayoutError> {
        match take_array::<1>(rest, part)? {
            [NONE] => Ok(Self::None),
            [PRESENT] => Ok(Self::Present {
                salt: Salt::from_bytes(take_array(rest, part)?),
                bytes: take_sized(rest, part)?,
            }),
            [ERASED] => Ok(Self::Erased),
            [ARCHIVED] => Ok(Self::Archived),
            [state] => Err(RecordLayoutError::State { part, state }),
        }
    }
}

/// Body and payload of one record, encoded ahead of its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordTail(Vec<u8>);

impl RecordTail {
    /// Encodes body and payload.
    pub fn encode(body: Part<'_>, payload: Part<'_>) -> Self {
        let mut out = Vec::with_capacity(body.encoded_bytes_max() + payload.encoded_bytes_max());
        body.encode_into(&mut out);
        payload.encode_into(&mut out);
        Self(out)
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads the parts back: body, then payload.
    pub fn parts(&self) -> Result<(Part<'_>, Part<'_>), RecordLayoutError> {
        take_tail(&self.0)
    }
}

/// What stands in place of an event's identity in a record that is no event.
pub const NO_IDENTITY: IdentityTag = IdentityTag::from_bytes([0; 16]);

/// Appends one stored record. `id_hash` is [`NO_IDENTITY`] for a key event.
pub fn push_record(
    out: &mut Vec<u8>,
    chain: &ChainHash,
    id_hash: &IdentityTag,
    header: &[u8],
    tail: &RecordTail,
) {
    out.push(LAYOUT);
    out.extend_from_slice(chain.as_bytes());
    out.extend_from_slice(id_hash.as_bytes());
    varint::push(out, header.len() as u64);
    out.extend_from_slice(header);
    out.extend_from_slice(&tail.0);
}

/// Why bytes are not a stored record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordLayoutError {
    /// The first byte names a layout that this program does not know.
    #[error("record layout {found} is not known")]
    Layout {
        /// The byte.
        found: u8,
    },
    /// The bytes end early, or a length is not in its shortest form.
    #[error("the stored record ends within its {part}, or a length there is malformed")]
    Short {
        /// Where.
        part: &'static str,
    },
    /// A part is in a state that this program does not know.
    #[error("the stored record's {part} is in the unknown state {state}")]
    State {
        /// Which part.
        part: &'static str,
        /// The state's byte.
        state: u8,
    },
    /// Bytes follow the payload.
    #[error("{bytes} bytes follow the stored record")]
    Trailing {
        /// How many.
        bytes: usize,
    },
}

/// A stored record, borrowed from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRecord<'a> {
    /// The chain hash at this record.
    pub chain: ChainHash,
    /// The keyed hash of the event's identity; [`NO_IDENTITY`] for key events.
    pub id_hash: IdentityTag,
    /// The header's bytes.
    pub header: &'a [u8],
    /// The body.
    pub body: Part<'a>,
    /// The payload.
    pub payload: Part<'a>,
}

impl<'a> StoredRecord<'a> {
    /// Reads a stored record, all of it and nothing after it.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, RecordLayoutError> {
        let mut rest = bytes;
        let [layout] = take_array(&mut rest, "layout")?;
        if layout != LAYOUT {
            return Err(RecordLayoutError::Layout { found: layout });
        }
        let chain = ChainHash::from_bytes(take_array(&mut rest, "chain hash")?);
        let id_hash = IdentityTag::from_bytes(take_array(&mut rest, "id hash")?);
        let header = take_sized(&mut rest, "header")?;
        let (body, payload) = take_tail(rest)?;
        Ok(Self {
            chain,
            id_hash,
            header,
            body,
            payload,
        })
    }

    /// The stored record with these of its parts erased; `None` if nothing is
    /// left to erase.
    pub fn erase(bytes: &[u8], parts: ErasedParts) -> Result<Option<Vec<u8>>, RecordLayoutError> {
        Self::changed(bytes, parts, |part| match part {
            Part::None => Part::None,
            Part::Present { .. } | Part::Erased | Part::Archived => Part::Erased,
        })
    }

    /// The stored record with those of these parts archived that are here;
    /// `None` if none of them is.
    pub fn archive(bytes: &[u8], parts: ErasedParts) -> Result<Option<Vec<u8>>, RecordLayoutError> {
        Self::changed(bytes, parts, |part| match part {
            Part::Present { .. } => Part::Archived,
            Part::None | Part::Erased | Part::Archived => part,
        })
    }

    /// The stored record with other parts; `None` if they are the same.
    fn changed(
        bytes: &[u8],
        parts: ErasedParts,
        change: impl for<'p> Fn(Part<'p>) -> Part<'p>,
    ) -> Result<Option<Vec<u8>>, RecordLayoutError> {
        let record = StoredRecord::decode(bytes)?;
        let (body, payload) = match parts {
            ErasedParts::All => (change(record.body), change(record.payload)),
            ErasedParts::Bodies => (change(record.body), record.payload),
            ErasedParts::Payloads => (record.body, change(record.payload)),
        };
        if (body, payload) == (record.body, record.payload) {
            return Ok(None);
        }
        Ok(Some(record.with_parts(body, payload)))
    }

    /// The stored record with these parts in place of its own; all else keeps
    /// every byte.
    pub fn with_parts(&self, body: Part<'_>, payload: Part<'_>) -> Vec<u8> {
        let tail = RecordTail::encode(body, payload);
        let tail_bytes = tail.as_bytes().len();
        let mut out = Vec::with_capacity(RECORD_FRAME_BYTES_MAX + self.header.len() + tail_bytes);
        push_record(&mut out, &self.chain, &self.id_hash, self.header, &tail);
        out
    }

    /// The chain hash alone, without a look at the rest.
    pub fn decode_chain(bytes: &[u8]) -> Result<ChainHash, RecordLayoutError> {
        let mut rest = bytes;
        match take_array(&mut rest, "layout")? {
            [LAYOUT] => Ok(ChainHash::from_bytes(take_array(&mut rest, "chain hash")?)),
            [found] => Err(RecordLayoutError::Layout { found }),
        }
    }
}

fn take_tail(mut rest: &[u8]) -> Result<(Part<'_>, Part<'_>), RecordLayoutError> {
    let body = Part::take(&mut rest, "body")?;
    let payload = Part::take(&mut rest, "payload")?;
    if !rest.is_empty() {
        return Err(RecordLayoutError::Trailing { bytes: rest.len() });
    }
    Ok((body, payload))
}

fn take_array<const N: usize>(
    rest: &mut &[u8],
    part: &'static str,
) -> Result<[u8; N], RecordLayoutError> {
    let (array, after) = rest
        .split_first_chunk()
        .ok_or(RecordLayoutError::Short { part })?;
    *rest = after;
    Ok(*array)
}

fn take_sized<'a>(rest: &mut &'a [u8], part: &'static str) -> Result<&'a [u8], RecordLayoutError> {
    let short = RecordLayoutError::Short { part };
    let length = varint::take(rest).ok_or(short.clone())?;
    let length = usize::try_from(length).map_err(|_| short.clone())?;
    let (bytes, after) = rest.split_at_checked(length).ok_or(short)?;
    *rest = after;
    Ok(bytes)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
