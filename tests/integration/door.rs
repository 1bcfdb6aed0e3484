//! What is refused at the door since nobody can correct it later, and how that is told on the command line.

use std::fs;

use serde_json::{Value, json};

use crate::support::{
    command::{Answer, done, run, run_with},
    daemon::Daemon,
    place::Place,
};

struct Files<'a>(&'a Place);

impl Files<'_> {
    fn path(&self, name: &str) -> String {
        let path = self.0.data().parent().unwrap().join(name);
        path.to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn error(answer: &Answer) -> Value {
    let json: Value = serde_json::from_str(&answer.remarks)
        .unwrap_or_else(|problem| panic!("{problem}: {answer:?}"));
    json["error"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refused_record_can_be_accounted_for() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let files = Files(&place);
    done(&daemon, &["ledger", "create", "audit"]);
    let lines: String = (1..=150)
        .map(|line| format!("{{\"id\":\"r{line}\",\"source\":\"/s\"}}\n"))
        .collect();
    let first = files.write("first.ndjson", lines);
    let second = files.write(
        "second.ndjson",
        concat!(
            r#"{"id":"ok","source":"/s","type":"t"}{"id":"cut","source":"/s","type":"t","note":"x \ud83d"}"#,
            "\n",
            r#"{"id":"when","source":"/s","type":"t","time":"noon"}"#,
        ),
    );
    let list = files.path("refused.ndjson");
    let import = [
        "import",
        "cloudevents",
        "audit",
        &first,
        &second,
        "--keep-going",
    ];
    let text = run(&daemon, &[&import[..], &["--refused", &list]].concat());
    assert_eq!(text.code, 1, "{text:?}");
    assert!(
        text.text().contains("refused: 52 more; --refused FILE"),
        "{}",
        text.text()
    );
    let listed: Vec<Value> = fs::read_to_string(&list)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(listed.len(), 152);
    assert_eq!(
        (&listed[149]["line"], &listed[149]["file"]),
        (&json!(150), &json!(first))
    );
    assert_eq!(
        (&listed[150]["line"], &listed[150]["file"]),
        (&json!(1), &json!(second))
    );
    let cut = listed[150]["problem"].as_str().unwrap();
    assert!(
        cut.contains("field note has a lone surrogate at byte 48"),
        "{cut}"
    );
    let json = run(&daemon, &[&import[..], &["--output", "json"]].concat());
    assert_eq!(json.json()["refusals"].as_array().unwrap().len(), 152);
    assert_eq!(json.json()["repeated"], 1);

    let kept = [&import[..], &["--foreign-time", "said_time"]].concat();
    assert!(
        run(&daemon, &kept)
            .text()
            .contains("imported 1, repeated 1, refused 151")
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_checks_events_names_the_type_that_was_meant() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    done(&daemon, &["ledger", "create", "checked", "--check-events"]);
    done(&daemon, &["ledger", "create", "free"]);
    let append = |ledger: &str, event_type: &str| {
        let typed = [
            "--fact",
            "system=s",
            "--fact",
            "result=pass",
            "--fact",
            "latency_ms:=300",
        ];
        let one = [
            "append", ledger, "--id", event_type, "--source", "/s", "--type", event_type,
        ];
        run(&daemon, &[&one[..], &typed[..]].concat())
    };
    for wrong in ["ai.decison.v1", "AI.decision.v1", "ai-decision.v1"] {
        let refused = append("checked", wrong);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(
            refused
                .remarks
                .contains("the nearest one is \"ai.decision.v1\""),
            "{refused:?}"
        );
        assert_eq!(append("free", wrong).code, 0);
    }
    // Typed facts fit their convention, and other types are free.
    assert_eq!(append("checked", "ai.decision.v1").code, 0);
    assert_eq!(append("checked", "com.example.decison.v1").code, 0);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appending_says_what_became_of_all_and_what_to_paste() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    done(&daemon, &["ledger", "create", "audit"]);
    let lines: String = (1..=600)
        .map(|line| format!("{{\"id\":\"e-{line}\",\"source\":\"/s\",\"type\":\"t\"}}\n"))
        .collect();
    let append = |more: &[&str]| {
        let arguments = [&["append", "audit", "-"], more].concat();
        run_with(&daemon, &arguments, lines.as_bytes())
    };
    let summary = append(&[]);
    assert_eq!(
        summary.text(),
        "appended 600, repeated 0, refused 0; sequence numbers 2 to 601; ids e-1 to e-600\n"
    );
    let each = append(&["--each"]);
    assert_eq!(each.text().lines().count(), 601);
    let all = append(&["--output", "json"]).text();
    let last: Value = serde_json::from_str(all.lines().last().unwrap()).unwrap();
    assert_eq!(
        (all.lines().count(), &last["id"], &last["sequence"]),
        (600, &json!("e-600"), &json!(601))
    );

    let nothing = run(&daemon, &["append", "audit"]);
    assert_eq!(nothing.code, 2);
    assert!(
        nothing.remarks.contains("give FILE, or `-`"),
        "{}",
        nothing.remarks
    );
    let line = run(
        &daemon,
        &["--output", "json", "list", "audit", "--since", "x"],
    );
    assert_eq!(
        (line.code, error(&line)["exit_code"].clone()),
        (2, json!(2))
    );

    // The advice on a conflict is a command that shows the event.
    let one = [
        "append", "audit", "--id", "e-1", "--source", "/s", "--type", "other",
    ];
    let streamed = run_with(
        &daemon,
        &["append", "audit", "-"],
        br#"{"id":"e-1","source":"/s","type":"other"}"#,
    );
    for conflict in [run(&daemon, &one), streamed] {
        let (_, advice) = conflict
            .remarks
            .split_once("what to do: `indelible ")
            .unwrap();
        let (command, _) = advice.split_once('`').unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        assert!(done(&daemon, &words).text().contains("e-1"), "{command}");
    }
    daemon.stop();
}
