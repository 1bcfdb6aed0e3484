//! Reports to be signed: an in-toto Statement in a DSSE envelope. Nothing here signs; the ledger's identity key does,
//! over [`pae`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use indelible_evidence::note::VerifierKey;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    canonical,
    reports::data::{Report, Verification},
};

/// The `payloadType` of a Statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The `_type` of a Statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The `predicateType` of a report.
pub const REPORT_PREDICATE_TYPE: &str = "urn:indelible:report:0-draft";
/// The `predicateType` of a chain verification.
pub const VERIFICATION_PREDICATE_TYPE: &str = "urn:indelible:verification:0-draft";
/// How many signatures an envelope may carry.
pub const SIGNATURES_MAX: usize = 16;

/// The Statement that a report's signature covers: canonical JSON. It is about the report without its front matter, for
/// the ledger's key vouches for no word of whoever made it. Its subjects are the report's own JSON, by which a file is
/// found, and the ledger's tree, whose root is not a plain digest of a file and so has a name of its own.
pub fn statement(report: &Report) -> Result<Vec<u8>, serde_json::Error> {
    let report = &report.without_front_matter();
    let ledger = &report.ledger;
    let root = tree_subject(
        &ledger.origin,
        ledger.checkpoint_size,
        &ledger.checkpoint_root,
    );
    let subjects = [file_subject("report", &report.id, &report.to_json()?), root];
    bound(&subjects, REPORT_PREDICATE_TYPE, &json!(report))
}

/// The Statement of a chain verification.
pub fn verification_statement(verification: &Verification) -> Result<Vec<u8>, serde_json::Error> {
    let file = file_subject("verification", &verification.id, &verification.to_json()?);
    let bundle = &verification.bundle;
    let root = bundle.root.as_deref();
    let root = root.map(|root| tree_subject(&bundle.origin, bundle.size, root));
    let subjects: Vec<_> = [file].into_iter().chain(root).collect();
    bound(&subjects, VERIFICATION_PREDICATE_TYPE, &json!(verification))
}

fn bound(
    subjects: &[serde_json::Value],
    predicate_type: &str,
    predicate: &serde_json::Value,
) -> Result<Vec<u8>, serde_json::Error> {
    canonical::to_bytes(&json!({
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": predicate_type,
        "predicate": predicate,
    }))
}

fn file_subject(kind: &str, id: &str, json: &[u8]) -> serde_json::Value {
    json!({
        "name": format!("{kind}-{id}.json"),
        "digest": { "sha256": HEXLOWER.encode(&Sha256::digest(json)) },
    })
}

fn tree_subject(origin: &str, size: u64, root_base64: &str) -> serde_json::Value {
    let root = STANDARD.decode(root_base64).unwrap_or_default();
    json!({
        "name": format!("{origin} at size {size}"),
        "digest": { "rfc6962Sha256": HEXLOWER.encode(&root) },
    })
}

/// What a signature covers: DSSE's pre-authentication encoding.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

/// A signature, with what its key is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// `<name>+<key id>`, as C2SP writes it. A hint, never trusted.
    pub key_id: String,
    /// Ed25519 over [`pae`].
    pub signature: Vec<u8>,
}

/// An envelope around a Statement, as canonical JSON.
pub fn envelope(
    payload: &[u8],
    signatures: &[EnvelopeSignature],
) -> Result<Vec<u8>, serde_json::Error> {
    let signatures: Vec<_> = signatures
        .iter()
        .map(|signature| json!({ "keyid": signature.key_id, "sig": STANDARD.encode(&signature.signature) }))
        .collect();
    canonical::to_bytes(&json!({
        "payload": STANDARD.encode(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": signatures,
    }))
}

/// An envelope, opened and not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The Statement's bytes.
    pub payload: Vec<u8>,
    /// The signatures.
    pub signatures: Vec<EnvelopeSignature>,
}

/// Why an envelope is refused.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not the JSON of an envelope.
    #[error("not a DSSE envelope: {0}")]
    Json(#[from] serde_json::Error),
    /// Something that ought to be base64 is not.
    #[error("the envelope's {what} is not base64")]
    Base64 {
        /// What.
        what: &'static str,
    },
    /// A payload of another type.
    #[error("the payload is of type {found:?}, not {PAYLOAD_TYPE:?}")]
    Type {
        /// What it says.
        found: String,
    },
    /// No signature, or too many.
    #[error("the envelope has {found} signatures, 1 to {SIGNATURES_MAX} are allowed")]
    Signatures {
        /// How many.
        found: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeFile {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<SignatureFile>,
}

#[derive(Deserialize)]
struct SignatureFile {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// Opens an envelope. That verifies nothing: see [`Opened::signed_by`].
pub fn open(envelope: &[u8]) -> Result<Opened, EnvelopeError> {
    let file: EnvelopeFile = serde_json::from_slice(envelope)?;
    if file.payload_type != PAYLOAD_TYPE {
        return Err(EnvelopeError::Type {
            found: file.payload_type,
        });
    }
    let found = file.signatures.len();
    if found == 0 || found > SIGNATURES_MAX {
        return Err(EnvelopeError::Signatures { found });
    }
    let decoded = |what, text: &str| {
        STANDARD
            .decode(text)
            .map_err(|_| EnvelopeError::Base64 { what })
    };
    let signatures = file.signatures.into_iter().map(|signature| {
        Ok(EnvelopeSignature {
            signature: decoded("signature", &signature.sig)?,
            key_id: signature.keyid,
        })
    });
    Ok(Opened {
        payload: decoded("payload", &file.payload)?,
        signatures: signatures.collect::<Result<_, EnvelopeError>>()?,
    })
}

impl Opened {
    /// Whether one of the signatures is the pinned key's, over exactly this payload. What a signature calls its key
    /// plays no part in it.
    pub fn signed_by(&self, key: &VerifierKey) -> bool {
        let message = pae(PAYLOAD_TYPE, &self.payload);
        self.signatures.iter().any(|signature| {
            let signature = <&[u8; 64]>::try_from(signature.signature.as_slice());
            signature.is_ok_and(|signature| key.verify_message(&message, signature))
        })
    }
}
