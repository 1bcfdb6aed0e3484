//! `policy explain` of requests: under a policy file, and in a ledger as it stands, with nothing recorded.

use std::fs;

use super::commands::{decide, govern, request};
use crate::support::{
    command::{done, run_with},
    daemon::Daemon,
    place::Place,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_explained_under_a_policy_and_in_a_ledger_with_nothing_recorded() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    govern(&daemon, &place);
    let asked = request("1", "search", 1);
    let policy = place.file("gate.yaml");
    let policy = policy.to_str().unwrap();
    let alone = [
        "policy", "explain", "-", "--policy", policy, "--kind", "gate",
    ];
    let told = run_with(&daemon, &alone, asked.as_bytes()).text();
    assert!(
        told.contains("loans asked for search, and it was allowed"),
        "{told}"
    );
    assert!(told.contains("the budget session has room for"), "{told}");

    let size =
        || done(&daemon, &["ledger", "show", "agents", "--output", "json"]).json()["size"].clone();
    let before = size();
    let explain = [
        "policy", "explain", "-", "--ledger", "agents", "--output", "json",
    ];
    let in_ledger = |request: &str, more: &[&str]| {
        run_with(&daemon, &[&explain[..], more].concat(), request.as_bytes()).json()
    };
    let told = in_ledger(&asked, &[]);
    assert_eq!(told["binding"], "all", "{told}");
    let verdict = |told: &serde_json::Value| told["verdict"].as_str().unwrap().to_owned();
    assert!(verdict(&told).contains("it was allowed"), "{told}");
    // Whoever may not speak for the agent would be denied.
    let of_another = in_ledger(&asked, &["--as", "dns:stranger.example"]);
    assert!(
        verdict(&of_another).contains("NOT_THE_AGENT"),
        "{of_another}"
    );
    let denied = in_ledger(&request("1", "rm", 1), &[]);
    assert!(verdict(&denied).contains("SCOPE_VIOLATION"), "{denied}");
    assert_eq!(size(), before);
    // What was decided since counts: a second of sixty cents does not fit a dollar.
    decide(&daemon, &asked);
    let told = in_ledger(&request("2", "search", 1), &[]);
    assert!(verdict(&told).contains("BUDGET_RESERVED"), "{told}");
    let path = place.file("asked.json");
    fs::write(&path, &asked).unwrap();
    let file = path.to_str().unwrap();
    let same = done(&daemon, &["policy", "explain", file, "--ledger", "agents"]).text();
    assert!(same.starts_with("by the binding all: "), "{same}");
    daemon.stop();
}
