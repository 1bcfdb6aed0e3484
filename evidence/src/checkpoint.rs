//! Checkpoints: signed tree heads, as in C2SP `tlog-checkpoint`, without extension lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::TreeHash;
use crate::key_event::EpochCertificate;
use crate::limits::UINT_MAX;
use crate::note::{SignatureLine, SignatureType, SignedNote, VerifierKey, VerifierKeyError};
use crate::origin::{Origin, OriginError};

/// Why a checkpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note's text is not origin, size and root.
    #[error("the checkpoint {problem}")]
    Text {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The first line is not an origin.
    #[error("the checkpoint's origin is not valid")]
    OriginForm(#[from] OriginError),
    /// It is another log's.
    #[error("the checkpoint belongs to {found}, not to {expected}")]
    OtherOrigin {
        /// The origin that was expected.
        expected: String,
        /// The one it names.
        found: String,
    },
    /// A line of a known key whose signature does not verify.
    #[error("a signature by {name} does not verify")]
    BadSignature {
        /// The key's name.
        name: String,
    },
    /// No line of the key.
    #[error("the checkpoint is not signed by {name}")]
    NotSigned {
        /// The key's name.
        name: String,
    },
    /// A size that the epoch key may not sign.
    #[error("an epoch key for sizes {} to {last} must not sign size {size}", first.saturating_add(1))]
    OutsideSpan {
        /// The size signed.
        size: u64,
        /// The certificate's `first`; the span begins after it.
        first: u64,
        /// The certificate's `last`.
        last: u64,
    },
    /// The key can't stand in a note.
    #[error(transparent)]
    Key(#[from] VerifierKeyError),
}

/// A tree head: which log, how many records, which root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: Origin,
    /// How many records it has.
    pub size: u64,
    /// The root of the tree at that size.
    pub root: TreeHash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn to_text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root.as_bytes())
        )
    }

    /// Parses the text of a note: exactly three lines. [`Self::to_text`] gives the same text.
    pub fn parse_text(text: &str) -> Result<Self, CheckpointError> {
        let refused = |problem| CheckpointError::Text { problem };
        let lines = text
            .strip_suffix('\n')
            .ok_or(refused("does not end with a newline"))?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(refused(
                "does not have exactly the lines origin, size and root",
            ));
        };
        let size =
            parse_decimal(size).ok_or(refused("has a size that is not canonical decimal"))?;
        let root = STANDARD
            .decode(root)
            .ok()
            .and_then(|root| TreeHash::try_from(root.as_slice()).ok())
            .ok_or(refused(
                "has a root that is not the canonical base64 of 32 bytes",
            ))?;
        Ok(Self {
            origin: Origin::parse(origin)?,
            size,
            root,
        })
    }
}

/// A decimal number without leading zeros, at most 2^63-1.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || text.starts_with(|first: char| ('1'..='9').contains(&first));
    if !canonical || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&number| number <= UINT_MAX)
}

/// The key name of an epoch line: `<origin>#<first>`.
pub fn epoch_key_name(origin: &Origin, first: u64) -> String {
    format!("{origin}#{first}")
}

/// What a cosignature signs, as in C2SP `tlog-cosignature`.
pub fn cosignature_message(timestamp_seconds: u64, note_text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {timestamp_seconds}\n{note_text}").into_bytes()
}

/// The line of a plain signature (type 1) over a note's text.
pub fn signature_line(name: &str, key_id: [u8; 4], signature: &[u8; 64]) -> SignatureLine {
    SignatureLine {
        name: name.to_owned(),
        key_id,
        signature: signature.to_vec(),
    }
}

/// The line of a cosignature (type 4) over [`cosignature_message`].
pub fn cosignature_line(
    name: &str,
    key_id: [u8; 4],
    timestamp_seconds: u64,
    signature: &[u8; 64],
) -> SignatureLine {
    let mut timestamped = timestamp_seconds.to_be_bytes().to_vec();
    timestamped.extend_from_slice(signature);
    SignatureLine {
        name: name.to_owned(),
        key_id,
        signature: timestamped,
    }
}

