//! Reports: the daemon's and the auditor's are the same bytes, also after an erasure, and an older one is still made of
//! the bundle that it was written with.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use indelible_proto::v1::{self, ErrorReason};
use serde_json::Value;

use crate::support::{
    Named,
    calls::{append, create, event},
    command::{Answer, done, run},
    daemon::Daemon,
    keys::{erase, event_of},
    place::Place,
    verifier::{program, verify, verify_receipt},
};

/// An auditor's directory: nothing in it but what was handed over.
fn auditor(arguments: &[&str], directory: &Path) -> Output {
    Command::new(program())
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

fn words(path: &Path) -> String {
    path.display().to_string()
}

/// Makes a report in JSON with its bundle.
fn reported(daemon: &Daemon, place: &Place, name: &str, more: &[&str]) -> (Value, Vec<u8>) {
    let (json, bundle) = (
        place.file(&format!("{name}.json")),
        place.file(&format!("{name}.tar.zst")),
    );
    let (json_name, bundle_name) = (words(&json), words(&bundle));
    let mut arguments = vec![
        "--output",
        "json",
        "report",
        "article12",
        "--ledger",
        "audit",
    ];
    arguments.extend(["-o", &json_name, "--bundle", &bundle_name]);
    arguments.extend(more);
    let told = done(daemon, &arguments).json();
    assert!(told["sequence"].is_u64(), "{told}");
    let bytes = fs::read(&json).unwrap();
    (serde_json::from_slice(&bytes).unwrap(), bytes)
}

fn recomputed(place: &Place, named: &Named, bundle: &str, report: &str) -> i32 {
    let bundle = place.file(&format!("{bundle}.tar.zst"));
    let report = words(&place.file(&format!("{report}.json")));
    let verified = verify(&bundle, &named.verifier_key, &["--report", &report]);
    verified.code
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_makes_the_same_bytes_before_and_after_an_erasure() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    for one in [
        event_of("erika", "e1"),
        event_of("max", "m1"),
        event("plain"),
    ] {
        append(&mut client, "audit", one).await.unwrap();
    }

    let (sealed, _) = reported(&daemon, &place, "sealed", &[]);
    assert_eq!(sealed["evidence"]["bodies"]["sealed"], 2, "{sealed}");
    let (open, bytes) = reported(&daemon, &place, "open", &["--decrypt", "--tables"]);
    assert_eq!(open["evidence"]["bodies"]["sealed"], 0, "{open}");
    assert_eq!(open["evidence"]["integrity"]["answer"], "holds");
    for name in ["sealed", "open"] {
        assert_eq!(recomputed(&place, &named, name, name), 0, "{name}");
    }
    // Another checkpoint is another report, and what is different is said.
    assert_eq!(recomputed(&place, &named, "open", "sealed"), 1);

    // The auditor needs no report to make one, in a directory where nothing else is.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::copy(
        place.file("open.tar.zst"),
        elsewhere.path().join("e.tar.zst"),
    )
    .unwrap();
    let mut arguments = vec!["report", "e.tar.zst", "--key", &named.verifier_key];
    arguments.extend([
        "--framework",
        "eu-ai-act",
        "--clause",
        "article12",
        "--tables",
    ]);
    let json = auditor(
        &[&arguments[..], &["--format", "json"]].concat(),
        elsewhere.path(),
    );
    assert!(json.status.success(), "{json:?}");
    assert_eq!(json.stdout, bytes, "the same bytes");
    for format in ["html", "csv", "text", "oscal"] {
        let theirs = auditor(
            &[&arguments[..], &["--format", format]].concat(),
            elsewhere.path(),
        );
        assert!(theirs.status.success(), "{theirs:?}");
        assert!(!theirs.stdout.is_empty(), "{format}");
    }

    erase(&mut daemon.keys().await, "audit", "erika")
        .await
        .unwrap();
    let (after, _) = reported(&daemon, &place, "after", &["--decrypt", "--tables"]);
    assert_eq!(after["evidence"]["bodies"]["erased"], 1, "{after}");
    assert_eq!(recomputed(&place, &named, "after", "after"), 0);
    assert_eq!(
        recomputed(&place, &named, "open", "open"),
        0,
        "the older one is still made"
    );

    // A report that somebody improved is none.
    let mut improved = bytes.clone();
    let at = improved
        .windows(8)
        .position(|window| window == b"\"state\":")
        .unwrap();
    improved[at + 9] ^= 1;
    fs::write(place.file("improved.json"), improved).unwrap();
    assert_eq!(recomputed(&place, &named, "open", "improved"), 1);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_report_is_made_anew_and_what_it_names_has_receipts() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    for one in [event_of("erika", "e1"), event("plain"), event("other")] {
        append(&mut client, "audit", one).await.unwrap();
    }
    // Two that fit their type, and two that don't: these are named.
    for (id, system) in [
        ("d1", "system=a"),
        ("d2", "system=a"),
        ("m1", "note=a"),
        ("m2", "note=a"),
    ] {
        let mut arguments = vec!["append", "audit", "--id", id, "--source", "/scoring"];
        arguments.extend(["--type", "ai.decision.v1", "--fact", system]);
        done(
            &daemon,
            &[&arguments[..], &["--fact", "result=pass"]].concat(),
        );
    }
    let receipts = place.file("receipts");
    let (then, bytes) = reported(
        &daemon,
        &place,
        "then",
        &["--tables", "--receipts", &words(&receipts)],
    );
    let wanted: BTreeSet<u64> = then["clauses"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|clause| clause["records"].as_array().unwrap())
        .map(|record| record.as_u64().unwrap())
        .collect();
    assert!(wanted.len() >= 2, "{wanted:?}");
    for sequence in &wanted {
        let file = |end: &str| receipts.join(format!("{sequence}.{end}"));
        let checked = verify_receipt(&file("tlog-proof"), &file("cbor"), &named.verifier_key);
        assert_eq!(checked.code, 0, "{checked:?}");
    }

    for id in 0..20 {
        let one = event(&format!("later {id}"));
        append(&mut client, "audit", one).await.unwrap();
    }
    done(&daemon, &["keys", "rotate", "identity", "--yes"]);
    append(&mut client, "audit", event("last")).await.unwrap();
    let whole = place.file("whole.tar.zst");
    done(&daemon, &["export", "audit", "--out", &words(&whole)]);
    let head = place.file("head");
    fs::write(&head, done(&daemon, &["checkpoint", "audit"]).data).unwrap();

    // The daemon makes it as of then, and an auditor from either bundle, both of them later.
    let size = then["ledger"]["checkpoint_size"].to_string();
    let (_, again) = reported(&daemon, &place, "again", &["--tables", "--as-of", &size]);
    assert_eq!(again, bytes, "the same bytes");
    for bundle in [whole, place.file("again.tar.zst")] {
        let report = words(&place.file("then.json"));
        let more = ["--report", &report, "--known-head", &words(&head)];
        let verified = verify(&bundle, &named.verifier_key, &more);
        assert_eq!(verified.code, 0, "{}: {verified:?}", bundle.display());
    }
    let asked = ["report", "gdpr", "--ledger", "audit", "--as-of"];
    let refused = run(&daemon, &[&asked[..], &["100000"]].concat());
    assert!(
        refused.remarks.contains(ErrorReason::SizeOutOfRange.name()),
        "{refused:?}"
    );
    let refused = run(&daemon, &[&asked[..], &["5", "--to", "6"]].concat());
    assert!(
        refused.remarks.contains(ErrorReason::SelectionEmpty.name()),
        "{refused:?}"
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_report_can_not_be_made_of_is_said() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("a")).await.unwrap();
    let refused = |arguments: &[&str], says: &str| {
        let Answer { code, remarks, .. } = run(&daemon, arguments);
        assert_ne!(code, 0, "{arguments:?}");
        assert!(remarks.contains(says), "{arguments:?}: {remarks}");
    };
    let report = |framework: &'static str| ["report", framework, "--ledger", "audit"];
    refused(&report("article99"), "article12");
    refused(
        &["report", "gdpr", "--ledger", "nobody"],
        ErrorReason::LedgerUnknown.name(),
    );
    refused(
        &[&report("gdpr")[..], &["--since", "2099-01-01T00:00:00Z"]].concat(),
        ErrorReason::SelectionEmpty.name(),
    );
    refused(&[&report("gdpr")[..], &["--clause", "99"]].concat(), "99");
    refused(
        &[&report("gdpr")[..], &["-o", "report.docx"]].concat(),
        "--format",
    );
    let mapping = place.file("mine.yaml");
    fs::write(
        &mapping,
        "format: indelible-mapping/0\nid: mine\nsurprise: 1\n",
    )
    .unwrap();
    refused(
        &["report", &words(&mapping), "--ledger", "audit"],
        "mine.yaml:",
    );
    // A mapping that comes with the program may be changed and used.
    let own = done(&daemon, &["frameworks", "gdpr"]).text();
    fs::write(&mapping, own.replacen("id: gdpr", "id: mine", 1)).unwrap();
    let text = done(&daemon, &["report", &words(&mapping), "--ledger", "audit"]).text();
    assert!(text.contains("mapping       mine version 2"), "{text}");
    daemon.stop();
}

