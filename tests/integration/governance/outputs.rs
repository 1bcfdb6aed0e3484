//! What came out of acts: judged by the daemon when decisions are completed, and by whoever has the bundle.

use std::fs;

use serde_json::Value;

use crate::support::{
    command::{Answer, done, run, run_with},
    daemon::Daemon,
    place::Place,
};

const POLICY: &str = "policy_version: '1'\nroles: [planner]\n\
    tools: {allowed_tools: [{name: search, max_calls: 1}]}\n\
    output_schema: {type: object, required: [answer], properties: {answer: {type: string, maxLength: 5}}}\n";

fn request(id: &str) -> String {
    format!(
        "{{\"source\": \"/agents/loans\", \"id\": \"{id}\", \"agent\": \"loans\", \"kind\": \"model_call\", \"action\": \"gpt-4o\", \
         \"invocation\": {{\"model_provider\": \"openai\", \"model_identifier\": \"gpt-4o\", \"role\": \"planner\", \
         \"input\": {{}}, \"context\": {{}}}}}}"
    )
}

/// A ledger with a policy of AIGC's kind for everybody, which judges outputs.
fn govern(daemon: &Daemon, place: &Place) {
    done(daemon, &["ledger", "create", "agents"]);
    let policy = place.file("policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    let policy = policy.to_str().unwrap();
    let add = ["policy", "add", "agents", "--kind", "aigc", policy];
    let added = done(daemon, &[&add[..], &["--output", "json"]].concat()).json();
    let digest = added["digest"].as_str().unwrap();
    done(
        daemon,
        &["policy", "bind", "agents", "all", "--aigc", digest],
    );
    let declare = ["agent", "declare", "agents", "loans"];
    let people = ["--operator", "unix:lead", "--speaker", "insecure:local"];
    done(daemon, &[&declare[..], &people[..]].concat());
}

fn decide(daemon: &Daemon, id: &str) -> Value {
    let asked = ["decide", "agents", "-", "--output", "json"];
    run_with(daemon, &asked, request(id).as_bytes()).json()
}

struct Rig<'a> {
    daemon: &'a Daemon,
    place: &'a Place,
}

impl Rig<'_> {
    fn complete(&self, decision: &Value, id: &str, output: &str, more: &[&str]) -> Answer {
        let (out, asked) = (
            self.place.file("output.json"),
            self.place.file("asked.json"),
        );
        fs::write(&out, output).unwrap();
        fs::write(&asked, request(id)).unwrap();
        let sequence = decision["sequence"].to_string();
        let [out, asked] = [&out, &asked].map(|path| path.to_str().unwrap());
        let complete = ["decision", "complete", "agents", &sequence];
        let shown = ["--output-file", out, "--request", asked, "--output", "json"];
        run(self.daemon, &[&complete[..], &shown[..], more].concat())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outputs_are_judged_at_completion_and_recomputed_from_the_bundle() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    govern(&daemon, &place);
    let rig = Rig {
        daemon: &daemon,
        place: &place,
    };
    let decisions = ["1", "2", "3", "4"].map(|id| decide(&daemon, id));
    let good = r#"{"answer": "yes"}"#;
    let fits = rig.complete(&decisions[0], "1", good, &["--output-tool", "search"]);
    let found = fits.json();
    assert_eq!((fits.code, &found["verdict"]), (0, &"allow".into()));
    assert_eq!(found["tools"][0]["allowed"], true, "{found}");
    let bad = r#"{"answer": "too long"}"#;
    let denied = rig.complete(&decisions[1], "2", bad, &[]);
    let found = denied.json();
    assert_eq!((denied.code, &found["verdict"]), (1, &"deny".into()));
    assert_eq!(found["code"], "OUTPUT_SCHEMA_VALIDATION_ERROR", "{found}");
    let denied = rig.complete(&decisions[2], "3", good, &["--output-tool", "rm"]);
    let found = denied.json();
    assert_eq!(found["tools"][0]["code"], "TOOL_CONSTRAINT_VIOLATION");
    assert_eq!((denied.code, &found["verdict"]), (1, &"deny".into()));
    let sequence = decisions[3]["sequence"].to_string();
    let silent = ["decision", "complete", "agents", &sequence];
    let silent = run(&daemon, &[&silent[..], &["--output", "json"]].concat());
    assert_eq!(silent.json()["code"], "OUTPUT_NOT_SHOWN");
    // Another request than the one that was decided is refused, and settles nothing.
    let last = decide(&daemon, "5");
    let other = rig.complete(&last, "1", good, &[]);
    assert!(other.remarks.contains("is not the request"), "{other:?}");
    assert_eq!(rig.complete(&last, "5", good, &[]).code, 0);

    let told = [(0, "1", good, "[\"search\"]"), (1, "2", bad, "[]")];
    let lines = told.map(|(at, id, output, tools)| {
        let salt = decisions[at]["request_salt"].as_str().unwrap();
        format!(
            "{{\"request\": {}, \"salt\": \"{salt}\", \"output\": {output}, \"output_tools\": {tools}}}\n",
            request(id)
        )
    });
    let (bundle, key) = (place.file("agents.tar"), place.file("agents.vkey"));
    let requests = place.file("requests.ndjson");
    fs::write(&requests, lines.concat()).unwrap();
    let [bundle, requests] = [&bundle, &requests].map(|path| path.to_str().unwrap());
    done(&daemon, &["export", "agents", "--out", bundle]);
    fs::write(&key, done(&daemon, &["ledger", "key", "agents"]).text()).unwrap();
    let key = key.to_str().unwrap();
    let replay = ["replay", bundle, "--key", key, "--output", "json"];
    let replay = [&replay[..], &["--requests", requests]].concat();
    let found = done(&daemon, &replay).json();
    assert_eq!(found["result"], "identical", "{found}");
    assert_eq!(found["with_outputs"], 2, "{found}");
    artifacts_of_aigc(&daemon, &place, [bundle, key, requests]);
    // An output that no completion names leaves the result open.
    fs::write(requests, lines.concat().replace("yes", "no")).unwrap();
    let found = run(&daemon, &replay).json();
    assert_eq!(found["outputs_without_completion"][0]["id"], "1", "{found}");
    assert_eq!(found["result"], "not_recomputed");
    figures_of_aigc(&daemon, bundle, key);
    daemon.stop();
}

