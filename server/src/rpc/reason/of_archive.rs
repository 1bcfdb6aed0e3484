//! What the archive has against a call.

use indelible_ledger::{ArchiveError, ShelfError};
use indelible_proto::v1::ErrorReason;

use super::Reason;

impl Reason for ArchiveError {
    fn reason(&self) -> ErrorReason {
        match self {
            ArchiveError::NotConfigured => ErrorReason::ArchiveNotConfigured,
            ArchiveError::NotTheArchive { .. }
            | ArchiveError::Io { .. }
            | ArchiveError::CopyDiffers { .. }
            | ArchiveError::Write(_)
            | ArchiveError::StillNeeded { .. }
            | ArchiveError::Shelf(ShelfError::Damaged { .. }) => ErrorReason::ArchiveUnusable,
            ArchiveError::Shelf(ShelfError::NoDirectory { .. } | ShelfError::Away { .. }) => {
                ErrorReason::ArchiveUnavailable
            }
        }
    }
}