/// Last quarter's events that are recorded today: a report by their producers' times, and one of what was imported alone,
/// are the same bytes of the daemon and of the auditor.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_makes_the_same_bytes_of_a_period_by_event_time() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    let mut sealed = event_of("erika", "sealed");
    sealed.time = "2026-08-02T10:00:00Z".to_owned();
    append(&mut client, "audit", sealed).await.unwrap();
    let mut legacy = 0;
    for (id, time) in [
        ("july", "2026-07-05T10:00:00+02:00"),
        ("legacy", "2026-09-30T23:59:59Z"),
        ("later", "2026-10-01T00:00:00Z"),
        ("none", ""),
    ] {
        let mut one = event(id);
        time.clone_into(&mut one.time);
        if id == "legacy" {
            let value = Some(v1::fact_value::Value::Text("archive".to_owned()));
            one.facts
                .insert("imported_from".to_owned(), v1::FactValue { value });
        }
        let acknowledged = append(&mut client, "audit", one).await.unwrap();
        if id == "legacy" {
            legacy = acknowledged.sequence;
        }
    }
    let two = format!("{legacy}..{}", legacy + 2);
    let quarter = [
        "--period-by",
        "event",
        "--from",
        "2026-07-01T00:00:00Z",
        "--to",
        "2026-10-01T00:00:00Z",
    ];
    let theirs = |name: &str, more: &[&str]| {
        let bundle = words(&place.file(&format!("{name}.tar.zst")));
        let mut arguments = vec!["report", &bundle, "--key", &named.verifier_key];
        arguments.extend(["--framework", "eu-ai-act", "--clause", "article12"]);
        arguments.extend(["--format", "json"]);
        arguments.extend(more);
        auditor(&arguments, place.data().parent().unwrap())
    };
    for (name, more, counts) in [
        ("all", &quarter[..], [2, 1, 1, 1]),
        (
            "some",
            &[&quarter[..], &["--records", &two]].concat(),
            [1, 1, 0, 0],
        ),
        (
            "imported",
            &[&quarter[..], &["--imported"]].concat(),
            [1, 0, 1, 0],
        ),
        (
            "opened",
            &[&quarter[..], &["--decrypt"]].concat(),
            [3, 1, 0, 1],
        ),
    ] {
        let (made, bytes) = reported(&daemon, &place, name, more);
        let times = &made["range"]["by_event_time"];
        let found = ["within", "elsewhen", "closed", "without_time"].map(|one| times[one].as_u64());
        assert_eq!(found, counts.map(Some), "{name}: {made}");
        assert_eq!(recomputed(&place, &named, name, name), 0, "{name}");
        let more: Vec<_> = more
            .iter()
            .copied()
            .filter(|one| *one != "--decrypt")
            .collect();
        let output = theirs(name, &more);
        assert_eq!(output.stdout, bytes, "{name}: {output:?}");
    }
    let report = ["report", "article12", "--ledger", "audit"];
    for (wrong, says) in [
        (&["--period-by", "event"][..], "needs a period"),
        (&["--records", "1..2"], "goes with --period-by event"),
        (&["--imported", "--last-month"], "say --period-by event"),
        (
            &["--period-by", "event", "--from", "3"],
            "--records FROM..TO",
        ),
        (&["--period-by", "event", "--records", "9..3"], "empty"),
    ] {
        let refused = run(&daemon, &[&report[..], wrong].concat());
        assert_ne!(refused.code, 0);
        assert!(refused.remarks.contains(says), "{wrong:?}: {refused:?}");
    }
    for wrong in [&["--period-by", "event"][..], &["--records", "1..2"]] {
        assert_eq!(theirs("all", wrong).status.code(), Some(2), "{wrong:?}");
    }
    daemon.stop();
}
