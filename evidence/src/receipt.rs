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
use crate::key_event::{EpochCertificate, KeyEventError, LedgerIdentity};
use crate::limits::{HEADER_BYTES_MAX, PROOF_HASHES_MAX, RECEIPT_BYTES_MAX};
use crate::note::{NoteError, SignedNote, VerifierKey};
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};
use crate::record_file::RecordFile;
use crate::sealed::{DoesNotOpen, EventCipher, has_sealed_length};
use crate::tree::{leaf_hash, root_from_inclusion};
use crate::verify::records::RecordFacts;
use crate::verify::{Identities, KeyEvent, Statement, check_key_event};

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
    /// The checkpoint is only an epoch key's, and the record comes before the epoch.
    #[error(
        "record {index} comes before the epoch that begins at {first}, and no identity signed the checkpoint"
    )]
    BeforeEpoch {
        /// The record's sequence number.
        index: u64,
        /// That of the epoch's certificate.
        first: u64,
    },
    /// The epoch certificate does not hold under the pinned key.
    #[error("the epoch certificate does not hold")]
    CertificateRefused(#[source] KeyEventError),
    /// The header of genesis or of an identity record is malformed, or of another kind.
    #[error("the receipt's identities are malformed")]
    Identities(#[source] RecordError),
    /// The identities do not follow each other as they must.
    #[error("the identity of record {sequence} does not hold: {problem}")]
    IdentityRefused {
        /// The record.
        sequence: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// There is a certificate, though the identity key signed the checkpoint.
    #[error("the receipt has a certificate beside an identity line")]
    NeedlessCertificate,
    /// The record is a key event that custody does not hold for.
    #[error("the record is a key event, and not a lawful one: {problem}")]
    KeyEvent {
        /// What is wrong with it.
        problem: String,
    },
    /// An event's key was disclosed that is not the one which the header commits to, or a part does not open.
    #[error("the event's key does not open the record")]
    EventKey(#[from] DoesNotOpen),
    /// An event's key was disclosed for a record that is not encrypted.
    #[error("there is an event's key, but the record is not encrypted")]
    NeedlessEventKey,
    /// A body that is not encrypted names a data subject.
    #[error("the body names a data subject, so it must be encrypted")]
    SubjectInPlaintext,
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
    /// The header of genesis; only if there are identities, and genesis names a recovery key.
    pub genesis: Option<Vec<u8>>,
    /// The headers of the identity records, oldest first, up to the identity that signed the checkpoint or the
    /// certificate; none while that is the pinned key.
    pub identities: Vec<Vec<u8>>,
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
    /// The body in plaintext, where it is held and can be read.
    pub plain_body: Option<Vec<u8>>,
    /// The payload in plaintext, where it was encrypted by the daemon and opened.
    pub opened_payload: Option<Vec<u8>>,
    /// The records that introduced the identities since genesis's, as the receipt shows them.
    pub rotations: Vec<u64>,
}

impl ReceiptVerdict {
    /// Whether it stands on an epoch key or on a later identity, whose certificate or identity record is not shown
    /// to be in the tree.
    pub fn is_provisional(&self) -> bool {
        matches!(self.signer, CheckpointSigner::Epoch { .. }) || !self.rotations.is_empty()
    }
}

/// Whose signature vouches for a receipt's checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointSigner {
    /// The ledger's identity: the pinned key itself, or a later one.
    Identity {
        /// The time of its timestamped line, if there is one: seconds since 1970 UTC.
        time: Option<u64>,
    },
    /// An epoch key that the ledger's identity certified.
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
    /// It is here as the client gave it, and matches its commitment.
    Matches,
    /// It is here as the daemon encrypted it, matches its commitment, and was not opened.
    Sealed,
    /// It is here as the daemon encrypted it, matches its commitment, and opens under the event's key.
    Opened,
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
        let extra = Extra::decode(&extra).map_err(ReceiptError::Extra)?;
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
            previous: extra.previous,
            certificate: extra.certificate.map(<[u8]>::to_vec),
            genesis: extra.genesis.map(<[u8]>::to_vec),
            identities: extra
                .identities
                .iter()
                .map(|header| header.to_vec())
                .collect(),
            index,
            proof: hashes,
            checkpoint,
        })
    }

    /// Verifies the receipt for a record under the pinned key. The identity that signed is that key, or one to which the
    /// receipt's own identities lead from it.
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
        let identities = self.verify_identities(key)?;
        let (checkpoint, signer) = self.verify_checkpoint(&identities)?;
        if self.index == 0 && self.previous != ChainHasher::start(&checkpoint.origin) {
            return Err(ReceiptError::Start);
        }
        let chain = ChainHasher::new().link(&self.previous, &record.header);
        let leaf = leaf_hash(&chain);
        let root = root_from_inclusion(&leaf, self.index, checkpoint.size, &self.proof);
        if root != Some(checkpoint.root) {
            return Err(ReceiptError::NotIncluded);
        }
        verify_key_event(&header, &identities)?;
        let parts = Parts::verify(&header, record, &checkpoint.origin)?;
        Ok(ReceiptVerdict {
            sequence: header.sequence,
            chain,
            checkpoint,
            signer,
            body: parts.body,
            payload: parts.payload,
            plain_body: parts.plain_body,
            opened_payload: parts.opened_payload,
            rotations: identities.introductions().collect(),
        })
    }

    /// Follows the identities from the pinned key on.
    fn verify_identities(&self, key: &VerifierKey) -> Result<Identities, ReceiptError> {
        let mut identities = Identities::new(key.clone());
        if let Some(header) = &self.genesis {
            let header = Header::decode(header).map_err(ReceiptError::Identities)?;
            let event = lawful(&header, &identities)?;
            match event.statement {
                Ok(Statement::Genesis(_)) if !self.identities.is_empty() => {
                    identities.advance(&event)
                }
                _ => {
                    return Err(ReceiptError::IdentityRefused {
                        sequence: header.sequence,
                        problem: "a receipt has it only for the recovery key that genesis names, and only \
                                  beside later identities"
                            .to_owned(),
                    });
                }
            }
        }
        // Genesis and each identity record are followed by a certificate.
        let mut least = 2;
        for header in &self.identities {
            let header = Header::decode(header).map_err(ReceiptError::Identities)?;
            let sequence = header.sequence;
            let event = lawful(&header, &identities)?;
            if sequence < least || !matches!(event.statement, Ok(Statement::Identity { .. })) {
                let problem =
                    "it is not an identity record that can follow the one before".to_owned();
                return Err(ReceiptError::IdentityRefused { sequence, problem });
            }
            identities.advance(&event);
            least = sequence.saturating_add(2);
        }
        Ok(identities)
    }

    fn verify_checkpoint(
        &self,
        identities: &Identities,
    ) -> Result<(Checkpoint, CheckpointSigner), ReceiptError> {
        let (identity, introduced) = (identities.current(), identities.introduced(u64::MAX));
        let Some(key) = identity.verifier_key() else {
            let (sequence, problem) = (introduced, "its key is of an unknown type".to_owned());
            return Err(ReceiptError::IdentityRefused { sequence, problem });
        };
        let needless = |sequence| {
            let problem = "it does not precede what the identity signed".to_owned();
            ReceiptError::IdentityRefused { sequence, problem }
        };
        let (checkpoint, signer) = match (verify_identity(&self.checkpoint, key), &self.certificate)
        {
            (Ok(verified), None) => {
                let signer = CheckpointSigner::Identity {
                    time: verified.identity_time,
                };
                (verified.checkpoint, signer)
            }
            (Ok(_), Some(_)) => return Err(ReceiptError::NeedlessCertificate),
            (Err(CheckpointError::NotSigned { .. }), Some(header)) => {
                let certificate = verify_certificate(header, identity)?;
                let checkpoint = verify_epoch(&self.checkpoint, &certificate)?;
                let EpochCertificate { first, last, .. } = certificate;
                if first <= introduced {
                    return Err(needless(introduced));
                }
                // Whoever has an epoch key can sign any tree; what came before the epoch is not its to vouch for.
                // The first epoch's commit has genesis as well, which the identity signed.
                if self.index < first && first != 1 {
                    let index = self.index;
                    return Err(ReceiptError::BeforeEpoch { index, first });
                }
                (checkpoint, CheckpointSigner::Epoch { first, last })
            }
            (Err(error), _) => return Err(error.into()),
        };
        if checkpoint.size <= introduced && identities.rotations() > 0 {
            return Err(needless(introduced));
        }
        Ok((checkpoint, signer))
    }
}

