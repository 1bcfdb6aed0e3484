//! Certificates and keys for TLS, as they were named.

use std::path::PathBuf;

use super::{error::ConfigError, file, paths::absolute_path};

/// The files of TLS. All are PEM, and are read again when they change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The daemon's certificate, followed by those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Authorities whose clients are known by their certificates.
    pub client_ca: Option<PathBuf>,
    /// Whether a client without a certificate is sent away in the handshake.
    pub client_certificate_required: bool,
}

pub(super) fn check(file: Option<file::Tls>) -> Result<Option<Tls>, ConfigError> {
    let Some(file) = file else { return Ok(None) };
    let client_certificate_required = match file.client_certificates.as_deref() {
        None | Some("required") => file.client_ca.is_some(),
        Some("optional") => false,
        Some(other) => {
            return Err(ConfigError::ClientCertificates {
                text: other.to_owned(),
            });
        }
    };
    Ok(Some(Tls {
        certificate: absolute_path("certificate", &file.certificate)?,
        key: absolute_path("private key", &file.key)?,
        client_ca: file
            .client_ca
            .map(|path| absolute_path("client authorities", &path))
            .transpose()?,
        client_certificate_required,
    }))
}