/// AIGC's artifacts of the acts whose contents are given: its own checks hold for them.
fn artifacts_of_aigc(daemon: &Daemon, place: &Place, [bundle, key, requests]: [&str; 3]) {
    let write = [
        "policy",
        "artifacts",
        bundle,
        "--key",
        key,
        "--requests",
        requests,
    ];
    let written = run(daemon, &[&write[..], &["--chain-id", "c"]].concat());
    // Three more were completed, and nobody gives what was asked.
    assert_eq!(written.code, 6, "{written:?}");
    assert!(
        written.remarks.contains("2 artifacts; not written: 3"),
        "{written:?}"
    );
    let text = written.text();
    let artifacts: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told = |at: usize, name: &str| artifacts[at][name].clone();
    assert_eq!(artifacts.len(), 2, "{text}");
    assert_eq!(
        (
            told(0, "enforcement_result"),
            told(0, "audit_schema_version")
        ),
        ("PASS".into(), "1.4".into())
    );
    assert_eq!(
        (told(1, "enforcement_result"), told(1, "failure_gate")),
        ("FAIL".into(), "schema_validation".into())
    );
    assert_eq!(
        (told(0, "policy_file"), told(0, "policy_version")),
        ("policy.yaml".into(), "1".into())
    );
    let sum = indelible_governance::digest::Digest::of(br#"{"answer":"yes"}"#).to_string();
    assert_eq!(told(0, "output_checksum"), sum);
    let file = place.file("artifacts.jsonl");
    fs::write(&file, &text).unwrap();
    let file = file.to_str().unwrap();
    let counted = done(daemon, &["policy", "compliance", file, "--output", "json"]).json();
    assert_eq!(
        (&counted["chain"], &counted["pass_count"]),
        (&"holds".into(), &1.into()),
        "{counted}"
    );
    // Signed, and not in a chain.
    let secret = place.file("hmac.key");
    fs::write(&secret, "0123456789abcdef0123456789abcdef").unwrap();
    let secret = secret.to_str().unwrap();
    let signed = run(
        daemon,
        &[
            &write[..],
            &["--schema-version", "1.2", "--hmac-key-file", secret],
        ]
        .concat(),
    );
    fs::write(file, signed.text()).unwrap();
    let count = [
        "policy",
        "compliance",
        file,
        "--hmac-key-file",
        secret,
        "--output",
        "json",
    ];
    let counted = done(daemon, &count).json();
    assert_eq!(counted["signatures"], "holds", "{counted}");
}

/// AIGC's figures of the same acts, from the daemon and from the bundle.
fn figures_of_aigc(daemon: &Daemon, bundle: &str, key: &str) {
    // One more that is denied before the act, and one that is open.
    let denied = request("6").replace("planner", "intruder");
    let asked = ["decide", "agents", "-", "--output", "json"];
    assert_eq!(run_with(daemon, &asked, denied.as_bytes()).code, 1);
    decide(daemon, "7");
    let count = ["policy", "compliance", "agents", "--output", "json"];
    let told = done(daemon, &count).json();
    let number = |told: &Value, name: &str| told[name].as_u64().unwrap();
    let figures = ["total_artifacts", "pass_count", "fail_count", "open"];
    assert_eq!(
        figures.map(|name| number(&told, name)),
        [6, 2, 4, 1],
        "{told}"
    );
    let gates = &told["failure_gates_summary"];
    assert_eq!(number(gates, "role_validation"), 1, "{told}");
    assert_eq!(number(gates, "schema_validation"), 1, "{told}");
    assert_eq!(number(gates, "tool_validation"), 1, "{told}");
    assert_eq!(told["policies"]["policy.yaml"], 6);
    assert_eq!(
        (&told["chain"], &told["compliance_rate"]),
        (&"not_checked".into(), &33.33.into())
    );
    let count = [
        "policy",
        "compliance",
        bundle,
        "--key",
        key,
        "--output",
        "json",
    ];
    let told = done(daemon, &count).json();
    assert_eq!(
        figures.map(|name| number(&told, name)),
        [5, 2, 3, 0],
        "{told}"
    );
    assert_eq!(
        (&told["chain"], &told["signatures"]),
        (&"holds".into(), &"holds".into())
    );
    // A ledger without such decisions has nothing to count, and options of artifacts are for files.
    let lineage = run(daemon, &["policy", "compliance", "agents", "--lineage"]);
    assert!(
        lineage.remarks.contains("no file that is there"),
        "{lineage:?}"
    );
}
