//! The Indelible evidence format, version 0: what a verifier must trust and nothing more.
//!
//! The crate encodes and checks the records of a ledger, their commitments, the chain, the tree,
//! checkpoints and receipts, byte for byte as `docs/evidence-format.md` says. The writer and the
//! verifier call the same functions, so there is no second implementation to drift.
//!
//! It is pure: no file, socket, clock or random number, and it never signs. Sealing and opening of what the
//! daemon encrypts are functions of keys that the caller brings.

pub mod attribute_text;
pub mod body;
pub mod bundle;
pub mod cbor;
pub mod chain;
pub mod checkpoint;
pub mod commitment;
pub mod data_subject;
pub mod date;
mod ed25519;
mod fields;
mod finding_code;
pub mod hash;
pub mod hashing;
pub mod header;
pub mod key_event;
pub mod limits;
pub mod note;
pub mod origin;
pub mod policy;
pub mod producer;
pub mod receipt;
mod record_error;
pub mod record_file;
pub mod sealed;
#[cfg(test)]
mod testing;
pub mod tile;
pub mod tree;
pub mod verdict;
mod verifier_key;
pub mod verify;

pub use body::{Body, ComponentDigest, Envelope, FactValue, ProducerSignature};
pub use cbor::CborError;
pub use chain::ChainHasher;
pub use checkpoint::{Checkpoint, CheckpointError, VerifiedCheckpoint};
pub use commitment::{Domain, PartKind, commit};
pub use ed25519::KeyError;
pub use fields::{FieldViolation, check_classification, check_event_type};
pub use hash::{
    ChainHash, Commitment, DataKeyId, HoldId, IdentityTag, KeyCommitment, LengthError, Salt,
    TreeHash,
};
pub use header::{EventHeader, Header, RecordKind, SealedBy, SignedStatement};
pub use key_event::{
    Archive, Closed, DataKeyChange, Disposal, Encryption, EpochCertificate, Erasure, Genesis, Hold,
    HoldAction, IdentityChange, IdentityKeys, KekChange, KeyEventError, LedgerIdentity,
    Predecessor, ProducerAction, ProducerChange, PublicKey, RetentionAction, RetentionClock,
    RetentionParts, RetentionRule, Revocation, Settings, SettingsChange, Span, TypedKey,
};
pub use note::{NoteError, SignatureLine, SignatureType, SignedNote, VerifierKey};
pub use origin::{LedgerName, NameError, Origin, OriginError};
pub use producer::{ProducedEvent, ProducerError};
pub use receipt::{Receipt, ReceiptError, ReceiptFailure, ReceiptVerdict};
pub use record_error::RecordError;
pub use record_file::RecordFile;
pub use sealed::{DoesNotOpen, EventCipher, EventKey};
pub use tile::TileId;
pub use tree::{Frontier, NodeId};
