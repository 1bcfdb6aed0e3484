//! The items that a bundle's files are made of: bodies and payloads, key events, and the range.

use crate::cbor::{CborError, Decoder, Encoder, Type};
use crate::hash::{ChainHash, Salt, TreeHash};
use crate::limits::{
    BODY_BYTES_MAX, HEADER_BYTES_MAX, PAYLOAD_BYTES_MAX, PROOF_HASHES_MAX, SEALED_OVERHEAD_BYTES,
};

pub use super::extent::{Extent, extent};

/// What surrounds the bytes of a present part: the array, the salt and the heads, and what sealing adds.
const PART_FRAME_BYTES_MAX: usize = 48 + SEALED_OVERHEAD_BYTES;
/// What a disclosed event key adds to a body: the head and the key.
const DISCLOSED_KEY_BYTES: usize = 2 + EVENT_KEY_BYTES;
/// The length of an event key.
pub(crate) const EVENT_KEY_BYTES: usize = 32;
/// The greatest length of an item of `bodies`.
pub const BODY_ITEM_BYTES_MAX: usize = BODY_BYTES_MAX + PART_FRAME_BYTES_MAX + DISCLOSED_KEY_BYTES;
/// The greatest length of an item of `payloads`.
pub const PAYLOAD_ITEM_BYTES_MAX: usize = PAYLOAD_BYTES_MAX + PART_FRAME_BYTES_MAX;
/// The greatest length of an item of `key-events`: a header, a chain hash and two proofs.
pub const KEY_EVENT_ITEM_BYTES_MAX: usize = HEADER_BYTES_MAX + 2 * PROOF_HASHES_MAX * 34 + 128;
/// The greatest length of the `range` file: three witness records and two covers.
pub const RANGE_BYTES_MAX: usize = 3 * KEY_EVENT_ITEM_BYTES_MAX + 4 * PROOF_HASHES_MAX * 34 + 128;

/// A body or payload as a bundle has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// It is there, with the salt of its commitment.
    Present {
        /// The salt.
        salt: Salt,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// A body that is there encrypted, and with it the key that opens this record's body and payload, and nothing
    /// else.
    Disclosed {
        /// The salt.
        salt: Salt,
        /// The encrypted bytes.
        bytes: &'a [u8],
        /// The event's key.
        event_key: &'a [u8; EVENT_KEY_BYTES],
    },
    /// The header commits to none.
    None,
    /// It exists, and was left out of this bundle.
    Withheld,
    /// It was erased.
    Erased,
    /// It is kept elsewhere.
    Archived,
    /// It ought to be there, and is not.
    Missing,
}

impl<'a> Part<'a> {
    /// What has become of the part, in one word.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Present { .. } | Self::Disclosed { .. } => "present",
            Self::None => "none",
            Self::Withheld => "withheld",
            Self::Erased => "erased",
            Self::Archived => "archived",
            Self::Missing => "missing",
        }
    }

    /// Appends the item.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let mut encoder = Encoder::new(out);
        match self {
            Self::Present { salt, bytes } => {
                encoder.array(2);
                encoder.bytes(salt.as_bytes());
                encoder.bytes(bytes);
            }
            Self::Disclosed {
                salt,
                bytes,
                event_key,
            } => {
                encoder.array(3);
                encoder.bytes(salt.as_bytes());
                encoder.bytes(bytes);
                encoder.bytes(*event_key);
            }
            other => encoder.text(other.state()),
        }
    }

    /// How long the item is.
    pub fn encoded_length(&self) -> u64 {
        match self {
            Self::Present { bytes, .. } => present_length(bytes),
            Self::Disclosed { bytes, .. } => present_length(bytes) + DISCLOSED_KEY_BYTES as u64,
            other => 1 + other.state().len() as u64,
        }
    }

    /// Reads exactly one item.
    pub fn decode(item: &'a [u8]) -> Result<Self, ItemError> {
        let mut decoder = Decoder::new(item);
        let part = match decoder.peek()? {
            Type::Text => match decoder.text()? {
                "none" => Self::None,
                "withheld" => Self::Withheld,
                "erased" => Self::Erased,
                "archived" => Self::Archived,
                "missing" => Self::Missing,
                _ => return Err(ItemError::UnknownState),
            },
            _ => {
                let entries = decoder.array()?;
                if entries != 3 {
                    counted(entries, 2, 0)?;
                }
                let salt = Salt::from_bytes(fixed(&mut decoder, "salt")?);
                let bytes = decoder.bytes()?;
                match entries {
                    2 => Self::Present { salt, bytes },
                    _ => Self::Disclosed {
                        salt,
                        bytes,
                        event_key: fixed_slice(&mut decoder, "event key")?,
                    },
                }
            }
        };
        decoder.finish()?;
        Ok(part)
    }
}

