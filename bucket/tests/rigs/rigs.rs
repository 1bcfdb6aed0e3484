//! A bucket on a server that speaks S3's protocol, and a proxy before it that does to it what networks and servers do.
//!
//! Included by path as `buckets`, beside the emulators of `keystore/tests/rigs` as `rigs`.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each crate that includes this uses a part of it"
)]

mod proxy;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

pub(crate) use proxy::{Act, Proxy, rule};

use crate::rigs::{Emulator, Flavour};

/// A bucket of its own on the emulator that tests share, and a proxy before it.
pub(crate) struct Rig {
    _emulator: Arc<Emulator>,
    pub(crate) proxy: Proxy,
    pub(crate) name: String,
    port: u16,
    place: tempfile::TempDir,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let emulator = Emulator::shared(Flavour::MiniStack);
        let port = port_of(&emulator);
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("backups-{}-{number}", std::process::id());
        let made = ask(port, "PUT", &format!("/{name}"), "", b"");
        assert_eq!(made.status, 200, "{made:?}");
        let place = tempfile::tempdir().unwrap();
        fs::write(
            place.path().join("credentials"),
            "[default]\naws_access_key_id = test\naws_secret_access_key = test\n",
        )
        .unwrap();
        Self {
            proxy: Proxy::before(port),
            _emulator: emulator,
            name,
            port,
            place,
        }
    }

    /// `s3://BUCKET/PREFIX`.
    pub(crate) fn address(&self) -> String {
        format!("s3://{}/here", self.name)
    }

    /// Where programs find the bucket: the proxy.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.proxy.port)
    }

    pub(crate) fn credentials_file(&self) -> PathBuf {
        self.place.path().join("credentials")
    }

    /// An object as the server has it, past the proxy.
    pub(crate) fn object(&self, key: &str) -> Option<Vec<u8>> {
        let answer = ask(self.port, "GET", &self.path(key), "", b"");
        (answer.status == 200).then_some(answer.body)
    }

    /// Puts an object past the proxy.
    pub(crate) fn put(&self, key: &str, body: &[u8]) {
        let answer = ask(self.port, "PUT", &self.path(key), "", body);
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Removes an object past the proxy.
    pub(crate) fn remove(&self, key: &str) {
        let answer = ask(self.port, "DELETE", &self.path(key), "", b"");
        assert!(answer.status < 300, "{answer:?}");
    }

    /// The keys of all objects, past the proxy.
    pub(crate) fn keys(&self) -> Vec<String> {
        let answer = ask(
            self.port,
            "GET",
            &format!("/{}?list-type=2", self.name),
            "",
            b"",
        );
        let text = String::from_utf8(answer.body).unwrap();
        let keys = text.split("<Key>").skip(1);
        keys.map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    }

    fn path(&self, key: &str) -> String {
        format!("/{}/here/{key}", self.name)
    }
}

/// The port that an emulator listens at.
pub(crate) fn port_of(emulator: &Emulator) -> u16 {
    let url = emulator.url();
    url.rsplit(':').next().unwrap().parse().unwrap()
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Asks a server on this machine one thing.
pub(crate) fn ask(port: u16, method: &str, path: &str, headers: &str, body: &[u8]) -> Answered {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Answered {
        status: status.unwrap_or_default(),
        body: answer.get(end + 4..).unwrap_or_default().to_vec(),
        head,
    }
}
