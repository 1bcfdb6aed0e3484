//! Artifacts of other systems, checked on the way in, and events on their way out.

use std::{fs, path::PathBuf, process::Command};

use serde_json::{Value, json};

use crate::support::{
    command::{Answer, done, run, run_with},
    daemon::{Daemon, INDELIBLE},
    place::Place,
};

const CHAINS: &str = include_str!("../data/aigc/aigc_chain.json");
const SIGNED: &str = include_str!("../data/aigc/aigc_signing.json");
const ROTATIONS: &str = include_str!("../data/codeatelier/codeatelier_rotation.json");

fn vector(file: &str, id: &str) -> Value {
    let file: Value = serde_json::from_str(file).unwrap();
    let vectors = file["vectors"].as_array().unwrap().clone();
    vectors
        .into_iter()
        .find(|vector| vector["id"] == id)
        .unwrap()
}

fn secret(file: &str, field: &str) -> Vec<u8> {
    let file: Value = serde_json::from_str(file).unwrap();
    let hex = file["meta"][field].as_str().unwrap().to_owned();
    let byte = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn lines(objects: &[Value]) -> String {
    objects.iter().map(|object| format!("{object}\n")).collect()
}

const ROWS: &str = include_str!("../data/codeatelier/codeatelier_chain.json");

struct Files<'a>(&'a Place);

