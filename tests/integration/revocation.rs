//! Keys that signed are revoked with the real daemon, and the real verifier, which knows only the first key, tells it.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use indelible_proto::v1::ErrorReason;
use serde_json::Value;

use crate::support::{
    Named,
    calls::{append, create, event},
    chance::Chance,
    command::{done, run},
    daemon::{Client, Daemon, INDELIBLE},
    place::Place,
    tier::{self, counts},
    verifier::{Verified, export, verify},
};

/// Exports and verifies with a head of today; all but freshness must hold.
async fn verified(daemon: &Daemon, client: &mut Client, named: &Named, place: &Place) -> Verified {
    let (bundle, head) = (place.file("bundle.tar"), place.file("head"));
    export(client, &named.origin, None, &bundle).await;
    save_head(daemon, &head);
    let known = ["--known-head", head.to_str().unwrap()];
    let verified = verify(&bundle, &named.verifier_key, &known);
    for question in ["integrity", "completeness", "custody"] {
        assert_eq!(verified.answer(question), "holds", "{verified:#?}");
    }
    assert_eq!(verified.code, 0, "{verified:#?}");
    verified
}

fn save_head(daemon: &Daemon, to: &Path) {
    let _replaced = fs::remove_file(to);
    let out = to.to_str().unwrap();
    done(daemon, &["checkpoint", "audit", "--out", out]);
}

