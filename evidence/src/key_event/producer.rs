//! A client's own signing key: registered with proof that the client has it, or revoked.

use super::error::KeyEventError;
use super::fields::{
    expect_keys, read_optional_text, read_origin, read_sources, read_text, write_sources,
};
use super::identity_keys::LedgerIdentity;
use super::signed::signed_by_identity;
use super::typed_key::{read_key, write_key};
use crate::cbor::{Decoder, Encoder};
use crate::ed25519::PublicKey;
use crate::header::SignedStatement;
use crate::limits::{NAME_BYTES_MAX, STATEMENT_TEXT_BYTES_MAX};
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

const PROOF_PREFIX: &[u8] = b"indelible/producer-proof@v1\n";
const REGISTER: &str = "register";
const REVOKE: &str = "revoke";

/// A producer's key is registered or revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerChange {
    /// The ledger.
    pub origin: Origin,
    /// The producer's key.
    pub key: PublicKey,
    /// What becomes of it.
    pub action: ProducerAction,
}

/// What becomes of a producer's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProducerAction {
    /// It is registered.
    Register {
        /// Whose key it is: 1 to 128 bytes without control characters.
        name: String,
        /// The only sources that it may sign for: at most 64, strictly ascending by their bytes; empty if it may sign
        /// for all.
        sources: Vec<String>,
        /// Its own signature over [`ProducerChange::proof_message`].
        proof: [u8; 64],
    },
    /// It is revoked.
    Revoke {
        /// The first sequence number at which its signatures count for nothing.
        size: u64,
        /// Why, in the operator's words; to be checked with [`super::check_statement_text`].
        reason: Option<String>,
    },
}

impl ProducerChange {
    /// The statement's CBOR. Integers are at most 2^63-1.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        match &self.action {
            ProducerAction::Register {
                name,
                sources,
                proof,
            } => {
                encoder.map(5 + usize::from(!sources.is_empty()));
                encoder.text("key");
                write_key(&self.key, &mut encoder);
                encoder.text("name");
                encoder.text(name);
                encoder.text("proof");
                encoder.bytes(proof);
                encoder.text("action");
                encoder.text(REGISTER);
                encoder.text("origin");
                encoder.text(self.origin.as_str());
                write_optional_sources(sources, &mut encoder);
            }
            ProducerAction::Revoke { size, reason } => {
                encoder.map(4 + usize::from(reason.is_some()));
                encoder.text("key");
                write_key(&self.key, &mut encoder);
                encoder.text("size");
                encoder.uint(*size);
                encoder.text("action");
                encoder.text(REVOKE);
                encoder.text("origin");
                encoder.text(self.origin.as_str());
                if let Some(reason) = reason {
                    encoder.text("reason");
                    encoder.text(reason);
                }
            }
        }
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("key")?;
        let key = read_key(&mut decoder, "key")?;
        // The name, which sorts before the action, tells one action from the other.
        if !decoder.optional_key("name") {
            return Self::read_revocation(key, entries, &mut decoder);
        }
        let name = read_text(&mut decoder, "name", NAME_BYTES_MAX)?;
        decoder.key("proof")?;
        let proof = *fixed_bytes(&mut decoder, "proof")?;
        expect_action(&mut decoder, REGISTER)?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        let mut sources = Vec::new();
        if decoder.optional_key("sources") {
            sources = read_sources(&mut decoder, "sources")?;
        }
        expect_keys(&decoder, entries, 5 + usize::from(!sources.is_empty()))?;
        let action = ProducerAction::Register {
            name,
            sources,
            proof,
        };
        Ok(Self {
            origin,
            key,
            action,
        })
    }

    fn read_revocation(
        key: PublicKey,
        entries: usize,
        decoder: &mut Decoder<'_>,
    ) -> Result<Self, RecordError> {
        decoder.key("size")?;
        let size = decoder.uint()?;
        expect_action(decoder, REVOKE)?;
        decoder.key("origin")?;
        let origin = read_origin(decoder)?;
        let reason = read_optional_text(decoder, "reason", STATEMENT_TEXT_BYTES_MAX)?;
        expect_keys(decoder, entries, 4 + usize::from(reason.is_some()))?;
        let action = ProducerAction::Revoke { size, reason };
        Ok(Self {
            origin,
            key,
            action,
        })
    }

    /// What the producer's key signs to show that whoever registers it has it.
    pub fn proof_message(
        origin: &Origin,
        key: &PublicKey,
        name: &str,
        sources: &[String],
    ) -> Vec<u8> {
        let mut out = PROOF_PREFIX.to_vec();
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3 + usize::from(!sources.is_empty()));
        encoder.text("key");
        write_key(key, &mut encoder);
        encoder.text("name");
        encoder.text(name);
        encoder.text("origin");
        encoder.text(origin.as_str());
        write_optional_sources(sources, &mut encoder);
        out
    }

    /// Whether the proof of a registration is the key's own; a revocation needs none.
    pub fn is_proven(&self) -> bool {
        match &self.action {
            ProducerAction::Revoke { .. } => true,
            ProducerAction::Register {
                name,
                sources,
                proof,
            } => {
                let message = Self::proof_message(&self.origin, &self.key, name, sources);
                self.key.verify(&message, proof)
            }
        }
    }

    /// Decodes and verifies under the identity of its place: it is of its ledger, each of its keys signed it, and a
    /// key that it registers proves its own possession.
    pub fn verify(
        signed: &SignedStatement<'_>,
        identity: &LedgerIdentity,
    ) -> Result<Self, KeyEventError> {
        let change = Self::verify_signatures(signed, identity)?;
        if change.is_proven() {
            Ok(change)
        } else {
            Err(KeyEventError::NotProven)
        }
    }
}

fn write_optional_sources(sources: &[String], encoder: &mut Encoder<'_>) {
    if !sources.is_empty() {
        encoder.text("sources");
        write_sources(sources, encoder);
    }
}

fn expect_action(decoder: &mut Decoder<'_>, expected: &'static str) -> Result<(), RecordError> {
    decoder.key("action")?;
    if decoder.text()? == expected {
        return Ok(());
    }
    let problem = format!("is not `{expected}`, which the other keys of this map require");
    Err(RecordError::invalid("action", problem))
}

signed_by_identity!(
    ProducerChange,
    b"indelible/producer@v1\n",
    verify_signatures
);
