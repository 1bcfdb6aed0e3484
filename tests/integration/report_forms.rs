//! One report in many forms, what its clauses are named by, and events that break their conventions.

use std::{fs, process::Command};

use indelible_proto::v1::ErrorReason;
use serde_json::Value;

use crate::support::{
    calls::{append, create, event},
    command::{done, run},
    daemon::{Daemon, INDELIBLE},
    place::Place,
    verifier,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_report_has_many_forms_and_a_stored_one_is_rendered_again() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("e1")).await.unwrap();
    let file = |name: &str| place.file(name).display().to_string();
    let forms = ["json", "html", "csv", "txt", "oscal.json"];
    let made: Vec<String> = forms
        .iter()
        .map(|form| file(&format!("made.{form}")))
        .collect();
    let mut arguments = vec![
        "--output",
        "json",
        "report",
        "article12",
        "--ledger",
        "audit",
        "--operator",
        "Example Bank",
    ];
    arguments.extend(made.iter().flat_map(|path| ["-o", path]));
    let signed = file("made.Intoto.json");
    arguments.extend(["-o", &signed]);
    let told = done(&daemon, &arguments).json();
    assert_eq!(told["files"].as_array().unwrap().len(), forms.len() + 1);
    let read =
        |path: &String| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    assert!(read(&made[4])["assessment-results"].is_object());
    assert_eq!(read(&signed)["payloadType"], "application/vnd.in-toto+json");
    let json: Value = serde_json::from_slice(&fs::read(&made[0]).unwrap()).unwrap();
    assert_eq!(json["id"], told["report"]);
    let page = fs::read_to_string(&made[1]).unwrap();
    assert!(
        page.contains(json["id"].as_str().unwrap()),
        "the page has another id"
    );

    assert!(page.contains("Example Bank"), "the front matter is lost");

    // The stored one gives the same bytes in every form, without a daemon.
    daemon.stop();
    let again: Vec<String> = forms
        .iter()
        .map(|form| file(&format!("again.{form}")))
        .collect();
    let mut render = Command::new(INDELIBLE);
    render.args(["report", "render", &made[0]]);
    render.args(again.iter().flat_map(|path| ["-o", path]));
    let output = render.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("only the report's id was checked")
            && said.contains("indelible-verify BUNDLE"),
        "{said}"
    );
    for (made, again) in made.iter().zip(&again) {
        assert!(
            fs::read(made).unwrap() == fs::read(again).unwrap(),
            "{again}"
        );
    }
}

#[test]
fn front_matter_that_steers_a_terminal_is_refused_by_both_programs() {
    let ours = ["report", "gdpr", "--ledger", "audit"];
    let theirs = [
        "report",
        "evidence.tar",
        "--key",
        "audit.vkey",
        "--framework",
        "gdpr",
    ];
    for option in ["operator", "system", "period", "made-by", "made-for"] {
        let name = option.replace('-', " ");
        for (program, arguments) in [
            (INDELIBLE.into(), &ours[..]),
            (verifier::program(), &theirs),
        ] {
            let output = Command::new(&program)
                .args(arguments)
                .args([&format!("--{option}"), "mk\u{1b}[2J"])
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{program:?}: {told}");
            let said = format!("{name} has the character U+001B");
            assert!(told.contains(&said), "{program:?}: {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_of_two_frameworks_is_no_guess() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("e1")).await.unwrap();
    let two = run(&daemon, &["report", "article15", "--ledger", "audit"]);
    assert_eq!(two.code, 2, "{two:?}");
    assert!(
        two.remarks
            .contains("eu-ai-act/article15 or gdpr/article15"),
        "{}",
        two.remarks
    );
    for (name, id) in [
        ("eu-ai-act/article15", "eu-ai-act"),
        ("gdpr/article15", "gdpr"),
        ("article12", "eu-ai-act"),
    ] {
        let made = done(
            &daemon,
            &[
                "--output",
                "json",
                "report",
                name,
                "--ledger",
                "audit",
                "--from",
                "2026-01-01",
            ],
        );
        assert_eq!(made.json()["framework"]["id"], id, "{name}");
    }
    let unknown = run(&daemon, &["report", "gdpr/article12", "--ledger", "audit"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    let period = done(
        &daemon,
        &["--output", "json", "list", "audit", "--last-quarter"],
    )
    .text();
    assert_eq!(period, "", "nothing of the last quarter");
    for asked in [
        &["report", "gdpr", "--ledger", "audit", "--last-quarter"][..],
        &["export", "audit", "--out", "-", "--last-quarter"],
        &["projection", "list", "--ledger", "audit", "--last-quarter"],
    ] {
        let nothing = run(&daemon, asked);
        assert_ne!(nothing.code, 0, "{nothing:?}");
        for said in [
            "no record that was recorded from ",
            "T00:00:00Z to before ",
            "were recorded from ",
            "UTC",
            "what to do",
        ] {
            assert!(nothing.remarks.contains(said), "{said}: {nothing:?}");
        }
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_checks_events_refuses_what_breaks_their_conventions() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    done(&daemon, &["ledger", "create", "checked", "--check-events"]);
    done(&daemon, &["ledger", "create", "free"]);
    let decision = |ledger: &'static str, more: &[&str]| {
        let id = format!("{ledger}{}", more.len());
        let mut arguments = vec!["append", ledger, "--id", &id, "--source", "/s"];
        arguments.extend(["--type", "ai.decision.v1"]);
        arguments.extend(more);
        run(&daemon, &arguments)
    };
    let whole = ["--fact", "system=scoring", "--fact", "result=pass"];
    let wrong = ["--fact", "system=scoring", "--fact", "result=perhaps"];
    assert_eq!(
        decision("checked", &whole).code,
        0,
        "{:?}",
        decision("checked", &whole)
    );
    let refused = decision("checked", &wrong);
    assert_ne!(refused.code, 0);
    for says in [
        ErrorReason::FieldInvalid.name(),
        "facts[result]",
        "ai.decision.v1",
    ] {
        assert!(refused.remarks.contains(says), "{refused:?}");
    }
    // Elsewhere it is taken, and told.
    assert_eq!(decision("free", &wrong).code, 0);
    let report = done(
        &daemon,
        &[
            "--output",
            "json",
            "report",
            "eu-ai-act",
            "--ledger",
            "free",
            "--tables",
        ],
    );
    let tables = report.json()["tables"].to_string();
    assert!(tables.contains("ai.decision.v1"), "{tables}");
    daemon.stop();
}

#[test]
fn a_mapping_is_printed_as_yaml_or_as_json_and_is_the_same_one() {
    let printed = |more: &[&str]| {
        let output = Command::new(INDELIBLE)
            .args(more)
            .args(["frameworks", "hipaa"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let yaml = printed(&[]);
    let json: serde_json::Value = serde_json::from_str(&printed(&["--output", "json"])).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&yaml).is_err());
    assert!(yaml.contains("id: hipaa"), "{yaml}");
    assert_eq!(json["id"], "hipaa");
}

#[test]
fn who_names_standard_output_as_a_file_is_told_what_to_do() {
    for path in ["/dev/stdout", "-", "/dev/fd/1"] {
        for more in [&[][..], &["--format", "json"]] {
            let output = Command::new(INDELIBLE)
                .args(["report", "gdpr", "--ledger", "audit", "-o", path])
                .args(more)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            let told = String::from_utf8(output.stderr).unwrap();
            assert!(
                told.contains("leave it away, and standard output is written"),
                "{told}"
            );
            assert!(!std::path::Path::new("-").exists());
        }
    }
}
