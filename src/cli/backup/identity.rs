//! The identity that opens an encrypted backup.

use std::path::PathBuf;

use clap::Args;
use indelible_backup::{BackupError, Manifest, Opened, Target};
use indelible_keystore::age::{Identity, identities};

use super::{
    failed::{failed, input},
    verified::OPEN,
};
use crate::cli::error::CliError;

/// Where the identity is.
#[derive(Debug, Args)]
pub(super) struct WithIdentity {
    /// The identity that opens an encrypted backup: a file of `age-keygen`, with a line AGE-SECRET-KEY-1…
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl WithIdentity {
    /// The identities of the file; none if no file is named.
    ///
    /// # Errors
    /// If the file can't be read, or holds none.
    pub(super) fn read(&self) -> Result<Vec<Identity>, CliError> {
        match &self.identity {
            None => Ok(Vec::new()),
            Some(path) => identities(path).map_err(|error| input(path, error)),
        }
    }
}

/// Opens the contents of a backup.
///
/// # Errors
/// If an identity is missing or is not the right one, or the contents are damaged.
pub(super) fn opened(
    target: &Target,
    manifest: Manifest,
    identities: Vec<Identity>,
) -> Result<Opened, CliError> {
    Opened::new(target, manifest, identities).map_err(|error| failed(&error))
}

/// What becomes of the contents while a backup is verified.
#[derive(Debug)]
pub(super) enum Contents {
    /// They can be read.
    Open(Box<Opened>),
    /// They are encrypted, and no identity was given.
    Sealed,
    /// They are damaged: what was found.
    Damaged(String),
}

impl Contents {
    /// What is said of them.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Open(_) => OPEN,
            Self::Sealed => "sealed",
            Self::Damaged(_) => "damaged",
        }
    }

    /// Opens those of a backup that is verified: damage is a finding, and not an error.
    ///
    /// # Errors
    /// If the identity is not the right one, or the place can't be read.
    pub(super) fn of(
        target: &Target,
        manifest: &Manifest,
        identities: Vec<Identity>,
    ) -> Result<Self, CliError> {
        match Opened::new(target, manifest.clone(), identities) {
            Ok(opened) => Ok(Self::Open(Box::new(opened))),
            Err(BackupError::NoIdentity { .. }) => Ok(Self::Sealed),
            Err(error @ (BackupError::Damaged { .. } | BackupError::Manifest { .. })) => {
                Ok(Self::Damaged(error.to_string()))
            }
            Err(error) => Err(failed(&error)),
        }
    }
}
