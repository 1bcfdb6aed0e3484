//! An erasure by two people on the command line.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{BASIS, BINDINGS, Office};
use crate::{
    access::{certificates::host, done, said},
    support::daemon::INDELIBLE,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_erase_from_the_command_line() {
    let office = Office::start(BINDINGS).await;
    let (address, ca) = (office.net.address(), office.net.ca.clone());
    let run = |name: &str, arguments: &[&str]| -> Output {
        let files = office
            .net
            .issue(&format!("{name}-cli"), host(&format!("{name}.example")));
        let mut command = Command::new(INDELIBLE);
        command
            .args(arguments)
            .args(["--address", &address, "--ca"]);
        command.arg(&ca).arg("--cert").arg(&files.certificate);
        command.arg("--cert-key").arg(&files.key);
        command.stdin(Stdio::null()).output().unwrap()
    };
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
    let unasked = run("second", &["request", "approve", &id, "--subject", "erika"]);
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
    assert!(shown.contains("carried out"), "{shown}");
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