/// A key event that custody holds for, of itself.
fn lawful(header: &Header<'_>, identities: &Identities) -> Result<KeyEvent, ReceiptError> {
    let sequence = header.sequence;
    let refused = |problem: String| ReceiptError::IdentityRefused { sequence, problem };
    match check_key_event(header, identities) {
        None => Err(refused("it is no key event".to_owned())),
        Some(KeyEvent {
            statement: Err(finding),
            ..
        }) => Err(refused(finding.detail)),
        Some(event) => Ok(event),
    }
}

/// Holds a record to what custody asks of its place and, if it is a key event, of its statement. The root
/// that a certificate binds is beyond a receipt's reach, and so are the other key events.
fn verify_key_event(header: &Header<'_>, identities: &Identities) -> Result<(), ReceiptError> {
    let refused = |problem: &str| {
        let problem = problem.to_owned();
        Err(ReceiptError::KeyEvent { problem })
    };
    let sequence = header.sequence;
    let event = check_key_event(header, identities);
    let statement = match event.as_ref().map(|event| &event.statement) {
        Some(Err(finding)) => return refused(&finding.detail),
        Some(Ok(statement)) => Some(statement),
        None => None,
    };
    let (genesis, epoch) = (
        matches!(statement, Some(Statement::Genesis(_))),
        matches!(statement, Some(Statement::Epoch { .. })),
    );
    if (sequence == 0) != genesis {
        return refused("record 0, and no other, must be a genesis");
    }
    if sequence == 1 && !epoch {
        return refused("record 1 must be an epoch's certificate");
    }
    if !epoch
        && identities
            .introductions()
            .any(|introduced| sequence == introduced + 1)
    {
        return refused("the record after a new identity must be an epoch's certificate");
    }
    match statement {
        Some(Statement::Epoch { last, .. }) if *last <= sequence => refused(&format!(
            "the certificate's span is empty: it ends at size {last}"
        )),
        _ => Ok(()),
    }
}

