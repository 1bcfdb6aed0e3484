//! Whether the files that a configuration names can be used, before a daemon relies on them.

use indelible_keystore::{KekConfigError, KeyError, Passphrase, Pin};
use thiserror::Error;

use crate::{
    config::{Config, KekSource, SecretSource},
    tls::{RevokedKeys, Setup, TlsError},
};

/// Why a file that a configuration names can't be used.
#[derive(Debug, Error)]
pub enum NamedFileError {
    /// Certificate, key or authorities.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A passphrase.
    #[error(transparent)]
    Passphrase(#[from] KeyError),
    /// A PIN.
    #[error(transparent)]
    Pin(#[from] KekConfigError),
}

/// When the first of the certificates ends that a configuration names, its own or an authority of clients: seconds since
/// 1970. `None` without TLS.
///
/// # Errors
/// If they can't be used.
pub fn certificates_end(config: &Config) -> Result<Option<i64>, NamedFileError> {
    let setup = config.tls.as_ref();
    let setup = setup.map(|tls| Setup::read(tls, &RevokedKeys::default()));
    Ok(setup.transpose()?.map(|setup| setup.until()))
}

/// Reads the files of TLS, passphrases and PINs as a start does, and keeps nothing of them. No provider is asked, no port
/// bound and no store opened. What is configured as `before` is not looked at: a running daemon has it.
///
/// # Errors
/// For the first file that can't be used.
pub fn check_named_files(config: &Config, before: Option<&Config>) -> Result<(), NamedFileError> {
    let is_new = |is_same: fn(&Config, &Config) -> bool| {
        before.is_none_or(|before| !is_same(before, config))
    };
    if let Some(tls) = &config.tls
        && is_new(|before, now| before.tls == now.tls)
    {
        Setup::read(tls, &RevokedKeys::default())?;
    }
    if is_new(|before, now| before.kek == now.kek) {
        for kek in std::iter::once(&config.kek.current).chain(&config.kek.previous) {
            match kek {
                KekSource::Passphrase(SecretSource::File(path)) => drop(Passphrase::read(path)?),
                KekSource::Pkcs11(_, SecretSource::File(path)) => drop(Pin::read(path)?),
                _ => {}
            }
        }
    }
    Ok(())
}
