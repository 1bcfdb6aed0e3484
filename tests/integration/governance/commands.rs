//! The commands of governance, by the built program.

use std::fs;

use serde_json::Value;

use crate::support::{
    command::{done, run, run_with},
    daemon::Daemon,
    place::Place,
};

const POLICY: &str = "version: \"1\"\nscope: {allowed_tools: [search, pay]}\n\
    budgets: [{name: session, by: session, usd: 1.00, period: session}]\napprovals: {acts: [pay]}\n";

pub(super) fn request(id: &str, action: &str, amount: u64) -> String {
    format!(
        "{{\"source\": \"/agents/loans\", \"id\": \"{id}\", \"agent\": \"loans\", \"session\": \"s\", \"kind\": \"tool_call\", \
         \"action\": \"{action}\", \"arguments\": {{\"amount\": {amount}}}, \"cost_usd\": \"0.60\"}}"
    )
}

/// A ledger that is governed, with an agent for which its own principal speaks.
pub(super) fn govern(daemon: &Daemon, place: &Place) {
    done(daemon, &["ledger", "create", "agents"]);
    let policy = place.file("gate.yaml");
    fs::write(&policy, POLICY).unwrap();
    let policy = policy.to_str().unwrap();
    let added = done(
        daemon,
        &[
            "policy", "add", "agents", "--kind", "gate", policy, "--output", "json",
        ],
    );
    let added = added.json();
    let digest = added["digest"].as_str().unwrap();
    done(
        daemon,
        &["policy", "bind", "agents", "all", "--gate", digest],
    );
    let declare = [
        "agent",
        "declare",
        "agents",
        "loans",
        "--operator",
        "unix:lead",
    ];
    done(
        daemon,
        &[&declare[..], &["--speaker", "insecure:local"]].concat(),
    );
}

pub(super) fn decide(daemon: &Daemon, request: &str) -> Value {
    let asked = ["decide", "agents", "-", "--output", "json"];
    run_with(daemon, &asked, request.as_bytes()).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_say_what_is_spent_set_aside_and_left_until_when_and_by_whom() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    govern(&daemon, &place);
    let before = done(&daemon, &["budgets", "list", "agents"]).text();
    assert!(before.contains("each session, unused"), "{before}");
    decide(&daemon, &request("1", "search", 0));
    let listed = done(&daemon, &["budgets", "list", "agents", "--output", "json"]).json();
    let amount = |name: &str| listed[name].as_u64().unwrap();
    assert_eq!(
        ["posted", "pending", "left", "cap"].map(amount),
        [0, 600_000_000, 400_000_000, 1_000_000_000]
    );
    assert_eq!(listed["of"], "s");
    assert_eq!(listed["binding"], "all");
    assert_eq!(listed["bound_by"], "insecure:local");
    let text = done(&daemon, &["budgets", "list", "agents"]).text();
    for word in ["session s", "0.4 USD", "the session ends", "(binding all)"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_says_what_is_asked_and_another_request_is_not_granted() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    govern(&daemon, &place);
    let asked = decide(&daemon, &request("1", "pay", 120));
    assert_eq!(asked["verdict"], "escalate");
    let number = asked["open_approval"].to_string();
    let shown = done(&daemon, &["agent", "approvals", "agents", "--pending"]).text();
    for word in [
        "loans",
        "pay (tool call)",
        "0.6 USD",
        "a human must grant this act",
        "expires at",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let other = place.file("other.json");
    fs::write(&other, request("1", "pay", 1_200)).unwrap();
    let other = other.to_str().unwrap();
    let refused = run(
        &daemon,
        &[
            "agent",
            "grant",
            "agents",
            &number,
            "--request",
            other,
            "--yes",
        ],
    );
    assert!(
        refused.remarks.contains("nothing was granted"),
        "{refused:?}"
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_the_bundle_finds_every_decision_identical() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    govern(&daemon, &place);
    let mut lines = String::new();
    for (id, action) in [("1", "search"), ("2", "search"), ("3", "pay"), ("4", "rm")] {
        let request = request(id, action, 1);
        let answer = decide(&daemon, &request);
        let salt = answer["request_salt"].as_str().unwrap();
        lines.push_str(&format!(
            "{{\"request\": {request}, \"salt\": \"{salt}\"}}\n"
        ));
    }
    let (bundle, key) = (place.file("agents.tar"), place.file("agents.vkey"));
    let requests = place.file("requests.ndjson");
    fs::write(&requests, lines).unwrap();
    let [bundle, requests] = [&bundle, &requests].map(|path| path.to_str().unwrap());
    done(&daemon, &["export", "agents", "--out", bundle]);
    let vkey = done(&daemon, &["ledger", "key", "agents"]).text();
    fs::write(&key, vkey).unwrap();
    let key = key.to_str().unwrap();
    let replay = ["replay", bundle, "--key", key, "--output", "json"];
    let found = done(&daemon, &replay).json();
    assert_eq!(found["result"], "identical", "{found}");
    assert_eq!(
        (found["decisions"].as_u64(), found["with_requests"].as_u64()),
        (Some(4), Some(0))
    );
    let with = [&replay[..], &["--requests", requests]].concat();
    let found = done(&daemon, &with).json();
    assert_eq!(found["with_requests"].as_u64(), Some(4), "{found}");
    // A bundle that was altered is not replayed at all.
    let mut bytes = fs::read(bundle).unwrap();
    let at = bytes
        .windows(15)
        .position(|part| part == b"BUDGET_RESERVED")
        .unwrap();
    bytes[at] = b'b';
    fs::write(bundle, bytes).unwrap();
    assert_eq!(run(&daemon, &replay).code, 1);
    daemon.stop();
}
