//! What an error of backups becomes in a command.

use std::path::Path;

use indelible_backup::{BackupError, BucketFault};
use indelible_store::StoreError;

use crate::cli::{error::CliError, exit::Exit};

/// What to do where a daemon has the directory that a backup should be restored into.
const NAME_ANOTHER: &str = "a backup is restored beside a daemon that runs, and never into its store: name a directory of its own";

/// The error of a command on the directory of backups.
pub(super) fn failed(error: &BackupError) -> CliError {
    let exit = match error {
        BackupError::Unknown { .. } | BackupError::Empty { .. } => Exit::NotFound,
        BackupError::TakenAway { .. } => Exit::NotFound,
        BackupError::Io { .. } | BackupError::NotWhole { .. } => Exit::File,
        BackupError::Away { .. } | BackupError::InUse { .. } | BackupError::HeldByOther { .. } => {
            Exit::Unavailable
        }
        BackupError::HoldLost { .. } | BackupError::InTheWay { .. } => Exit::Conflict,
        BackupError::Bucket(error) => of_bucket(&error.fault),
        BackupError::Manifest { .. }
        | BackupError::NotItself { .. }
        | BackupError::TooLong { .. }
        | BackupError::Signature { .. }
        | BackupError::WrongIdentity { .. }
        | BackupError::Damaged { .. } => Exit::Refused,
        BackupError::Encrypt { .. } => Exit::Daemon,
        BackupError::NotATarget { .. }
        | BackupError::Occupied { .. }
        | BackupError::OtherForm { .. }
        | BackupError::NotEmpty { .. }
        | BackupError::SeveralStores { .. }
        | BackupError::NoIdentity { .. }
        | BackupError::CutTaken
        | BackupError::BrokenOff => Exit::Usage,
    };
    CliError::Serve {
        exit,
        problem: error.to_string(),
    }
}

/// The exit code of what keeps a bucket from being used.
fn of_bucket(fault: &BucketFault) -> Exit {
    match fault {
        fault if fault.is_passing() => Exit::Unavailable,
        fault if fault.is_about_credentials() => Exit::Refused,
        BucketFault::NoBucket(_) => Exit::NotFound,
        BucketFault::Changed => Exit::Conflict,
        BucketFault::Options(_) | BucketFault::OtherRegion(_) => Exit::Usage,
        _ => Exit::File,
    }
}

/// The error of a store that is restored or opened.
pub(super) fn of_store(error: &StoreError) -> CliError {
    let exit = match error {
        StoreError::Damaged { .. } | StoreError::Engine { .. } => Exit::Daemon,
        StoreError::Io { .. } => Exit::File,
        StoreError::Locked { .. } => Exit::Unavailable,
        _ => Exit::Usage,
    };
    let problem = match error {
        StoreError::Locked { .. } => format!("{error}: {NAME_ANOTHER}"),
        _ => error.to_string(),
    };
    CliError::Serve { exit, problem }
}

/// An error of either.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Command(#[from] Box<CliError>),
}

impl From<CliError> for Failed {
    fn from(error: CliError) -> Self {
        Self::Command(Box::new(error))
    }
}

impl From<Failed> for CliError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Backup(error) => self::failed(&error),
            Failed::Store(error) => of_store(&error),
            Failed::Command(error) => *error,
        }
    }
}

/// A file that can't be used.
pub(super) fn input(path: &Path, problem: impl ToString) -> CliError {
    CliError::Input {
        name: path.display().to_string(),
        problem: problem.to_string(),
    }
}
