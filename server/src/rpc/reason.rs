//! Why a call is refused: what each error of the ledger is in the closed list of [`ErrorReason`].
//!
//! The `ErrorInfo` of every error names a reason, and the reason decides the status code. Clients match on it, so a name
//! never changes and is never given a second meaning.

mod of_archive;
mod of_bundles;
mod of_governance;
mod of_keys;

use indelible_keystore::KeyError;
use indelible_ledger::{
    AppendError, Availability, KeyEventError, KeyringError, KeysError, LedgerError, PrepareError,
    ReadError,
};
use indelible_proto::v1::ErrorReason;
use indelible_store::{Cause, StoreError};

/// An error for which a call is refused.
pub(crate) trait Reason {
    /// The reason that callers get.
    fn reason(&self) -> ErrorReason;

    /// Which key is missing, if the reason is [`ErrorReason::KeysUnavailable`].
    fn key(&self) -> Option<MissingKey> {
        None
    }

    /// What stands behind it, if the reason is [`ErrorReason::ResourcesExhausted`] or [`ErrorReason::StorageFailed`].
    fn cause(&self) -> Option<Cause> {
        None
    }
}

/// The reason of what the operating system refused.
fn refused(cause: Cause) -> ErrorReason {
    match cause {
        Cause::OpenFiles | Cause::OpenFilesOfMachine | Cause::Memory | Cause::Full => {
            ErrorReason::ResourcesExhausted
        }
        Cause::ReadOnly | Cause::Device | Cause::Gone | Cause::Forbidden => {
            ErrorReason::StorageFailed
        }
    }
}

/// A key that can't be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingKey {
    /// All keys: the provider was away when the daemon started, and still is.
    All,
    /// The identity key.
    Identity,
    /// A data key.
    Data,
    /// A key encryption key.
    Kek,
}

impl MissingKey {
    /// The name in the metadata of the error.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Identity => "identity",
            Self::Data => "data",
            Self::Kek => "kek",
        }
    }
}

