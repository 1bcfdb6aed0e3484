//! Holders of certificates, and certificates that change.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    AppendStreamRequest, CreateLedgerRequest, GetStatusRequest,
    ledger_service_client::LedgerServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use super::{
    begin,
    certificates::{Authority, Files, host, workload},
    done,
};
use crate::support::{
    calls::event,
    daemon::{Client, Daemon, INDELIBLE},
    place::Place,
};

/// What must have happened by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// A daemon with TLS whose certificates a test changes.
struct Rig {
    place: Place,
    authority: Authority,
    daemon: Daemon,
    ca: PathBuf,
}

impl Rig {
    async fn start(clients: &Authority) -> Self {
        let place = Place::new();
        let authority = Authority::new();
        let ca = authority.write(&place, "ca.pem");
        let own = authority.issue(&place, "daemon", host("localhost"));
        let clients = clients.write(&place, "clients.pem");
        let text = format!(
            "listen = \"127.0.0.1:0\"\n[tls]\ncertificate = {:?}\nkey = {:?}\nclient_ca = {clients:?}\n\
             [[access]]\nprincipals = [\"spiffe://prod.example/till\"]\nroles = [\"writer\", \"operator\"]\non = [\"@store\"]\n",
            own.certificate, own.key
        );
        let daemon = begin(&place, &text);
        let mut rig = Self {
            place,
            authority,
            daemon,
            ca,
        };
        rig.serving().await;
        rig
    }

    /// Waits until it says so in its log: health needs a certificate here, too.
    async fn serving(&mut self) {
        self.logs("serving").await;
    }

