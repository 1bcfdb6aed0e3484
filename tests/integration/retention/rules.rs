//! Rules of retention as people put them in force: from a file, shown as they are set, and refused by name.

use indelible_proto::v1::{ErrorReason, RetentionParts, RetentionRule};
use tonic::Code;

use super::{rule, set};
use crate::support::{
    calls::{assert_refused, create},
    command::{done, run, run_with},
    daemon::Daemon,
    place::Place,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_set_shown_and_taken_back_and_half_a_rule_is_refused() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut retention = daemon.retention().await;
    create(&mut client, "audit").await;
    let none = run(&daemon, &["retention", "show", "audit"]);
    assert!(
        none.code == 0 && none.remarks.contains("everything is kept"),
        "{none:?}"
    );
    let text = br#"{"name":"b","parts":"payloads","after_days":30,"basis":"policy 7"}
{"name":"a","parts":"all","after_days":3653,"clock":"event","basis":"law 9","classification":"internal"}"#;
    let command = [
        "retention",
        "set",
        "audit",
        "--rules",
        "-",
        "--reason",
        "r",
        "--yes",
    ];
    let put = run_with(&daemon, &command, text);
    assert_eq!(put.code, 0, "{put:?}");
    let shown = done(&daemon, &["retention", "show", "audit", "--output", "json"]).text();
    assert_eq!(shown.lines().count(), 2);
    assert!(
        shown.lines().next().unwrap().contains("\"a\""),
        "by their names: {shown}"
    );
    // What is shown can be set again.
    let again = run_with(&daemon, &command, shown.as_bytes());
    assert_eq!(again.code, 0, "{again:?}");
    let words = done(&daemon, &["retention", "show", "audit"]).text();
    assert!(
        words.contains("30 days after they were recorded (policy 7)"),
        "{words}"
    );
    let asks = run(&daemon, &["retention", "set", "audit", "--none"]);
    assert!(asks.code == 2 && asks.remarks.contains("--yes"), "{asks:?}");
    for (change, field) in [
        (
            RetentionRule {
                after_days: 0,
                ..rule("r", RetentionParts::All)
            },
            "rules[0].after_days",
        ),
        (
            RetentionRule {
                name: String::new(),
                ..rule("r", RetentionParts::All)
            },
            "rules[0].name",
        ),
        (
            RetentionRule {
                action: 0,
                ..rule("r", RetentionParts::All)
            },
            "rules[0].action",
        ),
        (rule("r", RetentionParts::Bodies), "rules[0].parts"),
    ] {
        let refused = set(&mut retention, "audit", vec![change]).await;
        assert_refused(
            refused,
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            field,
        );
    }
    done(&daemon, &["retention", "set", "audit", "--none", "--yes"]);
    let none = done(&daemon, &["retention", "show", "audit", "--output", "json"]);
    assert_eq!(none.text(), "");
    daemon.stop();
}