/// The keys of a ledger, as `keys list` shows them.
fn keys(daemon: &Daemon) -> Vec<Value> {
    let answer = done(daemon, &["keys", "list", "audit", "--output", "json"]);
    let lines = answer.text();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn newest(daemon: &Daemon, kind: &str) -> Value {
    let mut keys = keys(daemon).into_iter();
    keys.rfind(|key| key["kind"] == kind).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A refused command: its exit code and the reason that it gives.
fn reason(daemon: &Daemon, arguments: &[&str]) -> String {
    let answer = run(daemon, &[arguments, &["--output", "json"]].concat());
    assert_ne!(answer.code, 0, "{answer:?}");
    let error: Value = serde_json::from_str(answer.remarks.lines().last().unwrap()).unwrap();
    text(&error["error"]["reason"]).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoked_keys_sign_no_more_and_every_verifier_is_told() {
    let place = Place::new();
    let mut daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    for id in ["a", "b", "c"] {
        append(&mut client, "audit", event(id)).await.unwrap();
    }
    let (identity, epoch) = (newest(&daemon, "identity"), newest(&daemon, "epoch"));
    let (identity, epoch) = (text(&identity["public_key"]), text(&epoch["public_key"]));

    // The running epoch, by the first digits of its key.
    let why = "found on a disk that was sold";
    let arguments = [
        "keys",
        "revoke",
        "epoch",
        "audit",
        &epoch[..12],
        "--trusted-size",
        "4",
        "--reason",
        why,
        "--yes",
        "--output",
        "json",
    ];
    let revoked = done(&daemon, &arguments).json();
    // Five records, the next epoch's certificate, and the revocation.
    assert_eq!(
        (&revoked["sequence"], &revoked["public_key"]),
        (&6.into(), &epoch.into())
    );
    assert_eq!(newest(&daemon, "epoch")["sequence"], 5);
    append(&mut client, "audit", event("d")).await.unwrap();
    let report = verified(&daemon, &mut client, &named, &place).await;
    let told = &report.report["bundle"]["keys"]["revocations"]["listed"][0];
    assert_eq!(
        (
            &told["sequence"],
            &told["key"],
            &told["size"],
            &told["reason"]
        ),
        (&6.into(), &epoch.into(), &4.into(), &why.into()),
        "{:#}",
        report.report
    );

    // The identity in force can't be; after a rotation it can.
    let identity_at = |size: &'static str| {
        [
            "keys",
            "revoke",
            "identity",
            "audit",
            identity,
            "--trusted-size",
            size,
            "--yes",
        ]
    };
    assert_eq!(
        reason(&daemon, &identity_at("8")),
        ErrorReason::IdentityInForce.name()
    );
    let old_head = place.file("head-of-the-old-identity");
    save_head(&daemon, &old_head);
    let unconfirmed = run(&daemon, &["keys", "rotate", "identity"]);
    assert_eq!(unconfirmed.code, 2, "{unconfirmed:?}");
    assert!(
        unconfirmed.remarks.contains("confirm it with --yes"),
        "{unconfirmed:?}"
    );
    done(&daemon, &["keys", "rotate", "identity", "--yes"]);
    assert_eq!(
        reason(&daemon, &identity_at("7")),
        ErrorReason::PublishedWouldBeVoid.name()
    );
    assert_eq!(
        reason(&daemon, &identity_at("1000")),
        ErrorReason::SizeOutOfRange.name()
    );
    done(&daemon, &identity_at("8"));
    assert_eq!(
        reason(&daemon, &identity_at("8")),
        ErrorReason::SigningKeyRevoked.name()
    );
    let wrong_kind = [
        "keys",
        "revoke",
        "epoch",
        "audit",
        identity,
        "--trusted-size",
        "8",
        "--yes",
    ];
    assert_eq!(
        reason(&daemon, &wrong_kind),
        ErrorReason::SigningKeyUnknown.name()
    );
    // Nobody is there to be asked.
    let unasked = run(&daemon, &arguments[..arguments.len() - 3]);
    assert_eq!(unasked.code, 2, "{unasked:?}");

    // After a restart the ledger is served, and the same is told.
    let before = keys(&daemon);
    daemon.stop();
    daemon = Daemon::start(&place).await;
    client = daemon.client().await;
    assert_eq!(keys(&daemon), before);
    append(&mut client, "audit", event("e")).await.unwrap();
    let report = verified(&daemon, &mut client, &named, &place).await;
    let told = report.report["bundle"]["keys"]["revocations"]["listed"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[1]["key"], identity);

    // What the old identity published beyond a size is void, once somebody said so.
    let (bundle, head) = (place.file("void.tar"), place.file("head"));
    let void = [&identity_at("3")[..], &["--void-published"]].concat();
    done(&daemon, &void);
    export(&mut client, &named.origin, None, &bundle).await;
    let judged = |head: &Path| {
        let known = ["--known-head", head.to_str().unwrap()];
        verify(&bundle, &named.verifier_key, &known)
    };
    assert_eq!(judged(&head).code, 0);
    let void = judged(&old_head);
    assert_eq!(
        (void.code, void.answer("integrity")),
        (4, "holds"),
        "{void:#?}"
    );
    for question in ["completeness", "custody"] {
        assert_eq!(void.answer(question), "unanswerable", "{void:#?}");
        let missing = void.report["verdict"][question]["missing"].to_string();
        assert!(missing.contains("revoke its identity"), "{missing}");
    }
    daemon.stop();
}

/// When a revocation is cut off, in milliseconds after the command's beginning.
const KILL_MS: std::ops::Range<u64> = 0..50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_that_a_kill_cuts_off_is_there_whole_or_not_at_all() {
    let place = Place::new();
    let kills = counts().kills_of_revocations;
    let mut chance = Chance::new("revocation");
    let mut daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    append(&mut client, "audit", event("first")).await.unwrap();
    let (mut asked, mut acknowledged, mut cut_off) = (Vec::new(), 0, 0);
    for round in 0..kills {
        let epoch = newest(&daemon, "epoch");
        let epoch = text(&epoch["public_key"]).to_owned();
        let mut command = Command::new(INDELIBLE);
        command
            .args([
                "--address",
                daemon.address(),
                "keys",
                "revoke",
                "epoch",
                "audit",
            ])
            .args([&epoch, "--trusted-size", "2", "--yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut revoking = command.spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(chance.within(KILL_MS))).await;
        daemon.kill();
        let answered = revoking.wait().unwrap().success();
        daemon = Daemon::start(&place).await;
        client = daemon.client().await;
        let found = keys(&daemon);
        let key = found
            .iter()
            .find(|key| key["public_key"] == *epoch)
            .unwrap();
        let recorded = !key["revocation"].is_null();
        acknowledged += u64::from(answered);
        cut_off += u64::from(recorded && !answered);
        assert!(
            recorded || !answered,
            "what was acknowledged is there: {key}"
        );
        // It is asked for again, and so there in the end.
        let again = run(
            &daemon,
            &[
                "keys",
                "revoke",
                "epoch",
                "audit",
                &epoch,
                "--trusted-size",
                "2",
                "--yes",
            ],
        );
        assert_eq!(again.code == 0, !recorded, "{again:?}");
        asked.push(epoch);
        let id = format!("after {round}");
        append(&mut client, "audit", event(&id)).await.unwrap();
    }
    let report = verified(&daemon, &mut client, &named, &place).await;
    let told = &report.report["bundle"]["keys"]["revocations"]["listed"];
    let told: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["key"]))
        .collect();
    assert_eq!(told, asked);
    tier::report(format_args!(
        "{kills} kills, {acknowledged} after the answer, {cut_off} between the record and the answer"
    ));
    daemon.stop();
}
