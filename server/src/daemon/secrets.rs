//! What opens the key providers: passphrases and PINs, from a file or from somebody at the terminal. Never from
//! anywhere else.

use std::{fs, io, path::Path, sync::Arc};

use indelible_keystore::{Passphrase, Pin};
use zeroize::Zeroizing;

use super::DaemonError;
use crate::config::{Config, KekSource};

/// What opens one provider.
pub(super) enum KekSecret {
    Passphrase(Passphrase),
    /// Shared with each attempt to log in, until one has succeeded.
    Pin(Arc<Pin>),
    /// The provider finds its own, or needs none.
    Nothing,
}

/// What opens all of them.
pub(super) struct Secrets {
    pub(super) current: KekSecret,
    pub(super) previous: Vec<KekSecret>,
}

/// Reads or asks for what the providers need. A new passphrase is asked for twice.
pub(super) fn obtain(config: &Config) -> Result<Secrets, DaemonError> {
    let is_new = is_new(&config.data) || !config.kek.previous.is_empty();
    let previous = &config.kek.previous;
    Ok(Secrets {
        current: secret(&config.kek.current, is_new)?,
        previous: previous
            .iter()
            .map(|source| secret(source, false))
            .collect::<Result<_, _>>()?,
    })
}

fn secret(source: &KekSource, is_new: bool) -> Result<KekSecret, DaemonError> {
    match source {
        KekSource::PassphraseFile(path) => Ok(KekSecret::Passphrase(Passphrase::read(path)?)),
        KekSource::PassphrasePrompt if is_new => {
            let first = ask("New passphrase (without it nobody can open the ledgers): ")?;
            let second = ask("The same again: ")?;
            if first != second {
                return Err(DaemonError::PassphrasesDiffer);
            }
            Ok(KekSecret::Passphrase(Passphrase::new(first)?))
        }
        KekSource::PassphrasePrompt => Ok(KekSecret::Passphrase(Passphrase::new(ask(
            "Passphrase: ",
        )?)?)),
        KekSource::Pkcs11(token) => {
            let pin = match &token.pin_file {
                Some(path) => Pin::read(path)?,
                None => Pin::new(ask(&format!("PIN of the token {:?}: ", token.token))?)?,
            };
            Ok(KekSecret::Pin(Arc::new(pin)))
        }
        KekSource::Environment(_) | KekSource::AwsKms(_) => Ok(KekSecret::Nothing),
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
