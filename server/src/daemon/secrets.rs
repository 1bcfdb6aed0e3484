//! Passphrases and PINs, from a file or from somebody at the terminal. Never from anywhere else.

use indelible_keystore::{Passphrase, Pin};
use zeroize::Zeroizing;

use super::error::DaemonError;
use crate::config::SecretSource;

/// Whether a passphrase that is typed may be a new one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A mistake would go unnoticed, so the passphrase is prompted for twice.
    New,
    /// A mistake is found out when nothing opens.
    Known,
}

pub(super) fn passphrase(
    source: &SecretSource,
    expected: Expected,
) -> Result<Passphrase, DaemonError> {
    let passphrase = read(source, expected)?;
    if expected == Expected::New {
        // Before anybody is told that there is a daemon.
        passphrase.check_new()?;
    }
    Ok(passphrase)
}

fn read(source: &SecretSource, expected: Expected) -> Result<Passphrase, DaemonError> {
    let typed = match (source, expected) {
        (SecretSource::File(path), _) => return Ok(Passphrase::read(path)?),
        (SecretSource::Prompt, Expected::New) => {
            let first = ask("New passphrase (without it nobody can open the ledgers): ")?;
            let second = ask("The same again: ")?;
            if first != second {
                return Err(DaemonError::PassphrasesDiffer);
            }
            first
        }
        (SecretSource::Prompt, Expected::Known) => ask("Passphrase: ")?,
    };
    Ok(Passphrase::new(typed)?)
}

pub(super) fn pin(source: &SecretSource, token_label: &str) -> Result<Pin, DaemonError> {
    Ok(match source {
        SecretSource::File(path) => Pin::read(path)?,
        SecretSource::Prompt => Pin::new(ask(&format!("PIN of the token {token_label:?}: "))?)?,
    })
}

fn ask(prompt: &str) -> Result<Zeroizing<Vec<u8>>, DaemonError> {
    let typed = rpassword::prompt_password(prompt).map_err(DaemonError::Prompt)?;
    Ok(Zeroizing::new(typed.into_bytes()))
}
