//! Why a call is refused: a closed vocabulary, and what each error of the ledger is in it.
//!
//! A reason stands in the `ErrorInfo` of every error, and decides its code. Clients match on it, so
//! a name never changes and is never given a second meaning.

use indelible_evidence::bundle::WriteError;
use indelible_keystore::KeyError;
use indelible_store::StoreError;
use tonic::Code;

use indelible_ledger::{
    AppendError, Availability, IdentityError, KeyEventError, KeyStateError, KeyringError,
    KeysError, LedgerError, PrepareError, ReadError,
};

/// Makes the enum, its names on the wire and their codes from one table, so that none is forgotten.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $code:ident;)+) => {
        /// Why a call is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Reason { $($(#[doc = $doc])+ $variant,)+ }

        impl Reason {
            /// Every reason.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name on the wire.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The code of every error for this reason.
            pub(crate) fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)+ }
            }
        }
    };
}

reasons! {
    /// The caller is not a process of this machine.
    PeerNotLocal = "PEER_NOT_LOCAL", PermissionDenied;
    /// A field breaks its rule or limit.
    InvalidField = "INVALID_FIELD", InvalidArgument;
    /// A framework's mapping can't be read.
    MappingInvalid = "MAPPING_INVALID", InvalidArgument;
    /// A page token is none, or another query's.
    InvalidPageToken = "INVALID_PAGE_TOKEN", InvalidArgument;
    /// A batch holds no events.
    BatchEmpty = "BATCH_EMPTY", InvalidArgument;
    /// A batch holds too many events or bytes.
    BatchTooLarge = "BATCH_TOO_LARGE", InvalidArgument;
    /// A message is larger than any may be.
    MessageTooLarge = "MESSAGE_TOO_LARGE", OutOfRange;
    /// The daemon has no such method.
    MethodUnknown = "METHOD_UNKNOWN", Unimplemented;
    /// No ledger has that name or origin.
    LedgerUnknown = "LEDGER_UNKNOWN", NotFound;
    /// The name is taken.
    LedgerExists = "LEDGER_EXISTS", AlreadyExists;
    /// Only a quarantined ledger has a successor.
    LedgerNotQuarantined = "LEDGER_NOT_QUARANTINED", FailedPrecondition;
    /// What is stored is not what was acknowledged.
    LedgerQuarantined = "LEDGER_QUARANTINED", FailedPrecondition;
    /// A successor took the ledger's place.
    LedgerClosed = "LEDGER_CLOSED", FailedPrecondition;
    /// A write failed; the ledger is read-only until a restart.
    LedgerStopped = "LEDGER_STOPPED", Unavailable;
    /// The disk is nearly full.
    LedgerReadOnly = "LEDGER_READ_ONLY", ResourceExhausted;
    /// No record has that number or identity.
    RecordUnknown = "RECORD_UNKNOWN", NotFound;
    /// The identity is taken by an event with other content.
    EventConflict = "EVENT_CONFLICT", AlreadyExists;
    /// The last event is not the one that the caller expected.
    SequenceMismatch = "SEQUENCE_MISMATCH", Aborted;
    /// A data key can't be had now.
    DataKeyUnavailable = "DATA_KEY_UNAVAILABLE", Unavailable;
    /// The data subject was erased while the event was on its way.
    KeyErased = "KEY_ERASED", Aborted;
    /// The event repeats one that is on its way to the disk, and can't be compared with it yet.
    RepeatPending = "REPEAT_PENDING", Unavailable;
    /// The ledger has no data key of that data subject.
    SubjectUnknown = "SUBJECT_UNKNOWN", NotFound;
    /// The data keys are erased already, as a record says.
    AlreadyErased = "ALREADY_ERASED", FailedPrecondition;
    /// The ledger's settings are recorded already.
    SettingsRecorded = "SETTINGS_RECORDED", FailedPrecondition;
    /// A hold forbids the erasure.
    ErasureHeld = "ERASURE_HELD", FailedPrecondition;
    /// The data subject has more data keys than one record can name.
    TooManyDataKeys = "TOO_MANY_DATA_KEYS", FailedPrecondition;
    /// No hold in force has that id.
    HoldUnknown = "HOLD_UNKNOWN", NotFound;
    /// The ledger has no data key of its own.
    NoLedgerKey = "NO_LEDGER_KEY", FailedPrecondition;
    /// A provider of KEKs can't be used now.
    KekUnavailable = "KEK_UNAVAILABLE", Unavailable;
    /// Another rotation of that kind of key is running.
    RotationRunning = "ROTATION_RUNNING", Aborted;
    /// What is said to be a recovery key's signature is not.
    RecoverySignatureWrong = "RECOVERY_SIGNATURE_WRONG", InvalidArgument;
    /// No signing key of that kind is the ledger's.
    KeyUnknown = "KEY_UNKNOWN", NotFound;
    /// The ledger's present identity can't be revoked.
    IdentityInForce = "IDENTITY_IN_FORCE", FailedPrecondition;
    /// The key is revoked already, at that size or a smaller one.
    AlreadyRevoked = "ALREADY_REVOKED", FailedPrecondition;
    /// Checkpoints that the key published would become void.
    PublishedWouldBeVoid = "PUBLISHED_WOULD_BE_VOID", FailedPrecondition;
    /// The ledger's queue is full.
    QueueFull = "QUEUE_FULL", ResourceExhausted;
    /// As many calls of this kind are running as may.
    CallsExhausted = "CALLS_EXHAUSTED", ResourceExhausted;
    /// A write failed, and only a restart tells whether the events are durable.
    OutcomeUnknown = "OUTCOME_UNKNOWN", Unavailable;
    /// The deadline passed. On an append the outcome is unknown.
    DeadlinePassed = "DEADLINE_PASSED", DeadlineExceeded;
    /// The provider of the keys was away when the daemon started, and is so still.
    KeysUnavailable = "KEYS_UNAVAILABLE", Unavailable;
    /// The identity key can't sign now.
    IdentityUnavailable = "IDENTITY_UNAVAILABLE", Unavailable;
    /// The identity key has signed no checkpoint yet.
    NotPublished = "NOT_PUBLISHED", Unavailable;
    /// The ledger has no such sizes.
    SizeOutOfRange = "SIZE_OUT_OF_RANGE", OutOfRange;
    /// An erasure changed a table between two of its pages.
    ProjectionChanged = "PROJECTION_CHANGED", Aborted;
    /// No record is in the selection.
    SelectionEmpty = "SELECTION_EMPTY", OutOfRange;
    /// What is stored is not what was written.
    Damaged = "DAMAGED", DataLoss;
    /// The daemon has just started and is reading what is on disk.
    Recovering = "RECOVERING", Unavailable;
    /// The daemon is about to stop.
    Draining = "DRAINING", Unavailable;
    /// The daemon failed. Its log says how.
    Internal = "INTERNAL", Internal;
}

