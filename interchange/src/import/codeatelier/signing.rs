//! Ed25519 signatures of rows, against keys that the caller registers: what a row says of its own signature counts
//! for nothing.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::{
    hex,
    import::{
        checked::{Code, Finding, Pieces},
        codeatelier::row::Row,
        map_error::MapError,
        python::Object,
    },
};

/// What the DER of an Ed25519 public key begins with (RFC 8410).
const DER_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Hexadecimal digits of a fingerprint.
const FINGERPRINT_DIGITS: usize = 32;

/// Why the file of signing keys can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// One of its entries is wrong.
    #[error("line {line}: {problem}")]
    Entry {
        /// The line.
        line: u64,
        /// What is wrong with it.
        problem: MapError,
    },
}

/// Public keys by fingerprint, each with its agent and the rows that it may sign.
#[derive(Debug, Clone, Default)]
pub struct SigningKeys(HashMap<String, SigningKey>);

#[derive(Debug, Clone)]
struct SigningKey {
    agent_id: String,
    key: VerifyingKey,
    from_seq: u64,
    revoked_at_seq: Option<u64>,
}

impl SigningKeys {
    /// Reads the registry and the revocations, as rows of their tables: one a line, or one array. A key is
    /// `agent_id`, `public_key_pem` and `activated_at_chain_seq`, a revocation `key_fingerprint` and
    /// `revoked_at_chain_seq`; both may stand in one row. Revocations come after their keys.
    ///
    /// # Errors
    ///
    /// When a row is neither, a key is not Ed25519, or a revocation is of an unknown key.
    pub fn read(input: impl std::io::BufRead) -> Result<Self, SigningKeyError> {
        let mut keys = Self::default();
        for piece in Pieces::new(input) {
            let piece = piece?;
            let done = piece.record.and_then(|row| keys.add(&row));
            done.map_err(|problem| SigningKeyError::Entry {
                line: piece.line,
                problem,
            })?;
        }
        Ok(keys)
    }

    fn add(&mut self, row: &[u8]) -> Result<(), MapError> {
        let row = Object::parse(row)?;
        let revoked_at_seq = row.unsigned("revoked_at_chain_seq")?;
        let Some(pem) = row.text("public_key_pem")? else {
            let fingerprint = row.required_text("key_fingerprint")?;
            let revoked =
                revoked_at_seq.ok_or_else(|| MapError::missing("revoked_at_chain_seq"))?;
            let key = self.0.get_mut(fingerprint).ok_or_else(|| {
                MapError::invalid(
                    "key_fingerprint",
                    "the file has no key with this fingerprint before its revocation",
                )
            })?;
            key.revoked_at_seq = Some(key.revoked_at_seq.map_or(revoked, |old| old.min(revoked)));
            return Ok(());
        };
        let key = SigningKey {
            agent_id: row.required_text("agent_id")?.to_owned(),
            key: public_key(pem)
                .ok_or_else(|| MapError::wrong_type("public_key_pem", "an Ed25519 key in PEM"))?,
            from_seq: row.unsigned("activated_at_chain_seq")?.unwrap_or(0),
            revoked_at_seq,
        };
        // The fingerprint is over the text of the PEM, which ends with a line break.
        let digest = hex::encode(&Sha256::digest(format!("{}\n", pem.trim_end())));
        self.0.insert(digest[..FINGERPRINT_DIGITS].to_owned(), key);
        Ok(())
    }

    fn has_key_of(&self, row: &Row) -> bool {
        let seq = row.chain_seq.unwrap_or(u64::MAX);
        self.0.values().any(|key| {
            key.agent_id == row.agent_id
                && key.from_seq <= seq
                && key.revoked_at_seq.is_none_or(|revoked| seq < revoked)
        })
    }
}

/// What is to be said of a row's signature; nothing if it verifies, or if there is none and none is claimed.
pub(super) fn check(row: &Row, keys: &SigningKeys) -> Vec<Finding> {
    let found = |code| vec![Finding::new(code)];
    let (Some(signature), Some(fingerprint)) = (&row.signature, &row.signing_key) else {
        let claims = row.signature_status.as_deref() == Some("signed");
        return if claims || row.signing_key.is_some() || row.signature.is_some() {
            found(Code::SignatureStripped)
        } else if keys.has_key_of(row) {
            found(Code::SignatureAbsent)
        } else {
            Vec::new()
        };
    };
    let Some(key) = keys.0.get(fingerprint) else {
        let detail = format!("fingerprint {fingerprint}");
        return vec![Finding::about(Code::SigningKeyMissing, detail)];
    };
    let verifies = BASE64
        .decode(signature)
        .ok()
        .and_then(|bytes| Signature::from_slice(&bytes).ok())
        .is_some_and(|signature| {
            key.key
                .verify_strict(&row.signed_payload(), &signature)
                .is_ok()
        });
    if !verifies {
        return found(Code::SignatureInvalid);
    }
    if key.agent_id != row.agent_id {
        return found(Code::SignatureOtherAgent);
    }
    match (row.chain_seq, key.revoked_at_seq) {
        (None, None) if key.from_seq <= 1 => Vec::new(),
        (None, _) => found(Code::SigningKeyBounds),
        (Some(seq), Some(revoked)) if seq >= revoked => found(Code::SignatureRevoked),
        (Some(seq), _) if seq < key.from_seq => found(Code::SignatureEarly),
        (Some(_), _) => Vec::new(),
    }
}

fn public_key(pem: &str) -> Option<VerifyingKey> {
    let body = pem
        .trim()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")?
        .strip_suffix("-----END PUBLIC KEY-----")?;
    let body: String = body.split_ascii_whitespace().collect();
    let der = BASE64.decode(body).ok()?;
    let key: &[u8; 32] = der.strip_prefix(&DER_PREFIX)?.try_into().ok()?;
    VerifyingKey::from_bytes(key)
        .ok()
        .filter(|key| !key.is_weak())
}