    async fn logs(&self, words: &str) {
        let begun = Instant::now();
        while !self.daemon.log().contains(words) {
            assert!(
                begun.elapsed() < PATIENCE,
                "never {words:?}:\n{}",
                self.daemon.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn address(&self) -> String {
        let (_, port) = self.daemon.address().rsplit_once(':').unwrap();
        assert!(self.daemon.address().starts_with("https://"));
        format!("https://localhost:{port}")
    }

    async fn channel(&self, client: Option<&Files>) -> Result<Channel, tonic::transport::Error> {
        let ca = Certificate::from_pem(fs::read(&self.ca).unwrap());
        let mut tls = ClientTlsConfig::new().ca_certificate(ca);
        if let Some(client) = client {
            let (pem, key) = (fs::read(&client.certificate), fs::read(&client.key));
            tls = tls.identity(Identity::from_pem(pem.unwrap(), key.unwrap()));
        }
        let endpoint = Endpoint::from_shared(self.address()).unwrap();
        endpoint.tls_config(tls)?.connect().await
    }

    async fn client(&self, files: &Files) -> Client {
        LedgerServiceClient::new(self.channel(Some(files)).await.unwrap())
    }

    /// Whether a call of this client is answered, and how.
    async fn asks(&self, files: Option<&Files>) -> Result<(), Code> {
        let channel = self.channel(files).await.map_err(|_| Code::Unavailable)?;
        let asked = LedgerServiceClient::new(channel)
            .get_status(GetStatusRequest {})
            .await;
        asked.map(drop).map_err(|status| status.code())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_a_known_authority_says_who_calls() {
    let clients = Authority::new();
    let rig = Rig::start(&clients).await;
    let till = clients.issue(&rig.place, "till", workload("spiffe://prod.example/till"));
    let other = clients.issue(&rig.place, "other", workload("spiffe://prod.example/other"));
    let nameless = clients.issue(&rig.place, "nameless", Vec::new());
    let forged =
        Authority::new().issue(&rig.place, "forged", workload("spiffe://prod.example/till"));
    assert_eq!(rig.asks(Some(&till)).await, Ok(()));
    assert_eq!(rig.asks(Some(&other)).await, Err(Code::PermissionDenied));
    assert_eq!(rig.asks(Some(&nameless)).await, Err(Code::Unauthenticated));
    for refused in [None, Some(&forged)] {
        // The handshake fails, which a client of TLS 1.3 may learn with its first call.
        let code = rig.asks(refused).await.unwrap_err();
        assert!(
            !matches!(code, Code::PermissionDenied | Code::Unauthenticated),
            "a call came through: {code:?}"
        );
    }
    // The command line, as an operator uses it.
    let output = Command::new(INDELIBLE)
        .args([
            "--address",
            &rig.address(),
            "ledger",
            "create",
            "sales",
            "--ca",
        ])
        .arg(&rig.ca)
        .arg("--cert")
        .arg(&till.certificate)
        .arg("--cert-key")
        .arg(&till.key)
        .output()
        .unwrap();
    done(output);
    // The load generator shows the same.
    let measure = |with_key: bool| {
        let mut command = Command::new(INDELIBLE);
        command
            .args(["bench", "stream", "--events", "300", "--ledger", "sales"])
            .args(["--output", "json", "--address", &rig.address(), "--ca"])
            .arg(&rig.ca);
        if with_key {
            command.arg("--cert").arg(&till.certificate);
            command.arg("--cert-key").arg(&till.key);
        }
        command.output().unwrap()
    };
    let report: serde_json::Value = serde_json::from_str(&done(measure(true))).unwrap();
    assert_eq!(report["events_total"], 300, "{report}");
    assert!(!measure(false).status.success());
    // Without TLS, where it is taken alone; what is meant, and not bytes that look damaged.
    let plain = rig.address().replace("https:", "http:");
    let output = Command::new(INDELIBLE)
        .args(["--address", &plain, "status"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("takes TLS alone"), "{told}");
    assert!(told.contains("say https://localhost:"), "{told}");
    rig.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_tls_is_told_of_a_daemon_without() {
    let place = Place::new();
    let daemon = begin(&place, "listen = \"127.0.0.1:0\"");
    let address = daemon.address().replace("http://", "");
    let output = Command::new(INDELIBLE)
        .args(["--address", &format!("https://{address}"), "status"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("answers without TLS"), "{told}");
    daemon.stop();
}

/// The digest of a client's public key, as the documentation says to make it.
pub(super) fn key_digest(files: &Files) -> String {
    let line =
        "openssl x509 -in \"$1\" -pubkey -noout | openssl pkey -pubin -outform der | sha256sum";
    let output = Command::new("sh")
        .args(["-c", line, "sh"])
        .arg(&files.certificate)
        .output()
        .unwrap();
    let digest = done(output);
    format!("sha256:{}", &digest[..64])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_lets_nobody_in_and_ends_what_is_open() {
    let clients = Authority::new();
    let rig = Rig::start(&clients).await;
    let name = || workload("spiffe://prod.example/till");
    let till = clients.issue(&rig.place, "till", name());
    let other = clients.issue(&rig.place, "other-till", name());
    let mut client = rig.client(&till).await;
    let ledger = CreateLedgerRequest {
        name: "audit".into(),
        ..Default::default()
    };
    client.create_ledger(ledger).await.unwrap();
    let (sender, receiver) = mpsc::channel(1);
    let message = AppendStreamRequest {
        ledger: "audit".into(),
        events: vec![event("e0")],
    };
    sender.send(message).await.unwrap();
    let streaming = client.append_stream(ReceiverStream::new(receiver)).await;
    let mut acknowledged = streaming.unwrap().into_inner();
    assert!(acknowledged.message().await.unwrap().is_some());

    let file = rig.place.file("indelible.toml");
    let before = fs::read_to_string(&file).unwrap();
    let revoked = format!(
        "revoked_client_keys = [{:?}]\n[[access]]",
        key_digest(&till)
    );
    fs::write(&file, before.replacen("[[access]]", &revoked, 1)).unwrap();
    rig.daemon.signal(libc::SIGHUP);
    rig.logs("is not valid any more").await;
    assert!(rig.asks(Some(&till)).await.is_err(), "a new connection");
    let tried = format!("a client whose key is revoked key={:?}", key_digest(&till));
    rig.logs(&tried).await;
    let begun = Instant::now();
    while matches!(acknowledged.message().await, Ok(Some(_))) {
        assert!(begun.elapsed() < PATIENCE);
    }
    // Its name is not what was revoked.
    assert_eq!(rig.asks(Some(&other)).await, Ok(()));
    // And taken back.
    fs::write(&file, before).unwrap();
    rig.daemon.signal(libc::SIGHUP);
    let begun = Instant::now();
    while rig.asks(Some(&till)).await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "{}", rig.daemon.log());
    }
    // Keys of tests are files that others may read, which is told.
    rig.logs("other users of this machine may read the private key")
        .await;
    rig.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_change_while_streams_go_on() {
    let clients = Authority::new();
    let rig = Rig::start(&clients).await;
    let till = clients.issue(&rig.place, "till", workload("spiffe://prod.example/till"));
    let mut client = rig.client(&till).await;
    let ledger = CreateLedgerRequest {
        name: "audit".into(),
        ..Default::default()
    };
    client.create_ledger(ledger).await.unwrap();
    let (sender, receiver) = mpsc::channel(1);
    let message = |number: u32| AppendStreamRequest {
        ledger: "audit".into(),
        events: vec![event(&format!("e{number}"))],
    };
    sender.send(message(0)).await.unwrap();
    let streaming = client.append_stream(ReceiverStream::new(receiver)).await;
    let mut acknowledged = streaming.unwrap().into_inner();
    assert!(acknowledged.message().await.unwrap().is_some());

    // A new certificate, under the same paths; what is not whole yet is not taken.
    let issued = rig.authority.issue(&rig.place, "next", host("localhost"));
    fs::copy(&issued.certificate, rig.place.file("daemon.pem")).unwrap();
    rig.daemon.signal(libc::SIGHUP);
    rig.logs("kept the certificates that are in force").await;
    let status = client
        .get_status(GetStatusRequest {})
        .await
        .unwrap()
        .into_inner();
    let codes: Vec<_> = status
        .notices
        .iter()
        .map(|notice| notice.code().name())
        .collect();
    assert!(codes.contains(&"TLS_NOT_TAKEN"), "{codes:?}");
    fs::copy(&issued.key, rig.place.file("daemon.key")).unwrap();
    rig.daemon.signal(libc::SIGHUP);
    rig.logs("took certificates and client authorities").await;
    sender.send(message(1)).await.unwrap();
    assert!(
        acknowledged.message().await.unwrap().is_some(),
        "the stream goes on"
    );
    assert_eq!(rig.asks(Some(&till)).await, Ok(()));

    // Authorities that anybody could add to are not taken.
    let clients_file = rig.place.file("clients.pem");
    fs::set_permissions(&clients_file, fs::Permissions::from_mode(0o666)).unwrap();
    rig.daemon.signal(libc::SIGHUP);
    rig.logs("every user may write to").await;
    fs::set_permissions(&clients_file, fs::Permissions::from_mode(0o644)).unwrap();

    // The authority of this client goes: nobody comes in with it, and the open connection ends.
    let others = Authority::new();
    others.write(&rig.place, "clients.pem");
    rig.daemon.signal(libc::SIGHUP);
    rig.logs("is not valid any more").await;
    assert!(rig.asks(Some(&till)).await.is_err());
    let newer = others.issue(&rig.place, "newer", workload("spiffe://prod.example/till"));
    assert_eq!(rig.asks(Some(&newer)).await, Ok(()));
    let begun = Instant::now();
    while matches!(acknowledged.message().await, Ok(Some(_))) {
        assert!(begun.elapsed() < PATIENCE);
    }
    rig.daemon.stop();
}
