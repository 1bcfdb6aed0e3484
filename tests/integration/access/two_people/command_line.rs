//! An erasure by two people on the command line.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{BASIS, BINDINGS, Office};
use crate::{
    access::{certificates::host, done, said},
    support::{
        calls::{append, create},
        daemon::INDELIBLE,
        keys::event_of,
    },
};

/// Runs the command line as somebody.
fn run(office: &Office, name: &str, arguments: &[&str]) -> Output {
    let files = office
        .net
        .issue(&format!("{name}-cli"), host(&format!("{name}.example")));
    let mut command = Command::new(INDELIBLE);
    command
        .args(arguments)
        .args(["--address", &office.net.address(), "--ca"]);
    command.arg(&office.net.ca).arg("--cert");
    command.arg(&files.certificate).arg("--cert-key");
    command.arg(&files.key);
    command.stdin(Stdio::null()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_erase_from_the_command_line() {
    let office = Office::start(BINDINGS).await;
    let run = |name: &str, arguments: &[&str]| run(&office, name, arguments);
    let erase = |more: &[&'static str]| {
        let all = ["erase", "hr", "--subject", "erika", "--basis", BASIS];
        [&all[..], more].concat()
    };
    let alone = run("officer", &erase(&["--yes"]));
    let told = said(&alone);
    assert!(!alone.status.success());
    for part in ["APPROVAL_REQUIRED", "dns:second.example", "--request"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let asked = run(
        "officer",
        &erase(&["--request", "--request-expires", "12h", "--output", "json"]),
    );
    let told = said(&asked);
    let shown: Value = serde_json::from_str(&done(asked)).unwrap();
    let id = shown["request_id"].as_str().unwrap().to_owned();
    let line = format!("indelible request approve {id} --subject erika --basis '{BASIS}'");
    assert!(
        told.contains(&line) && told.contains(&format!("--approved {id}")),
        "{told}"
    );
    let listed = done(run("second", &["request", "list"]));
    assert!(
        listed.contains(&id)
            && listed.contains("erase a data subject")
            && !listed.contains("erika"),
        "{listed}"
    );
    let unsaid = run("second", &["request", "approve", &id, "--yes"]);
    assert!(
        said(&unsaid).contains("must be said again"),
        "{}",
        said(&unsaid)
    );
    let unasked = run(
        "second",
        &[
            "request",
            "approve",
            &id,
            "--subject",
            "erika",
            "--basis",
            BASIS,
        ],
    );
    assert!(said(&unasked).contains("--yes"), "{}", said(&unasked));
    let approve = [
        "request",
        "approve",
        &id,
        "--subject",
        "erika",
        "--basis",
        BASIS,
        "--yes",
    ];
    let approved = done(run("second", &approve));
    assert!(approved.contains("dns:second.example"), "{approved}");
    let erased = run(
        "officer",
        &[&erase(&["--yes", "--approved"])[..], &[id.as_str()]].concat(),
    );
    assert!(done(erased).contains("complete"));
    let shown = done(run("officer", &["request", "show", &id]));
    assert!(shown.contains("used by"), "{shown}");
    let asked = run(
        "officer",
        &[
            "erase",
            "hr",
            "--subject",
            "otto",
            "--basis",
            "b",
            "--request",
            "--output",
            "json",
        ],
    );
    let shown: Value = serde_json::from_str(&done(asked)).unwrap();
    let id = shown["request_id"].as_str().unwrap();
    done(run("officer", &["request", "withdraw", id]));
    let late = run("second", &["request", "decline", id]);
    assert!(
        said(&late).contains("the request is withdrawn"),
        "{}",
        said(&late)
    );
    office.net.daemon.stop();
}

/// The objects of an answer, one a line.
fn objects(output: &Output) -> Vec<Value> {
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_erase_from_all_ledgers_with_a_request_for_each() {
    let mut office = Office::start(&BINDINGS.replace("[\"hr\"]", "[\"hr\", \"pay\"]")).await;
    create(&mut office.admin, "pay").await;
    append(&mut office.admin, "pay", event_of("erika", "e1"))
        .await
        .unwrap();
    let erase = |more: &[&str]| -> Vec<String> {
        let all = [
            "erase",
            "--all-ledgers",
            "--subject",
            "erika",
            "--basis",
            BASIS,
        ];
        [&all[..], &["--output", "json"], more]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let run = |name: &str, arguments: &[String]| {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        run(&office, name, &arguments)
    };
    // Alone, nothing is erased, and each ledger is named.
    let alone = run("officer", &erase(&["--yes"]));
    assert_eq!(alone.status.code(), Some(1), "{}", said(&alone));
    assert_eq!(
        objects(&alone)
            .iter()
            .filter(|one| one["refused"].is_string())
            .count(),
        2
    );

    let asked = run("officer", &erase(&["--request"]));
    // The officer does not see all ledgers, so what was asked is not known to be all.
    assert_eq!(asked.status.code(), Some(6), "{}", said(&asked));
    let shown = objects(&asked);
    let ids: Vec<_> = shown
        .iter()
        .filter_map(|one| one["request_id"].as_str())
        .collect();
    assert_eq!(ids.len(), 2, "{shown:?}");
    for id in &ids {
        let line = format!("indelible request approve {id} --subject erika --basis '{BASIS}'");
        assert!(said(&asked).contains(&line), "{}", said(&asked));
    }
    let together = format!("--approved {} --approved {}", ids[0], ids[1]);
    assert!(said(&asked).contains(&together), "{}", said(&asked));
    let approve = |id: &str| {
        let arguments = [
            "request",
            "approve",
            id,
            "--subject",
            "erika",
            "--basis",
            BASIS,
            "--yes",
        ];
        done(run("second", &arguments.map(str::to_owned)))
    };

    // One that nobody approved stops no other.
    approve(ids[0]);
    let both = ["--yes", "--approved", ids[0], "--approved", ids[1]];
    let erased = run("officer", &erase(&both));
    assert_eq!(erased.status.code(), Some(1), "{}", said(&erased));
    let told = objects(&erased);
    let complete = told.iter().filter(|one| one["complete"] == true).count();
    let refused = told.iter().filter_map(|one| one["refused"].as_str());
    let refused: Vec<_> = refused.collect();
    assert_eq!((complete, refused.len()), (1, 1), "{told:?}");
    assert!(refused[0].contains("the request is pending"), "{refused:?}");

    // The same command again does what was left, and nothing twice.
    approve(ids[1]);
    let erased = run("officer", &erase(&both));
    assert_eq!(erased.status.code(), Some(6), "{}", said(&erased));
    let told = objects(&erased);
    assert_eq!(
        told.iter().filter(|one| one["complete"] == true).count(),
        1,
        "{told:?}"
    );
    let unused = format!("the request {} was not used", ids[0]);
    assert!(said(&erased).contains(&unused), "{}", said(&erased));

    // A request for one ledger is for one erasure.
    let one = ["erase", "hr", "--subject", "otto", "--basis", BASIS];
    let one: Vec<_> = [&one[..], &both]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(run("officer", &one).status.code(), Some(2));
    office.net.daemon.stop();
}
