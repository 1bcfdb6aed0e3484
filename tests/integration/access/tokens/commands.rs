//! Tokens on the command line.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use super::Rig;
use crate::{
    access::{done, said},
    support::daemon::INDELIBLE,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_made_used_and_revoked_from_the_command_line() {
    let rig = Rig::start("").await;
    let (address, ca) = (rig.net.address(), rig.net.ca.clone());
    let admin = rig.net.issue("admin-too", super::host("admin.example"));
    let home = tempfile::tempdir().unwrap();
    let bare = |arguments: &[&str]| {
        let mut command = Command::new(INDELIBLE);
        command
            .args(arguments)
            .env("XDG_CONFIG_HOME", home.path())
            .stdin(Stdio::null());
        command
    };
    let as_admin = |arguments: &[&str]| -> Output {
        let mut command = bare(arguments);
        command.args(["--address", &address, "--ca"]).arg(&ca);
        command
            .arg("--cert")
            .arg(&admin.certificate)
            .arg("--cert-key")
            .arg(&admin.key);
        command.output().unwrap()
    };
    done(as_admin(&["ledger", "create", "payments"]));
    let file = rig.net.place.file("till.token");
    let path = file.to_str().unwrap();
    let create = [
        "token",
        "create",
        "--name",
        "till 1",
        "--role",
        "writer",
        "--role",
        "reader",
        "--on",
        "payments",
        "--source",
        "/till/*",
        "--expires",
        "12h",
        "--output",
        "json",
    ];
    let made = done(as_admin(&[&create[..], &["-o", path]].concat()));
    let made: Value = serde_json::from_str(&made).unwrap();
    let id = made["token_id"].as_str().unwrap().to_owned();
    assert!(made.get("token").is_none(), "{made}");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    // Another one over it: the older one is valid all the same.
    let copy = rig.net.place.file("copy.token");
    fs::copy(&file, &copy).unwrap();
    let over = as_admin(&[&create[..], &["-o", copy.to_str().unwrap()]].concat());
    let told = said(&over);
    assert!(
        told.contains(&format!("held the token {id}")) && told.contains("stays valid"),
        "{told}"
    );
    let fresh = rig.net.place.file("fresh.token");
    let alone = as_admin(&[&create[..], &["-o", fresh.to_str().unwrap()]].concat());
    assert!(!said(&alone).contains("stays valid"), "{}", said(&alone));
    fs::write(&fresh, "").unwrap();
    let empty = as_admin(&["--token-file", fresh.to_str().unwrap(), "status"]);
    let told = said(&empty);
    assert!(
        told.contains("token create -o FILE") && !told.contains("--help"),
        "{told}"
    );
    let other = rig.net.place.file("notes");
    fs::write(&other, "no token").unwrap();
    let kept = as_admin(&[&create[..], &["-o", other.to_str().unwrap()]].concat());
    assert_eq!(kept.status.code(), Some(2));
    assert!(
        said(&kept).contains("something else than a token"),
        "{}",
        said(&kept)
    );
    assert_eq!(fs::read_to_string(&other).unwrap(), "no token");
    let shown = done(as_admin(&create));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert!(
        shown["token"].as_str().unwrap().starts_with("idlt_"),
        "{shown}"
    );

    // In a context, too.
    let mut set = bare(&[
        "context",
        "set",
        "till",
        "--address",
        &address,
        "--token-file",
        path,
        "--ca",
    ]);
    done(set.arg(&ca).output().unwrap());
    let till = |arguments: &[&str]| {
        bare(&[&["--context", "till"], arguments].concat())
            .output()
            .unwrap()
    };
    let append = |source: &str| {
        till(&[
            "append",
            "payments",
            "--id",
            "1",
            "--type",
            "com.example.sale.v1",
            "--source",
            source,
        ])
    };
    done(append("/till/1"));
    let refused = append("/office");
    let told = said(&refused);
    assert!(
        told.contains("ACCESS_DENIED") && told.contains(&format!("token:{id}")),
        "{told}"
    );
    let listed = done(as_admin(&["token", "list"]));
    assert!(
        listed.contains(&id) && listed.contains("till 1"),
        "{listed}"
    );
    done(as_admin(&["token", "revoke", &id]));
    let refused = till(&["list", "payments"]);
    let told = said(&refused);
    assert!(
        told.contains("TOKEN_NOT_ACCEPTED") && told.contains("revoked"),
        "{told}"
    );
    // The token itself is no id, and is not written to the log of anybody by a slip.
    let text = fs::read_to_string(&file).unwrap();
    let slip = as_admin(&["token", "revoke", text.trim()]);
    assert!(
        !slip.status.success() && said(&slip).contains("never write the token"),
        "{}",
        said(&slip)
    );
    let secret = text.trim();
    let as_a_file = as_admin(&["--token-file", secret, "status"]);
    let in_json = as_admin(&["token", "revoke", secret, "--output", "json"]);
    for slip in [slip, as_a_file, in_json] {
        let told = said(&slip);
        assert!(!slip.status.success() && !told.contains(secret), "{told}");
    }
    rig.net.daemon.stop();
}

/// A token that can't be written is nobody's, so it is revoked, and its maker is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_its_maker_does_not_get_is_revoked() {
    let mut rig = Rig::start("").await;
    let admin = rig.net.issue("admin-too", super::host("admin.example"));
    let create = [
        "token", "create", "--name", "lost", "--role", "reader", "--on", "payments",
    ];
    let run = |more: &[&str]| {
        let mut command = Command::new(INDELIBLE);
        command
            .args(create)
            .args(more)
            .args(["--address", &rig.net.address(), "--ca"])
            .arg(&rig.net.ca)
            .arg("--cert")
            .arg(&admin.certificate)
            .arg("--cert-key")
            .arg(&admin.key)
            .stdin(Stdio::null())
            .stdout(fs::File::create("/dev/full").unwrap());
        command.output().unwrap()
    };
    for more in [&[][..], &["--output", "json"]] {
        let lost = run(more);
        let told = said(&lost);
        assert_eq!(lost.status.code(), Some(7), "{told}");
        assert!(
            told.contains("it is revoked") && !told.contains("idlt_"),
            "{told}"
        );
    }
    let all = rig.list().await;
    let lost: Vec<_> = all.iter().filter(|token| token.name == "lost").collect();
    assert_eq!(lost.len(), 2, "{all:?}");
    assert!(
        lost.iter().all(|token| token.revocation.is_some()),
        "{lost:?}"
    );
    rig.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_may_append_may_measure() {
    let rig = Rig::start("").await;
    let (address, ca) = (rig.net.address(), rig.net.ca.clone());
    let admin = rig.net.issue("admin-too", super::host("admin.example"));
    let file = rig.net.place.file("load.token");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(INDELIBLE);
        command
            .args(arguments)
            .args(["--address", &address, "--ca"])
            .arg(&ca)
            .stdin(Stdio::null());
        command
    };
    let as_admin = |arguments: &[&str]| {
        let mut command = run(arguments);
        command.arg("--cert").arg(&admin.certificate);
        done(command.arg("--cert-key").arg(&admin.key).output().unwrap())
    };
    as_admin(&["ledger", "create", "load"]);
    let path = file.to_str().unwrap();
    as_admin(&[
        "token", "create", "--name", "load", "--role", "writer", "--on", "load", "-o", path,
    ]);
    let measure = |ledger: &str, shown: &[&str]| {
        let line = ["bench", "unary", "--events", "20", "--output", "json"];
        run(&[&line[..], &["--ledger", ledger], shown].concat())
            .output()
            .unwrap()
    };
    let report = done(measure("load", &["--token-file", path]));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["events_total"], 20, "{report}");
    // It makes no ledger, and without the token nothing is measured.
    for refused in [
        measure("other", &["--token-file", path]),
        measure("load", &[]),
    ] {
        assert!(!refused.status.success(), "{}", said(&refused));
    }
    rig.net.daemon.stop();
}
