//! The keys of one identity, and what it takes to sign as it.

use super::error::KeyEventError;
use super::typed_key::{TypedKey, UnknownKey};
use crate::cbor::{Decoder, Encoder};
use crate::ed25519::PublicKey;
use crate::limits::IDENTITY_KEYS_MAX;
use crate::note::{SignatureType, VerifierKey};
use crate::record_error::RecordError;

/// An identity: 1 to 4 keys, each of another type, in ascending order of their types. Whoever writes this version puts
/// an Ed25519 key first, so that every tool for signed notes can follow the ledger. A first key of another type is one
/// that a later version of the format may have: then nothing that it signs can be judged here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityKeys {
    first: TypedKey,
    others: Vec<UnknownKey>,
}

impl From<PublicKey> for IdentityKeys {
    fn from(key: PublicKey) -> Self {
        Self {
            first: key.into(),
            others: Vec::new(),
        }
    }
}

impl IdentityKeys {
    /// An identity of several keys, or what is wrong with them as one.
    pub fn new(first: TypedKey, others: Vec<UnknownKey>) -> Result<Self, &'static str> {
        if others.len() >= IDENTITY_KEYS_MAX {
            return Err("has more than 4 keys");
        }
        let others_types = others.iter().map(UnknownKey::signature_type);
        let types = std::iter::once(first.signature_type()).chain(others_types);
        if !types.is_sorted_by(|left, right| left < right) {
            return Err("must hold keys of different types, in ascending order of their types");
        }
        Ok(Self { first, others })
    }

    /// How many keys it has, and so how many signatures it takes.
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// The first key, under which its checkpoints are verified; none if it is of a type that is not known here.
    pub fn key(&self) -> Option<&PublicKey> {
        self.first.ed25519()
    }

    /// The keys of types that are not known here, in their order.
    pub fn unknown(&self) -> impl Iterator<Item = &UnknownKey> {
        let first = match &self.first {
            TypedKey::Ed25519(_) => None,
            TypedKey::Unknown(key) => Some(key),
        };
        first.into_iter().chain(&self.others)
    }

    /// Whether a key is one of its keys.
    pub fn contains(&self, key: &TypedKey) -> bool {
        match key {
            TypedKey::Ed25519(key) => self.key() == Some(key),
            TypedKey::Unknown(key) => self.unknown().any(|own| own == key),
        }
    }

    /// Verifies that each key signed a message, in order. Of keys of unknown types the signatures are only counted.
    pub fn verify(&self, message: &[u8], signatures: &[&[u8]]) -> Result<(), KeyEventError> {
        let (expected, found) = (self.count(), signatures.len());
        if found != expected {
            return Err(KeyEventError::SignatureCount { expected, found });
        }
        match (&self.first, signatures) {
            (TypedKey::Unknown(_), _) => Ok(()),
            (TypedKey::Ed25519(key), [signature, ..]) if verifies(key, message, signature) => {
                Ok(())
            }
            _ => Err(KeyEventError::BadSignature),
        }
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>) {
        encoder.array(self.count());
        self.first.write(encoder);
        for key in &self.others {
            encoder.bytes(key.typed_bytes());
        }
    }

    pub(super) fn read(decoder: &mut Decoder<'_>) -> Result<Self, RecordError> {
        const FIELD: &str = "identity";
        let count = decoder.array()?;
        if count == 0 || count > IDENTITY_KEYS_MAX {
            return Err(RecordError::invalid(FIELD, format!("has {count} keys")));
        }
        let first = TypedKey::read(decoder, FIELD)?;
        let mut others = Vec::with_capacity(count - 1);
        for _ in 1..count {
            match TypedKey::read(decoder, FIELD)? {
                TypedKey::Unknown(key) => others.push(key),
                // No type is less than this one, so that it can only come first.
                TypedKey::Ed25519(_) => {
                    let problem = "has a key of type 1 that is not the first key";
                    return Err(RecordError::invalid(FIELD, problem));
                }
            }
        }
        Self::new(first, others).map_err(|problem| RecordError::invalid(FIELD, problem))
    }
}

/// Whether an Ed25519 key made a signature of any length.
pub(super) fn verifies(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    signature
        .as_array::<64>()
        .is_some_and(|signature| key.verify(message, signature))
}

/// An identity under the name that all its lines have, which is the ledger's origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerIdentity {
    origin: String,
    keys: IdentityKeys,
    verifier_key: Option<VerifierKey>,
}

impl LedgerIdentity {
    /// The identity of one key that a user pins.
    pub fn pinned(key: VerifierKey) -> Self {
        Self {
            origin: key.name().to_owned(),
            keys: (*key.public_key()).into(),
            verifier_key: Some(key),
        }
    }

    /// The same ledger's identity of other keys.
    pub fn followed_by(&self, keys: IdentityKeys) -> Self {
        // A name that served one key serves every other.
        let verifier_key = keys.key().and_then(|key| {
            VerifierKey::of_public_key(&self.origin, SignatureType::Ed25519, *key).ok()
        });
        Self {
            origin: self.origin.clone(),
            keys,
            verifier_key,
        }
    }

    /// The ledger's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Its keys.
    pub fn keys(&self) -> &IdentityKeys {
        &self.keys
    }

    /// The key under which its checkpoints are verified; none if its first key is of a type that is not known here.
    pub fn verifier_key(&self) -> Option<&VerifierKey> {
        self.verifier_key.as_ref()
    }
}
