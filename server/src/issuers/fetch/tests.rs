//! Hosts of keys that answer as they should, and otherwise.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::*;

/// Answers one request with these bytes. Returns the port, and what was asked.
async fn host(answer: Vec<u8>) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = read_head(&mut stream).await;
        // A client that has read enough may be gone.
        let _gone = stream.write_all(&answer).await;
        let _gone = stream.shutdown().await;
        asked
    });
    (port, serving)
}

async fn read_head(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn plain(port: u16) -> WhereKeys {
    WhereKeys::Url {
        url: KeysUrl {
            is_encrypted: false,
            host: "127.0.0.1".to_owned(),
            port,
            authority: format!("127.0.0.1:{port}"),
            path: "/keys?x=1".to_owned(),
        },
        ca: None,
    }
}

#[tokio::test]
async fn what_a_host_answers_is_taken_whole_or_not_at_all() {
    let (port, asked) = host(answer("HTTP/1.1 200 OK", "the keys")).await;
    assert_eq!(keys(&plain(port)).await.unwrap(), "the keys");
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("GET /keys?x=1 HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains(&format!("host: 127.0.0.1:{port}\r\n")),
        "{asked}"
    );

    let long = "x".repeat(KEY_SET_BYTES_MAX + 1);
    for (wrong, said) in [
        (
            answer("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/", ""),
            "302",
        ),
        (answer("HTTP/1.1 404 Not Found", "the keys"), "404"),
        (answer("HTTP/1.1 200 OK", &long), "can't be read"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nthe".to_vec(),
            "can't be read",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\xff".to_vec(),
            "UTF-8",
        ),
        (
            b"\x16\x03\x01 what is not HTTP\r\n\r\n".to_vec(),
            "can't be read",
        ),
        (Vec::new(), "can't be read"),
    ] {
        let (port, _asked) = host(wrong).await;
        let error = keys(&plain(port)).await.unwrap_err().to_string();
        assert!(
            error.contains(said) && error.contains("127.0.0.1"),
            "{said}: {error}"
        );
    }
    let (port, _) = host(Vec::new()).await;
    let gone = keys(&plain(port.wrapping_add(1).max(1))).await;
    assert!(gone.is_err());
}

/// Over TLS the host must have the name that is asked for, in a certificate of an authority that is named.
#[tokio::test]
async fn a_host_is_believed_by_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, certificate.pem()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Whoever does not believe it goes.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            read_head(&mut stream).await;
            let answer = answer("HTTP/1.1 200 OK", "the keys");
            stream.write_all(&answer).await.unwrap();
            let _gone = stream.shutdown().await;
        }
    });
    let at = |host: &str, ca: Option<&Path>| WhereKeys::Url {
        url: KeysUrl {
            is_encrypted: true,
            host: host.to_owned(),
            port,
            authority: format!("{host}:{port}"),
            path: "/".to_owned(),
        },
        ca: ca.map(Path::to_owned),
    };
    assert_eq!(keys(&at("localhost", Some(&ca))).await.unwrap(), "the keys");
    for (host, ca) in [("127.0.0.1", Some(ca.as_path())), ("localhost", None)] {
        let error = keys(&at(host, ca)).await.unwrap_err().to_string();
        assert!(error.contains("can't reach"), "{host}: {error}");
    }
}

#[tokio::test]
async fn a_file_that_everybody_may_write_to_holds_nobodys_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    fs::write(&path, "the keys").unwrap();
    let from = WhereKeys::File(path.clone());
    assert_eq!(keys(&from).await.unwrap(), "the keys");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let error = keys(&from).await.unwrap_err();
    assert!(
        matches!(error, FetchError::EverybodyWrites { .. }),
        "{error}"
    );
    fs::remove_file(&path).unwrap();
    assert!(keys(&from).await.is_err());
}
