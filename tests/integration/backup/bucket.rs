//! Backups in a bucket, through the daemon and the commands, and what becomes of them when the bucket fails.

use super::*;
use crate::{
    buckets::{Act, Rig, rule},
    support::{
        calls::{batch, create, events},
        command::run,
    },
};

/// A daemon that backs up to the bucket of a rig.
async fn start_to(rig: &Rig, place: &Place) -> Daemon {
    let mut command = serve(place);
    command
        .env("INDELIBLE__BACKUP__BUCKET", rig.address())
        .env("INDELIBLE__BACKUP__BUCKET_ENDPOINT", rig.endpoint())
        .env("INDELIBLE__BACKUP__BUCKET_REGION", "us-east-1")
        .env(
            "INDELIBLE__BACKUP__BUCKET_CREDENTIALS_FILE",
            rig.credentials_file(),
        )
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0");
    let mut daemon = Daemon::spawn(command, place).unwrap();
    daemon.await_serving().await;
    daemon
}

/// A command on the bucket, without the daemon.
fn on_bucket(rig: &Rig, command: &str, more: &[&str]) -> Answer {
    let (address, endpoint) = (rig.address(), rig.endpoint());
    let credentials = rig.credentials_file();
    let arguments = [
        &[
            "backup",
            command,
            address.as_str(),
            "--endpoint",
            endpoint.as_str(),
            "--region",
            "us-east-1",
            "--credentials-file",
            credentials.to_str().unwrap(),
        ][..],
        more,
    ];
    offline(&arguments.concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_goes_to_a_bucket_and_comes_back() {
    let (rig, place) = (Rig::new(), Place::new());
    let daemon = start_to(&rig, &place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", events("a", 0..500))
        .await
        .unwrap();
    let first = back_up(&daemon);
    assert_eq!(first["directory"], rig.address());
    batch(&mut client, "audit", events("b", 0..10))
        .await
        .unwrap();
    let second = back_up(&daemon);
    let status = done(&daemon, &["status", "--output", "json"]).json();
    assert_eq!(status["backup"]["newest"], second["backup"], "{status}");
    let key_file = place.file("system.vkey");
    fs::write(
        &key_file,
        done(&daemon, &["ledger", "key", "_system"]).text(),
    )
    .unwrap();
    let anchor = place.file("data.anchor");
    daemon.stop();

    let listed = on_bucket(&rig, "list", &[]);
    assert_eq!(
        (listed.code, listed.text().lines().count()),
        (0, 2),
        "{listed:?}"
    );
    let verified = on_bucket(&rig, "verify", &["--key", key_file.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(verified.json()["intact"], true);
    let restored = Place::new();
    let into = restored.data();
    let judged = [
        "--yes",
        "--into",
        into.to_str().unwrap(),
        "--anchor",
        anchor.to_str().unwrap(),
    ];
    let answer = on_bucket(&rig, "restore", &judged);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(of_ledger(&answer.json(), "audit")["standing"], "whole");

    let daemon = start_to(&rig, &place).await;
    let prune = [
        "backup",
        "prune",
        "--keep-days",
        "0",
        "--yes",
        "--output",
        "json",
    ];
    let pruned = done(&daemon, &prune).json();
    assert_eq!(
        pruned["backups"],
        serde_json::json!([first["backup"]]),
        "{pruned}"
    );
    daemon.stop();
    assert_eq!(on_bucket(&rig, "verify", &[]).code, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_of_a_bucket_has_its_reason_its_exit_code_and_a_notice() {
    let (rig, place) = (Rig::new(), Place::new());
    let daemon = start_to(&rig, &place).await;
    back_up(&daemon);
    for (status, code, reason, exit) in [
        (403, "InvalidAccessKeyId", "BACKUP_BUCKET_DENIED", 1),
        (403, "AccessDenied", "BACKUP_BUCKET_DENIED", 1),
        (404, "NoSuchBucket", "BACKUP_BUCKET_UNKNOWN", 4),
        (503, "SlowDown", "BACKUP_BUCKET_UNAVAILABLE", 6),
        (500, "InternalError", "BACKUP_BUCKET_UNAVAILABLE", 6),
    ] {
        for method in ["HEAD", "GET", "PUT"] {
            rig.proxy.add(rule(method, "", Act::Refuse(status, code)));
        }
        let refused = run(&daemon, &["backup", "create"]);
        assert_eq!(refused.code, exit, "{code}: {refused:?}");
        assert!(refused.remarks.contains(reason), "{code}: {refused:?}");
        let status = done(&daemon, &["status", "--output", "json"]).json();
        assert!(
            status.to_string().contains("BACKUP_FAILED"),
            "{code}: {status}"
        );
        let listed = on_bucket(&rig, "list", &[]);
        assert_eq!(listed.code, exit, "{code}: {listed:?}");
        rig.proxy.clear();
        assert_eq!(on_bucket(&rig, "list", &[]).text().lines().count(), 1);
    }
    back_up(&daemon);
    let status = done(&daemon, &["status", "--output", "json"]).json();
    assert!(!status.to_string().contains("BACKUP_FAILED"), "{status}");
    // What is damaged there is found, and nothing is restored.
    let keys = rig.keys().into_iter();
    for key in keys.filter(|key| key.contains("/objects/")) {
        rig.remove(key.strip_prefix("here/").unwrap());
    }
    let verified = on_bucket(&rig, "verify", &[]);
    assert_eq!(verified.code, 1, "{verified:?}");
    let restored = Place::new();
    let into = restored.data();
    let judged = ["--yes", "--anchor-lost", "--into", into.to_str().unwrap()];
    let answer = on_bucket(&rig, "restore", &judged);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(!into.join("live").exists());
    daemon.stop();
}

/// A kill leaves the hold, which another daemon respects until its time is over, and what was sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_kill_broke_off_goes_on_once_its_hold_is_over() {
    let (rig, place) = (Rig::new(), Place::new());
    let daemon = start_to(&rig, &place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", events("a", 0..500))
        .await
        .unwrap();
    rig.proxy.add(rule("PUT", "/objects/", Act::Hang).after(2));
    let mut creating = Command::new(INDELIBLE)
        .args(["--address", daemon.address(), "backup", "create"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let objects = || {
        let keys = rig.keys().into_iter();
        keys.filter(|key| key.contains("/objects/")).count()
    };
    while objects() < 2 {
        assert_eq!(creating.try_wait().unwrap(), None, "it ended");
        tokio::task::yield_now().await;
    }
    daemon.kill();
    creating.wait().unwrap();
    rig.proxy.clear();
    assert!(rig.object("lock").is_some());
    assert_eq!(on_bucket(&rig, "list", &[]).text(), "");

    let daemon = start_to(&rig, &place).await;
    let refused = run(&daemon, &["backup", "create"]);
    assert!(refused.remarks.contains("BACKUP_RUNNING"), "{refused:?}");
    assert!(refused.remarks.contains("its hold ends in"), "{refused:?}");
    rig.proxy
        .add(rule("HEAD", "/lock", Act::LaterBy(601)).times(1));
    let made = back_up(&daemon);
    let bytes = |name: &str| made[name].as_u64().unwrap();
    assert!(bytes("copied_bytes") <= bytes("bytes"), "{made}");
    daemon.stop();
    assert_eq!(on_bucket(&rig, "verify", &[]).code, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_tells_of_the_bucket() {
    let (rig, place) = (Rig::new(), Place::new());
    let daemon = start_to(&rig, &place).await;
    back_up(&daemon);
    let doctor = || {
        let output = Command::new(INDELIBLE)
            .args(["doctor", "--offline", "--output", "json", "--data"])
            .arg(place.data())
            .arg("--passphrase-file")
            .arg(place.passphrase())
            .env("INDELIBLE__BACKUP__BUCKET", rig.address())
            .env("INDELIBLE__BACKUP__BUCKET_ENDPOINT", rig.endpoint())
            .env("INDELIBLE__BACKUP__BUCKET_REGION", "us-east-1")
            .env(
                "INDELIBLE__BACKUP__BUCKET_CREDENTIALS_FILE",
                rig.credentials_file(),
            )
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut checks = report["checks"].as_array().unwrap().iter();
        checks
            .find(|check| check["name"] == "backups")
            .unwrap()
            .clone()
    };
    assert_eq!(doctor()["outcome"], "ok", "{}", doctor());
    assert!(rig.object("lock").is_none(), "the hold is given back");
    // Reading is allowed, and writing is not.
    rig.proxy
        .add(rule("PUT", "", Act::Refuse(403, "AccessDenied")));
    let check = doctor();
    assert_eq!(check["outcome"], "fail", "{check}");
    assert!(
        check.to_string().contains("BACKUP_BUCKET_DENIED"),
        "{check}"
    );
    daemon.stop();
}
