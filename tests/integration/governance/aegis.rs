//! Policies of AEGIS' kind over a real daemon: registered, bound, asked, replayed.

use std::fs;

use serde_json::Value;

use crate::support::{
    command::{done, run, run_with},
    daemon::Daemon,
    place::Place,
};

fn request(id: &str, figures: &str) -> String {
    format!(
        "{{\"source\": \"/agents/dev\", \"id\": \"{id}\", \"agent\": \"dev\", \"kind\": \"proposal\", \"action\": \"deploy\", \
         \"aegis\": {{\"proposal_summary\": \"Add a cache\", \"quality_score\": 0.9{figures}}}}}"
    )
}

/// What passes all gates.
const GOOD: &str = ", \"novelty_score\": 0.9, \"complexity_score\": 0.75";

/// A ledger with a policy of AEGIS' kind for everybody; the policy's digest.
fn govern(daemon: &Daemon, place: &Place) -> String {
    done(daemon, &["ledger", "create", "agents"]);
    let policy = place.file("aegis.yaml");
    fs::write(&policy, "version: \"1\"\nnovelty_threshold: 0.8\n").unwrap();
    let policy = policy.to_str().unwrap();
    let add = ["policy", "add", "agents", "--kind", "aegis", policy];
    let added = done(daemon, &[&add[..], &["--output", "json"]].concat()).json();
    let digest = added["digest"].as_str().unwrap().to_owned();
    done(
        daemon,
        &["policy", "bind", "agents", "all", "--aegis", &digest],
    );
    let declare = ["agent", "declare", "agents", "dev"];
    let people = ["--operator", "unix:lead", "--speaker", "insecure:local"];
    done(daemon, &[&declare[..], &people[..]].concat());
    digest
}

fn decide(daemon: &Daemon, request: &str) -> Value {
    let asked = ["decide", "agents", "-", "--output", "json"];
    run_with(daemon, &asked, request.as_bytes()).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_six_gates_proceed_pause_halt_and_escalate_and_are_replayed_identical() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let digest = govern(&daemon, &place);
    let values = place.file("values");
    let lines: String = (0..40).map(|value| format!("0.{value:02}\n")).collect();
    fs::write(&values, lines).unwrap();
    let values = values.to_str().unwrap();
    let baseline = ["policy", "baseline", "agents", digest.as_str(), values];
    let set = done(&daemon, &[&baseline[..], &["--output", "json"]].concat()).json();
    assert_eq!(set["metric"], "risk_proposed");
    let simple = ", \"complexity_score\": 0.75";
    let asked = [
        (GOOD.to_owned(), "allow", "proceed", Value::Null),
        (simple.to_owned(), "deny", "pause", "AEGIS_PAUSE".into()),
        (
            ", \"novelty_score\": 0.9, \"complexity_score\": 0.25".to_owned(),
            "deny",
            "halt",
            "AEGIS_HALT".into(),
        ),
        (
            format!("{GOOD}, \"estimated_impact\": \"critical\""),
            "escalate",
            "escalate",
            "APPROVAL_NEEDED".into(),
        ),
        (
            format!("{GOOD}, \"risk_proposed\": 7"),
            "deny",
            "",
            "AEGIS_FIGURES".into(),
        ),
    ];
    let mut kept = String::new();
    for (id, (figures, verdict, status, code)) in (1..).zip(asked) {
        let request = request(&format!("{id}"), &figures);
        let answer = decide(&daemon, &request);
        assert_eq!(answer["verdict"], verdict, "{answer}");
        assert_eq!(answer["code"], code, "{answer}");
        let conclusion = &answer["decision"]["aegis"];
        assert_eq!(conclusion["status"].as_str().unwrap_or_default(), status);
        if id == 1 {
            assert_eq!(conclusion["gates_passed"], 5);
            assert_eq!(conclusion["drift"]["status"], "too_few");
        }
        let salt = answer["request_salt"].as_str().unwrap();
        kept.push_str(&format!(
            "{{\"request\": {request}, \"salt\": \"{salt}\"}}\n"
        ));
    }
    let text = run_with(
        &daemon,
        &["decide", "agents", "-"],
        request("2", simple).as_bytes(),
    );
    assert!(text.text().contains("novelty FAILED"), "{text:?}");
    let files = ["agents.tar", "agents.vkey", "requests"].map(|name| place.file(name));
    let [bundle, key, requests] = files.each_ref().map(|path| path.to_str().unwrap());
    fs::write(requests, kept).unwrap();
    done(&daemon, &["export", "agents", "--out", bundle]);
    fs::write(key, done(&daemon, &["ledger", "key", "agents"]).text()).unwrap();
    let replay = ["replay", bundle, "--key", key, "--requests", requests];
    let found = done(&daemon, &[&replay[..], &["--output", "json"]].concat()).json();
    assert_eq!(found["result"], "identical", "{found}");
    assert_eq!(found["with_requests"], 5, "{found}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_keys_are_for_a_binding_that_takes_them_and_keys_of_signers_are_their_own() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    govern(&daemon, &place);
    let policy = place.file("other.yaml");
    fs::write(&policy, "version: \"2\"\nnovelty_window: 3\n").unwrap();
    let policy = policy.to_str().unwrap();
    let validated = run(&daemon, &["policy", "validate", "--kind", "aegis", policy]);
    assert!(validated.text().contains("unknown_key"), "{validated:?}");
    let add = ["policy", "add", "agents", "--kind", "aegis", policy];
    let added = done(&daemon, &[&add[..], &["--output", "json"]].concat()).json();
    let digest = added["digest"].as_str().unwrap();
    let bind = ["policy", "bind", "agents", "all", "--aegis", digest];
    let refused = run(&daemon, &bind);
    assert!(refused.remarks.contains("novelty_window"), "{refused:?}");
    let takes = [&bind[..], &["--compatibility", "aegis"]].concat();
    done(&daemon, &takes);
    // The public key of the first test vector of RFC 8032.
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let signer = |name: &str, role: &str| {
        let signer = ["override", "signer", "agents", name, "--role", role];
        run(&daemon, &[&signer[..], &["--public-key", key]].concat())
    };
    assert_eq!(signer("unix:risk", "risk_lead").code, 0);
    let shared = signer("unix:security", "security_lead");
    assert!(
        shared.remarks.contains("needs a key of their own"),
        "{shared:?}"
    );
    daemon.stop();
}
