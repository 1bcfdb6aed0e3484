//! `indelible doctor`, beside a daemon and without one.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use serde_json::Value;

use crate::support::{
    calls::{append, create, event},
    command::{Answer, run},
    daemon::{Daemon, INDELIBLE, serve},
    place::Place,
};

/// What it says of one thing.
fn outcome<'a>(report: &'a Value, name: &str) -> &'a str {
    let checks = report["checks"].as_array().unwrap();
    let of = checks.iter().find(|check| check["name"] == name);
    let of = of.unwrap_or_else(|| panic!("nothing of {name}: {report}"));
    of["outcome"].as_str().unwrap()
}

/// Runs it over a place, without a daemon.
fn offline(place: &Place, options: &[&str]) -> (i32, Value) {
    let output = Command::new(INDELIBLE)
        .args(["doctor", "--offline", "--output", "json", "--data"])
        .arg(place.data())
        .arg("--passphrase-file")
        .arg(place.passphrase())
        .args(options)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|problem| panic!("{problem}: {output:?}"));
    (output.status.code().unwrap(), report)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_daemon_is_called_sound_and_each_check_is_there() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "l").await;
    let (data, passphrase) = (place.data(), place.passphrase().to_owned());
    let arguments = [
        "doctor",
        "--output",
        "json",
        "--data",
        data.to_str().unwrap(),
        "--passphrase-file",
        passphrase.to_str().unwrap(),
    ];
    let Answer { code, .. } = run(&daemon, &arguments);
    let report = run(&daemon, &arguments).json();
    assert_eq!(code, 0, "{report}");
    for name in [
        "configuration",
        "data directory",
        "anchor",
        "daemon",
        "versions",
        "core dumps",
        "key provider",
        "passphrase",
    ] {
        assert_eq!(outcome(&report, name), "ok", "{name}");
    }
    for name in [
        "anchor's volume",
        "free room (data)",
        "free room (anchor)",
        "syncs (data)",
        "file system (data)",
        "memory",
        "swap",
        "open files",
        "clock",
    ] {
        assert_ne!(outcome(&report, name), "fail", "{name}: {report}");
    }
    // TCP on loopback is a development mode, which the daemon tells of.
    assert_eq!(outcome(&report, "notice"), "warn");
    let strict = run(&daemon, &[&arguments[..], &["--strict"]].concat());
    assert_eq!(strict.code, 1, "{strict:?}");
    // Nothing was left behind.
    let names: Vec<_> = data
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(names.len() <= 4, "{names:?}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_found_before_a_start_finds_it() {
    let place = Place::new();
    let (code, report) = offline(&place, &[]);
    assert_eq!(
        (code, outcome(&report, "data directory")),
        (0, "ok"),
        "{report}"
    );

    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "l").await;
    daemon.stop();
    // An anchor that is away.
    let away = place.file("away");
    fs::rename(place.anchor(), &away).unwrap();
    let (code, report) = offline(&place, &[]);
    assert_eq!((code, outcome(&report, "anchor")), (1, "fail"), "{report}");
    fs::rename(&away, place.anchor()).unwrap();
    // A directory that every user may write to.
    fs::set_permissions(place.data(), fs::Permissions::from_mode(0o777)).unwrap();
    let (code, report) = offline(&place, &[]);
    assert_eq!((code, outcome(&report, "data directory")), (1, "fail"));
    fs::set_permissions(place.data(), fs::Permissions::from_mode(0o700)).unwrap();
    // A configuration that is not valid: everything else is looked at all the same.
    let (code, report) = offline(&place, &["--metrics", "nonsense"]);
    assert_eq!((code, outcome(&report, "configuration")), (1, "fail"));
    assert_ne!(outcome(&report, "clock"), "fail");
    // A passphrase that is away.
    fs::remove_file(place.passphrase()).unwrap();
    let (code, report) = offline(&place, &[]);
    assert_eq!(code, 1);
    assert_eq!(outcome(&report, "passphrase or PIN"), "fail", "{report}");
    assert_eq!(outcome(&report, "key provider"), "fail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_start_would_find_in_store_and_anchor_is_found_without_one() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "l").await;
    daemon.stop();
    let other = Place::new();
    let daemon = Daemon::start(&other).await;
    create(&mut daemon.client().await, "l").await;
    daemon.stop();

    let files = || {
        let store = fs::read_dir(place.data().join("store-0001")).unwrap();
        let mut files: Vec<_> = store
            .map(|entry| {
                let entry = entry.unwrap();
                let found = entry.metadata().unwrap();
                (entry.file_name(), found.len(), found.modified().unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let before = files();
    let (code, report) = offline(&place, &[]);
    assert_eq!(code, 0, "{report}");
    for name in ["store", "anchor", "passphrase"] {
        assert_eq!(outcome(&report, name), "ok", "{name}: {report}");
    }
    assert_eq!(files(), before, "something was written");

    let failing = |name: &str| {
        let (code, report) = offline(&place, &[]);
        assert_eq!((code, outcome(&report, name)), (1, "fail"), "{report}");
    };
    let anchor = fs::read(place.anchor()).unwrap();
    fs::write(place.anchor(), [0x5a; 100]).unwrap();
    failing("anchor");
    fs::copy(other.anchor(), place.anchor()).unwrap();
    failing("anchor");
    fs::write(place.anchor(), anchor).unwrap();

    let live = place.data().join("live");
    let said = fs::read_to_string(&live).unwrap();
    fs::write(&live, said.replace("layout 4", "layout 5")).unwrap();
    failing("store");
    fs::write(&live, said).unwrap();
    // An older copy of the data beside the newest anchor.
    let older = place.file("older");
    let copied = Command::new("cp")
        .arg("-a")
        .arg(place.data())
        .arg(&older)
        .status();
    assert!(copied.unwrap().success());
    let daemon = Daemon::start(&place).await;
    append(&mut daemon.client().await, "l", event("later"))
        .await
        .unwrap();
    daemon.stop();
    let newest = place.file("newest");
    fs::rename(place.data(), &newest).unwrap();
    fs::rename(&older, place.data()).unwrap();
    let (code, report) = offline(&place, &[]);
    assert_eq!((code, outcome(&report, "anchor")), (0, "warn"), "{report}");
    assert!(report.to_string().contains("lacks records"), "{report}");
    fs::remove_dir_all(place.data()).unwrap();
    fs::rename(&newest, place.data()).unwrap();
    let current = place.data().join("store-0001/CURRENT");
    let away = place.file("CURRENT");
    fs::rename(&current, &away).unwrap();
    failing("store");
    fs::rename(&away, &current).unwrap();

    fs::write(place.passphrase(), "another passphrase\n").unwrap();
    failing("passphrase");

    let new = Place::new();
    fs::create_dir(new.data()).unwrap();
    fs::set_permissions(new.data(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(new.data().join("thesis.txt"), "mine").unwrap();
    let (code, report) = offline(&new, &[]);
    assert_eq!((code, outcome(&report, "store")), (1, "fail"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_is_told_with_what_to_do() {
    let place = Place::new();
    let output = Command::new(INDELIBLE)
        .args([
            "--address",
            &format!("unix:{}", place.file("nobody").display()),
        ])
        .args(["doctor", "--data"])
        .arg(place.data())
        .arg("--passphrase-file")
        .arg(place.passphrase())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("WARN  daemon"), "{text}");
    assert!(text.contains("--offline"), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_passphrase_is_found_while_the_daemon_runs() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "l").await;
    let (data, wrong) = (place.data(), place.file("wrong"));
    fs::write(&wrong, "another passphrase\n").unwrap();
    fs::set_permissions(&wrong, fs::Permissions::from_mode(0o600)).unwrap();
    let asked = |file: &std::path::Path| {
        let arguments = ["doctor", "--output", "json", "--data"];
        let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
        run(
            &daemon,
            &[&arguments[..], &[data, "--passphrase-file", file]].concat(),
        )
    };
    let right = asked(place.passphrase());
    assert_eq!(right.code, 0, "{right:?}");
    let answer = asked(&wrong);
    assert_eq!(answer.code, 1, "{answer:?}");
    let report = answer.json();
    assert_eq!(outcome(&report, "passphrase"), "fail", "{report}");
    let told = report["checks"].to_string();
    assert!(told.contains("don't stop the daemon"), "{told}");
    daemon.stop();
}

/// As with the drop-in passphrase.conf: systemd shows the file to the daemon alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_that_can_not_be_seen_is_not_called_missing() {
    let place = Place::new();
    let credential = "/run/credentials/no-such.service/passphrase";
    let with = |command: &[&str], file: &str| {
        let output = Command::new(INDELIBLE)
            .args(command)
            .args(["--output", "json", "--data"])
            .arg(place.data())
            .args(["--passphrase-file", file])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), told)
    };
    let check = ["config", "check"];
    let (code, told) = with(&check, credential);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("can't be seen from here"), "{told}");
    assert_eq!(with(&check, "/no/such/passphrase").0, 1);
    let doctor = ["doctor", "--offline"];
    let (_, told) = with(&doctor, credential);
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(outcome(&report, "key provider"), "ok", "{report}");
    assert_eq!(outcome(&report, "passphrase or PIN"), "warn", "{report}");
    let (code, told) = with(&doctor, "/no/such/passphrase");
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(outcome(&report, "passphrase or PIN"), "fail", "{report}");
    assert_eq!(code, 1);
}

/// Whoever checks a configuration means the daemon that runs with it, wherever that listens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daemon_is_looked_for_where_the_configuration_has_it_listen() {
    let place = Place::new();
    let socket = format!("unix:{}", place.file("own.sock").display());
    let mut command = serve(&place);
    command.args(["--listen", &socket]);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let output = Command::new(INDELIBLE)
        .args(["doctor", "--output", "json", "--listen", &socket, "--data"])
        .arg(place.data())
        .arg("--passphrase-file")
        .arg(place.passphrase())
        .env_remove("INDELIBLE_ADDRESS")
        .env_remove("INDELIBLE_CONTEXT")
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome(&report, "daemon"), "ok", "{report}");
    daemon.stop();
}