impl Reason for LedgerError {
    fn reason(&self) -> ErrorReason {
        match self {
            LedgerError::Unknown(_) => ErrorReason::LedgerUnknown,
            LedgerError::Exists(_) => ErrorReason::LedgerExists,
            LedgerError::Ended(_) => ErrorReason::LedgerClosed,
            LedgerError::Name(_) | LedgerError::RecoveryKey | LedgerError::RequestId => {
                ErrorReason::FieldInvalid
            }
            // The prefix was checked at the start, so the caller can't fix this.
            LedgerError::Origin(_) => ErrorReason::Internal,
            LedgerError::NotQuarantined(_) => ErrorReason::LedgerNotQuarantined,
            LedgerError::Draining => ErrorReason::Draining,
            LedgerError::Stopped(_) | LedgerError::Anchor(_) => ErrorReason::LedgerStopped,
            LedgerError::AnchorFull(_) => ErrorReason::ResourcesExhausted,
            LedgerError::TooMany { .. } | LedgerError::Reserved { .. } => {
                ErrorReason::LedgersExhausted
            }
            LedgerError::NamesUnknown => ErrorReason::Damaged,
            LedgerError::Clock(_) => ErrorReason::ClockUnconfirmed,
            LedgerError::KeysAway(_) => ErrorReason::KeysUnavailable,
            LedgerError::Shut(error) => error.reason(),
            LedgerError::Identity(_) => ErrorReason::KeysUnavailable,
            LedgerError::Store(error) => error.reason(),
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            LedgerError::KeysAway(_) => Some(MissingKey::All),
            LedgerError::Shut(error) => error.key(),
            LedgerError::Identity(_) => Some(MissingKey::Identity),
            _ => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        LedgerError::cause(self)
    }
}

impl Reason for PrepareError {
    fn reason(&self) -> ErrorReason {
        match self {
            PrepareError::Field(_) | PrepareError::TooLong(_) => ErrorReason::FieldInvalid,
            PrepareError::Refused { state, .. } => state.reason(),
            PrepareError::KeysAway(_) => ErrorReason::KeysUnavailable,
            PrepareError::Shut(error) => error.reason(),
            PrepareError::KeyDamaged { .. } => ErrorReason::Damaged,
            PrepareError::Producer(refusal) => refusal.reason(),
            PrepareError::DataKey { cause, .. } => {
                cause.map_or(ErrorReason::KeysUnavailable, refused)
            }
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            PrepareError::KeysAway(_) => Some(MissingKey::All),
            PrepareError::Shut(error) => error.key(),
            PrepareError::DataKey { cause: None, .. } => Some(MissingKey::Data),
            _ => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        match self {
            PrepareError::DataKey { cause, .. } => *cause,
            _ => None,
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
            AppendError::Unreadable { cause, .. } => cause.map_or(ErrorReason::Damaged, refused),
            AppendError::Clock(_) => ErrorReason::ClockUnconfirmed,
            AppendError::Draining => ErrorReason::Draining,
            AppendError::GateNotReady => ErrorReason::GovernanceLoading,
            AppendError::Gate { .. } => ErrorReason::GovernanceUnusable,
            AppendError::IdentityUnavailable { .. } => ErrorReason::KeysUnavailable,
            AppendError::Shut(error) => error.reason(),
            AppendError::KeyState(error) => error.reason(),
            AppendError::Rotating => ErrorReason::RotationRunning,
            AppendError::Producer { refusal, .. } => refusal.reason(),
            AppendError::KeyErased { .. } => ErrorReason::DataKeyErased,
            AppendError::Incomparable { .. } => ErrorReason::RepeatPending,
            AppendError::BatchEmpty => ErrorReason::BatchEmpty,
            AppendError::BatchTooLarge { .. } => ErrorReason::BatchTooLarge,
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            AppendError::IdentityUnavailable { .. } => Some(MissingKey::Identity),
            AppendError::Shut(error) => error.key(),
            _ => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        AppendError::cause(self)
    }
}

impl Reason for KeyringError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeyringError::Key(error) => error.reason(),
            KeyringError::Away(_) => ErrorReason::KeysUnavailable,
            KeyringError::Store(error) => error.reason(),
            KeyringError::Missing(_) | KeyringError::Misplaced(_) | KeyringError::NotSealed => {
                ErrorReason::Damaged
            }
            KeyringError::Full | KeyringError::NotCopied(_) => ErrorReason::KeysUnavailable,
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            KeyringError::Key(error) => error.key(),
            KeyringError::Away(_) => Some(MissingKey::All),
            KeyringError::Full | KeyringError::NotCopied(_) => Some(MissingKey::Data),
            KeyringError::Store(_)
            | KeyringError::Missing(_)
            | KeyringError::Misplaced(_)
            | KeyringError::NotSealed => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        KeyringError::cause(self)
    }
}

/// The reason of a data key: what is stored of it is not what was written, or its provider can't open it now.
impl Reason for KeyError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeyError::WrappedDamaged | KeyError::WrappedVersion { .. } | KeyError::OtherContext => {
                ErrorReason::Damaged
            }
            _ => ErrorReason::KeysUnavailable,
        }
    }

    fn key(&self) -> Option<MissingKey> {
        let is_away = self.reason() == ErrorReason::KeysUnavailable;
        is_away.then_some(MissingKey::Data)
    }
}

