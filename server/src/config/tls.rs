//! Certificates and keys for TLS, as they were named, and which keys of clients are revoked.

use std::{collections::BTreeSet, path::PathBuf};

use data_encoding::HEXLOWER_PERMISSIVE as HEX;

use super::{error::ConfigError, file, paths::absolute_path};
use crate::limits::REVOKED_CLIENT_KEYS_MAX;

/// What the digest of a revoked key begins with.
pub(crate) const SHA256: &str = "sha256:";

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

/// The digests of the keys of clients that are revoked.
pub(super) fn revoked(file: Option<&file::Tls>) -> Result<BTreeSet<[u8; 32]>, ConfigError> {
    let Some(file) = file.filter(|file| !file.revoked_client_keys.is_empty()) else {
        return Ok(BTreeSet::new());
    };
    if file.client_ca.is_none() {
        return Err(ConfigError::ClientAuthoritiesMissing {
            setting: "revoked_client_keys",
        });
    }
    let found = file.revoked_client_keys.len();
    if found > REVOKED_CLIENT_KEYS_MAX {
        return Err(ConfigError::RevokedKeys { found });
    }
    file.revoked_client_keys
        .iter()
        .map(|text| digest(text))
        .collect()
}

fn digest(text: &str) -> Result<[u8; 32], ConfigError> {
    let bytes = text.strip_prefix(SHA256).map(str::as_bytes);
    let bytes = bytes.and_then(|digits| HEX.decode(digits).ok());
    let digest = bytes.and_then(|bytes| bytes.try_into().ok());
    digest.ok_or_else(|| ConfigError::RevokedKey {
        text: text.to_owned(),
    })
}

pub(super) fn check(file: Option<file::Tls>) -> Result<Option<Tls>, ConfigError> {
    let Some(file) = file else { return Ok(None) };
    let client_certificate_required = match file.client_certificates.as_deref() {
        // Whoever requires certificates means that nobody comes in without one.
        Some("required") if file.client_ca.is_none() => {
            return Err(ConfigError::ClientAuthoritiesMissing {
                setting: "client_certificates",
            });
        }
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
