//! How reading a bundle ends early: the bundle is wrong, or it could not be read.

use std::io;

use crate::bundle::ArchiveError;
use crate::verdict::{Finding, FindingCode};

/// Why there is no verdict at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// What was given is no bundle of this format.
    #[error("not a bundle of this format: {0}")]
    NotABundle(String),
    /// Reading failed.
    #[error("can't read the bundle: {0}")]
    Io(#[source] io::Error),
}

/// Why reading stops.
#[derive(Debug)]
pub(super) enum Fault {
    Found(Finding),
    Failed(VerifyError),
}

impl From<Finding> for Fault {
    fn from(finding: Finding) -> Self {
        Self::Found(finding)
    }
}

impl From<ArchiveError> for Fault {
    fn from(error: ArchiveError) -> Self {
        let code = match &error {
            ArchiveError::Io(_) | ArchiveError::Form { .. } => FindingCode::ArchiveForm,
            ArchiveError::Truncated => FindingCode::ArchiveTruncated,
            ArchiveError::Missing { .. } | ArchiveError::Unexpected { .. } => {
                FindingCode::FileMissing
            }
            ArchiveError::Extra { .. } => FindingCode::FileExtra,
            ArchiveError::Trailing => FindingCode::ArchiveTrailing,
        };
        match error {
            ArchiveError::Io(error) => Self::Failed(VerifyError::Io(error)),
            wrong => Self::Found(Finding::new(code, wrong.to_string())),
        }
    }
}
