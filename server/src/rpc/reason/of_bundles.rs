//! What is against a bundle that is being written.

use indelible_evidence::bundle::WriteError;
use indelible_ledger::ReadError;
use indelible_proto::v1::ErrorReason;
use indelible_store::Cause;

use super::{MissingKey, Reason};

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

    fn key(&self) -> Option<MissingKey> {
        match self {
            WriteError::Source(error) => error.key(),
            _ => None,
        }
    }

    fn cause(&self) -> Option<Cause> {
        match self {
            WriteError::Source(error) => Reason::cause(error),
            _ => None,
        }
    }
}
