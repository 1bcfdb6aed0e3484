//! The data directory that is rescued, opened as a start does.

use std::{path::Path, sync::Arc};

use indelible_store::{
    Cause, StoreError,
    rocks::{RocksStore, RocksTuning},
};

use crate::cli::{
    error::{CliError, chain},
    exit::Exit,
    session::Session,
};

/// Bytes of memory to read the store with.
const CACHE_BYTES: usize = 64 << 20;

/// Opens the store as a start does, and also one with damage that only a daemon could not go on with. Its lock keeps a daemon
/// and this apart.
pub(super) fn open(session: &mut Session, data: &Path) -> Result<Arc<RocksStore>, CliError> {
    if !RocksStore::is_there(data).map_err(of_store)? {
        return Err(CliError::Input {
            name: data.display().to_string(),
            problem: "it holds no store; name a copy of a data directory, or a restored one"
                .to_owned(),
        });
    }
    RocksStore::check_owner(data).map_err(of_store)?;
    let tuning = RocksTuning {
        cache_bytes: CACHE_BYTES,
        known_ids_bytes: 0,
        merges_files: false,
        ..RocksTuning::default()
    };
    let opened = RocksStore::open_to_save(data, &tuning).map_err(of_store)?;
    if let Some(salvage) = &opened.salvage {
        session.output.remark(format_args!(
            "the store's log is damaged ({}): what follows the first flaw is not there",
            salvage.refusal()
        ));
    }
    Ok(Arc::new(opened.store))
}

/// What to do where a process has the store. If it is the daemon whose KEK is lost, the last open keys are in it.
const DO_NOT_STOP_IT: &str = "don't stop that process if the KEK is lost: a daemon that still runs has its keys open. Export first what \
                              must stay readable (indelible export --disclose-keys). Name a restored backup, or a copy of the data \
                              directory, with --data";

/// The error of a store that can't be used.
pub(super) fn of_store(error: StoreError) -> CliError {
    let exit = match &error {
        StoreError::Locked { .. } => Exit::Unavailable,
        StoreError::RestoreUnfinished { .. }
        | StoreError::OpenToAll { .. }
        | StoreError::OtherOwner { .. } => Exit::Usage,
        error if error.cause() == Some(Cause::Forbidden) => Exit::Usage,
        error if error.cause().is_some_and(Cause::is_shortage) => Exit::Unavailable,
        _ => Exit::Daemon,
    };
    let problem = match &error {
        StoreError::Locked { .. } => format!("{}: {DO_NOT_STOP_IT}", chain(&error)),
        _ => chain(&error),
    };
    CliError::Serve { exit, problem }
}