/// How long the item of a part is that is there, without a key.
fn present_length(bytes: &[u8]) -> u64 {
    let head = match bytes.len() {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        _ => 5,
    };
    35 + head + bytes.len() as u64
}

/// The event key that an item of `bodies` discloses, if it is one of the format. It looks at both ends of the item
/// only, so it is quick; whether it is an item of the format is for [`Part::decode`] to say.
pub(crate) fn disclosed_key(item: &[u8]) -> Option<&[u8; EVENT_KEY_BYTES]> {
    const ARRAY_OF_THREE: u8 = 0x83;
    const BYTES_OF_32: &[u8] = &[0x58, EVENT_KEY_BYTES as u8];
    if item.first() != Some(&ARRAY_OF_THREE) {
        return None;
    }
    let (before, key) = item.split_last_chunk()?;
    before.ends_with(BYTES_OF_32).then_some(key)
}

/// Bytes that are not an item of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// The encoding is not the deterministic one, or a key is wrong.
    #[error(transparent)]
    Encoding(#[from] CborError),
    /// A byte string that must be 32 bytes long.
    #[error("`{field}` has {found} bytes, expected 32")]
    Length {
        /// Its key.
        field: &'static str,
        /// How long it is.
        found: usize,
    },
    /// A text that is none of the states of a part.
    #[error("a part is none of present, none, withheld, erased, archived and missing")]
    UnknownState,
}

/// A record outside of a range's chunks, with what ties it to the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessRecord<'a> {
    /// The record's header.
    pub header: &'a [u8],
    /// The chain hash before it.
    pub previous: ChainHash,
    /// Its inclusion proof in the checkpoint's tree.
    pub inclusion: Vec<TreeHash>,
}

/// An item of `key-events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEventItem<'a> {
    /// In a whole bundle the records prove it.
    Plain {
        /// The record's header.
        header: &'a [u8],
    },
    /// In a range bundle it brings its own proofs.
    Proven {
        /// The record.
        record: WitnessRecord<'a>,
        /// For a certificate, from its `first` to the checkpoint's size.
        consistency: Option<Vec<TreeHash>>,
    },
}

impl<'a> WitnessRecord<'a> {
    fn encode(&self, encoder: &mut Encoder<'_>, consistency: Option<&[TreeHash]>) {
        encoder.map(if consistency.is_some() { 4 } else { 3 });
        encoder.text("header");
        encoder.bytes(self.header);
        encoder.text("previous");
        encoder.bytes(self.previous.as_bytes());
        encoder.text("inclusion");
        encode_hashes(encoder, &self.inclusion);
        if let Some(consistency) = consistency {
            encoder.text("consistency");
            encode_hashes(encoder, consistency);
        }
    }

    fn read(decoder: &mut Decoder<'a>) -> Result<(Self, Option<Vec<TreeHash>>), ItemError> {
        let (offset, entries) = (decoder.position(), decoder.map()?);
        decoder.key("header")?;
        let header = decoder.bytes()?;
        decoder.key("previous")?;
        let previous = ChainHash::from_bytes(fixed(decoder, "previous")?);
        decoder.key("inclusion")?;
        let inclusion = read_hashes(decoder)?;
        let consistency = decoder
            .optional_key("consistency")
            .then(|| read_hashes(decoder))
            .transpose()?;
        counted(entries, if consistency.is_some() { 4 } else { 3 }, offset)?;
        Ok((
            Self {
                header,
                previous,
                inclusion,
            },
            consistency,
        ))
    }
}

impl<'a> KeyEventItem<'a> {
    /// Appends the item.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let mut encoder = Encoder::new(out);
        match self {
            Self::Plain { header } => {
                encoder.map(1);
                encoder.text("header");
                encoder.bytes(header);
            }
            Self::Proven {
                record,
                consistency,
            } => record.encode(&mut encoder, consistency.as_deref()),
        }
    }

    /// Reads exactly one item; `proven` says which kind of bundle it stands in.
    pub fn decode(item: &'a [u8], proven: bool) -> Result<Self, ItemError> {
        let mut decoder = Decoder::new(item);
        let event = if proven {
            let (record, consistency) = WitnessRecord::read(&mut decoder)?;
            Self::Proven {
                record,
                consistency,
            }
        } else {
            counted(decoder.map()?, 1, 0)?;
            decoder.key("header")?;
            Self::Plain {
                header: decoder.bytes()?,
            }
        };
        decoder.finish()?;
        Ok(event)
    }
}

