//! Why a call is refused: what each error of the ledger is in the closed list of [`ErrorReason`].
//!
//! A reason stands in the `ErrorInfo` of every error, and decides its code. Clients match on it, so
//! a name never changes and is never given a second meaning.

use indelible_evidence::bundle::WriteError;
use indelible_keystore::KeyError;
use indelible_proto::v1::ErrorReason;
use indelible_store::StoreError;

use indelible_ledger::{
    AppendError, Availability, IdentityError, KeyEventError, KeyStateError, KeyringError,
    KeysError, LedgerError, PrepareError, ReadError,
};

/// What is a reason to refuse a call.
pub(crate) trait Reason {
    /// The one that callers are told.
    fn reason(&self) -> ErrorReason;
}

impl Reason for LedgerError {
    fn reason(&self) -> ErrorReason {
        match self {
            LedgerError::Unknown(_) => ErrorReason::LedgerUnknown,
            LedgerError::Exists(_) => ErrorReason::LedgerExists,
            LedgerError::Name(_) | LedgerError::RecoveryKey | LedgerError::RequestId => {
                ErrorReason::FieldInvalid
            }
            // The prefix was checked at the start, so this is not the caller's to mend.
            LedgerError::Origin(_) => ErrorReason::Internal,
            LedgerError::NotQuarantined(_) => ErrorReason::LedgerNotQuarantined,
            LedgerError::Draining => ErrorReason::Draining,
            LedgerError::Stopped(_) | LedgerError::Anchor(_) => ErrorReason::LedgerStopped,
            LedgerError::KeysAway(_) => ErrorReason::KeysUnavailable,
            LedgerError::Shut(error) => error.reason(),
            LedgerError::Identity(_) => ErrorReason::IdentityUnavailable,
            LedgerError::Store(error) => error.reason(),
        }
    }
}

impl Reason for IdentityError {
    fn reason(&self) -> ErrorReason {
        match self {
            IdentityError::Away(_) => ErrorReason::KeysUnavailable,
            IdentityError::Shut { .. } | IdentityError::Unknown { .. } => {
                ErrorReason::IdentityUnavailable
            }
        }
    }
}

impl Reason for PrepareError {
    fn reason(&self) -> ErrorReason {
        match self {
            PrepareError::Field(_) | PrepareError::TooLong(_) => ErrorReason::FieldInvalid,
            PrepareError::KeysAway(_) => ErrorReason::KeysUnavailable,
            PrepareError::Shut(error) => error.reason(),
            PrepareError::DataKey { .. } => ErrorReason::DataKeyUnavailable,
        }
    }
}

impl Reason for AppendError {
    fn reason(&self) -> ErrorReason {
        match self {
            AppendError::QueueFull { .. } => ErrorReason::QueueFull,
            AppendError::Conflict { .. } => ErrorReason::EventConflict,
            AppendError::SequenceMismatch { .. } => ErrorReason::SequenceMismatch,
            AppendError::Refused { state, .. } => state.reason(),
            AppendError::Unknown { .. } => ErrorReason::OutcomeUnknown,
            AppendError::Unreadable { .. } => ErrorReason::Damaged,
            AppendError::Draining => ErrorReason::Draining,
            AppendError::IdentityUnavailable { .. } => ErrorReason::IdentityUnavailable,
            AppendError::Shut(error) => error.reason(),
            AppendError::KeyState(error) => error.reason(),
            AppendError::Rotating => ErrorReason::RotationRunning,
            AppendError::KeyErased { .. } => ErrorReason::DataKeyErased,
            AppendError::Incomparable { .. } => ErrorReason::RepeatPending,
            AppendError::BatchEmpty => ErrorReason::BatchEmpty,
            AppendError::BatchTooLarge { .. } => ErrorReason::BatchTooLarge,
        }
    }
}

impl Reason for KeyStateError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeyStateError::SettingsThere => ErrorReason::SettingsRecorded,
            KeyStateError::Ended { .. } => ErrorReason::LedgerClosed,
            KeyStateError::Held { .. } => ErrorReason::ErasureHeld,
            KeyStateError::Erased { .. } => ErrorReason::AlreadyErased,
            KeyStateError::NoHold { .. } => ErrorReason::HoldUnknown,
            KeyStateError::NoSigningKey { .. } => ErrorReason::SigningKeyUnknown,
            KeyStateError::IdentityInForce => ErrorReason::IdentityInForce,
            KeyStateError::Revoked { .. } => ErrorReason::SigningKeyRevoked,
            KeyStateError::PublishedVoid { .. } => ErrorReason::PublishedWouldBeVoid,
        }
    }
}

