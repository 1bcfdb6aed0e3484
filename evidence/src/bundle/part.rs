//! A body or payload as an item, and how items are read.

use crate::cbor::{CborError, Decoder, Encoder, Type};
use crate::hash::Salt;

/// What a disclosed event key adds to a body: the head and the key.
pub(super) const DISCLOSED_KEY_BYTES: usize = 2 + EVENT_KEY_BYTES;
/// The length of an event key.
const EVENT_KEY_BYTES: usize = 32;

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
        self.write(&mut Encoder::new(out));
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>) {
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
        let part = Self::read(&mut decoder)?;
        decoder.finish()?;
        Ok(part)
    }

    pub(super) fn read(decoder: &mut Decoder<'a>) -> Result<Self, ItemError> {
        Ok(match decoder.peek()? {
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
                let salt = Salt::from_bytes(fixed(decoder, "salt")?);
                let bytes = decoder.bytes()?;
                match entries {
                    2 => Self::Present { salt, bytes },
                    _ => Self::Disclosed {
                        salt,
                        bytes,
                        event_key: fixed_slice(decoder, "event key")?,
                    },
                }
            }
        })
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

/// The event key that a part discloses.
pub(crate) fn disclosed_key_of<'a>(part: &Part<'a>) -> Option<&'a [u8; EVENT_KEY_BYTES]> {
    match part {
        Part::Disclosed { event_key, .. } => Some(event_key),
        _ => None,
    }
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
    /// A text that is not a state of a part.
    #[error("a part must be present, none, withheld, erased, archived or missing")]
    UnknownState,
}

pub(super) fn fixed(decoder: &mut Decoder<'_>, field: &'static str) -> Result<[u8; 32], ItemError> {
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

pub(super) fn counted(found: usize, expected: usize, offset: usize) -> Result<(), CborError> {
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
