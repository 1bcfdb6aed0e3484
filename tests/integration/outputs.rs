//! What options name for output: no input is lost to it, and what events hold is for one reader.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    producers::key_file,
    support::{
        calls::{batch, create, event},
        command::{done, run},
        daemon::{Daemon, INDELIBLE},
        keys::event_of,
        place::Place,
    },
};

const PATIENCE: Duration = Duration::from_secs(20);
const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#;

/// What there is in the directory of an output.
fn there(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.file("out")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_broken_off_leaves_nothing_behind() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    fs::create_dir(place.file("out")).unwrap();
    let listed = place.file("out").join("refused.ndjson");
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        // It reads standard input, which does not end, and has begun the list of what is refused.
        let mut command = Command::new(INDELIBLE)
            .args(["--address", daemon.address(), "append", "audit", "-"])
            .arg("--refused")
            .arg(&listed)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // To wait for the command would close it, and to read it to the end completes the list.
        let _open = command.stdin.take();
        let begun = Instant::now();
        while there(&place).is_empty() {
            assert!(begun.elapsed() < PATIENCE, "nothing is begun");
            std::thread::sleep(Duration::from_millis(10));
        }
        let sent = Command::new("kill")
            .args([format!("-{signal}"), command.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let ended = command.wait().unwrap();
        assert_eq!(ended.code(), Some(code), "{ended:?}");
        assert_eq!(there(&place), [""; 0]);
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_output_replaces_what_every_command_reads() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let event = place.file("event.json");
    fs::write(&event, EVENT).unwrap();
    done(&daemon, &["append", "audit", event.to_str().unwrap()]);
    let with = |arguments: &[&str]| {
        Command::new(INDELIBLE)
            .env("XDG_CONFIG_HOME", place.file("settings"))
            .args(arguments)
            .output()
            .unwrap()
    };
    let set = with(&["context", "set", "here", "--address", daemon.address()]);
    assert!(set.status.success(), "{set:?}");
    let contexts = place.file("settings").join("indelible/contexts.json");
    let before = fs::read(&contexts).unwrap();
    let named = contexts.to_str().unwrap();
    let refused = with(&["--context", "here", "checkpoint", "audit", "--out", named]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert_eq!(fs::read(&contexts).unwrap(), before);
    let written = place.file("checkpoint");
    let named = written.to_str().unwrap();
    let done = with(&["--context", "here", "checkpoint", "audit", "--out", named]);
    assert!(done.status.success(), "{done:?}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_output_replaces_what_the_command_reads() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let events = place.file("events.json");
    fs::write(&events, EVENT).unwrap();
    let link = place.file("link.json");
    symlink(&events, &link).unwrap();
    let (events, link) = (events.to_str().unwrap(), link.to_str().unwrap());
    done(&daemon, &["append", "audit", events]);
    let report = place.file("report.json");
    let report = report.to_str().unwrap();
    done(
        &daemon,
        &["report", "gdpr", "--ledger", "audit", "-o", report],
    );
    let subject = place.file("subject");
    fs::write(&subject, "erika").unwrap();
    let subject = subject.to_str().unwrap();
    for (input, arguments) in [
        (events, vec!["append", "audit", events, "--refused", events]),
        (events, vec!["append", "audit", link, "--refused", events]),
        (events, vec!["append", "audit", events, "--refused", link]),
        (
            events,
            vec!["import", "cloudevents", "audit", events, "--refused", link],
        ),
        (report, vec!["report", "render", report, "-o", report]),
        (
            subject,
            vec![
                "export-events",
                "audit",
                "--form",
                "csv",
                "--data-subject-file",
                subject,
                "--out",
                subject,
            ],
        ),
    ] {
        let before = fs::read(input).unwrap();
        let refused = run(&daemon, &arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert!(
            refused.remarks.contains("the command reads this file"),
            "{arguments:?}: {refused:?}"
        );
        assert_eq!(fs::read(input).unwrap(), before, "{arguments:?}");
    }
    let key = key_file(&place, "key.pem", 1);
    let key = key.as_str();
    let imported = |system, option| {
        [
            "import",
            system,
            "audit",
            events,
            option,
            key,
            "--refused",
            key,
        ]
        .to_vec()
    };
    for arguments in [
        vec![
            "append",
            "audit",
            events,
            "--sign-with",
            key,
            "--refused",
            key,
        ],
        imported("aigc", "--hmac-key-file"),
        imported("codeatelier", "--hmac-secret-file"),
    ] {
        let before = fs::read(key).unwrap();
        let refused = run(&daemon, &arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        let told = format!("{key}: the command reads this file");
        assert!(
            refused.remarks.contains(&told),
            "{arguments:?}: {refused:?}"
        );
        assert_eq!(fs::read(key).unwrap(), before, "{arguments:?}");
    }
    let one = place.file("one");
    let one = one.to_str().unwrap();
    let both = [
        "receipt",
        "audit",
        "2",
        "--wait",
        "--out",
        one,
        "--record-out",
        one,
    ];
    let refused = run(&daemon, &both);
    assert_eq!(refused.code, 2, "{refused:?}");
    daemon.stop();
}

/// A file that standard input reads is read by the command, whatever name the output has for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_output_replaces_what_standard_input_reads() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", vec![event_of("erika", "e1")])
        .await
        .unwrap();
    let (events, subject) = (place.file("events.json"), place.file("subject"));
    fs::write(&events, EVENT).unwrap();
    fs::write(&subject, "erika").unwrap();
    let link = place.file("link");
    symlink(&events, &link).unwrap();
    let [events, subject, link] = [&events, &subject, &link].map(|path| path.to_str().unwrap());
    let csv = ["export-events", "audit", "--form", "csv"];
    let archive = ["subject", "export"];
    for (input, arguments) in [
        (events, vec!["append", "audit", "-", "--refused", events]),
        (events, vec!["append", "audit", "-", "--refused", link]),
        (
            events,
            vec!["import", "cloudevents", "audit", "-", "--refused", events],
        ),
        (
            subject,
            [&csv[..], &["--data-subject-file", "-", "--out", subject]].concat(),
        ),
        (
            subject,
            [&archive[..], &["--subject-file", "-", "--out", subject]].concat(),
        ),
    ] {
        let before = fs::read(input).unwrap();
        let output = Command::new(INDELIBLE)
            .args(["--address", daemon.address()])
            .args(&arguments)
            .stdin(fs::File::open(input).unwrap())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(
            said.contains("the command reads this file"),
            "{arguments:?}: {said}"
        );
        assert_eq!(fs::read(input).unwrap(), before, "{arguments:?}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_events_hold_is_readable_for_its_owner_alone() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let events = vec![event_of("erika", "e1"), event("plain")];
    batch(&mut client, "audit", events).await.unwrap();
    let mode = |name: &str, arguments: &[&str]| {
        let path = place.file(name);
        let path_text = path.to_str().unwrap();
        done(&daemon, &[arguments, &[path_text]].concat());
        fs::metadata(&path).unwrap().permissions().mode() & 0o777
    };
    for (name, arguments) in [
        ("a.tar.zst", &["export", "audit", "--out"][..]),
        (
            "a.tar",
            &["subject", "export", "--subject", "erika", "--out"][..],
        ),
        (
            "a.csv",
            &["export-events", "audit", "--form", "csv", "--out"][..],
        ),
        (
            "a.payload",
            &["get", "audit", "2", "--decrypt", "--payload-out"][..],
        ),
        ("a.record", &["receipt", "audit", "2", "--record-out"][..]),
        (
            "b.tar",
            &["report", "gdpr", "--ledger", "audit", "--bundle"][..],
        ),
    ] {
        assert_eq!(mode(name, arguments), 0o600, "{arguments:?}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_that_names_people_is_its_owners_and_a_replaced_one_keeps_its_readers() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let events = vec![event_of("erika", "e1"), event("plain")];
    batch(&mut client, "audit", events).await.unwrap();
    for (name, arguments) in [
        ("r.html", &["report", "gdpr", "--ledger", "audit", "-o"][..]),
        ("r.json", &["report", "gdpr", "--ledger", "audit", "-o"]),
        (
            "t.csv",
            &[
                "projection",
                "show",
                "records.by_type",
                "--ledger",
                "audit",
                "-o",
            ],
        ),
    ] {
        let path = place.file(name);
        let mode = || {
            done(&daemon, &[arguments, &[path.to_str().unwrap()]].concat());
            fs::metadata(&path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode(), 0o600, "{arguments:?}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(mode(), 0o640, "{arguments:?}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_nothing_encrypted_is_told_how_to_see_it() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", vec![event_of("erika", "e1")])
        .await
        .unwrap();
    let exported = [
        "export-events",
        "audit",
        "--form",
        "cloudevents",
        "--out",
        "-",
    ];
    for arguments in [
        &["get", "audit", "2"][..],
        &["list", "audit"],
        &["tail", "audit"],
        &exported,
    ] {
        let told = done(&daemon, arguments).remarks;
        assert!(
            told.contains("1; --decrypt opens them"),
            "{arguments:?}: {told}"
        );
        let opened = done(&daemon, &[arguments, &["--decrypt"]].concat()).remarks;
        assert!(!opened.contains("--decrypt"), "{arguments:?}: {opened}");
    }
    let nothing = done(&daemon, &["list", "audit", "--type", "none.*"]);
    assert!(nothing.data.is_empty() && nothing.remarks.contains("no event matches"));
    daemon.stop();
}