impl Reason for KeyringError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeyringError::Key(error) => error.reason(),
            KeyringError::Away(_) => ErrorReason::KeysUnavailable,
            KeyringError::Store(error) => error.reason(),
            KeyringError::Missing(_) => ErrorReason::Damaged,
            KeyringError::Full => ErrorReason::DataKeyUnavailable,
        }
    }
}

/// Of a data key: what is stored of it is not what was written, or whoever can open it does not do so now.
impl Reason for KeyError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeyError::WrappedDamaged | KeyError::WrappedVersion { .. } | KeyError::OtherContext => {
                ErrorReason::Damaged
            }
            _ => ErrorReason::DataKeyUnavailable,
        }
    }
}

impl Reason for KeyEventError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeyEventError::Append(error) => error.reason(),
            KeyEventError::KeysAway(_) => ErrorReason::KeysUnavailable,
            KeyEventError::Shut(error) => error.reason(),
            KeyEventError::Identity(_) => ErrorReason::IdentityUnavailable,
            KeyEventError::DataKey(error) => error.reason(),
            KeyEventError::Read(error) => error.reason(),
            KeyEventError::Store(error) => error.reason(),
            KeyEventError::Field(_) => ErrorReason::FieldInvalid,
            KeyEventError::SizePastHead { .. } => ErrorReason::SizeOutOfRange,
            KeyEventError::SubjectUnknown => ErrorReason::SubjectUnknown,
            KeyEventError::TooManyKeys(_) => ErrorReason::TooManyDataKeys,
            KeyEventError::NoLedgerKey => ErrorReason::NoLedgerKey,
            KeyEventError::Ledger(error) => error.reason(),
            KeyEventError::Keys(error) => error.reason(),
            KeyEventError::Kek(_) => ErrorReason::KekUnavailable,
            KeyEventError::RecoverySignature(_) => ErrorReason::RecoverySignatureWrong,
        }
    }
}

impl Reason for KeysError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeysError::Key(_) => ErrorReason::IdentityUnavailable,
            KeysError::Store(error) => error.reason(),
            KeysError::IdentityMissing | KeysError::IdentityDamaged => ErrorReason::Damaged,
        }
    }
}

impl Reason for Availability {
    fn reason(&self) -> ErrorReason {
        match self {
            Availability::Quarantined => ErrorReason::LedgerQuarantined,
            Availability::Closed => ErrorReason::LedgerClosed,
            // A ledger that is open again by now refused while it was stopped or full.
            Availability::Stopped | Availability::Open => ErrorReason::LedgerStopped,
            Availability::ReadOnly => ErrorReason::LedgerReadOnly,
        }
    }
}

impl Reason for ReadError {
    fn reason(&self) -> ErrorReason {
        match self {
            ReadError::NoRecord { .. } => ErrorReason::RecordUnknown,
            ReadError::NoProof { .. } => ErrorReason::SizeOutOfRange,
            ReadError::NotPublished => ErrorReason::NotPublished,
            ReadError::EmptySelection { .. } => ErrorReason::SelectionEmpty,
            ReadError::Damaged { .. } => ErrorReason::Damaged,
            ReadError::KeysAway(_) => ErrorReason::KeysUnavailable,
            ReadError::Shut(error) | ReadError::NotSigned { error, .. } => error.reason(),
            ReadError::Identity(_) => ErrorReason::IdentityUnavailable,
            ReadError::DataKey(error) => error.reason(),
            ReadError::Store(error) => error.reason(),
            ReadError::Draining => ErrorReason::Draining,
            ReadError::Output(_) => ErrorReason::Internal,
        }
    }
}

impl Reason for WriteError<ReadError> {
    fn reason(&self) -> ErrorReason {
        match self {
            WriteError::Source(error) => error.reason(),
            WriteError::Selection(_) => ErrorReason::SelectionEmpty,
            WriteError::Damaged { .. } => ErrorReason::Damaged,
            WriteError::Output(_) | WriteError::Checkpoint(_) | WriteError::CheckpointForm(_) => {
                ErrorReason::Internal
            }
        }
    }
}

impl Reason for StoreError {
    fn reason(&self) -> ErrorReason {
        match self {
            StoreError::Damaged { .. } => ErrorReason::Damaged,
            StoreError::Stopped { .. } => ErrorReason::LedgerStopped,
            _ => ErrorReason::Internal,
        }
    }
}