impl From<&LedgerError> for Reason {
    fn from(error: &LedgerError) -> Self {
        match error {
            LedgerError::Unknown(_) => Self::LedgerUnknown,
            LedgerError::Exists(_) => Self::LedgerExists,
            LedgerError::Name(_) | LedgerError::RecoveryKey | LedgerError::RequestId => {
                Self::InvalidField
            }
            // The prefix was checked at the start, so this is not the caller's to mend.
            LedgerError::Origin(_) => Self::Internal,
            LedgerError::NotQuarantined(_) => Self::LedgerNotQuarantined,
            LedgerError::Draining => Self::Draining,
            LedgerError::Stopped(_) | LedgerError::Anchor(_) => Self::LedgerStopped,
            LedgerError::KeysAway(_) => Self::KeysUnavailable,
            LedgerError::Shut(error) => error.into(),
            LedgerError::Identity(_) => Self::IdentityUnavailable,
            LedgerError::Store(error) => error.into(),
        }
    }
}

impl From<&IdentityError> for Reason {
    fn from(error: &IdentityError) -> Self {
        match error {
            IdentityError::Away(_) => Self::KeysUnavailable,
            IdentityError::Shut { .. } | IdentityError::Unknown { .. } => Self::IdentityUnavailable,
        }
    }
}

impl From<&PrepareError> for Reason {
    fn from(error: &PrepareError) -> Self {
        match error {
            PrepareError::Field(_) | PrepareError::TooLong(_) => Self::InvalidField,
            PrepareError::KeysAway(_) => Self::KeysUnavailable,
            PrepareError::Shut(error) => error.into(),
            PrepareError::DataKey { .. } => Self::DataKeyUnavailable,
        }
    }
}

impl From<&AppendError> for Reason {
    fn from(error: &AppendError) -> Self {
        match error {
            AppendError::QueueFull { .. } => Self::QueueFull,
            AppendError::Conflict { .. } => Self::EventConflict,
            AppendError::SequenceMismatch { .. } => Self::SequenceMismatch,
            AppendError::Refused { state, .. } => state.into(),
            AppendError::Unknown { .. } => Self::OutcomeUnknown,
            AppendError::Unreadable { .. } => Self::Damaged,
            AppendError::Draining => Self::Draining,
            AppendError::IdentityUnavailable { .. } => Self::IdentityUnavailable,
            AppendError::Shut(error) => error.into(),
            AppendError::KeyState(error) => error.into(),
            AppendError::Rotating => Self::RotationRunning,
            AppendError::KeyErased { .. } => Self::KeyErased,
            AppendError::Incomparable { .. } => Self::RepeatPending,
            AppendError::BatchEmpty => Self::BatchEmpty,
            AppendError::BatchTooLarge { .. } => Self::BatchTooLarge,
        }
    }
}

