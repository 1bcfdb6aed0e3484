//! What can go wrong: one enum for each entry point, with variants named by what the caller must do next.

use std::time::Duration;

use indelible_evidence::{FieldViolation, origin::NameError};
use indelible_keystore::KeyError;
use indelible_store::{Cause, StoreError};
use thiserror::Error;

use crate::state::{
    archive_error::ArchiveError,
    custody::{IdentityError, KeysAway},
    key_error::{KeyringError, KeysError},
    key_state_error::KeyStateError,
    no_records::NoRecords,
    producers::ProducerRefusal,
    shelf::ArchiveAway,
    wall_clock::ClockUnconfirmed,
};

/// Why a ledger can't be opened, created or succeeded.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// No ledger has that name or origin.
    #[error("no ledger is named {0:?}")]
    Unknown(String),
    /// The name is taken by a ledger that is not closed.
    #[error("a ledger named {0:?} exists already")]
    Exists(String),
    /// The ledger ended, and nothing takes its place.
    #[error("the ledger {0:?} ended, and its name is kept: nothing takes its place")]
    Ended(String),
    /// The name is not a valid ledger name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The recovery key is not a valid one.
    #[error("the recovery public key is not an Ed25519 key that can be trusted")]
    RecoveryKey,
    /// The request id is too long.
    #[error("the request id is longer than 64 bytes")]
    RequestId,
    /// Only a ledger that can never take a record again has a successor.
    #[error(
        "ledger {0:?} needs no successor: it is not in quarantine, and its identity key can still sign or be replaced"
    )]
    NotQuarantined(String),
    /// The anchor can't be written.
    #[error("the anchor can't be used: {0}")]
    Anchor(String),
    /// The anchor's volume has no room for one more ledger.
    #[error("no ledger was created: {0}")]
    AnchorFull(String),
    /// There are as many ledgers as a daemon may hold.
    #[error(
        "the daemon holds {ledgers} ledgers, closed ones included, and may hold no more: raise limits.ledgers in its configuration \
         and restart it, or use another daemon"
    )]
    TooMany {
        /// How many there are.
        ledgers: u64,
    },
    /// What is left is for others.
    #[error(
        "the daemon holds {ledgers} ledgers, closed ones included, and the last {reserved} that it may hold are for those who \
         administer the store: ask one of them to create it, or to raise limits.ledgers in the configuration and restart the daemon"
    )]
    Reserved {
        /// How many there are.
        ledgers: u64,
        /// How many are left for those who administer the store.
        reserved: u64,
    },
    /// It is not known which names are taken.
    #[error(
        "the catalogue's entry of a ledger can't be read, so it is not known which names are taken, and no ledger is created"
    )]
    NamesUnknown,
    /// The clock may be wrong.
    #[error(transparent)]
    Clock(#[from] ClockUnconfirmed),
    /// Prefix and name don't form a valid origin.
    #[error("the origin can't be formed: {0}")]
    Origin(String),
    /// The daemon is stopping.
    #[error("the daemon is draining before it stops")]
    Draining,
    /// The writer stopped after a failed write.
    #[error("the writer has stopped: {0}")]
    Stopped(String),
    /// The keys are away.
    #[error(transparent)]
    KeysAway(#[from] KeysAway),
    /// The identity key can't be opened.
    #[error(transparent)]
    Shut(#[from] IdentityError),
    /// The identity key can't sign now.
    #[error("the identity key can't be used: {0}")]
    Identity(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why events were not appended.
#[derive(Clone, Debug, Error)]
pub enum AppendError {
    /// Too much is waiting already.
    #[error("the ledger's queue is full; try again in {} ms", retry_after.as_millis())]
    QueueFull {
        /// When to try again.
        retry_after: Duration,
    },
    /// An event of the same source and id, but other content, is there.
    #[error("event {index} repeats the source and id of {} with other content ({})", original(*sequence), differs.join(", "))]
    Conflict {
        /// Index in the batch.
        index: u32,
        /// The record that has the identity; none if it is an earlier event of the same batch.
        sequence: Option<u64>,
        /// Which parts differ: `type`, `classification`, `body`, `payload`.
        differs: Vec<&'static str>,
    },
    /// The last client event is not the expected one.
    #[error("the last event is not the one that the append expects")]
    SequenceMismatch {
        /// What the caller expected; 0 for none.
        expected: u64,
        /// What it is; 0 for none.
        actual: u64,
    },
    /// The ledger takes no appends, and will not until an operator acts.
    #[error("the ledger takes no appends: {reason}")]
    Refused {
        /// Which state it is in.
        state: crate::state::shared::Availability,
        /// Why, for people.
        reason: String,
    },
    /// The records that the events must be compared with can't be read; nothing was appended.
    #[error("the ledger's stored records can't be read, so nothing was appended: {reason}")]
    Unreadable {
        /// What can't be read, and why.
        reason: String,
        /// What stands behind it, if the operating system refused; none if what is stored is wrong.
        cause: Option<Cause>,
    },
    /// A write failed; whether the events are durable is unknown until a restart.
    #[error(
        "a write failed, and whether these events are durable is unknown until the daemon restarts: {reason}"
    )]
    Unknown {
        /// What failed.
        reason: String,
    },
    /// The daemon is stopping.
    #[error("the daemon is draining before it stops")]
    Draining,
    /// The identity key can't certify an epoch key now.
    #[error("no epoch can be opened, since the identity key can't be used: {why}")]
    IdentityUnavailable {
        /// What the key's provider said.
        why: String,
    },
    /// The identity key can't be opened.
    #[error(transparent)]
    Shut(#[from] IdentityError),
    /// A key event can't follow those that are there.
    #[error(transparent)]
    KeyState(#[from] KeyStateError),
    /// Another rotation of the identity or of the KEK is in progress.
    #[error("another rotation of the identity key or the KEK is in progress; try again")]
    Rotating,
    /// The data key that an event was sealed under has been erased meanwhile; nothing was appended.
    #[error("the data subject of event {index} is being erased; try again")]
    KeyErased {
        /// Index in the batch.
        index: u32,
    },
    /// A repeat's original is sealed under another data key and can't be compared yet; nothing was appended.
    #[error("event {index} repeats record {sequence}, which is not durable yet; try again")]
    Incomparable {
        /// Index in the batch.
        index: u32,
        /// The original.
        sequence: u64,
    },
    /// What the ledger says of producers is against an event; nothing was appended.
    #[error("event {index}: {refusal}")]
    Producer {
        /// Index in the batch.
        index: u32,
        /// What is against it.
        refusal: ProducerRefusal,
    },
    /// The state that decisions are judged by is not with the writer yet.
    #[error("the ledger's decisions are still being read; try again")]
    GateNotReady,
    /// The state that decisions are judged by is of no use, or what was to be recorded can't be: why not.
    #[error("the gate can't decide: {0}")]
    Gate(String),
    /// The clock may be wrong.
    #[error(transparent)]
    Clock(#[from] ClockUnconfirmed),
    /// No events were given.
    #[error("the batch holds no event")]
    BatchEmpty,
    /// Too many events, or too many bytes.
    #[error(
        "the batch holds {events} events and {bytes} bytes; at most {events_max} events and {bytes_max} bytes are taken"
    )]
    BatchTooLarge {
        /// How many there are.
        events: usize,
        /// How many bytes.
        bytes: usize,
        /// How many may be.
        events_max: usize,
        /// How many bytes may be.
        bytes_max: usize,
    },
}

/// Why a key event was not recorded, or what follows from it was not done.
#[derive(Debug, Error)]
pub enum KeyEventError {
    /// It was not recorded.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The keys are away.
    #[error(transparent)]
    KeysAway(#[from] KeysAway),
    /// The identity key can't be opened.
    #[error(transparent)]
    Shut(#[from] IdentityError),
    /// The identity key can't sign it.
    #[error("the identity key can't be used: {0}")]
    Identity(#[from] KeyError),
    /// A data key is not available.
    #[error(transparent)]
    DataKey(#[from] KeyringError),
    /// The ledger's records can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The client must fix it.
    #[error("{}: {}", .0.field, .0.problem)]
    Field(#[from] FieldViolation),
    /// The ledger has no events of that data subject.
    #[error(
        "the ledger has no data key of that data subject: it has no events of the subject, or they were erased already. If it is a successor, what its predecessor has of the subject is not looked at: ask for that by its origin"
    )]
    SubjectUnknown,
    /// The ledger is not available.
    #[error(transparent)]
    Ledger(LedgerError),
    /// An identity key can't be made, read or kept.
    #[error("an identity key can't be made, read or kept: {0}")]
    Keys(#[from] KeysError),
    /// The signature was not made by the recovery key.
    #[error("the signature for {0} was not made by its recovery key over this rotation")]
    RecoverySignature(String),
    /// A key can't be trusted up to a size that is not there yet.
    #[error("the ledger has no size {trusted} yet: its size is {size}")]
    SizePastHead {
        /// What was asked for.
        trusted: u64,
        /// The ledger's size.
        size: u64,
    },
    /// Too many keys for one record.
    #[error("the data subject has {0} data keys, more than one record can name")]
    TooManyKeys(usize),
    /// The provider of a KEK fails, so keys can't be moved.
    #[error("the KEK can't be changed now: {0}")]
    Kek(#[source] KeyError),
    /// Whoever registers a producer's key does not show that they have it.
    #[error(
        "the proof is not a signature of the producer's key over this key, name, ledger and these sources"
    )]
    ProducerProof,
    /// The ledger seals nothing under a key of its own.
    #[error("the ledger does not encrypt events that name no data subject")]
    NoLedgerKey,
    /// Nothing can be archived, or what is archived not be let go of.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Why something can't be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Some key event could not be read at the start.
    #[error("what its key events say of holds and erasures is not known: not all were read ({0})")]
    KeyEventsUnread(String),
    /// Records were missing or damaged at the start, of a ledger in quarantine.
    #[error("nobody is erased: a hold may be among lacking records ({0}); start a successor")]
    HoldsUnknown(String),
    /// Records were missing or damaged at the start.
    #[error(
        "nothing is disposed of, and the ledger does not end: records are missing or damaged, and a hold or another rule of \
         retention may be among them ({0}). Bring the missing bytes back first"
    )]
    RecordsLacking(String),
    /// There is no such record.
    #[error("the ledger has no record {sequence}: its size is {size}")]
    NoRecord {
        /// What was asked for.
        sequence: u64,
        /// How many records there are.
        size: u64,
    },
    /// No such size.
    #[error(
        "no proof from size {from} to size {to}: the ledger has the sizes from 1 to {size}, and the smaller comes first. Whoever holds \
         a signed checkpoint of a larger size has found that records are missing"
    )]
    NoProof {
        /// The smaller size asked for.
        from: u64,
        /// The larger.
        to: u64,
        /// The ledger's size.
        size: u64,
    },
    /// Nothing has been published yet, or nothing that could prove what was asked for.
    #[error("no suitable checkpoint is published yet")]
    NotPublished,
    /// The selection is empty or reaches past the end.
    #[error(transparent)]
    EmptySelection(#[from] NoRecords),
    /// The ledger has no events of that data subject.
    #[error(
        "the ledger has nothing of that data subject: no event names it exactly so, or its events were erased"
    )]
    SubjectUnknown,
    /// What is stored is not what was written.
    #[error("record {sequence} is damaged: {what}")]
    Damaged {
        /// The record.
        sequence: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A part was archived, and can't be read there now.
    #[error(transparent)]
    ArchiveAway(#[from] Box<ArchiveAway>),
    /// The stored index does not say what the record does.
    #[error("record {sequence} is not what the index says of it: {what}")]
    Misindexed {
        /// The record that the index names.
        sequence: u64,
        /// What the index says, and the record does not.
        what: String,
    },
    /// Signing failed.
    #[error("the identity key can't be used: {0}")]
    Identity(#[from] KeyError),
    /// The keys are away.
    #[error(transparent)]
    KeysAway(#[from] KeysAway),
    /// The identity key can't be opened.
    #[error(transparent)]
    Shut(#[from] IdentityError),
    /// No signature covers all that was asked for, and none can be made now.
    #[error("{error}. The records below {covered} are signed and can still be exported")]
    NotSigned {
        /// The size of the last checkpoint that can prove a bundle.
        covered: u64,
        /// Why there is no newer one.
        error: IdentityError,
    },
    /// The same, since the clock may be wrong: no time is signed then.
    #[error("{error}. The records below {covered} are signed and can be exported now")]
    NoTimeSigned {
        /// The size of the last checkpoint that can prove a bundle.
        covered: u64,
        /// Both times.
        error: ClockUnconfirmed,
    },
    /// A data key is not available.
    #[error(transparent)]
    DataKey(#[from] KeyringError),
    /// The engine is about to stop.
    #[error("the daemon is stopping")]
    Draining,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing the answer failed.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

fn original(sequence: Option<u64>) -> String {
    let record = sequence.map(|sequence| format!("record {sequence}"));
    record.unwrap_or_else(|| "an earlier event of the batch".to_owned())
}