fn verify_certificate(
    header: &[u8],
    key: &LedgerIdentity,
) -> Result<EpochCertificate, ReceiptError> {
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

/// What became of the parts of a record.
struct Parts {
    body: PartVerdict,
    payload: PartVerdict,
    plain_body: Option<Vec<u8>>,
    opened_payload: Option<Vec<u8>>,
}

impl Parts {
    fn verify(
        header: &Header<'_>,
        record: &RecordFile,
        origin: &Origin,
    ) -> Result<Self, ReceiptError> {
        let facts = RecordFacts::of(header);
        let sealed = header.kind.event().and_then(|event| event.sealed);
        let is_sealed = sealed.is_some();
        let (body, payload) = (record.body.as_ref(), record.payload.as_ref());
        let mut parts = Self {
            body: verify_part(PartKind::Body, is_sealed, facts.body, body)?,
            payload: verify_part(PartKind::Payload, is_sealed, facts.payload, payload)?,
            plain_body: None,
            opened_payload: None,
        };
        match (&sealed, &record.event_key) {
            (None, None) => {
                parts.plain_body = body.map(|(_, bytes)| bytes.clone());
            }
            (None, Some(_)) => return Err(ReceiptError::NeedlessEventKey),
            (Some(_), None) => {}
            (Some(sealed), Some(key)) => {
                let cipher = EventCipher::for_event(key, origin, sealed)?;
                if let Some((_, bytes)) = body {
                    parts.plain_body = Some(cipher.open(PartKind::Body, bytes)?);
                    parts.body = PartVerdict::Opened;
                }
                if let Some((_, bytes)) = payload {
                    parts.opened_payload = Some(cipher.open(PartKind::Payload, bytes)?);
                    parts.payload = PartVerdict::Opened;
                }
            }
        }
        if let Some(bytes) = &parts.plain_body {
            let body = Body::decode(bytes).map_err(ReceiptError::Record)?;
            if body.data_subject.is_some() && !is_sealed {
                return Err(ReceiptError::SubjectInPlaintext);
            }
        }
        Ok(parts)
    }
}

fn verify_part(
    kind: PartKind,
    sealed: bool,
    commitment: Option<Commitment>,
    part: Option<&(Salt, Vec<u8>)>,
) -> Result<PartVerdict, ReceiptError> {
    let part_name = kind.name();
    match (commitment, part) {
        (None, None) => Ok(PartVerdict::None),
        (None, Some(_)) => Err(ReceiptError::NotCommitted { part: part_name }),
        (Some(_), None) => Ok(PartVerdict::Withheld),
        (Some(commitment), Some((salt, bytes))) => {
            if commit(salt, kind.domain(sealed), bytes) != commitment {
                return Err(ReceiptError::Mismatch { part: part_name });
            }
            if !sealed && bytes.len() > kind.plain_bytes_max() {
                return Err(ReceiptError::Record(RecordError::TooLong {
                    part: part_name,
                    found: bytes.len(),
                    limit: kind.plain_bytes_max(),
                }));
            }
            if sealed && !has_sealed_length(kind, bytes.len()) {
                let problem = format!("has {} bytes, which no sealed part has", bytes.len());
                return Err(ReceiptError::Record(RecordError::invalid(
                    part_name, problem,
                )));
            }
            Ok(if sealed {
                PartVerdict::Sealed
            } else {
                PartVerdict::Matches
            })
        }
    }
}

/// What a receipt carries beside proof and checkpoint.
struct Extra<'a> {
    previous: ChainHash,
    certificate: Option<&'a [u8]>,
    genesis: Option<&'a [u8]>,
    identities: Vec<&'a [u8]>,
}

