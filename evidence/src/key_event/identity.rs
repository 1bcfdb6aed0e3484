//! Rotation: another identity takes the place of the one before.

use super::error::KeyEventError;
use super::fields::{expect_keys, read_optional_text, read_origin};
use super::identity_keys::{IdentityKeys, LedgerIdentity, verifies};
use super::signed::expect_origin;
use crate::cbor::{Decoder, Encoder};
use crate::ed25519::PublicKey;
use crate::header::SignedStatement;
use crate::limits::STATEMENT_TEXT_BYTES_MAX;
use crate::origin::Origin;
use crate::record_error::RecordError;

const PREFIX: &[u8] = b"indelible/identity@v1\n";
const RECOVERY_PREFIX: &[u8] = b"indelible/recovery@v1\n";

/// A new identity. The origin stays, and with it the name of the key; so does the key to pin, which is
/// always genesis's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityChange {
    /// The ledger.
    pub origin: Origin,
    /// The sequence number of the record that introduced the identity being replaced: genesis, or another of
    /// these.
    pub prior: u64,
    /// The record's own sequence number; only what the format's first draft made has none.
    pub sequence: Option<u64>,
    /// The new identity.
    pub identity: IdentityKeys,
    /// Why, in the operator's words; to be checked with [`super::check_statement_text`]. None without `sequence`.
    pub reason: Option<String>,
}

impl IdentityChange {
    /// The statement's CBOR. Integers are at most 2^63-1.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        let optional = usize::from(self.sequence.is_some());
        encoder.map(3 + optional + usize::from(self.reason.is_some()));
        encoder.text("prior");
        encoder.uint(self.prior);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        if let Some(reason) = &self.reason {
            encoder.text("reason");
            encoder.text(reason);
        }
        encoder.text("identity");
        self.identity.write(&mut encoder);
        if let Some(sequence) = self.sequence {
            encoder.text("sequence");
            encoder.uint(sequence);
        }
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
        let reason = read_optional_text(&mut decoder, "reason", STATEMENT_TEXT_BYTES_MAX)?;
        decoder.key("identity")?;
        let identity = IdentityKeys::read(&mut decoder)?;
        let mut sequence = None;
        if decoder.optional_key("sequence") {
            sequence = Some(decoder.uint()?);
        }
        let optional = usize::from(sequence.is_some()) + usize::from(reason.is_some());
        expect_keys(&decoder, entries, 3 + optional)?;
        if reason.is_some() && sequence.is_none() {
            let problem = "needs `sequence` beside it, which is missing";
            return Err(RecordError::invalid("reason", problem));
        }
        Ok(Self {
            origin,
            prior,
            sequence,
            identity,
            reason,
        })
    }

    /// What each new key signs, and then each old one where genesis names no recovery key.
    pub fn message(statement: &[u8]) -> Vec<u8> {
        [PREFIX, statement].concat()
    }

    /// What the recovery key signs in the place of the old keys. It is offline and can't know the record's place
    /// beforehand. Where the statement has no `sequence`, it signed what the other keys did.
    pub fn recovery_message(&self) -> Vec<u8> {
        if self.sequence.is_none() {
            return Self::message(&self.encode());
        }
        let mut out = RECOVERY_PREFIX.to_vec();
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3);
        encoder.text("prior");
        encoder.uint(self.prior);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        encoder.text("identity");
        self.identity.write(&mut encoder);
        out
    }

    /// Decodes and verifies: it is of the ledger of `identity`, the one being replaced; each new key signed it, and so
    /// did `recovery` where genesis names one, and otherwise each key of `identity`. That `prior` and `sequence` are
    /// right and the keys new ones is the caller's to compare.
    pub fn verify(
        signed: &SignedStatement<'_>,
        identity: &LedgerIdentity,
        recovery: Option<&PublicKey>,
    ) -> Result<Self, KeyEventError> {
        let change = Self::decode(signed.statement)?;
        expect_origin(&change.origin, identity.origin())?;
        let new = change.identity.count();
        let expected = new + recovery.map_or(identity.keys().count(), |_| 1);
        let found = signed.signatures.len();
        let (Some((by_new, by_old)), true) =
            (signed.signatures.split_at_checked(new), found == expected)
        else {
            return Err(KeyEventError::SignatureCount { expected, found });
        };
        let message = Self::message(signed.statement);
        change.identity.verify(&message, by_new)?;
        match (recovery, by_old) {
            (None, _) => identity.keys().verify(&message, by_old)?,
            (Some(recovery), [signature])
                if verifies(recovery, &change.recovery_message(), signature) => {}
            (Some(_), _) => return Err(KeyEventError::BadSignature),
        }
        Ok(change)
    }
}
