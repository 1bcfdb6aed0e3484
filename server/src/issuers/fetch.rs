//! Gets the keys of an issuer: one file, or one GET. Nothing that is answered leads anywhere else.

use std::{
    fs::File,
    io::Read as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{Request, StatusCode, client::conn::http1, header, rt};
use hyper_util::rt::TokioIo;
use indelible_access::limits::KEY_SET_BYTES_MAX;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use thiserror::Error;
use tokio::{net::TcpStream, task::spawn_blocking, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{
    config::{KeysUrl, WhereKeys},
    limits::ISSUER_FETCH_SECONDS_MAX,
};

/// Bytes of the head of an answer.
const HEAD_BYTES_MAX: usize = 64 * 1_024;

/// Why there are no keys.
#[derive(Debug, Error)]
pub(super) enum FetchError {
    /// A file can't be read.
    #[error("can't read {}: {problem}", path.display())]
    Unreadable { path: PathBuf, problem: String },
    /// Whoever may write to the file is any caller.
    #[error("every user may write to {}; take that away (chmod o-w)", path.display())]
    EverybodyWrites { path: PathBuf },
    /// Nobody answers, or nobody whose certificate counts.
    #[error("can't reach {authority}: {problem}")]
    Unreachable { authority: String, problem: String },
    /// Something else than keys is answered.
    #[error("{authority} answers with {status}, and not with keys; redirections are not followed")]
    Status {
        authority: String,
        status: StatusCode,
    },
    /// The answer is cut off, or too long.
    #[error("the answer of {authority} can't be read: {problem}")]
    Answer { authority: String, problem: String },
    /// It takes too long.
    #[error("{authority} did not answer within {ISSUER_FETCH_SECONDS_MAX} s")]
    Late { authority: String },
}

/// The text of a set of keys.
pub(super) async fn keys(from: &WhereKeys) -> Result<String, FetchError> {
    match from {
        WhereKeys::File(path) => {
            let path = path.clone();
            let read = spawn_blocking(move || file(&path)).await;
            read.unwrap_or_else(|panic| {
                Err(FetchError::Unreadable {
                    path: PathBuf::new(),
                    problem: panic.to_string(),
                })
            })
        }
        WhereKeys::Url { url, ca } => {
            let patience = Duration::from_secs(ISSUER_FETCH_SECONDS_MAX);
            let fetched = timeout(patience, get(url, ca.as_deref())).await;
            fetched.unwrap_or_else(|_late| {
                Err(FetchError::Late {
                    authority: url.authority.clone(),
                })
            })
        }
    }
}

fn file(path: &Path) -> Result<String, FetchError> {
    let unreadable = |error: std::io::Error| FetchError::Unreadable {
        path: path.to_owned(),
        problem: error.to_string(),
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.mode() & 0o002 != 0 {
        return Err(FetchError::EverybodyWrites {
            path: path.to_owned(),
        });
    }
    let mut text = String::new();
    // What is too long by one byte is refused as too long where it is taken apart.
    file.take(KEY_SET_BYTES_MAX as u64 + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    Ok(text)
}

async fn get(url: &KeysUrl, ca: Option<&Path>) -> Result<String, FetchError> {
    let unreachable = |problem: String| FetchError::Unreachable {
        authority: url.authority.clone(),
        problem,
    };
    let stream = TcpStream::connect((url.host.as_str(), url.port)).await;
    let stream = stream.map_err(|error| unreachable(error.to_string()))?;
    if !url.is_encrypted {
        return exchange(url, TokioIo::new(stream)).await;
    }
    let name = ServerName::try_from(url.host.clone())
        .map_err(|error| unreachable(format!("{}: {error}", url.host)))?;
    let connector = TlsConnector::from(Arc::new(client(ca).await?));
    let stream = connector.connect(name, stream).await;
    let stream = stream.map_err(|error| unreachable(error.to_string()))?;
    exchange(url, TokioIo::new(stream)).await
}

/// Asks over a connection, and reads the answer.
async fn exchange<T>(url: &KeysUrl, stream: T) -> Result<String, FetchError>
where
    T: rt::Read + rt::Write + Send + Unpin + 'static,
{
    let broken = |problem: String| FetchError::Answer {
        authority: url.authority.clone(),
        problem,
    };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .handshake(stream)
        .await
        .map_err(|error| broken(error.to_string()))?;
    // It ends when nobody waits for an answer any more.
    tokio::spawn(connection);
    let request = Request::get(url.path.as_str())
        .header(header::HOST, url.authority.as_str())
        .header(header::ACCEPT, "application/json")
        .header(header::CONNECTION, "close")
        .header(
            header::USER_AGENT,
            concat!("indelible/", env!("CARGO_PKG_VERSION")),
        )
        .body(Empty::<Bytes>::new())
        .map_err(|error| broken(error.to_string()))?;
    let answer = sender.send_request(request).await;
    let answer = answer.map_err(|error| broken(error.to_string()))?;
    let status = answer.status();
    if status != StatusCode::OK {
        return Err(FetchError::Status {
            authority: url.authority.clone(),
            status,
        });
    }
    let body = Limited::new(answer.into_body(), KEY_SET_BYTES_MAX).collect();
    let body = body.await.map_err(|error| broken(error.to_string()))?;
    String::from_utf8(body.to_bytes().into())
        .map_err(|_| broken("it is not text in UTF-8".to_owned()))
}

/// Believes the authorities of a file, or those of the system.
async fn client(ca: Option<&Path>) -> Result<ClientConfig, FetchError> {
    let named = ca.map(Path::to_owned);
    let roots = spawn_blocking(move || roots(named.as_deref())).await;
    let failed = |problem: String| FetchError::Unreadable {
        path: ca.map(Path::to_owned).unwrap_or_default(),
        problem,
    };
    let roots = roots.map_err(|panic| failed(panic.to_string()))??;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, FetchError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = ca else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let unreadable = |problem: String| FetchError::Unreadable {
        path: path.to_owned(),
        problem,
    };
    let mode = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if mode.mode() & 0o002 != 0 {
        return Err(FetchError::EverybodyWrites {
            path: path.to_owned(),
        });
    }
    let certificates = CertificateDer::pem_file_iter(path);
    for certificate in certificates.map_err(|error| unreadable(error.to_string()))? {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        let added = roots.add(certificate);
        added.map_err(|error| unreadable(error.to_string()))?;
    }
    match roots.is_empty() {
        true => Err(unreadable("it holds no certificate in PEM".to_owned())),
        false => Ok(roots),
    }
}

#[cfg(test)]
mod tests;
