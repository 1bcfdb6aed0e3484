//! Why a receipt does not hold, and what that comes to.

use crate::checkpoint::CheckpointError;
use crate::note::NoteError;
use crate::producer::ProducerError;
use crate::record_error::RecordError;
use crate::sealed::DoesNotOpen;
use crate::verify::UnknownKeyType;

/// Why a receipt is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is not a `tlog-proof`.
    #[error("the receipt {problem}")]
    Text {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// What it has in its `extra` line is what the format's first draft had there.
    #[error("the receipt was made by an earlier draft of the format; export it again")]
    EarlierDraft,
    /// Its `extra` line does not hold what this format has there.
    #[error("the receipt's extra line is malformed")]
    Extra(#[source] RecordError),
    /// Its checkpoint is not a signed note.
    #[error("the receipt's checkpoint is not a signed note")]
    Note(#[from] NoteError),
    /// Its checkpoint is a signed note, and not a checkpoint.
    #[error("the receipt's checkpoint is not valid")]
    CheckpointForm(#[source] CheckpointError),
    /// The record is not of the format.
    #[error("the record is malformed")]
    Record(#[source] RecordError),
    /// It is another record's receipt.
    #[error(
        "the receipt is for record {receipt}, but the record file holds record {record}: these two files don't belong together"
    )]
    OtherRecord {
        /// The receipt's index.
        receipt: u64,
        /// The header's sequence number.
        record: u64,
    },
    /// Record 0 does not continue from the origin.
    #[error("record 0 does not continue from the origin's hash")]
    Start,
    /// The checkpoint signs a size that no ledger has.
    #[error("the receipt's checkpoint is of size {size}, and a ledger has at least two records")]
    Size {
        /// The size.
        size: u64,
    },
    /// The record, linked to the chain and proven, is not in the checkpoint's tree.
    #[error("the proof does not lead from the record to the checkpoint's root")]
    NotIncluded,
    /// The checkpoint is not signed as it must be.
    #[error("the receipt's checkpoint does not verify")]
    Checkpoint(#[from] CheckpointError),
    /// The header of the epoch certificate is malformed, or of another kind.
    #[error("the epoch certificate is malformed")]
    Certificate(#[source] RecordError),
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
    /// The checkpoint is only an epoch key's, and the record is one that ends the epoch before it.
    #[error(
        "record {index} ends the epoch that began at {first}, and no identity signed the checkpoint"
    )]
    EndsEpoch {
        /// The record's sequence number.
        index: u64,
        /// That of the epoch's certificate.
        first: u64,
    },
    /// The epoch certificate does not hold under the identity of its place.
    #[error("the epoch certificate of record {sequence} is not valid: {problem}")]
    CertificateRefused {
        /// The record.
        sequence: u64,
        /// What is wrong with it.
        problem: String,
    },
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
    /// The record is a key event that is not valid, or stands where another kind must.
    #[error("the record can't be at that place: {problem}")]
    OutOfPlace {
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
    /// The body of a decision of the daemon's gate names a data subject.
    #[error("the body of a governance record names a data subject")]
    SubjectInGovernance,
    /// The producer's own signature does not hold.
    #[error("the producer's signature does not verify")]
    Producer(#[source] ProducerError),
    /// A part is not what the header commits to.
    #[error("the {part} does not match its commitment")]
    Mismatch {
        /// `body` or `payload`.
        part: &'static str,
    },
    /// A part that the header does not commit to.
    #[error("there is a {part}, but the header does not commit to one")]
    NotCommitted {
        /// `body` or `payload`.
        part: &'static str,
    },
    /// Nothing is wrong, but an identity has keys of types that are not known here. Never empty.
    #[error("it can't be judged: {}", shown(.0))]
    Unjudged(Vec<UnknownKeyType>),
}

fn shown(unknown: &[UnknownKeyType]) -> String {
    let each = unknown.iter().map(|key| {
        let UnknownKeyType {
            signature_type,
            sequence,
        } = key;
        format!(
            "record {sequence} introduces a key of type {signature_type:#04x}, which is not known"
        )
    });
    each.collect::<Vec<_>>().join(", ")
}

/// What it comes to when a receipt does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptFailure {
    /// The receipt or its record can't be decoded.
    Malformed,
    /// Something is wrong.
    Refused,
    /// Nothing is wrong, and not all could be verified.
    Unjudged,
}

impl ReceiptError {
    /// What it comes to.
    pub fn failure(&self) -> ReceiptFailure {
        match self {
            Self::Text { .. }
            | Self::EarlierDraft
            | Self::Extra(_)
            | Self::Note(_)
            | Self::CheckpointForm(_)
            | Self::Record(_)
            | Self::Certificate(_)
            | Self::Identities(_) => ReceiptFailure::Malformed,
            Self::Unjudged(_) => ReceiptFailure::Unjudged,
            Self::OtherRecord { .. }
            | Self::Start
            | Self::Size { .. }
            | Self::NotIncluded
            | Self::Checkpoint(_)
            | Self::BeforeEpoch { .. }
            | Self::EndsEpoch { .. }
            | Self::CertificateRefused { .. }
            | Self::IdentityRefused { .. }
            | Self::NeedlessCertificate
            | Self::OutOfPlace { .. }
            | Self::EventKey(_)
            | Self::NeedlessEventKey
            | Self::SubjectInPlaintext
            | Self::SubjectInGovernance
            | Self::Producer(_)
            | Self::Mismatch { .. }
            | Self::NotCommitted { .. } => ReceiptFailure::Refused,
        }
    }
}
