//! Public keys with their type: what an identity is made of.

use crate::cbor::{Decoder, Encoder};
use crate::ed25519::PublicKey;
use crate::limits::{PUBLIC_KEY_BYTES_MAX, PUBLIC_KEY_BYTES_MIN};
use crate::note::SignatureType;
use crate::record_error::RecordError;
use crate::verifier_key::typed_key_id;

/// The one type of which this version knows keys.
const ED25519: u8 = SignatureType::Ed25519 as u8;
/// What is no type.
const NO_TYPE: u8 = 0;

/// A public key: the C2SP signature type byte, and the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedKey {
    /// Type 1, the only one that this version verifies.
    Ed25519(PublicKey),
    /// A key of a type that a later version may know.
    Unknown(UnknownKey),
}

/// A public key of a type that this version doesn't know, as it stands in its record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnknownKey {
    /// The type byte and the key: 2 to 2,048 bytes.
    typed: Vec<u8>,
}

impl UnknownKey {
    /// A key of such a type, from its type byte and key; none if it is of type 1, if 0 stands for the type, which is
    /// none, or if no key is so long or short.
    pub fn from_typed_bytes(typed: &[u8]) -> Option<Self> {
        let fits = (PUBLIC_KEY_BYTES_MIN..=PUBLIC_KEY_BYTES_MAX).contains(&typed.len());
        let is_unknown = fits && !matches!(typed, [NO_TYPE | ED25519, ..]);
        is_unknown.then(|| Self {
            typed: typed.to_vec(),
        })
    }

    /// The type byte.
    pub fn signature_type(&self) -> u8 {
        self.typed.first().copied().unwrap_or_default()
    }

    /// The id that it has in signature lines under a name.
    pub fn key_id(&self, name: &str) -> [u8; 4] {
        typed_key_id(name, &self.typed)
    }

    /// The type byte and the key.
    pub fn typed_bytes(&self) -> &[u8] {
        &self.typed
    }
}

impl From<PublicKey> for TypedKey {
    fn from(key: PublicKey) -> Self {
        Self::Ed25519(key)
    }
}

impl TypedKey {
    /// The C2SP signature type byte.
    pub fn signature_type(&self) -> u8 {
        match self {
            Self::Ed25519(_) => ED25519,
            Self::Unknown(key) => key.signature_type(),
        }
    }

    /// The hash of type byte and key, by which a key is found among others.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        match self {
            Self::Ed25519(key) => hasher.update(&[ED25519]).update(key.as_bytes()),
            Self::Unknown(key) => hasher.update(key.typed_bytes()),
        };
        *hasher.finalize().as_bytes()
    }

    /// The key, if it is of the type that this version knows.
    pub fn ed25519(&self) -> Option<&PublicKey> {
        match self {
            Self::Ed25519(key) => Some(key),
            Self::Unknown(_) => None,
        }
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>) {
        match self {
            Self::Ed25519(key) => write_key(key, encoder),
            Self::Unknown(key) => encoder.bytes(key.typed_bytes()),
        }
    }

    pub(super) fn read(
        decoder: &mut Decoder<'_>,
        field: &'static str,
    ) -> Result<Self, RecordError> {
        let typed = decoder.bytes()?;
        match typed.first() {
            Some(&ED25519) => return read_ed25519(typed, field).map(Self::Ed25519),
            Some(&NO_TYPE) => {
                return Err(RecordError::invalid(
                    field,
                    "has type 0, which is not a valid type",
                ));
            }
            _ => {}
        }
        let key = UnknownKey::from_typed_bytes(typed).ok_or_else(|| {
            RecordError::invalid(
                field,
                format!(
                    "has {} bytes, which is not a valid length of a key",
                    typed.len()
                ),
            )
        })?;
        Ok(Self::Unknown(key))
    }
}

/// Appends a key of type 1.
pub(super) fn write_key(key: &PublicKey, encoder: &mut Encoder<'_>) {
    let mut typed = [ED25519; 33];
    typed[1..].copy_from_slice(key.as_bytes());
    encoder.bytes(&typed);
}

/// Reads a key that is of type 1 in this version: every key that is not an identity's.
pub(super) fn read_key(
    decoder: &mut Decoder<'_>,
    field: &'static str,
) -> Result<PublicKey, RecordError> {
    read_ed25519(decoder.bytes()?, field)
}

fn read_ed25519(typed: &[u8], field: &'static str) -> Result<PublicKey, RecordError> {
    let Some([signature_type, key @ ..]) = typed.as_array::<33>() else {
        let (expected, found) = (33, typed.len());
        return Err(RecordError::Length {
            field,
            expected,
            found,
        });
    };
    if *signature_type != ED25519 {
        let problem = format!("is of type {signature_type}, expected 1 (Ed25519)");
        return Err(RecordError::invalid(field, problem));
    }
    PublicKey::from_bytes(*key).map_err(|error| RecordError::invalid(field, error))
}
