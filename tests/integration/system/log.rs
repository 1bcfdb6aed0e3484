//! What `indelible access log` answers from `_system` and from the access trails.

use indelible_proto::v1::CreateLedgerRequest;

use crate::support::{
    calls::{append, create, ledger},
    command::{done, run},
    daemon::Daemon,
    keys::event_of,
    place::Place,
    verifier::verify_receipt,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_did_and_who_read_about_a_person_is_told_with_proofs() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let request = CreateLedgerRequest {
        name: "trailed".into(),
        access_trail: true,
        ..Default::default()
    };
    client.create_ledger(request).await.unwrap();
    create(&mut client, "plain").await;
    for ledger in ["trailed", "plain"] {
        append(&mut client, ledger, event_of("erika", "e1"))
            .await
            .unwrap();
        append(&mut client, ledger, event_of("max", "m1"))
            .await
            .unwrap();
        done(
            &daemon,
            &[
                "get",
                ledger,
                "2",
                "--decrypt",
                "--purpose",
                "complaint 118",
            ],
        );
    }
    let receipts = place.file("receipts");
    let of_erika = [
        "access",
        "log",
        "--person",
        "erika",
        "--output",
        "json",
        "--receipts",
        receipts.to_str().unwrap(),
    ];
    let told = done(&daemon, &of_erika);
    let lines: Vec<serde_json::Value> = told
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let places: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["recorded_in"].as_str().unwrap(),
                line["ledger"].as_str().unwrap(),
            )
        })
        .collect();
    // The trail of the one that keeps one, and the store's own ledger for both.
    for expected in [
        ("trailed", "trailed"),
        ("_system", "trailed"),
        ("_system", "plain"),
    ] {
        assert!(places.contains(&expected), "{expected:?}: {lines:#?}");
    }
    assert_eq!(places.len(), 3, "{lines:#?}");
    for line in &lines {
        assert_eq!(line["principal"], "insecure:local", "{line}");
        let name = line["recorded_in"].as_str().unwrap();
        let key = ledger(&mut client, name).await.verifier_key;
        let file = |kind: &str| receipts.join(format!("{name}-{}.{kind}", line["sequence"]));
        let verified = verify_receipt(&file("receipt"), &file("record"), &key);
        assert_eq!(verified.code, 0, "{verified:?}");
    }
    let nothing = done(
        &daemon,
        &["access", "log", "--person", "max", "--output", "json"],
    );
    assert_eq!(nothing.text(), "");
    // What can't be known is not answered with nothing: the records of those who were erased can't be found any more.
    let erase = [
        "erase",
        "plain",
        "--subject",
        "max",
        "--basis",
        "wish",
        "--yes",
    ];
    done(&daemon, &erase);
    let unknown = run(&daemon, &["access", "log", "--person", "max"]);
    assert_eq!(unknown.code, 0, "max is known elsewhere: {unknown:?}");
    let gone = "what was read of them until then can't be found any more";
    assert!(unknown.remarks.contains(gone), "{unknown:?}");
    let only_there = ["access", "log", "--person", "max", "--ledger", "plain"];
    let unknown = run(&daemon, &only_there);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    for words in [
        "not looked at: plain: it knows nobody of this name, and has erased people",
        "there may be more",
    ] {
        assert!(unknown.remarks.contains(words), "{unknown:?}");
    }
    assert!(
        !unknown.remarks.contains("there is nothing on record"),
        "{unknown:?}"
    );
    let alias = run(&daemon, &["access", "log", "--principal", "alice"]);
    assert_eq!(alias.code, 2, "no principal did nothing: {alias:?}");
    let deeds = done(
        &daemon,
        &[
            "access",
            "log",
            "--principal",
            "insecure:local",
            "--ledger",
            "plain",
        ],
    );
    for says in [
        "system.ledger_created.v1",
        "CreateLedger",
        "system.decrypted.v1",
        "begun",
        "done",
    ] {
        assert!(deeds.text().contains(says), "{says}: {}", deeds.text());
    }
    assert!(!deeds.text().contains("trailed"), "{}", deeds.text());
    // What was decrypted is told, for people and for programs.
    assert!(
        deeds.text().contains("events: 1, records 2"),
        "{}",
        deeds.text()
    );
    let json = [
        "access",
        "log",
        "--principal",
        "insecure:local",
        "--output",
        "json",
    ];
    let json = done(&daemon, &json);
    let is_told = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["type"] == "indelible.system.decrypted.v1"
            && line["events"] == "1"
            && line["sequences"] == "2"
    };
    assert!(json.text().lines().any(is_told), "{}", json.text());
    // A name that no ledger has is told, and what a choice of ledgers can't find.
    let refused = CreateLedgerRequest {
        name: "_pay".into(),
        ..Default::default()
    };
    client.create_ledger(refused).await.unwrap_err();
    let nonesuch = [
        "access",
        "log",
        "--principal",
        "insecure:local",
        "--ledger",
        "nonesuch",
    ];
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let told = run(&daemon, &nonesuch);
        assert_eq!(told.code, 1, "{told:?}");
        let words = "nonesuch: there is no ledger of this name";
        assert!(told.remarks.contains(words), "{told:?}");
        if told.remarks.contains("names no ledger and is not shown") {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{told:?}");
    }
    daemon.stop();
}
