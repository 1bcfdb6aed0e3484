//! A register in a bucket: a machine that was rolled back with its anchor is noticed, and what the bucket's failures keep back.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use indelible_proto::v1::{ErrorReason, LedgerState};
use serde_json::Value;
use tonic::Code;

use crate::{
    buckets::{Act, Rig, rule},
    support::{
        calls::{append, assert_refused, batch, create, event, events, ledger},
        command::done,
        daemon::{Daemon, INDELIBLE, serve},
        place::{Place, copy},
    },
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What tells a program where the register is.
fn settings(rig: &Rig) -> [(&'static str, String); 4] {
    let credentials = rig.credentials_file();
    [
        ("INDELIBLE__REGISTER__BUCKET", rig.address()),
        ("INDELIBLE__REGISTER__ENDPOINT", rig.endpoint()),
        ("INDELIBLE__REGISTER__REGION", "us-east-1".to_owned()),
        (
            "INDELIBLE__REGISTER__CREDENTIALS_FILE",
            credentials.to_str().unwrap().to_owned(),
        ),
    ]
}

async fn start(rig: &Rig, place: &Place, more: &[(&str, &str)]) -> Daemon {
    let mut command = serve(place);
    command.envs(settings(rig)).envs(more.iter().copied());
    let mut daemon = Daemon::spawn(command, place).unwrap();
    daemon.await_serving().await;
    daemon
}

fn status(daemon: &Daemon) -> Value {
    done(daemon, &["status", "--output", "json"]).json()
}

/// What a notice says, if it is there.
fn notice(daemon: &Daemon, code: &str) -> Option<String> {
    let status = status(daemon);
    let mut notices = status["notices"].as_array().unwrap().iter();
    let found = notices.find(|notice| notice["code"] == code)?;
    Some(found["detail"].as_str().unwrap().to_owned())
}

/// Waits for what must come.
async fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it does not come");
        tokio::task::yield_now().await;
    }
}

/// What the doctor finds of the register.
fn doctor(rig: &Rig, place: &Place) -> Value {
    let output = Command::new(INDELIBLE)
        .args(["doctor", "--offline", "--output", "json", "--data"])
        .arg(place.data())
        .arg("--passphrase-file")
        .arg(place.passphrase())
        .envs(settings(rig))
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut checks = report["checks"].as_array().unwrap().iter();
    checks
        .find(|check| check["name"] == "register")
        .unwrap()
        .clone()
}

/// Puts data directory and anchor back as they were.
fn roll_back(place: &Place, data: &Path, anchor: &Path) {
    place.restore_data(data);
    copy(anchor, &place.anchor());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_was_rolled_back_with_its_anchor_signs_nothing() {
    let (rig, place) = (Rig::new(), Place::new());
    let daemon = start(&rig, &place, &[]).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", events("old", 0..10))
        .await
        .unwrap();
    assert_eq!(notice(&daemon, "ROLLBACK_UNDETECTABLE"), None);
    let register = &status(&daemon)["register"];
    assert_eq!(
        (&register["place"], &register["confirmed"]),
        (&rig.address().into(), &true.into())
    );
    daemon.stop();
    let then = ("then", place.file("then.anchor"));
    let older = place.copy_data(then.0);
    copy(&place.anchor(), &then.1);
    let daemon = start(&rig, &place, &[]).await;
    let mut client = daemon.client().await;
    batch(&mut client, "audit", events("new", 0..5))
        .await
        .unwrap();
    let newest = ledger(&mut client, "audit").await.size;
    daemon.stop();
    let newer = place.copy_data("newer");
    copy(&place.anchor(), &place.file("newer.anchor"));
    assert_eq!(doctor(&rig, &place)["outcome"], "ok");

    roll_back(&place, &older, &then.1);
    let daemon = start(&rig, &place, &[]).await;
    let mut client = daemon.client().await;
    let found = ledger(&mut client, "audit").await;
    assert_eq!(found.state(), LedgerState::Quarantined);
    let missing = format!(
        "records {} to {} were acknowledged, as the register {} shows",
        found.size,
        newest - 1,
        rig.address()
    );
    assert!(
        found.state_reason.contains(&missing),
        "{} lacks {missing}",
        found.state_reason
    );
    let told = notice(&daemon, "REGISTER_DIFFERS").unwrap();
    assert!(told.contains("is ahead of this store"), "{told}");
    // Nor is anything else begun, in the name of one that may go on elsewhere.
    let other = indelible_proto::v1::CreateLedgerRequest {
        name: "other".into(),
        ..Default::default()
    };
    let refused = client.create_ledger(other).await;
    assert!(refused.is_err());
    daemon.stop();

    roll_back(&place, &newer, &place.file("newer.anchor"));
    let daemon = start(&rig, &place, &[]).await;
    let mut client = daemon.client().await;
    append(&mut client, "audit", event("more")).await.unwrap();
    assert_eq!(notice(&daemon, "REGISTER_DIFFERS"), None);
    daemon.stop();
}

/// Its credentials are withdrawn and given back, and a start finds nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_register_that_is_away_keeps_back_what_it_must_and_no_more() {
    let (rig, place) = (Rig::new(), Place::new());
    let daemon = start(&rig, &place, &[]).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let refuse = |rig: &Rig| {
        for method in ["PUT", "GET", "HEAD"] {
            let act = Act::Refuse(403, "InvalidAccessKeyId");
            rig.proxy.add(rule(method, "", act));
        }
    };
    refuse(&rig);
    append(&mut client, "audit", event("a")).await.unwrap();
    until(|| notice(&daemon, "REGISTER_UNAVAILABLE").is_some()).await;
    let told = notice(&daemon, "REGISTER_UNAVAILABLE").unwrap();
    assert!(told.contains("does not take the credentials"), "{told}");
    append(&mut client, "audit", event("b")).await.unwrap();
    assert_eq!(doctor(&rig, &place)["outcome"], "fail");
    let found = ledger(&mut client, "audit").await;
    assert!(found.published_size < found.size, "{found:?}");
    rig.proxy.clear();
    until(|| notice(&daemon, "REGISTER_UNAVAILABLE").is_none()).await;
    refuse(&rig);
    daemon.stop();

    let daemon = start(&rig, &place, &[]).await;
    let mut client = daemon.client().await;
    let refused = append(&mut client, "audit", event("c")).await;
    assert_refused(
        refused,
        Code::Unavailable,
        ErrorReason::RegisterUnavailable,
        "",
    );
    assert!(notice(&daemon, "REGISTER_UNAVAILABLE").is_some());
    rig.proxy.clear();
    until(|| notice(&daemon, "REGISTER_UNAVAILABLE").is_none()).await;
    append(&mut client, "audit", event("c")).await.unwrap();
    daemon.stop();
}
