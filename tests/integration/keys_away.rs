//! Daemons that start while their keys are away, or that find an identity key gone: with a real token and a real key
//! service, which come and go under the daemon.

mod goes_away;
mod lost_identity;

use std::{
    fs, io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use ed25519_dalek::{Signer as _, SigningKey};
use indelible_proto::v1::{
    CreateLedgerRequest, ErrorReason, Ledger, ListEventsRequest, PartState, key_service_server,
};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_types::StatusExt as _;

use crate::{
    key_providers::{PIN, Token, healed, kms_at, start},
    rigs::{Emulator, Flavour},
    support::{
        calls::{append, create, event},
        command::{done, run},
        daemon::{Client, Daemon},
        keys::{event_of, get},
        place::Place,
        verifier::{export, verify},
    },
};

/// A way to a server of this machine that can be opened and shut. Its port stays the same.
struct Way {
    address: SocketAddr,
    to: SocketAddr,
    open: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
    passing: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    fn to(url: &str) -> Self {
        let to = url.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut way = Self {
            address: listener.local_addr().unwrap(),
            to,
            open: None,
            passing: Arc::default(),
        };
        way.pass(listener);
        way
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn open(&mut self) {
        self.pass(TcpListener::bind(self.address).unwrap());
    }

    fn pass(&mut self, listener: TcpListener) {
        let shut = Arc::new(AtomicBool::new(false));
        let (told, to, passing) = (Arc::clone(&shut), self.to, Arc::clone(&self.passing));
        let thread = thread::spawn(move || {
            for near in listener.incoming() {
                if told.load(Ordering::SeqCst) {
                    return;
                }
                let (near, far) = (near.unwrap(), TcpStream::connect(to).unwrap());
                let mut passing = passing.lock().unwrap();
                for end in [&near, &far] {
                    passing.push(end.try_clone().unwrap());
                }
                for (mut from, mut to) in [
                    (near.try_clone().unwrap(), far.try_clone().unwrap()),
                    (far, near),
                ] {
                    thread::spawn(move || {
                        let _broken = io::copy(&mut from, &mut to);
                        let _gone = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        self.open = Some((shut, thread));
    }

    fn shut(&mut self) {
        let Some((shut, thread)) = self.open.take() else {
            return;
        };
        shut.store(true, Ordering::SeqCst);
        // Wakes it up.
        let _woken = TcpStream::connect(self.address);
        thread.join().unwrap();
        for stream in self.passing.lock().unwrap().drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.shut();
    }
}

/// A ledger with an event in the clear and one that is sealed.
async fn filled(daemon: &Daemon) -> Ledger {
    let mut client = daemon.client().await;
    let ledger = create(&mut client, "trail").await;
    append(&mut client, "trail", event("plain")).await.unwrap();
    append(&mut client, "trail", event_of("erika", "sealed"))
        .await
        .unwrap();
    done(daemon, &["receipt", "trail", "3", "--wait"]);
    ledger
}

async fn list(client: &mut Client) -> usize {
    let request = ListEventsRequest {
        ledger: "trail".to_owned(),
        ..Default::default()
    };
    let answer = client.list_events(request).await.unwrap().into_inner();
    answer.records.len()
}

/// What a daemon serves that has just started without its keys, and what it refuses.
async fn serves_without_keys(daemon: &Daemon, provider: &str, faults: &[&str]) {
    let mut client = daemon.client().await;
    let opened = get(&mut client, "trail", 2, false).await;
    assert_eq!(opened.event.unwrap().id, "plain");
    let sealed = get(&mut client, "trail", 3, false).await;
    assert_eq!(sealed.body_state(), PartState::Sealed);
    assert_eq!(list(&mut client).await, 2);
    done(daemon, &["receipt", "trail", "3"]);
    done(daemon, &["checkpoint", "trail"]);
    for refused in [
        append(&mut client, "trail", event("new")).await,
        append(&mut client, "trail", event_of("erika", "new")).await,
    ] {
        let status = refused.expect_err("the keys are away");
        assert_eq!(status.code(), tonic::Code::Unavailable);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, ErrorReason::KeysUnavailable.name(), "{status}");
        assert_eq!(info.metadata["provider"], provider);
        let fault = info.metadata["fault"].as_str();
        assert!(faults.contains(&fault), "{fault}");
        assert_eq!(info.metadata["remedy"], "wait");
        assert!(details.retry_info().is_some());
        assert!(!status.message().contains(PIN), "{status}");
    }
    assert_eq!(daemon.health().await, Some(ServingStatus::Serving));
    let keys = key_service_server::SERVICE_NAME;
    assert_eq!(
        daemon.health_of(keys).await.unwrap(),
        ServingStatus::NotServing
    );
    let status = done(daemon, &["status", "--output", "json"]).json();
    assert_eq!(status["state"], "serving");
    assert_eq!(status["keys_away"]["provider"], provider);
    assert_eq!(status["keys_away"]["retries_automatically"], true);
    let notices = status["notices"].as_array().unwrap();
    let told = |notice: &serde_json::Value| notice["code"] == "KEYS_UNAVAILABLE";
    assert!(notices.iter().any(told), "{status}");
    let text = done(daemon, &["status"]).text();
    assert!(text.contains("away since"), "{text}");
    // Nobody knows what the ledger has of her, which is not the same as nothing.
    let shown = run(
        daemon,
        &["subject", "show", "--subject", "erika", "--output", "json"],
    );
    assert_eq!(shown.code, 6, "{shown:?}");
    let shown = shown.json();
    assert_eq!(
        (&shown["ledger"], &shown["reason"]),
        (&"trail".into(), &ErrorReason::KeysUnavailable.name().into())
    );
    let verified = run(daemon, &["verify", "trail"]);
    assert_eq!(verified.code, 6, "{verified:?}");
    assert!(verified.text().contains("is sound"), "{verified:?}");
    assert!(
        verified.text().contains("can't be answered"),
        "{verified:?}"
    );
}

/// What it does once they are back: everything, and it never restarted.
async fn is_whole_again(place: &Place, daemon: &Daemon, ledger: &Ledger) {
    let mut client = daemon.client().await;
    healed(&mut client, "max", "healed").await;
    let log = daemon.log();
    assert!(log.contains("the keys are back"), "{log}");
    assert!(!log.contains(PIN), "{log}");
    append(&mut client, "trail", event("after")).await.unwrap();
    let opened = get(&mut client, "trail", 3, true).await;
    assert_eq!(opened.event.unwrap().data_subject, "erika");
    let keys = key_service_server::SERVICE_NAME;
    assert_eq!(
        daemon.health_of(keys).await.unwrap(),
        ServingStatus::Serving
    );
    let status = done(daemon, &["status", "--output", "json"]).json();
    assert!(status["keys_away"].is_null(), "{status}");
    assert_eq!(run(daemon, &["verify", "trail"]).code, 0);
    assert_export_verifies(place, daemon, ledger).await;
}

async fn assert_export_verifies(place: &Place, daemon: &Daemon, ledger: &Ledger) {
    let bundle = place.file("trail.tar");
    export(&mut daemon.client().await, "trail", None, &bundle).await;
    let head = place.file("head");
    fs::write(&head, done(daemon, &["checkpoint", "trail"]).data).unwrap();
    let head = head.to_str().unwrap();
    let verified = verify(&bundle, &ledger.verifier_key, &["--known-head", head]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(verified.answer("custody"), "holds", "{verified:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_there_at_the_start_is_waited_for() {
    let place = Place::new();
    let token = Token::new(&place);
    let daemon = start(&place, token.serve(&place)).await;
    let ledger = filled(&daemon).await;
    daemon.stop();
    let away = place.file("away");
    fs::rename(&token.directory, &away).unwrap();
    let daemon = start(&place, token.serve(&place)).await;
    serves_without_keys(&daemon, "pkcs11", &["token-missing", "failing"]).await;
    fs::rename(&away, &token.directory).unwrap();
    is_whole_again(&place, &daemon, &ledger).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_is_not_there_at_the_start_is_waited_for() {
    let place = Place::new();
    let token = Token::new(&place);
    let module = place.file("module.so");
    fs::copy(Token::module(), &module).unwrap();
    let serve = || token.serve_with(&place, module.to_str().unwrap());
    let daemon = start(&place, serve()).await;
    let ledger = filled(&daemon).await;
    daemon.stop();
    let away = place.file("away.so");
    fs::rename(&module, &away).unwrap();
    let daemon = start(&place, serve()).await;
    serves_without_keys(&daemon, "pkcs11", &["module-missing"]).await;
    // It stops as well as it started, and is no worse for it.
    daemon.stop();
    let daemon = start(&place, serve()).await;
    serves_without_keys(&daemon, "pkcs11", &["module-missing"]).await;
    fs::rename(&away, &module).unwrap();
    is_whole_again(&place, &daemon, &ledger).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_is_wrong_when_the_token_comes_back_is_sent_once() {
    let place = Place::new();
    let token = Token::new(&place);
    let daemon = start(&place, token.serve(&place)).await;
    filled(&daemon).await;
    daemon.stop();
    let away = place.file("away");
    fs::rename(&token.directory, &away).unwrap();
    let wrong = "0815-not-the-pin";
    fs::write(place.file("pin"), wrong).unwrap();
    let daemon = start(&place, token.serve(&place)).await;
    fs::rename(&away, &token.directory).unwrap();
    let gives_up = || {
        daemon
            .log()
            .contains("until this is fixed and the daemon is restarted")
    };
    for _ in 0..400 {
        if gives_up() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(gives_up(), "{}", daemon.log());
    // Two more pauses of the healer would have passed.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let log = daemon.log();
    // Others say why they wait, too.
    let sent = "error=the PKCS#11 provider refuses the PIN";
    assert_eq!(log.matches(sent).count(), 1, "{log}");
    assert!(!log.contains(wrong) && !log.contains(PIN), "{log}");
    let status = done(&daemon, &["status", "--output", "json"]).json();
    assert_eq!(
        status["keys_away"]["retries_automatically"], false,
        "{status}"
    );
    let mut client = daemon.client().await;
    assert_eq!(list(&mut client).await, 2);
    daemon.stop();
    fs::write(place.file("pin"), PIN).unwrap();
    let daemon = start(&place, token.serve(&place)).await;
    healed(&mut daemon.client().await, "max", "b").await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_service_that_comes_after_the_daemon_is_waited_for() {
    let place = Place::new();
    let emulator = Emulator::shared(Flavour::MiniStack);
    let key = emulator.create_key();
    let mut way = Way::to(&emulator.url());
    let serve = |way: &Way| kms_at(&place, &way.url(), &key);
    // With nothing to read there is nothing to wait with.
    way.shut();
    let daemon = Daemon::spawn(serve(&way), &place).unwrap();
    let (status, log) = daemon.wait();
    assert_eq!(status.code(), Some(1), "{log}");
    way.open();
    let daemon = start(&place, serve(&way)).await;
    let ledger = filled(&daemon).await;
    daemon.stop();
    way.shut();
    let daemon = start(&place, serve(&way)).await;
    serves_without_keys(&daemon, "aws-kms", &["unreachable", "timed-out"]).await;
    way.open();
    is_whole_again(&place, &daemon, &ledger).await;
    daemon.stop();
}
