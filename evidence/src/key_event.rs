//! The statements of key events: one file for each kind.

use crate::cbor::{CborError, Decoder, Encoder};
use crate::fields::{FieldViolation, check_text};
use crate::hash::DataKeyId;
use crate::header::SignedStatement;
use crate::limits::{STATEMENT_DATA_KEYS_MAX, STATEMENT_TEXT_BYTES_MAX};
use crate::note::{SignatureType, VerifierKey};
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

mod data_key;
mod epoch;
mod erasure;
mod genesis;
mod hold;
mod identity;
mod kek;
mod revocation;

pub use self::data_key::DataKeyChange;
pub use self::epoch::EpochCertificate;
pub use self::erasure::Erasure;
pub use self::genesis::{Genesis, Predecessor};
pub use self::hold::{Hold, HoldAction};
pub use self::identity::IdentityChange;
pub use self::kek::KekChange;
pub use self::revocation::Revocation;
pub use crate::ed25519::{KeyError, PublicKey};

/// Why a key event does not hold under the key that must have signed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyEventError {
    /// The statement is not of the format.
    #[error("the statement is malformed")]
    Statement(#[from] RecordError),
    /// It is another log's.
    #[error("the statement is of {found}, not of {expected}")]
    OtherOrigin {
        /// The origin that was expected.
        expected: String,
        /// The one it names.
        found: String,
    },
    /// Genesis names another identity key than the pinned one.
    #[error("genesis names another identity key than the pinned one")]
    OtherIdentity,
    /// Too few signatures, or too many.
    #[error("the statement has {found} signatures, expected {expected}")]
    SignatureCount {
        /// How many it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A signature does not verify.
    #[error("the signature over the statement does not verify")]
    BadSignature,
}

/// Gives a statement what the current identity signs of it, and how that is verified.
macro_rules! signed_by_identity {
    ($statement:ident, $prefix:literal) => {
        impl $statement {
            /// What the identity key signs.
            pub fn message(statement: &[u8]) -> Vec<u8> {
                [$prefix.as_slice(), statement].concat()
            }

            /// Decodes and verifies under the identity key that is current at its place: it is of the
            /// origin that the key has as its name, and the key signed it. Whether what it says fits that
            /// place is a question of custody.
            pub fn verify(
                signed: &$crate::header::SignedStatement<'_>,
                identity: &$crate::note::VerifierKey,
            ) -> Result<Self, super::KeyEventError> {
                let statement = Self::decode(signed.statement)?;
                super::expect_origin(&statement.origin, identity)?;
                let message = Self::message(signed.statement);
                super::verify_signature(&message, signed, identity)?;
                Ok(statement)
            }
        }
    };
}
use signed_by_identity;

/// Checks the basis of an erasure, or the reason of a revocation or hold, before it is stated: not empty, no
/// control character, at most 1,024 bytes.
pub fn check_statement_text(field: &str, text: &str) -> Result<(), FieldViolation> {
    check_text(text, STATEMENT_TEXT_BYTES_MAX, || field.to_owned())
}

/// A public key is the C2SP signature type byte and the key.
fn write_key(key: &PublicKey, encoder: &mut Encoder<'_>) {
    let mut typed = [SignatureType::Ed25519 as u8; 33];
    typed[1..].copy_from_slice(key.as_bytes());
    encoder.bytes(&typed);
}

fn read_key(decoder: &mut Decoder<'_>, field: &'static str) -> Result<PublicKey, RecordError> {
    let [signature_type, key @ ..] = *fixed_bytes::<33>(decoder, field)?;
    if signature_type != SignatureType::Ed25519 as u8 {
        let problem = format!("is of type {signature_type}, expected 1 (Ed25519)");
        return Err(RecordError::invalid(field, problem));
    }
    PublicKey::from_bytes(key).map_err(|error| RecordError::invalid(field, error))
}

fn read_origin(decoder: &mut Decoder<'_>) -> Result<Origin, RecordError> {
    Origin::parse(decoder.text()?).map_err(|error| RecordError::invalid("origin", error))
}

fn write_identity(keys: &[PublicKey], encoder: &mut Encoder<'_>) {
    encoder.array(keys.len());
    for key in keys {
        write_key(key, encoder);
    }
}

fn read_identity(decoder: &mut Decoder<'_>) -> Result<Vec<PublicKey>, RecordError> {
    let offset = decoder.position();
    let found = decoder.array()?;
    if found != 1 {
        return Err(CborError::WrongCount {
            offset,
            expected: 1,
            found,
        }
        .into());
    }
    Ok(vec![read_key(decoder, "identity")?])
}

fn write_data_keys(data_keys: &[DataKeyId], encoder: &mut Encoder<'_>) {
    encoder.array(data_keys.len());
    for data_key in data_keys {
        encoder.bytes(data_key.as_bytes());
    }
}

/// Reads a set of data keys: at least one, at most as many as the limit says, strictly ascending.
fn read_data_keys(decoder: &mut Decoder<'_>) -> Result<Vec<DataKeyId>, RecordError> {
    const FIELD: &str = "data_keys";
    let found = decoder.array()?;
    if found == 0 || found > STATEMENT_DATA_KEYS_MAX {
        return Err(RecordError::invalid(FIELD, format!("has {found} entries")));
    }
    let mut data_keys: Vec<DataKeyId> = Vec::with_capacity(found);
    for _ in 0..found {
        let data_key = DataKeyId::from_bytes(*fixed_bytes(decoder, FIELD)?);
        if data_keys.last().is_some_and(|last| *last >= data_key) {
            return Err(RecordError::invalid(FIELD, "is not strictly ascending"));
        }
        data_keys.push(data_key);
    }
    Ok(data_keys)
}

fn read_text(
    decoder: &mut Decoder<'_>,
    field: &'static str,
    bytes_max: usize,
) -> Result<String, RecordError> {
    let text = decoder.text()?;
    check_text(text, bytes_max, || field.to_owned())?;
    Ok(text.to_owned())
}

/// Reads a key that may be absent. `field` is shorter than 24 bytes.
fn read_optional_text(
    decoder: &mut Decoder<'_>,
    field: &'static str,
    bytes_max: usize,
) -> Result<Option<String>, RecordError> {
    decoder
        .optional_key(field)
        .then(|| read_text(decoder, field, bytes_max))
        .transpose()
}

/// The end of a statement: as many keys as its map says, and nothing after them.
fn expect_keys(decoder: &Decoder<'_>, found: usize, expected: usize) -> Result<(), RecordError> {
    if found != expected {
        return Err(CborError::WrongCount {
            offset: 0,
            expected,
            found,
        }
        .into());
    }
    Ok(decoder.finish()?)
}

fn expect_origin(found: &Origin, identity: &VerifierKey) -> Result<(), KeyEventError> {
    if found.as_str() == identity.name() {
        return Ok(());
    }
    Err(KeyEventError::OtherOrigin {
        expected: identity.name().to_owned(),
        found: found.as_str().to_owned(),
    })
}

fn verify_signature(
    message: &[u8],
    signed: &SignedStatement<'_>,
    identity: &VerifierKey,
) -> Result<(), KeyEventError> {
    match signed.signatures.as_slice() {
        [signature] if identity.verify_message(message, signature) => Ok(()),
        [_] => Err(KeyEventError::BadSignature),
        signatures => Err(KeyEventError::SignatureCount {
            expected: 1,
            found: signatures.len(),
        }),
    }
}

#[cfg(test)]
mod tests;
