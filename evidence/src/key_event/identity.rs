//! Rotation: another identity key takes the place of the one before.

use super::{
    KeyEventError, PublicKey, expect_keys, expect_origin, read_identity, read_origin,
    write_identity,
};
use crate::cbor::{Decoder, Encoder};
use crate::header::SignedStatement;
use crate::note::VerifierKey;
use crate::origin::Origin;
use crate::record_error::RecordError;

const PREFIX: &[u8] = b"indelible/identity@v1\n";

/// A new identity. The origin stays, and with it the name of the key; so does the key to pin, which is
/// always genesis's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityChange {
    /// The ledger.
    pub origin: Origin,
    /// The sequence number of the record that introduced the identity being replaced: genesis, or another of
    /// these.
    pub prior: u64,
    /// The new identity keys; exactly one in this version.
    pub identity: Vec<PublicKey>,
}

impl IdentityChange {
    /// The statement's CBOR. Integers are at most 2^63-1.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3);
        encoder.text("prior");
        encoder.uint(self.prior);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        encoder.text("identity");
        write_identity(&self.identity, &mut encoder);
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("prior")?;
        let prior = decoder.uint()?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        decoder.key("identity")?;
        let identity = read_identity(&mut decoder)?;
        expect_keys(&decoder, entries, 3)?;
        Ok(Self {
            origin,
            prior,
            identity,
        })
    }

    /// What each new key signs, and then the old one, or the recovery key where genesis names one.
    pub fn message(statement: &[u8]) -> Vec<u8> {
        [PREFIX, statement].concat()
    }

    /// Decodes and verifies: it is of the origin that `identity`, the key being replaced, has as its name;
    /// the new key signed it, and so did `recovery` where genesis names one, and otherwise `identity`.
    /// That `prior` is right and the key a new one is the caller's to compare.
    pub fn verify(
        signed: &SignedStatement<'_>,
        identity: &VerifierKey,
        recovery: Option<&PublicKey>,
    ) -> Result<Self, KeyEventError> {
        let change = Self::decode(signed.statement)?;
        expect_origin(&change.origin, identity)?;
        let expected = change.identity.len() + 1;
        let found = signed.signatures.len();
        if found != expected {
            return Err(KeyEventError::SignatureCount { expected, found });
        }
        let message = Self::message(signed.statement);
        let before = recovery.unwrap_or(identity.public_key());
        let signers = change.identity.iter().chain([before]);
        let verified = signers
            .zip(&signed.signatures)
            .all(|(signer, signature)| signer.verify(&message, signature));
        if !verified {
            return Err(KeyEventError::BadSignature);
        }
        Ok(change)
    }
}
