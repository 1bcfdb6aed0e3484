//! The statements of key events: one file for each kind.

use crate::cbor::{CborError, Decoder, Encoder};
use crate::fields::{FieldViolation, check_text};
use crate::hash::DataKeyId;
use crate::limits::{
    ID_BYTES_MAX, STATEMENT_DATA_KEYS_MAX, STATEMENT_SOURCES_MAX, STATEMENT_TEXT_BYTES_MAX,
};
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

mod closed;
mod data_key;
mod disposal;
mod epoch;
mod erasure;
mod genesis;
mod hold;
mod identity;
mod identity_keys;
mod kek;
mod producer;
mod retention;
mod revocation;
mod settings;
mod typed_key;
mod word;

pub use self::closed::Closed;
pub use self::data_key::DataKeyChange;
pub use self::disposal::{Archive, Disposal, Span};
pub use self::epoch::EpochCertificate;
pub use self::erasure::Erasure;
pub use self::genesis::{Genesis, Predecessor};
pub use self::hold::{Hold, HoldAction};
pub use self::identity::IdentityChange;
pub use self::identity_keys::{IdentityKeys, LedgerIdentity};
pub use self::kek::KekChange;
pub use self::producer::{ProducerAction, ProducerChange};
pub use self::retention::{RetentionAction, RetentionClock, RetentionParts, RetentionRule};
pub use self::revocation::Revocation;
pub use self::settings::{Encryption, PromiseBroken, Settings, SettingsChange};
pub use self::typed_key::{TypedKey, UnknownKey};
pub use crate::ed25519::{KeyError, PublicKey};

/// Why a key event does not hold under the identity that must have signed it.
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
    /// Genesis names its identity's key as the recovery key, too.
    #[error("genesis names the identity key as the recovery key")]
    SameKey,
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
    /// The proof of a producer's key is not the key's own signature.
    #[error("the proof of the producer's key does not verify")]
    NotProven,
}

/// Gives a statement what the identity of its place signs of it, and how that is verified.
macro_rules! signed_by_identity {
    ($statement:ident, $prefix:literal) => {
        impl $statement {
            /// Decodes and verifies under the identity of its place: it is of that identity's ledger, and each of the
            /// identity's keys signed it. Whether what it says fits that place is the caller's to compare.
            pub fn verify(
                signed: &$crate::header::SignedStatement<'_>,
                identity: &$crate::key_event::LedgerIdentity,
            ) -> Result<Self, $crate::key_event::KeyEventError> {
                Self::verify_signatures(signed, identity)
            }
        }

        super::signed_by_identity!($statement, $prefix, verify_signatures);
    };
    ($statement:ident, $prefix:literal, $verify:ident) => {
        impl $statement {
            /// What each key of the identity signs.
            pub fn message(statement: &[u8]) -> Vec<u8> {
                [$prefix.as_slice(), statement].concat()
            }

            fn $verify(
                signed: &$crate::header::SignedStatement<'_>,
                identity: &$crate::key_event::LedgerIdentity,
            ) -> Result<Self, $crate::key_event::KeyEventError> {
                let statement = Self::decode(signed.statement)?;
                super::expect_origin(&statement.origin, identity.origin())?;
                let message = Self::message(signed.statement);
                identity.keys().verify(&message, &signed.signatures)?;
                Ok(statement)
            }
        }
    };
}
use signed_by_identity;

/// Checks a basis, a reason or a location before it is stated: not empty, no control character, at most 1,024 bytes.
pub fn check_statement_text(field: &str, text: &str) -> Result<(), FieldViolation> {
    check_text(text, STATEMENT_TEXT_BYTES_MAX, || field.to_owned())
}

fn read_origin(decoder: &mut Decoder<'_>) -> Result<Origin, RecordError> {
    Origin::parse(decoder.text()?).map_err(|error| RecordError::invalid("origin", error))
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

fn write_sources(sources: &[String], encoder: &mut Encoder<'_>) {
    encoder.array(sources.len());
    for source in sources {
        encoder.text(source);
    }
}

/// Reads a set of sources: at least one, at most as many as the limit says, strictly ascending by their bytes.
fn read_sources(
    decoder: &mut Decoder<'_>,
    field: &'static str,
) -> Result<Vec<String>, RecordError> {
    let found = decoder.array()?;
    if found == 0 || found > STATEMENT_SOURCES_MAX {
        return Err(RecordError::invalid(field, format!("has {found} entries")));
    }
    let mut sources: Vec<String> = Vec::with_capacity(found);
    for _ in 0..found {
        let source = read_text(decoder, field, ID_BYTES_MAX)?;
        if sources.last().is_some_and(|last| *last >= source) {
            return Err(RecordError::invalid(field, "is not strictly ascending"));
        }
        sources.push(source);
    }
    Ok(sources)
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

fn expect_origin(found: &Origin, expected: &str) -> Result<(), KeyEventError> {
    if found.as_str() == expected {
        return Ok(());
    }
    Err(KeyEventError::OtherOrigin {
        expected: expected.to_owned(),
        found: found.as_str().to_owned(),
    })
}

#[cfg(test)]
mod tests;
