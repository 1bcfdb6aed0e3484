//! `indelible upgrade`: what an upgrade of the store's layout has kept, without a daemon.

use std::{fmt, path::PathBuf};

use clap::{Args, Subcommand};
use indelible_server::daemon::DaemonError;
use indelible_store::{
    StoreError,
    rocks::{RocksStore, RocksTuning, kept_by_upgrade},
};
use serde::Serialize;

use crate::cli::{
    daemon::serve::{self, STOP_FIRST},
    error::CliError,
    session::Session,
    ui::confirm,
};

/// Confirm an upgrade of the store, or take it back
#[derive(Debug, Subcommand)]
pub(crate) enum UpgradeCommand {
    Status(Status),
    Confirm(Confirm),
    Revert(Revert),
}

impl UpgradeCommand {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Status(command) => command.run(session),
            Self::Confirm(command) => command.run(session),
            Self::Revert(command) => command.run(session),
        }
    }
}

/// Say whether the store of the release before is still kept
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Delete the store of the release before, while no daemon runs
///
/// From then on only a backup leads back to that release. Until then, that store is a copy that an erasure does not reach, so
/// no erasure is complete.
#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// Put the store of the release before back, while no daemon runs
///
/// That is possible until the daemon has recorded something after the upgrade, which it does as soon as it serves: for a
/// daemon that does not start after an upgrade.
#[derive(Debug, Args)]
pub(crate) struct Revert {
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// What an upgrade has kept.
#[derive(Serialize)]
struct Kept {
    kept: Option<String>,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kept {
            Some(kept) => write!(f, "the store of the release before is kept in {kept}"),
            None => f.write_str("no store of an earlier release is kept"),
        }
    }
}

/// What was deleted.
#[derive(Serialize)]
struct Confirmed {
    deleted: Vec<String>,
}

impl fmt::Display for Confirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.deleted.as_slice() {
            [] => f.write_str("there was nothing to confirm"),
            deleted => write!(f, "deleted: {}", deleted.join(", ")),
        }
    }
}

/// What was put back.
#[derive(Serialize)]
struct Reverted {
    store: String,
    layout: u32,
}

impl fmt::Display for Reverted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is the live store again, in layout {}: start the release that wrote it",
            self.store, self.layout
        )
    }
}

impl Status {
    fn run(self, session: &mut Session) -> Result<(), CliError> {
        let kept = kept_by_upgrade(&self.data).map_err(failed)?;
        let kept = kept.map(|kept| kept.display().to_string());
        session.output.item(&Kept { kept })
    }
}

impl Confirm {
    fn run(self, session: &mut Session) -> Result<(), CliError> {
        expect_store(&self.data)?;
        if !self.yes && kept_by_upgrade(&self.data).map_err(failed)?.is_some() {
            let what = "The store of the release before will be deleted.";
            confirm::word(&mut session.output, what, "confirm")?;
        }
        let deleted = RocksStore::confirm_upgrade(&self.data).map_err(failed)?;
        let deleted = deleted.iter().map(|store| store.display().to_string());
        session.output.item(&Confirmed {
            deleted: deleted.collect(),
        })
    }
}

impl Revert {
    fn run(self, session: &mut Session) -> Result<(), CliError> {
        expect_store(&self.data)?;
        let reverted = RocksStore::revert_upgrade(&self.data, &RocksTuning::default());
        let reverted = reverted.map_err(failed)?;
        session.output.item(&Reverted {
            store: reverted.directory.display().to_string(),
            layout: reverted.layout,
        })
    }
}

/// Taking hold of a directory makes one where there is none.
fn expect_store(data: &std::path::Path) -> Result<(), CliError> {
    match RocksStore::is_there(data).map_err(failed)? {
        true => Ok(()),
        false => Err(told(&DaemonError::StoreAbsent(data.to_owned()))),
    }
}

fn failed(error: StoreError) -> CliError {
    told(&DaemonError::Store(error))
}

fn told(error: &DaemonError) -> CliError {
    serve::told(error, STOP_FIRST)
}
