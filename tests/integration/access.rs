//! Who calls, and what they may do: users of this machine over the socket, and holders of certificates.

mod certificates;

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    AppendStreamRequest, CreateLedgerRequest, GetStatusRequest,
    ledger_service_client::LedgerServiceClient,
};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use self::certificates::{Authority, Files, host, workload};
use crate::support::{
    calls::event,
    daemon::{Client, Daemon, INDELIBLE},
    place::Place,
};

/// What must have happened by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes a configuration, and starts the daemon on it.
fn begin(place: &Place, rest: &str) -> Daemon {
    Daemon::spawn(serve(Command::new(INDELIBLE), place, rest), place).unwrap()
}

/// The command that does so, given the program or what runs it.
fn serve(mut command: Command, place: &Place, rest: &str) -> Command {
    let text = format!(
        "data = {:?}\n{rest}\n[kek]\nprovider = \"passphrase-file\"\npath = {:?}\n",
        place.data(),
        place.passphrase()
    );
    let file = place.file("indelible.toml");
    fs::write(&file, text).unwrap();
    command
        .arg("serve")
        .arg("--config")
        .arg(file)
        .stdin(Stdio::null());
    command
}

/// A socket that everybody can reach, and nothing else that they can.
fn open_socket() -> (tempfile::TempDir, String) {
    let open = tempfile::tempdir().unwrap();
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let address = format!("unix:{}", open.path().join("socket").display());
    (open, address)
}

/// Whether this process can act as another user.
fn is_root() -> bool {
    done(Command::new("id").arg("-u").output().unwrap()).trim() == "0"
}

/// Runs the command line as a user of this machine; only root can be another one.
fn run_as(user: Option<u32>, address: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(INDELIBLE);
    command
        .args(["--address", address])
        .args(arguments)
        .stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn done(output: Output) -> String {
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// A user of this machine who is nobody in particular.
const STRANGER: u32 = 54_321;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_over_the_socket_are_who_the_kernel_says() {
    let place = Place::new();
    let (_open, address) = open_socket();
    let bindings = format!(
        "listen = {address:?}\n[[access]]\nprincipals = [\"unix:#{STRANGER}\"]\nroles = [\"writer\"]\non = [\"pay*\"]\nsources = [\"/shop/*\"]\n"
    );
    let mut daemon = begin(&place, &bindings);
    assert_eq!(daemon.address(), address);
    daemon.await_serving().await;

    for ledger in ["payments", "other"] {
        done(run_as(
            None,
            &address,
            &[
                "ledger",
                "create",
                ledger,
                "--encrypt",
                "all",
                "--access-trail",
            ],
        ));
    }
    let append = ["--id", "1", "--type", "com.example.sale.v1", "--source"];
    let own = [&["append", "payments"][..], &append, &["/till"]].concat();
    done(run_as(None, &address, &own));
    done(run_as(None, &address, &["list", "payments", "--decrypt"]));
    let trail = done(run_as(
        None,
        &address,
        &[
            "list",
            "payments",
            "--type",
            "indelible.access.decrypted.v1",
            "--output",
            "json",
        ],
    ));
    let own_name = done(Command::new("id").arg("-un").output().unwrap());
    assert!(
        trail.contains(&format!("unix:{}", own_name.trim())),
        "{trail}"
    );
    assert!(trail.contains("unix-socket"), "{trail}");

    // Only root can be somebody else; any other user is the daemon's own, who may do everything.
    if !is_root() {
        return daemon.stop();
    }
    let stranger = |arguments: &[&str]| run_as(Some(STRANGER), &address, arguments);
    done(stranger(
        &[&["append", "payments"][..], &append, &["/shop/1"]].concat(),
    ));
    for (arguments, lacks) in [
        (
            [&["append", "payments"][..], &append, &["/till"]].concat(),
            "of this source",
        ),
        (vec!["list", "payments"], "reader"),
        (
            vec![
                "erase",
                "payments",
                "--subject",
                "x",
                "--basis",
                "y",
                "--yes",
            ],
            "privacy-officer",
        ),
        (vec!["status"], "operator"),
    ] {
        let refused = stranger(&arguments);
        let said = said(&refused);
        assert!(
            said.contains(&format!("unix:#{STRANGER}")) && said.contains(lacks),
            "{arguments:?}: {said}"
        );
        assert!(said.contains("ACCESS_DENIED"), "{said}");
    }
    // What is somebody else's is not told from what is not there.
    let [foreign, absent] = ["other", "nowhere"].map(|ledger| {
        let refused = said(&stranger(&["list", ledger]));
        refused.replace(ledger, "LEDGER")
    });
    assert_eq!(foreign, absent);
    let seen: Value =
        serde_json::from_str(&done(stranger(&["ledger", "list", "--output", "json"])))
            .unwrap_or_default();
    let seen = seen.to_string();
    assert!(
        seen.contains("payments") && !seen.contains("other"),
        "{seen}"
    );
    daemon.stop();
    assert!(
        !Path::new(&address["unix:".len()..]).exists(),
        "the socket is still there"
    );
}

/// Whoever has no number in the daemon's user namespace is the same unknown user as all others who have none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_user_namespace_nobody_from_outside_is_anybody() {
    let place = Place::new();
    let (_open, address) = open_socket();
    let bindings = format!(
        "listen = {address:?}\n[[access]]\nprincipals = [\"unix:#{STRANGER}\"]\nroles = [\"operator\"]\non = [\"@store\"]\n"
    );
    let mut unshare = Command::new("unshare");
    unshare.arg("--map-root-user").arg(INDELIBLE);
    let mut daemon = Daemon::spawn(serve(unshare, &place, &bindings), &place).unwrap();
    daemon.await_serving().await;
    done(run_as(None, &address, &["status"]));
    // Only root can be somebody else.
    if is_root() {
        let said = said(&run_as(Some(STRANGER), &address, &["status"]));
        assert!(said.contains("CALLER_UNKNOWN"), "{said}");
    }
    daemon.stop();
}

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