/// A checkpoint that the pinned key signed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    /// The tree head.
    pub checkpoint: Checkpoint,
    /// Whether it has a plain identity line.
    pub identity_line: bool,
    /// The newest time among its timestamped identity lines: seconds since 1970 UTC.
    pub identity_time: Option<u64>,
}

/// Verifies a checkpoint under the ledger's pinned key. Its origin is the key's name; at least one
/// line, plain or timestamped, is the key's, and every line of the key verifies.
pub fn verify_identity(
    note: &SignedNote,
    key: &VerifierKey,
) -> Result<VerifiedCheckpoint, CheckpointError> {
    let checkpoint = Checkpoint::parse_text(&note.text)?;
    expect_origin(key.name(), &checkpoint)?;
    let identity_line = verify_lines(note, &key.with_type(SignatureType::Ed25519))?;
    let identity_time = verify_cosignature(note, &key.with_type(SignatureType::Cosignature))?;
    if !identity_line && identity_time.is_none() {
        return Err(CheckpointError::NotSigned {
            name: key.name().to_owned(),
        });
    }
    Ok(VerifiedCheckpoint {
        checkpoint,
        identity_line,
        identity_time,
    })
}

/// Verifies the epoch line of a checkpoint under a certificate, which the caller has verified: the
/// origin is the certificate's, the size lies in its span, and every line of its key verifies.
pub fn verify_epoch(
    note: &SignedNote,
    certificate: &EpochCertificate,
) -> Result<Checkpoint, CheckpointError> {
    let checkpoint = Checkpoint::parse_text(&note.text)?;
    expect_origin(certificate.origin.as_str(), &checkpoint)?;
    let (size, first, last) = (checkpoint.size, certificate.first, certificate.last);
    if size <= first || size > last {
        return Err(CheckpointError::OutsideSpan { size, first, last });
    }
    if verify_epoch_lines(note, certificate)? {
        Ok(checkpoint)
    } else {
        let name = epoch_key_name(&certificate.origin, first);
        Err(CheckpointError::NotSigned { name })
    }
}

/// Whether a note has a line of a certified epoch key; an error if one of them does not verify, which makes a
/// checkpoint invalid whatever other lines say. The text is not looked at.
pub fn verify_epoch_lines(
    note: &SignedNote,
    certificate: &EpochCertificate,
) -> Result<bool, CheckpointError> {
    let name = epoch_key_name(&certificate.origin, certificate.first);
    let key = VerifierKey::of_public_key(&name, SignatureType::Ed25519, certificate.key)?;
    verify_lines(note, &key)
}

/// Verifies the cosignatures of one key, a witness's or the identity key's as type 4, and returns
/// the newest time among them; `None` if there are none. The text is not looked at.
pub fn verify_cosignature(
    note: &SignedNote,
    key: &VerifierKey,
) -> Result<Option<u64>, CheckpointError> {
    let mut newest = None;
    for line in note.lines_of(key) {
        let time = verified_time(&line.signature, &note.text, key).ok_or_else(|| {
            CheckpointError::BadSignature {
                name: key.name().to_owned(),
            }
        })?;
        newest = newest.max(Some(time));
    }
    Ok(newest)
}

fn verified_time(timestamped: &[u8], text: &str, key: &VerifierKey) -> Option<u64> {
    let (time, signature) = timestamped.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    let signature = signature.try_into().ok()?;
    let verified =
        time <= UINT_MAX && key.verify_message(&cosignature_message(time, text), signature);
    verified.then_some(time)
}

/// Whether there is a plain line of the key; an error if one of them does not verify. What the text says is not looked
/// at.
pub fn verify_lines(note: &SignedNote, key: &VerifierKey) -> Result<bool, CheckpointError> {
    let mut signed = false;
    for line in note.lines_of(key) {
        match line.signature.as_slice().try_into() {
            Ok(signature) if key.verify_message(note.text.as_bytes(), signature) => signed = true,
            _ => {
                return Err(CheckpointError::BadSignature {
                    name: key.name().to_owned(),
                });
            }
        }
    }
    Ok(signed)
}

fn expect_origin(expected: &str, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
    let found = checkpoint.origin.as_str();
    if found == expected {
        return Ok(());
    }
    Err(CheckpointError::OtherOrigin {
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

#[cfg(test)]
mod tests;