impl Reason for KeyEventError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeyEventError::Append(error) => error.reason(),
            KeyEventError::KeysAway(_) => ErrorReason::KeysUnavailable,
            KeyEventError::Shut(error) => error.reason(),
            KeyEventError::Identity(_) => ErrorReason::KeysUnavailable,
            KeyEventError::DataKey(error) => error.reason(),
            KeyEventError::Read(error) => error.reason(),
            KeyEventError::Store(error) => error.reason(),
            KeyEventError::Field(_) => ErrorReason::FieldInvalid,
            KeyEventError::SizePastHead { .. } => ErrorReason::SizeOutOfRange,
            KeyEventError::SubjectUnknown => ErrorReason::DataSubjectUnknown,
            KeyEventError::TooManyKeys(_) => ErrorReason::TooManyDataKeys,
            KeyEventError::ProducerProof => ErrorReason::ProducerProofWrong,
            KeyEventError::NoLedgerKey => ErrorReason::NoLedgerKey,
            KeyEventError::Ledger(error) => error.reason(),
            KeyEventError::Keys(error) => error.reason(),
            KeyEventError::Kek(_) => ErrorReason::KeysUnavailable,
            KeyEventError::RecoverySignature(_) => ErrorReason::RecoverySignatureWrong,
            KeyEventError::Archive(error) => error.reason(),
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            KeyEventError::Append(error) => error.key(),
            KeyEventError::KeysAway(_) => Some(MissingKey::All),
            KeyEventError::Shut(error) => error.key(),
            KeyEventError::Identity(_) => Some(MissingKey::Identity),
            KeyEventError::DataKey(error) => error.key(),
            KeyEventError::Read(error) => error.key(),
            KeyEventError::Ledger(error) => error.key(),
            KeyEventError::Keys(error) => error.key(),
            KeyEventError::Kek(_) => Some(MissingKey::Kek),
            _ => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        KeyEventError::cause(self)
    }
}

impl Reason for KeysError {
    fn reason(&self) -> ErrorReason {
        match self {
            KeysError::Key(_) => ErrorReason::KeysUnavailable,
            KeysError::Store(error) => error.reason(),
            KeysError::IdentityMissing | KeysError::IdentityDamaged => ErrorReason::Damaged,
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            KeysError::Key(_) => Some(MissingKey::Identity),
            _ => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        KeysError::cause(self)
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
            ReadError::SubjectUnknown => ErrorReason::DataSubjectUnknown,
            ReadError::NotPublished => ErrorReason::NotPublished,
            ReadError::EmptySelection(_) => ErrorReason::SelectionEmpty,
            ReadError::Damaged { .. }
            | ReadError::Misindexed { .. }
            | ReadError::HoldsUnknown(_)
            | ReadError::KeyEventsUnread(_)
            | ReadError::RecordsLacking(_) => ErrorReason::Damaged,
            ReadError::ArchiveAway(_) => ErrorReason::ArchiveUnavailable,
            ReadError::KeysAway(_) => ErrorReason::KeysUnavailable,
            ReadError::Shut(error) | ReadError::NotSigned { error, .. } => error.reason(),
            ReadError::NoTimeSigned { .. } => ErrorReason::ClockUnconfirmed,
            ReadError::Identity(_) => ErrorReason::KeysUnavailable,
            ReadError::DataKey(error) => error.reason(),
            ReadError::Store(error) => error.reason(),
            ReadError::Draining => ErrorReason::Draining,
            ReadError::Output(_) => ErrorReason::Internal,
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            ReadError::KeysAway(_) => Some(MissingKey::All),
            ReadError::Shut(error) | ReadError::NotSigned { error, .. } => error.key(),
            ReadError::Identity(_) => Some(MissingKey::Identity),
            ReadError::DataKey(error) => error.key(),
            _ => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        ReadError::cause(self)
    }
}

impl Reason for StoreError {
    fn reason(&self) -> ErrorReason {
        match self {
            StoreError::Damaged { .. } => ErrorReason::Damaged,
            StoreError::Stopped { .. } => ErrorReason::LedgerStopped,
            error => StoreError::cause(error).map_or(ErrorReason::Internal, refused),
        }
    }

    fn cause(&self) -> Option<Cause> {
        StoreError::cause(self)
    }
}