impl<'a> Extra<'a> {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let mut encoder = Encoder::new(&mut out);
        let optional = [
            self.genesis.is_some(),
            !self.identities.is_empty(),
            self.certificate.is_some(),
        ];
        encoder.map(1 + optional.into_iter().map(usize::from).sum::<usize>());
        if let Some(header) = self.genesis {
            encoder.text("genesis");
            encoder.bytes(header);
        }
        encoder.text("previous");
        encoder.bytes(self.previous.as_bytes());
        if !self.identities.is_empty() {
            encoder.text("identities");
            encoder.array(self.identities.len());
            self.identities
                .iter()
                .for_each(|header| encoder.bytes(header));
        }
        if let Some(header) = self.certificate {
            encoder.text("certificate");
            encoder.bytes(header);
        }
        out
    }

    fn decode(extra: &'a [u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(extra);
        let entries = decoder.map()?;
        let mut keys = 1;
        let mut genesis = None;
        if decoder.optional_key("genesis") {
            keys += 1;
            genesis = Some(read_header(&mut decoder, "genesis")?);
        }
        decoder.key("previous")?;
        let previous = ChainHash::from_bytes(*fixed_bytes(&mut decoder, "previous")?);
        let mut identities = Vec::new();
        if decoder.optional_key("identities") {
            keys += 1;
            let count = decoder.array()?;
            if count == 0 {
                return Err(RecordError::invalid("identities", "has no entries"));
            }
            for _ in 0..count {
                identities.push(read_header(&mut decoder, "an identity")?);
            }
        }
        let mut certificate = None;
        if decoder.optional_key("certificate") {
            keys += 1;
            certificate = Some(read_header(&mut decoder, "the certificate")?);
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
        Ok(Self {
            previous,
            certificate,
            genesis,
            identities,
        })
    }
}

fn read_header<'a>(decoder: &mut Decoder<'a>, part: &'static str) -> Result<&'a [u8], RecordError> {
    let header = decoder.bytes()?;
    if header.len() > HEADER_BYTES_MAX {
        let (found, limit) = (header.len(), HEADER_BYTES_MAX);
        return Err(RecordError::TooLong { part, found, limit });
    }
    Ok(header)
}

impl fmt::Display for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extra = Extra {
            previous: self.previous,
            certificate: self.certificate.as_deref(),
            genesis: self.genesis.as_deref(),
            identities: self.identities.iter().map(Vec::as_slice).collect(),
        };
        let extra = STANDARD.encode(extra.encode());
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
