//! One whole state of the files: a certificate, its key, and the authorities of clients.

use std::{
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use indelible_compliance::time::Second;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject as _},
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
};

use super::{
    error::TlsError,
    revoked::{RevokedKeys, Unrevoked},
    validity::Validity,
};
use crate::config::Tls;

/// What HTTP/2 is called in a handshake.
const HTTP2: &[u8] = b"h2";

/// One whole state of the files, ready for handshakes.
pub(crate) struct Setup {
    config: Arc<ServerConfig>,
    /// Knows clients; without authorities nobody is known by a certificate.
    clients: Option<Arc<dyn ClientCertVerifier>>,
    /// The daemon's certificate, then the authorities of clients.
    endings: Vec<Ending>,
}

/// When a certificate ends.
struct Ending {
    /// What it is, and its file.
    what: String,
    /// Seconds since 1970 UTC.
    until: i64,
}

impl Setup {
    /// Reads the files and checks that they belong together and are valid now. Clients whose keys are `revoked`, now or later,
    /// are not known.
    pub(crate) fn read(files: &Tls, revoked: &RevokedKeys) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        for path in [
            Some(&files.certificate),
            Some(&files.key),
            files.client_ca.as_ref(),
        ] {
            path.map_or(Ok(()), |path| not_everybodys(path))?;
        }
        tell_of_others(&files.key);
        let chain = certificates("the certificate", &files.certificate)?;
        let key = key(&files.key)?;
        let own = valid_now(&files.certificate, &chain)?;
        let mut endings = vec![Ending {
            what: format!("the certificate in {}", files.certificate.display()),
            until: own.until,
        }];
        let clients = match &files.client_ca {
            Some(path) => {
                let (known, until) = clients(path, files, &provider)?;
                endings.push(Ending {
                    what: format!("an authority of clients in {}", path.display()),
                    until,
                });
                let revoked = revoked.clone();
                let clients: Arc<dyn ClientCertVerifier> = Arc::new(Unrevoked { known, revoked });
                Some(clients)
            }
            None => None,
        };
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| pair(files, &error))?;
        let builder = match &clients {
            Some(clients) => builder.with_client_cert_verifier(Arc::clone(clients)),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|error| pair(files, &error))?;
        config.alpn_protocols = vec![HTTP2.to_vec()];
        // A session that is resumed would outlive the authority that vouched for it.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self {
            config: Arc::new(config),
            clients,
            endings,
        })
    }

    /// What handshakes are made with.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// When the first of the certificates ends, seconds since 1970 UTC.
    pub(crate) fn until(&self) -> i64 {
        let all = self.endings.iter().map(|ending| ending.until);
        all.min().unwrap_or(i64::MAX)
    }

    /// The certificates that end before this time, in words; `None` if there are none.
    pub(super) fn end_before(&self, time: i64) -> Option<String> {
        let soon = self.endings.iter().filter(|ending| ending.until < time);
        let told: Vec<_> = soon
            .map(|ending| format!("{} ends at {}", ending.what, told(ending.until)))
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// Whether a client that showed this chain would still be known now.
    pub(crate) fn still_knows(&self, chain: &[CertificateDer<'_>]) -> bool {
        match (&self.clients, chain) {
            (Some(clients), [leaf, issuers @ ..]) => clients
                .verify_client_cert(leaf, issuers, UnixTime::now())
                .is_ok(),
            // Nobody was known by a certificate, so nothing is lost.
            (_, []) => true,
            (None, _) => false,
        }
    }
}

/// Whoever may write to one of these files is anybody to the daemon.
fn not_everybodys(path: &Path) -> Result<(), TlsError> {
    // One that is not there is told of where it is read.
    match std::fs::metadata(path) {
        Ok(found) if found.mode() & 0o002 != 0 => Err(TlsError::EverybodyWrites {
            path: path.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Tells of a key that others may read, as of any other secret. What a group may read is how secrets are mounted into
/// containers.
fn tell_of_others(key: &Path) {
    // One that is not there is told of where it is read.
    let mode = std::fs::metadata(key).map_or(0, |found| found.mode());
    if mode & 0o024 != 0 {
        tracing::warn!(
            file = %key.display(),
            mode = format!("{:o}", mode & 0o777),
            "other users of this machine may read the private key in this file, or its group may change it; chmod 600 closes it"
        );
    }
}

fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |error: rustls::pki_types::pem::Error| TlsError::Unreadable {
        what,
        path: path.to_owned(),
        problem: error.to_string(),
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    match chain.is_empty() {
        true => Err(TlsError::Empty {
            what: "certificate",
            path: path.to_owned(),
        }),
        false => Ok(chain),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => TlsError::Empty {
            what: "private key",
            path: path.to_owned(),
        },
        error => TlsError::Unreadable {
            what: "the private key",
            path: path.to_owned(),
            problem: error.to_string(),
        },
    })
}

fn clients(
    path: &Path,
    files: &Tls,
    provider: &Arc<CryptoProvider>,
) -> Result<(Arc<dyn ClientCertVerifier>, i64), TlsError> {
    let refuse = |problem: String| TlsError::Authorities {
        path: path.to_owned(),
        problem,
    };
    let authorities = certificates("the client authorities", path)?;
    let until = authorities
        .iter()
        .filter_map(|one| Validity::of(one))
        .map(|one| one.until);
    let until = until.min().unwrap_or(i64::MAX);
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots
            .add(authority)
            .map_err(|error| refuse(error.to_string()))?;
    }
    let builder =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let builder = match files.client_certificate_required {
        true => builder,
        false => builder.allow_unauthenticated(),
    };
    let clients = builder.build().map_err(|error| refuse(error.to_string()))?;
    Ok((clients, until))
}

fn valid_now(path: &Path, chain: &[CertificateDer<'_>]) -> Result<Validity, TlsError> {
    let validity = chain
        .first()
        .and_then(|leaf| Validity::of(leaf))
        .ok_or_else(|| TlsError::Unreadable {
            what: "the certificate",
            path: path.to_owned(),
            problem: "it is not an X.509 certificate".to_owned(),
        })?;
    let now = now();
    if (validity.from..=validity.until).contains(&now) {
        return Ok(validity);
    }
    Err(TlsError::NotValidNow {
        path: path.to_owned(),
        from: told(validity.from),
        until: told(validity.until),
        now: told(now),
    })
}

/// Seconds since 1970 UTC.
pub(super) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A time as people read it.
pub(super) fn told(seconds: i64) -> String {
    Second(u64::try_from(seconds).unwrap_or_default()).to_string()
}

fn pair(files: &Tls, error: &rustls::Error) -> TlsError {
    TlsError::Pair {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        problem: error.to_string(),
    }
}
