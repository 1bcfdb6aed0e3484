//! Receipts: that one record is in the ledger, as a C2SP `tlog-proof`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::body::Body;
use crate::cbor::{CborError, Decoder, Encoder};
use crate::chain::ChainHasher;
use crate::checkpoint::{
    Checkpoint, CheckpointError, parse_decimal, verify_epoch, verify_identity,
};
use crate::commitment::{PartKind, commit};
use crate::hash::{ChainHash, Commitment, Salt, TreeHash};
use crate::header::{Header, RecordKind};
use crate::key_event::{EpochCertificate, KeyEventError};
use crate::limits::{HEADER_BYTES_MAX, PROOF_HASHES_MAX, RECEIPT_BYTES_MAX};
use crate::note::{NoteError, SignedNote, VerifierKey};
use crate::record_error::{RecordError, fixed_bytes};
use crate::record_file::RecordFile;
use crate::tree::{leaf_hash, root_from_inclusion};
use crate::verify::records::RecordFacts;
use crate::verify::{Statement, check_key_event};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// Why a receipt is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is not a `tlog-proof`.
    #[error("the receipt {problem}")]
    Text {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Its `extra` line does not hold what this format has there.
    #[error("the receipt's extra line is malformed")]
    Extra(#[source] RecordError),
    /// Its checkpoint is not a signed note.
    #[error("the receipt's checkpoint is not a signed note")]
    Note(#[from] NoteError),
    /// The record is not of the format.
    #[error("the record is malformed")]
    Record(#[source] RecordError),
    /// It is another record's receipt.
    #[error("the receipt is for record {receipt}, the record is {record}")]
    OtherRecord {
        /// The receipt's index.
        receipt: u64,
        /// The header's sequence number.
        record: u64,
    },
    /// Record 0 does not continue from the origin.
    #[error("record 0 does not continue from the origin's hash")]
    Start,
    /// The record, linked to the chain and proven, is not in the checkpoint's tree.
    #[error("the proof does not lead from the record to the checkpoint's root")]
    NotIncluded,
    /// The checkpoint is not signed as it must be.
    #[error("the receipt's checkpoint does not hold")]
    Checkpoint(#[from] CheckpointError),
    /// The header of the epoch certificate is malformed, or of another kind.
    #[error("the epoch certificate is malformed")]
    Certificate(#[source] RecordError),
    /// The epoch certificate states that it is another record's.
    #[error("the epoch certificate at record {sequence} is one for record {first}")]
    OtherCertificate {
        /// What it states.
        first: u64,
        /// Where it stands.
        sequence: u64,
    },
    /// The epoch certificate does not hold under the pinned key.
    #[error("the epoch certificate does not hold")]
    CertificateRefused(#[source] KeyEventError),
    /// There is a certificate, though the identity key signed the checkpoint.
    #[error("the receipt has a certificate beside an identity line")]
    NeedlessCertificate,
    /// The record is a key event that custody does not hold for.
    #[error("the record is a key event, and not a lawful one: {problem}")]
    KeyEvent {
        /// What is wrong with it.
        problem: String,
    },
    /// A part is not what the header commits to.
    #[error("the {part} does not match its commitment")]
    Mismatch {
        /// `body` or `payload`.
        part: &'static str,
    },
    /// A part that the header does not commit to.
    #[error("the header commits to no {part}, but there is one")]
    NotCommitted {
        /// `body` or `payload`.
        part: &'static str,
    },
}

/// A receipt, parsed; nothing is verified by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The chain hash before the record.
    pub previous: ChainHash,
    /// The header of the certificate that vouches for the checkpoint's epoch line; only while the
    /// checkpoint has no identity line.
    pub certificate: Option<Vec<u8>>,
    /// The record's sequence number.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up.
    pub proof: Vec<TreeHash>,
    /// The checkpoint.
    pub checkpoint: SignedNote,
}

/// What a receipt proves of its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptVerdict {
    /// The record's sequence number.
    pub sequence: u64,
    /// The chain hash at the record.
    pub chain: ChainHash,
    /// The tree head that covers it.
    pub checkpoint: Checkpoint,
    /// Who signed the tree head.
    pub signer: CheckpointSigner,
    /// What became of the body.
    pub body: PartVerdict,
    /// What became of the payload.
    pub payload: PartVerdict,
}

impl ReceiptVerdict {
    /// Whether it stands on an epoch key alone, whose certificate is not shown to be in the tree.
    pub fn is_provisional(&self) -> bool {
        matches!(self.signer, CheckpointSigner::Epoch { .. })
    }
}

/// Whose signature vouches for a receipt's checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointSigner {
    /// The pinned key itself.
    Identity {
        /// The time of its timestamped line, if there is one: seconds since 1970 UTC.
        time: Option<u64>,
    },
    /// An epoch key that the pinned key certified.
    Epoch {
        /// The certificate's sequence number.
        first: u64,
        /// The greatest size that the key may sign.
        last: u64,
    },
}

/// What a verifier can say of a body or payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartVerdict {
    /// The header commits to none.
    None,
    /// The header commits to one that is not here.
    Withheld,
    /// It is here and matches its commitment.
    Matches,
}

impl Receipt {
    /// Parses a receipt. Printing it again gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let refused = |problem| ReceiptError::Text { problem };
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(refused("is too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| refused("is not UTF-8"))?;
        // No line of the proof is empty, so the first empty line is where the checkpoint begins.
        let (proof, checkpoint) = text
            .split_once("\n\n")
            .ok_or(refused("has no checkpoint"))?;
        let mut lines = proof.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(refused("does not begin as a tlog-proof of version 1"));
        }
        let extra = lines
            .next()
            .and_then(|line| line.strip_prefix("extra "))
            .ok_or(refused("has no extra line"))?;
        let extra = STANDARD
            .decode(extra)
            .map_err(|_| refused("has an extra line that is not canonical base64"))?;
        let (previous, certificate) = decode_extra(&extra).map_err(ReceiptError::Extra)?;
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(parse_decimal)
            .ok_or(refused("has no index line with a canonical decimal number"))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == PROOF_HASHES_MAX {
                return Err(refused("has more hashes than any proof needs"));
            }
            let hash = STANDARD
                .decode(line)
                .ok()
                .and_then(|hash| TreeHash::try_from(hash.as_slice()).ok())
                .ok_or(refused(
                    "has a hash that is not the canonical base64 of 32 bytes",
                ))?;
            hashes.push(hash);
        }
        let checkpoint = SignedNote::parse(checkpoint.as_bytes())?;
        Checkpoint::parse_text(&checkpoint.text)?;
        Ok(Self {
            previous,
            certificate,
            index,
            proof: hashes,
            checkpoint,
        })
    }

    /// Verifies the receipt for a record under the pinned key.
    pub fn verify(
        &self,
        record: &RecordFile,
        key: &VerifierKey,
    ) -> Result<ReceiptVerdict, ReceiptError> {
        let header = Header::decode(&record.header).map_err(ReceiptError::Record)?;
        if header.sequence != self.index {
            let (receipt, record) = (self.index, header.sequence);
            return Err(ReceiptError::OtherRecord { receipt, record });
        }
        let (checkpoint, signer) = self.verify_checkpoint(key)?;
        if self.index == 0 && self.previous != ChainHasher::start(&checkpoint.origin) {
            return Err(ReceiptError::Start);
        }
        let chain = ChainHasher::new().link(&self.previous, &record.header);
        let leaf = leaf_hash(&chain);
        let root = root_from_inclusion(&leaf, self.index, checkpoint.size, &self.proof);
        if root != Some(checkpoint.root) {
            return Err(ReceiptError::NotIncluded);
        }
        verify_key_event(&header, key)?;
        let facts = RecordFacts::of(&header);
        let sealed = facts.data_key.is_some();
        let body = verify_part(PartKind::Body, sealed, facts.body, record.body.as_ref())?;
        let payload = verify_part(
            PartKind::Payload,
            sealed,
            facts.payload,
            record.payload.as_ref(),
        )?;
        if let Some((_, bytes)) = &record.body {
            Body::decode(bytes).map_err(ReceiptError::Record)?;
        }
        let sequence = header.sequence;
        Ok(ReceiptVerdict {
            sequence,
            chain,
            checkpoint,
            signer,
            body,
            payload,
        })
    }

    fn verify_checkpoint(
        &self,
        key: &VerifierKey,
    ) -> Result<(Checkpoint, CheckpointSigner), ReceiptError> {
        match (verify_identity(&self.checkpoint, key), &self.certificate) {
            (Ok(verified), None) => {
                let signer = CheckpointSigner::Identity {
                    time: verified.identity_time,
                };
                Ok((verified.checkpoint, signer))
            }
            (Ok(_), Some(_)) => Err(ReceiptError::NeedlessCertificate),
            (Err(CheckpointError::NotSigned { .. }), Some(header)) => {
                let certificate = verify_certificate(header, key)?;
                let checkpoint = verify_epoch(&self.checkpoint, &certificate)?;
                let EpochCertificate { first, last, .. } = certificate;
                Ok((checkpoint, CheckpointSigner::Epoch { first, last }))
            }
            (Err(error), _) => Err(error.into()),
        }
    }
}

/// Holds a record to what custody asks of its place and, if it is a key event, of its statement. The root
/// that a certificate binds is beyond a receipt's reach.
fn verify_key_event(header: &Header<'_>, key: &VerifierKey) -> Result<(), ReceiptError> {
    let refused = |problem: String| Err(ReceiptError::KeyEvent { problem });
    let Some(event) = check_key_event(header, key) else {
        return match header.sequence {
            0 => refused("record 0 must be a genesis".to_owned()),
            1 => refused("record 1 must be an epoch's certificate".to_owned()),
            _ => Ok(()),
        };
    };
    match event.statement {
        Err(finding) => refused(finding.detail),
        Ok(Statement::Epoch { last, .. }) if last <= header.sequence => refused(format!(
            "the certificate's span is empty: it ends at size {last}"
        )),
        Ok(Statement::Epoch { .. }) if header.sequence == 0 => {
            refused("record 0 must be a genesis".to_owned())
        }
        Ok(_) => Ok(()),
    }
}

fn verify_certificate(header: &[u8], key: &VerifierKey) -> Result<EpochCertificate, ReceiptError> {
    let header = Header::decode(header).map_err(ReceiptError::Certificate)?;
    let RecordKind::Epoch(signed) = &header.kind else {
        let found = header.kind_name().to_owned();
        return Err(ReceiptError::Certificate(RecordError::Kind { found }));
    };
    let certificate =
        EpochCertificate::verify(signed, key).map_err(ReceiptError::CertificateRefused)?;
    if certificate.first != header.sequence {
        let (first, sequence) = (certificate.first, header.sequence);
        return Err(ReceiptError::OtherCertificate { first, sequence });
    }
    Ok(certificate)
}

fn verify_part(
    kind: PartKind,
    sealed: bool,
    commitment: Option<Commitment>,
    part: Option<&(Salt, Vec<u8>)>,
) -> Result<PartVerdict, ReceiptError> {
    match (commitment, part) {
        (None, None) => Ok(PartVerdict::None),
        (None, Some(_)) => Err(ReceiptError::NotCommitted { part: kind.name() }),
        (Some(_), None) => Ok(PartVerdict::Withheld),
        (Some(commitment), Some((salt, bytes)))
            if commit(salt, kind.domain(sealed), bytes) == commitment =>
        {
            Ok(PartVerdict::Matches)
        }
        (Some(_), Some(_)) => Err(ReceiptError::Mismatch { part: kind.name() }),
    }
}

fn encode_extra(previous: &ChainHash, certificate: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + certificate.map_or(0, <[u8]>::len));
    let mut encoder = Encoder::new(&mut out);
    encoder.map(1 + usize::from(certificate.is_some()));
    encoder.text("previous");
    encoder.bytes(previous.as_bytes());
    if let Some(header) = certificate {
        encoder.text("certificate");
        encoder.bytes(header);
    }
    out
}

