//! Whether the KEK of a backup can be had, where it is made from a passphrase.

use std::path::Path;

use indelible_backup::Manifest;
use indelible_keystore::{KeyError, Passphrase, PassphraseProvider};
use indelible_ledger::kek_records;
use indelible_store::rocks::RocksStore;

use super::failed::input;
use crate::cli::{error::CliError, exit::Exit};

/// Reads a passphrase.
pub(super) fn passphrase(path: &Path) -> Result<Passphrase, CliError> {
    Passphrase::read(path).map_err(|error| input(path, error))
}

/// Whether a passphrase opens a KEK of a store.
pub(super) fn opens(store: &RocksStore, passphrase: &Passphrase) -> Result<bool, CliError> {
    let failed = |problem: String| CliError::Serve {
        exit: Exit::Daemon,
        problem,
    };
    let records = kek_records(store).map_err(|error| failed(error.to_string()))?;
    for record in &records {
        match PassphraseProvider::open(passphrase, record) {
            Ok(_) => return Ok(true),
            Err(KeyError::WrongPassphrase) => {}
            Err(error) => return Err(failed(error.to_string())),
        }
    }
    Ok(false)
}

/// The error of a backup that is intact, and whose keys a passphrase does not open.
pub(super) fn not_opened(manifest: &Manifest, file: &Path) -> CliError {
    CliError::Serve {
        exit: Exit::Refused,
        problem: format!(
            "backup {} is intact, but the passphrase in {} does not open its keys ({}): look for the right passphrase now. If \
             the daemon runs, don't stop it before you have it: a start needs it",
            manifest.id,
            file.display(),
            manifest.keks.join(", ")
        ),
    }
}