/// What joins the records of a range to the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeItem<'a> {
    /// The chain hash before the first record.
    pub previous: ChainHash,
    /// The roots of the perfect subtrees before the range, largest first.
    pub left: Vec<TreeHash>,
    /// The roots of the perfect subtrees after it, left to right.
    pub right: Vec<TreeHash>,
    /// The record before the range.
    pub before: Option<WitnessRecord<'a>>,
    /// The record after it.
    pub after: Option<WitnessRecord<'a>>,
    /// The last record that the checkpoint covers.
    pub newest: Option<WitnessRecord<'a>>,
}

impl<'a> RangeItem<'a> {
    /// Appends the item.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let neighbours = [&self.after, &self.before, &self.newest];
        let mut encoder = Encoder::new(out);
        encoder.map(
            3 + neighbours
                .iter()
                .filter(|neighbour| neighbour.is_some())
                .count(),
        );
        encoder.text("left");
        encode_hashes(&mut encoder, &self.left);
        encode_neighbour(&mut encoder, "after", self.after.as_ref());
        encoder.text("right");
        encode_hashes(&mut encoder, &self.right);
        encode_neighbour(&mut encoder, "before", self.before.as_ref());
        encode_neighbour(&mut encoder, "newest", self.newest.as_ref());
        encoder.text("previous");
        encoder.bytes(self.previous.as_bytes());
    }

    /// Reads exactly one item.
    pub fn decode(item: &'a [u8]) -> Result<Self, ItemError> {
        let mut decoder = Decoder::new(item);
        let entries = decoder.map()?;
        decoder.key("left")?;
        let left = read_hashes(&mut decoder)?;
        let after = read_neighbour(&mut decoder, "after")?;
        decoder.key("right")?;
        let right = read_hashes(&mut decoder)?;
        let before = read_neighbour(&mut decoder, "before")?;
        let newest = read_neighbour(&mut decoder, "newest")?;
        decoder.key("previous")?;
        let previous = ChainHash::from_bytes(fixed(&mut decoder, "previous")?);
        let neighbours = [&after, &before, &newest];
        counted(
            entries,
            3 + neighbours
                .iter()
                .filter(|neighbour| neighbour.is_some())
                .count(),
            0,
        )?;
        decoder.finish()?;
        Ok(Self {
            previous,
            left,
            right,
            before,
            after,
            newest,
        })
    }
}

fn encode_neighbour(encoder: &mut Encoder<'_>, key: &str, neighbour: Option<&WitnessRecord<'_>>) {
    if let Some(record) = neighbour {
        encoder.text(key);
        record.encode(encoder, None);
    }
}

fn read_neighbour<'a>(
    decoder: &mut Decoder<'a>,
    key: &'static str,
) -> Result<Option<WitnessRecord<'a>>, ItemError> {
    if !decoder.optional_key(key) {
        return Ok(None);
    }
    let offset = decoder.position();
    match WitnessRecord::read(decoder)? {
        (record, None) => Ok(Some(record)),
        (_, Some(_)) => Err(CborError::WrongCount {
            offset,
            expected: 3,
            found: 4,
        }
        .into()),
    }
}

fn encode_hashes(encoder: &mut Encoder<'_>, hashes: &[TreeHash]) {
    encoder.array(hashes.len());
    for hash in hashes {
        encoder.bytes(hash.as_bytes());
    }
}

fn read_hashes(decoder: &mut Decoder<'_>) -> Result<Vec<TreeHash>, ItemError> {
    let count = decoder.array()?;
    (0..count)
        .map(|_| Ok(TreeHash::from_bytes(fixed(decoder, "hash")?)))
        .collect()
}

fn fixed(decoder: &mut Decoder<'_>, field: &'static str) -> Result<[u8; 32], ItemError> {
    fixed_slice(decoder, field).copied()
}

fn fixed_slice<'a>(
    decoder: &mut Decoder<'a>,
    field: &'static str,
) -> Result<&'a [u8; 32], ItemError> {
    let bytes = decoder.bytes()?;
    bytes.try_into().map_err(|_| ItemError::Length {
        field,
        found: bytes.len(),
    })
}

fn counted(found: usize, expected: usize, offset: usize) -> Result<(), CborError> {
    if found == expected {
        Ok(())
    } else {
        Err(CborError::WrongCount {
            offset,
            expected,
            found,
        })
    }
}

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