fn decode_extra(extra: &[u8]) -> Result<(ChainHash, Option<Vec<u8>>), RecordError> {
    let mut decoder = Decoder::new(extra);
    let entries = decoder.map()?;
    let mut keys = 1;
    decoder.key("previous")?;
    let previous = ChainHash::from_bytes(*fixed_bytes(&mut decoder, "previous")?);
    let mut certificate = None;
    if decoder.optional_key("certificate") {
        keys += 1;
        let header = decoder.bytes()?;
        if header.len() > HEADER_BYTES_MAX {
            let (found, limit) = (header.len(), HEADER_BYTES_MAX);
            return Err(RecordError::TooLong {
                part: "the certificate",
                found,
                limit,
            });
        }
        certificate = Some(header.to_vec());
    }
    if entries != keys {
        return Err(CborError::WrongCount {
            offset: 0,
            expected: keys,
            found: entries,
        }
        .into());
    }
    decoder.finish()?;
    Ok((previous, certificate))
}

impl fmt::Display for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extra = STANDARD.encode(encode_extra(&self.previous, self.certificate.as_deref()));
        writeln!(
            formatter,
            "{FIRST_LINE}\nextra {extra}\nindex {}",
            self.index
        )?;
        for hash in &self.proof {
            writeln!(formatter, "{}", STANDARD.encode(hash.as_bytes()))?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