impl Files<'_> {
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.0.data().parent().unwrap().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn records(daemon: &Daemon) -> Vec<Value> {
    let listed = done(daemon, &["list", "audit", "--all", "--output", "json"]);
    let text = listed.text();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn verdict(answer: &Answer) -> (Value, Value, Value) {
    let answer = answer.json();
    let file = &answer["files"][0];
    (
        file["verdict"].clone(),
        file["imported"].clone(),
        file["already_there"].clone(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aigc_artifacts_are_checked_recorded_and_imported_once() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let files = Files(&place);
    done(&daemon, &["ledger", "create", "audit"]);
    let key = files.write("key", secret(SIGNED, "hmac_key_hex"));
    let artifacts = [
        vector(SIGNED, "sign-basic")["artifact"].clone(),
        vector(SIGNED, "chain-then-sign")["artifact"].clone(),
    ];
    let honest = files.write("honest.jsonl", lines(&artifacts));
    let import = |file: &str, more: &[&str]| {
        let mut arguments = vec!["import", "aigc", "audit", file, "--output", "json"];
        arguments.extend(more);
        run(&daemon, &arguments)
    };

    // Nothing is called verified without the key, and nothing is imported that must be.
    let refused = import(&honest, &["--require-verified"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(verdict(&refused), (json!("unverified"), json!(0), json!(0)));
    assert!(
        refused.remarks.contains("nothing was imported"),
        "{}",
        refused.remarks
    );
    assert!(records(&daemon).is_empty());

    let with_key = ["--hmac-key-file", &key, "--require-verified"];
    let first = import(&honest, &with_key);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(verdict(&first), (json!("verified"), json!(2), json!(0)));
    let told = first.json();
    assert_eq!(told["files"][0]["artifacts"], told["imported"], "{told}");
    let sequence = |name: &str| told["files"][0][name].as_u64().unwrap();
    assert_eq!(sequence("first_sequence"), sequence("verdict_sequence") + 1);
    assert_eq!(
        (&told["verdicts"], &told["verdicts_already_there"]),
        (&json!(1), &json!(0))
    );
    let again = import(&honest, &with_key);
    let told = again.json();
    assert_eq!(
        (&told["verdicts"], &told["verdicts_already_there"]),
        (&json!(0), &json!(1))
    );
    let words = done(
        &daemon,
        &["import", "aigc", "audit", &honest, with_key[0], with_key[1]],
    );
    let words = words.text();
    assert!(
        words.contains("imported 0 artifacts; already there 2; refused 0\n")
            && words.contains("a verdict on each file: recorded 0; already there 1"),
        "{words}"
    );
    assert_eq!(verdict(&again), (json!("verified"), json!(0), json!(2)));

    let stored = records(&daemon);
    assert_eq!(stored.len(), 3);
    assert_eq!(stored[0]["event"]["type"], "indelible.import.checked.v1");
    assert_eq!(stored[0]["event"]["facts"]["verdict"], "verified");
    assert_eq!(stored[0]["event"]["facts"]["artifacts"], 2);
    assert_eq!(stored[0]["event"]["facts"]["completeness"], "unanswerable");
    assert_eq!(stored[1]["event"]["type"], "ai.decision.v1");
    let sequence = stored[1]["sequence"].to_string();
    let payload = done(&daemon, &["get", "audit", &sequence, "--payload-out", "-"]);
    assert_eq!(payload.text(), artifacts[0].to_string());

    // What comes over a pipe is the same file, and adds nothing.
    let piped = ["import", "aigc", "audit", "-", "--output", "json"];
    let piped = [&piped[..], &with_key[..]].concat();
    let answer = run_with(&daemon, &piped, lines(&artifacts).as_bytes());
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(verdict(&answer), (json!("verified"), json!(0), json!(2)));
    assert_eq!(answer.json()["files"][0]["file"], "standard input");
    let twice = run_with(&daemon, &["import", "aigc", "audit", "-", "-"], b"");
    assert!(twice.remarks.contains("give `-` once"), "{twice:?}");

    // What its own verifier takes for whole.
    let broken = vector(CHAINS, "chain-strip-checksum-last-and-modify");
    assert_eq!(broken["valid"], true);
    let broken = files.write(
        "broken.jsonl",
        lines(broken["artifacts"].as_array().unwrap()),
    );
    let refused = import(&broken, &with_key);
    assert_eq!((refused.code, records(&daemon).len()), (1, 3));
    let imported = import(&broken, &with_key[..2]);
    assert_eq!(imported.code, 1, "{imported:?}");
    assert_eq!(verdict(&imported), (json!("broken"), json!(4), json!(0)));
    assert_eq!(imported.json()["files"][0]["first_broken_line"], 4);
    assert!(
        imported.remarks.contains("line 4 (checksum_missing)"),
        "{}",
        imported.remarks
    );
    let stored = records(&daemon);
    let last = &stored[7]["event"];
    assert_eq!(last["type"], "indelible.import.broken.v1");
    assert_eq!(last["facts"]["import_finding"], "checksum_missing");
    assert_eq!(last["facts"]["claimed_type"], "ai.decision.v1");

    // What is no artifact stops everything before it begins, with its place.
    let torn = files.write("torn.jsonl", format!("{}\n{{\"a\":NaN}}\n", artifacts[0]));
    let refused = import(&torn, &with_key[..2]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let told = "torn.jsonl: line 2: not JSON: NaN, which is not a JSON number, at byte 6";
    assert!(refused.remarks.contains(told), "{}", refused.remarks);
    assert_eq!(records(&daemon).len(), 8);
    let going = import(&torn, &["--hmac-key-file", &key, "--keep-going"]);
    assert_eq!(verdict(&going), (json!("unverified"), json!(0), json!(1)));
    let short = files.write("short", "k\n");
    let refused = import(&honest, &["--hmac-key-file", &short]);
    assert!(
        refused.remarks.contains("a key of 1 byte proves nothing"),
        "{}",
        refused.remarks
    );
    assert_eq!(done(&daemon, &["verify", "audit"]).code, 0);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_atelier_rows_are_checked_over_a_rotation_and_go_out_again() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let files = Files(&place);
    done(&daemon, &["ledger", "create", "audit"]);
    let old = files.write("old", secret(ROTATIONS, "secret_hex"));
    let new = files.write("new", secret(ROTATIONS, "secret2_hex"));
    let rows = vector(ROTATIONS, "rot-no-key-versions")["rows"].clone();
    let rows = files.write("rows.json", serde_json::to_string_pretty(&rows).unwrap());
    let import = |more: &[&str]| {
        let mut arguments = vec!["import", "codeatelier", "audit", &rows, "--output", "json"];
        arguments.extend(more);
        run(&daemon, &arguments)
    };
    let counts = |answer: &Answer| {
        let answer = answer.json();
        let file = &answer["files"][0];
        ["verified", "unverified", "broken"].map(|word| file[word].as_u64().unwrap())
    };

    let without = import(&[]);
    assert_eq!((without.code, counts(&without)), (0, [0, 5, 0]));
    assert_eq!(verdict(&without), (json!("unverified"), json!(5), json!(0)));
    // The rows are the same events; what was found with one secret, and with both, are verdicts of their own.
    let half = import(&["--hmac-secret-file", &old]);
    assert_eq!((half.code, counts(&half)), (0, [4, 1, 0]));
    assert_eq!(verdict(&half), (json!("unverified"), json!(0), json!(5)));
    let both = [
        "--hmac-secret-file",
        &old,
        "--hmac-secret-file",
        &new,
        "--require-verified",
    ];
    let whole = import(&both);
    assert_eq!((whole.code, counts(&whole)), (0, [5, 0, 0]), "{whole:?}");
    assert_eq!(verdict(&whole), (json!("verified"), json!(0), json!(5)));
    assert_eq!(records(&daemon).len(), 8);

    // A deleted row, which the rotation-aware verifier of its own system does not notice.
    let deleted = vector(ROTATIONS, "rot-row-deleted-not-noticed")["rows"].clone();
    let deleted = files.write("deleted.ndjson", lines(deleted.as_array().unwrap()));
    let refused = run(
        &daemon,
        &[
            "import",
            "codeatelier",
            "audit",
            &deleted,
            both[0],
            both[1],
            both[2],
            both[3],
            both[4],
        ],
    );
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.remarks.contains("line 2 (link_broken)"),
        "{}",
        refused.remarks
    );
    assert_eq!(records(&daemon).len(), 8);

    // Out as CloudEvents, and back: all of it is there already.
    let out = files.write("out.ndjson", "");
    let form = [
        "export-events",
        "audit",
        "--form",
        "cloudevents",
        "--out",
        &out,
    ];
    let exported = done(&daemon, &[&form[..], &["--output", "json"]].concat()).json();
    assert_eq!(exported["events"], 8);
    let imports = ["import", "cloudevents", "audit", &out, "--dry-run"];
    let marked = done(&daemon, &imports).text();
    assert_eq!(marked.lines().count(), 8);
    for line in marked.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["facts"]["imported_from"].is_string(), "{line}");
    }
    let back = run(&daemon, &["append", "audit", &out, "--output", "json"]);
    assert_eq!(back.code, 0, "{back:?}");
    assert_eq!(back.text().matches("\"repeated\":true").count(), 8);
    let ocsf = done(
        &daemon,
        &["export-events", "audit", "--form", "ocsf", "--out", "-"],
    )
    .text();
    let ocsf: Vec<Value> = ocsf
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        ocsf.len(),
        8 + exported["left_out"].as_u64().unwrap() as usize
    );
    assert!(
        ocsf.iter()
            .all(|event| event["metadata"]["version"] == "1.9.0")
    );
    assert_eq!(done(&daemon, &["verify", "audit"]).code, 0);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_imports_nothing_and_what_is_verified_later_is_verified() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let files = Files(&place);
    done(&daemon, &["ledger", "create", "audit"]);
    let right = files.write("right", secret(ROWS, "secret_hex"));
    let wrong = files.write("wrong", secret(ROWS, "secret2_hex"));
    let rows = vector(ROWS, "chain-intact")["records"].clone();
    let count = rows.as_array().unwrap().len();
    let rows = files.write("rows.ndjson", lines(rows.as_array().unwrap()));
    let import = |secret: &str, more: &[&str]| {
        let mut arguments = vec!["import", "codeatelier", "audit", &rows, "--output", "json"];
        arguments.extend(["--hmac-secret-file", secret]);
        arguments.extend(more);
        run(&daemon, &arguments)
    };
    let doubted = import(&wrong, &[]);
    assert_eq!(doubted.code, 1, "{doubted:?}");
    let told = &doubted.remarks;
    let says = format!("not one of the {count} artifacts");
    assert!(
        told.contains(&says) && told.contains("nothing was imported"),
        "{told}"
    );
    assert!(records(&daemon).is_empty());

    // Told that the key is right, the import calls the rows broken; a file with one that fits is broken anyway.
    let broken = import(&wrong, &["--keys-are-right"]);
    assert_eq!(broken.code, 1);
    let told = &broken.remarks;
    assert!(
        told.contains("look at the file") && !told.contains("data directory"),
        "{told}"
    );
    assert_eq!(broken.json()["files"][0]["broken"], count);
    let verified = import(&right, &["--require-verified"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let shown = done(
        &daemon,
        &[
            "projection",
            "show",
            "--ledger",
            "audit",
            "imports.files",
            "--output",
            "json",
        ],
    );
    let shown = shown.text();
    assert!(
        shown.contains("verified") && shown.contains("\"called_broken\":1"),
        "{shown}"
    );
    daemon.stop();
}

#[test]
fn a_document_that_is_too_long_is_refused_with_its_size_and_the_rest_is_imported() {
    const LONG: usize = 65 << 20;
    let place = Place::new();
    let event = |id: u32| {
        format!("{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"s\",\"type\":\"t\"}}\n")
    };
    let long = format!("{{\"data\":\"{}\"}}\n", "x".repeat(LONG));
    let file = Files(&place).write("events.ndjson", [event(1), long, event(3)].concat());
    let import = |more: &[&str]| {
        Command::new(INDELIBLE)
            .args(["import", "cloudevents", "audit", &file, "--dry-run"])
            .args(more)
            .output()
            .unwrap()
    };
    let ids = |output: &std::process::Output| -> Vec<Value> {
        let shown = String::from_utf8(output.stdout.clone()).unwrap();
        let events = shown.lines().map(serde_json::from_str::<Value>);
        events.map(|event| event.unwrap()["id"].clone()).collect()
    };
    let told = |output: &std::process::Output| String::from_utf8(output.stderr.clone()).unwrap();
    let says = format!("line 2: the document has {} bytes", LONG + 11);
    let stopped = import(&[]);
    assert_eq!(stopped.status.code(), Some(2), "{stopped:?}");
    assert_eq!(ids(&stopped), ["1"]);
    assert!(told(&stopped).contains(&says), "{}", told(&stopped));
    let whole = import(&["--keep-going"]);
    assert_eq!(whole.status.code(), Some(1), "{whole:?}");
    assert_eq!(ids(&whole), ["1", "3"]);
    assert!(told(&whole).contains(&says), "{}", told(&whole));
}
