//! What the log says at its finest level of a story full of secrets: nothing of them.

use std::{collections::BTreeSet, fs, process::Command};

use serde_json::{Map, Value};

use crate::support::{
    daemon::{Daemon, INDELIBLE, serve},
    place::Place,
};

/// What no line may have, each of which the story brings to the daemon.
const CANARIES: [&str; 11] = [
    "correct horse battery staple",
    "canary-person-91",
    "canary-actor-92",
    "canary-payload-93",
    "canary-fact-94",
    "canary-about-95",
    "canary-purpose-96",
    "canary-basis-97",
    "canary-hold-98",
    "canary-ledger-99",
    "canary-correlation-90",
];

/// Runs a command over the socket; its exit code and what it said.
fn run(socket: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(INDELIBLE)
        .args(["--address", socket])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let problem = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said + &problem)
}

fn done(socket: &str, arguments: &[&str]) -> String {
    let (code, said) = run(socket, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said
}

/// Brings every canary to the daemon, in what succeeds and in what is refused. Returns a token.
fn story(place: &Place, socket: &str) -> String {
    done(socket, &["ledger", "create", "people", "--access-trail"]);
    let payload = place.file("payload");
    fs::write(&payload, "canary-payload-93").unwrap();
    let append = [
        "append",
        "people",
        "--id",
        "1",
        "--source",
        "/desk",
        "--type",
        "com.example.note.v1",
        "--actor",
        "canary-actor-92",
        "--subject",
        "canary-about-95",
        "--correlation-id",
        "canary-correlation-90",
        "--data-subject",
        "canary-person-91",
        "--fact",
        "name=canary-fact-94",
        "--payload-file",
        payload.to_str().unwrap(),
    ];
    done(socket, &append);
    // The same identity with another content, and a field that is not valid.
    let mut other = append;
    other[17] = "name=canary-fact-94-other";
    assert_eq!(run(socket, &other).0, Some(5));
    let mut invalid = append;
    invalid[7] = "";
    assert_ne!(run(socket, &invalid).0, Some(0));
    done(
        socket,
        &[
            "list",
            "people",
            "--decrypt",
            "--purpose",
            "canary-purpose-96",
        ],
    );
    assert_ne!(run(socket, &["get", "canary-ledger-99", "1"]).0, Some(0));
    done(
        socket,
        &[
            "hold",
            "place",
            "people",
            "--subject",
            "canary-person-91",
            "--reason",
            "canary-hold-98",
        ],
    );
    let erase = [
        "erase",
        "people",
        "--subject",
        "canary-person-91",
        "--basis",
        "canary-basis-97",
        "--yes",
    ];
    assert_ne!(run(socket, &erase).0, Some(0), "a hold is there");
    let file = place.file("token");
    let token = [
        "token",
        "create",
        "--name",
        "till",
        "--role",
        "writer",
        "--on",
        "people",
        "--expires",
        "1d",
        "-o",
        file.to_str().unwrap(),
    ];
    done(socket, &token);
    let with_token = ["--token-file", file.to_str().unwrap(), "verify", "people"];
    assert_ne!(
        run(socket, &with_token).0,
        Some(0),
        "a writer does not verify"
    );
    fs::read_to_string(&file).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_and_no_person_is_in_the_log_even_at_its_finest_level() {
    let place = Place::new();
    let socket = format!("unix:{}", place.file("s").display());
    let mut command = serve(&place);
    command.args([
        "--listen",
        &socket,
        "--log-format",
        "json",
        "--log-filter",
        "trace",
    ]);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let (story_place, at) = (place.file(""), socket.clone());
    assert!(story_place.is_dir());
    let token = tokio::task::block_in_place(|| story(&place, &at));
    let log = daemon.log();
    daemon.stop();

    let secret = token.rsplit('_').next().unwrap().to_owned();
    assert!(secret.len() > 20, "{token}");
    for canary in CANARIES.iter().copied().chain([secret.as_str()]) {
        let line = log.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "{canary}");
    }
    let mut levels = BTreeSet::new();
    for line in log.lines() {
        let line: Map<String, Value> =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        let target = line["target"].as_str().unwrap();
        let level = line["level"].as_str().unwrap().to_owned();
        assert!(target.starts_with("indelible") || matches!(level.as_str(), "WARN" | "ERROR"));
        assert!(line.contains_key("timestamp") && line.contains_key("message"));
        levels.insert(level);
    }
    assert!(
        levels.contains("INFO") && levels.contains("WARN"),
        "{levels:?}"
    );
    // What an operator must know stands there.
    assert!(
        log.contains("refused a caller who may not do this"),
        "{log}"
    );
}
