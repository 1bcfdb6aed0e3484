//! The reasons of what the ledger says of governance.

use indelible_ledger::GovernError;
use indelible_proto::v1::ErrorReason;
use indelible_store::Cause;

use super::{MissingKey, Reason};

impl Reason for GovernError {
    fn reason(&self) -> ErrorReason {
        match self {
            GovernError::Field(_) => ErrorReason::FieldInvalid,
            GovernError::Policy(_) => ErrorReason::PolicyInvalid,
            GovernError::PolicyUnknown => ErrorReason::PolicyUnknown,
            GovernError::PoliciesTooLarge { .. }
            | GovernError::Binding(_)
            | GovernError::Completion(_)
            | GovernError::Approval(_)
            | GovernError::Halt(_)
            | GovernError::Baseline(_)
            | GovernError::Batch(_)
            | GovernError::Override(_)
            | GovernError::Proposal(_)
            | GovernError::NotTheAgent { .. }
            | GovernError::TooManyAgents => ErrorReason::GovernanceRefused,
            GovernError::Conflict { .. } => ErrorReason::DecisionConflict,
            GovernError::Awaited { .. } => ErrorReason::ApprovalAwaited,
            GovernError::Unusable { .. } | GovernError::Encrypted => {
                ErrorReason::GovernanceUnusable
            }
            GovernError::KeysAway(_) => ErrorReason::KeysUnavailable,
            GovernError::Prepare(error) => error.reason(),
            GovernError::Append(error) => error.reason(),
            GovernError::Read(error) => error.reason(),
        }
    }

    fn key(&self) -> Option<MissingKey> {
        match self {
            GovernError::KeysAway(_) => Some(MissingKey::All),
            GovernError::Prepare(error) => error.key(),
            GovernError::Append(error) => error.key(),
            GovernError::Read(error) => error.key(),
            _ => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        match self {
            GovernError::Prepare(error) => error.cause(),
            GovernError::Append(error) => error.cause(),
            GovernError::Read(error) => error.cause(),
            _ => None,
        }
    }
}
