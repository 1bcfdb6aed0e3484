//! Where the passphrase comes from: a file, or somebody at the terminal. Never from anywhere else.

use std::{fs, io, path::Path};

use indelible_keystore::Passphrase;
use zeroize::Zeroizing;

use super::DaemonError;
use crate::config::{Config, KekSource};

/// Reads or asks for the passphrase. A new one is asked for twice.
pub(super) fn obtain(config: &Config) -> Result<Passphrase, DaemonError> {
    match &config.kek {
        KekSource::PassphraseFile(path) => Ok(Passphrase::read(path)?),
        KekSource::PassphrasePrompt if is_new(&config.data) => {
            let first = ask("New passphrase (without it nobody can open the ledgers): ")?;
            let second = ask("The same again: ")?;
            if first != second {
                return Err(DaemonError::PassphrasesDiffer);
            }
            Ok(Passphrase::new(first)?)
        }
        KekSource::PassphrasePrompt => Ok(Passphrase::new(ask("Passphrase: ")?)?),
    }
}

fn ask(prompt: &str) -> Result<Zeroizing<Vec<u8>>, DaemonError> {
    let typed = rpassword::prompt_password(prompt).map_err(DaemonError::Prompt)?;
    Ok(Zeroizing::new(typed.into_bytes()))
}

/// Whether there is no store yet. When in doubt there is one: then a typing mistake is found out.
fn is_new(data: &Path) -> bool {
    match fs::read_dir(data) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
