//! Outputs that do not fit their schema, and further attempts at them.

use std::fs;

use serde_json::Value;

use crate::support::{
    command::{Answer, done, run, run_with},
    daemon::Daemon,
    place::Place,
};

const POLICY: &str = "policy_version: '1'\nroles: [planner]\n\
    output_schema: {type: object, required: [answer]}\n\
    retry_policy: {max_retries: 1, backoff_ms: 250}\n";

fn request(id: &str, more: &str) -> String {
    format!(
        "{{\"source\": \"/agents/loans\", \"id\": \"{id}\", \"agent\": \"loans\", \"kind\": \"model_call\", \"action\": \"gpt-4o\", \
         \"invocation\": {{\"model_provider\": \"openai\", \"model_identifier\": \"gpt-4o\", \"role\": \"planner\", \
         \"input\": {{}}, \"context\": {{}}}}{more}}}"
    )
}

fn govern(daemon: &Daemon, place: &Place) {
    done(daemon, &["ledger", "create", "agents"]);
    let policy = place.file("policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    let add = ["policy", "add", "agents", "--kind", "aigc"];
    let json = [policy.to_str().unwrap(), "--output", "json"];
    let added = done(daemon, &[&add[..], &json].concat()).json();
    let digest = added["digest"].as_str().unwrap();
    let bind = ["policy", "bind", "agents", "all", "--aigc", digest];
    done(daemon, &bind);
    let declare = ["agent", "declare", "agents", "loans"];
    let people = ["--operator", "unix:lead", "--speaker", "insecure:local"];
    done(daemon, &[&declare[..], &people].concat());
}

fn decide(daemon: &Daemon, asked: &str) -> Answer {
    let decide = ["decide", "agents", "-", "--output", "json"];
    run_with(daemon, &decide, asked.as_bytes())
}

fn complete(
    daemon: &Daemon,
    place: &Place,
    decision: &Value,
    asked: &str,
    more: &[&str],
) -> Answer {
    let [output, file] = ["output.json", "asked.json"].map(|name| place.file(name));
    fs::write(&output, "{}").unwrap();
    fs::write(&file, asked).unwrap();
    let sequence = decision["sequence"].to_string();
    let [output, file] = [&output, &file].map(|path| path.to_str().unwrap());
    let complete = ["decision", "complete", "agents", &sequence];
    let shown = ["--output-file", output, "--request", file];
    run(daemon, &[&complete[..], &shown, more].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_output_is_tried_for_again_as_the_policy_says_and_recomputed_from_the_bundle() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    govern(&daemon, &place);
    let json = ["--output", "json"];
    let asked = request("1", "");
    let first = decide(&daemon, &asked).json();
    assert_eq!(first["decision"]["attempt"]["number"], 1, "{first}");
    let failed = complete(&daemon, &place, &first, &asked, &json);
    assert_eq!(failed.code, 1, "{failed:?}");
    let failed = failed.json()["failed_attempt"].clone();
    let told = ["first", "attempt", "max_retries", "backoff_ms", "wait_ms"];
    let told = told.map(|name| failed[name].clone());
    let number = first["sequence"].as_u64().unwrap();
    assert_eq!(told, [number, 1, 1, 250, 250].map(Value::from), "{failed}");
    // The same completion again has the same answer, in words as well.
    let words = complete(&daemon, &place, &first, &asked, &[]).text();
    let next = format!("after 250 ms, under another id and with \"retry_of\": {number}");
    assert!(words.contains("1 of 2") && words.contains(&next), "{words}");

    let again = request("2", &format!(", \"retry_of\": {number}"));
    let second = decide(&daemon, &again).json();
    let attempt = &second["decision"]["attempt"];
    assert_eq!(
        (&attempt["first"], &attempt["number"]),
        (&number.into(), &2.into())
    );
    let failed = complete(&daemon, &place, &second, &again, &json).json();
    assert_eq!(
        failed["failed_attempt"]["code"], "RETRY_EXHAUSTED",
        "{failed}"
    );
    let refused = decide(&daemon, &again.replace("\"2\"", "\"3\""));
    assert_eq!(refused.code, 1);
    assert_eq!(refused.json()["code"], "RETRY_EXHAUSTED");
    // Asked as a first one, it is a new act.
    assert_eq!(decide(&daemon, &request("4", "")).code, 0);
    // With its output, it fails at once.
    let with = request("5", "").replace("\"context\": {}", "\"context\": {}, \"output\": {}");
    let at_once = decide(&daemon, &with).json();
    assert_eq!(at_once["failed_attempt"]["first"], at_once["sequence"]);

    let lines = [(&first, &asked), (&second, &again)].map(|(decision, asked)| {
        let salt = decision["request_salt"].as_str().unwrap();
        format!("{{\"request\": {asked}, \"salt\": \"{salt}\", \"output\": {{}}}}\n")
    });
    let [bundle, key, requests] =
        ["agents.tar", "agents.vkey", "requests.ndjson"].map(|name| place.file(name));
    fs::write(&requests, lines.concat()).unwrap();
    fs::write(&key, done(&daemon, &["ledger", "key", "agents"]).text()).unwrap();
    let [bundle, key, requests] = [&bundle, &key, &requests].map(|path| path.to_str().unwrap());
    done(&daemon, &["export", "agents", "--out", bundle]);
    let replay = ["replay", bundle, "--key", key, "--requests", requests];
    let found = done(&daemon, &[&replay[..], &json].concat()).json();
    assert_eq!(found["result"], "identical", "{found}");
    assert_eq!(found["with_outputs"], 2, "{found}");
    daemon.stop();
}
