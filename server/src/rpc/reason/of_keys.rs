//! What the keys of a ledger, and its key events, have against a call.

use indelible_keystore::Remedy;
use indelible_ledger::{IdentityError, KeyStateError, ProducerRefusal};
use indelible_proto::v1::ErrorReason;

use super::{MissingKey, Reason};

impl Reason for IdentityError {
    fn reason(&self) -> ErrorReason {
        match self {
            IdentityError::Away(_) | IdentityError::Shut { .. } | IdentityError::Unknown { .. } => {
                ErrorReason::KeysUnavailable
            }
            IdentityError::Unregistered(outage) => match outage.remedy {
                Remedy::Wait => ErrorReason::RegisterUnavailable,
                Remedy::Replace | Remedy::Fix => ErrorReason::RegisterDiffers,
            },
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            IdentityError::Away(_) => Some(MissingKey::All),
            IdentityError::Shut { .. } | IdentityError::Unknown { .. } => {
                Some(MissingKey::Identity)
            }
            IdentityError::Unregistered(_) => None,
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
            KeyStateError::DisposalHeld { .. } => ErrorReason::DisposalHeld,
            KeyStateError::Grown { .. } => ErrorReason::BundleDiffers,
            KeyStateError::RuleChanged { .. } => ErrorReason::RetentionChanged,
            KeyStateError::NoHold { .. } => ErrorReason::HoldUnknown,
            KeyStateError::NoSigningKey { .. } => ErrorReason::SigningKeyUnknown,
            KeyStateError::IdentityInForce => ErrorReason::IdentityInForce,
            KeyStateError::Revoked { .. } => ErrorReason::SigningKeyRevoked,
            KeyStateError::PublishedVoid { .. } => ErrorReason::PublishedWouldBeVoid,
            KeyStateError::NoProducer { .. } => ErrorReason::ProducerUnknown,
            KeyStateError::ProducerThere { .. } => ErrorReason::ProducerRegistered,
            KeyStateError::ProducerRevoked { .. } => ErrorReason::ProducerRevoked,
            KeyStateError::KeyTaken => ErrorReason::FieldInvalid,
        }
    }
}

impl Reason for ProducerRefusal {
    fn reason(&self) -> ErrorReason {
        match self {
            ProducerRefusal::Unknown { .. } => ErrorReason::ProducerUnknown,
            ProducerRefusal::Revoked { .. } => ErrorReason::ProducerRevoked,
            ProducerRefusal::OtherSource { .. } => ErrorReason::ProducerSourceMismatch,
            ProducerRefusal::BadSignature { .. } => ErrorReason::ProducerSignatureWrong,
            ProducerRefusal::Unsigned { .. } => ErrorReason::ProducerSignatureMissing,
        }
    }
}