impl From<&KeyStateError> for Reason {
    fn from(error: &KeyStateError) -> Self {
        match error {
            KeyStateError::SettingsThere => Self::SettingsRecorded,
            KeyStateError::Ended { .. } => Self::LedgerClosed,
            KeyStateError::Held { .. } => Self::ErasureHeld,
            KeyStateError::Erased { .. } => Self::AlreadyErased,
            KeyStateError::NoHold { .. } => Self::HoldUnknown,
            KeyStateError::NoSigningKey { .. } => Self::KeyUnknown,
            KeyStateError::IdentityInForce => Self::IdentityInForce,
            KeyStateError::Revoked { .. } => Self::AlreadyRevoked,
            KeyStateError::PublishedVoid { .. } => Self::PublishedWouldBeVoid,
        }
    }
}

impl From<&KeyringError> for Reason {
    fn from(error: &KeyringError) -> Self {
        match error {
            KeyringError::Key(error) => error.into(),
            KeyringError::Away(_) => Self::KeysUnavailable,
            KeyringError::Store(error) => error.into(),
            KeyringError::Missing(_) => Self::Damaged,
            KeyringError::Full => Self::DataKeyUnavailable,
        }
    }
}

/// Of a data key: what is stored of it is not what was written, or whoever can open it does not do so now.
impl From<&KeyError> for Reason {
    fn from(error: &KeyError) -> Self {
        match error {
            KeyError::WrappedDamaged | KeyError::WrappedVersion { .. } | KeyError::OtherContext => {
                Self::Damaged
            }
            _ => Self::DataKeyUnavailable,
        }
    }
}

impl From<&KeyEventError> for Reason {
    fn from(error: &KeyEventError) -> Self {
        match error {
            KeyEventError::Append(error) => error.into(),
            KeyEventError::KeysAway(_) => Self::KeysUnavailable,
            KeyEventError::Shut(error) => error.into(),
            KeyEventError::Identity(_) => Self::IdentityUnavailable,
            KeyEventError::DataKey(error) => error.into(),
            KeyEventError::Read(error) => error.into(),
            KeyEventError::Store(error) => error.into(),
            KeyEventError::Field(_) => Self::InvalidField,
            KeyEventError::SizePastHead { .. } => Self::SizeOutOfRange,
            KeyEventError::SubjectUnknown => Self::SubjectUnknown,
            KeyEventError::TooManyKeys(_) => Self::TooManyDataKeys,
            KeyEventError::NoLedgerKey => Self::NoLedgerKey,
            KeyEventError::Ledger(error) => error.into(),
            KeyEventError::Keys(error) => error.into(),
            KeyEventError::Kek(_) => Self::KekUnavailable,
            KeyEventError::RecoverySignature(_) => Self::RecoverySignatureWrong,
        }
    }
}

impl From<&KeysError> for Reason {
    fn from(error: &KeysError) -> Self {
        match error {
            KeysError::Key(_) => Self::IdentityUnavailable,
            KeysError::Store(error) => error.into(),
            KeysError::IdentityMissing | KeysError::IdentityDamaged => Self::Damaged,
        }
    }
}

impl From<&Availability> for Reason {
    fn from(state: &Availability) -> Self {
        match state {
            Availability::Quarantined => Self::LedgerQuarantined,
            Availability::Closed => Self::LedgerClosed,
            // A ledger that is open again by now refused while it was stopped or full.
            Availability::Stopped | Availability::Open => Self::LedgerStopped,
            Availability::ReadOnly => Self::LedgerReadOnly,
        }
    }
}

impl From<&ReadError> for Reason {
    fn from(error: &ReadError) -> Self {
        match error {
            ReadError::NoRecord { .. } => Self::RecordUnknown,
            ReadError::NoProof { .. } => Self::SizeOutOfRange,
            ReadError::NotPublished => Self::NotPublished,
            ReadError::EmptySelection { .. } => Self::SelectionEmpty,
            ReadError::Damaged { .. } => Self::Damaged,
            ReadError::KeysAway(_) => Self::KeysUnavailable,
            ReadError::Shut(error) | ReadError::NotSigned { error, .. } => error.into(),
            ReadError::Identity(_) => Self::IdentityUnavailable,
            ReadError::DataKey(error) => error.into(),
            ReadError::Store(error) => error.into(),
            ReadError::Draining => Self::Draining,
            ReadError::Output(_) => Self::Internal,
        }
    }
}

impl From<&WriteError<ReadError>> for Reason {
    fn from(error: &WriteError<ReadError>) -> Self {
        match error {
            WriteError::Source(error) => error.into(),
            WriteError::Selection(_) => Self::SelectionEmpty,
            WriteError::Damaged { .. } => Self::Damaged,
            WriteError::Output(_) | WriteError::Checkpoint(_) | WriteError::CheckpointForm(_) => {
                Self::Internal
            }
        }
    }
}

impl From<&StoreError> for Reason {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Damaged { .. } => Self::Damaged,
            StoreError::Stopped { .. } => Self::LedgerStopped,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_in_the_form_of_error_info() {
        let names: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for name in names {
            let letters = name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            assert!(letters && name.len() <= 63, "{name}");
        }
    }
}
