//! Names that are empty, hidden, or said where they would stay: none gives out or keeps what it should not.

use super::*;
use crate::support::command::run_with;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_name_gives_out_nobody() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let events = vec![event_of("erika", "e1"), event_of("max", "m1")];
    batch(&mut client, "audit", events).await.unwrap();
    let out = place.file("out");
    let (empty, blank, marked, two) = (
        place.file("empty"),
        place.file("blank"),
        place.file("marked"),
        place.file("two"),
    );
    for (file, text) in [
        (&empty, ""),
        (&blank, "\n"),
        (&marked, "\u{feff}erika\n"),
        (&two, "erika\nmax\n"),
    ] {
        fs::write(file, text).unwrap();
    }
    let export = [
        "export-events",
        "audit",
        "--form",
        "cloudevents",
        "--decrypt",
    ];
    let to = ["--out", out.to_str().unwrap()];
    let mut wrong: Vec<Vec<&str>> = vec![
        [&export[..], &to, &["--data-subject", ""]].concat(),
        vec!["list", "audit", "--decrypt", "--data-subject", ""],
        vec!["subject", "show", "--subject", ""],
        [&["subject", "export", "--subject", ""][..], &to].concat(),
        vec!["erase", "audit", "--subject", "", "--dry-run"],
        vec!["hold", "place", "audit", "--subject", ""],
        vec!["access", "log", "--person", ""],
    ];
    for option in [
        "--source",
        "--actor",
        "--subject",
        "--classification",
        "--correlation-id",
        "--type",
    ] {
        wrong.push(vec!["list", "audit", "--decrypt", option, ""]);
    }
    for file in [&empty, &blank, &marked, &two] {
        let file = file.to_str().unwrap();
        wrong.push([&export[..], &to, &["--data-subject-file", file]].concat());
        wrong.push(vec!["subject", "show", "--subject-file", file]);
        wrong.push(vec!["erase", "audit", "--subject-file", file, "--dry-run"]);
        wrong.push(vec!["access", "log", "--person-file", file]);
    }
    for command in wrong {
        let refused = run(&daemon, &command);
        assert_eq!(refused.code, 2, "{command:?}: {refused:?}");
        assert!(refused.data.is_empty(), "{command:?}: {refused:?}");
        assert!(!out.exists(), "{command:?}");
    }
    let said = run(
        &daemon,
        &[
            "subject",
            "show",
            "--subject-file",
            marked.to_str().unwrap(),
        ],
    );
    assert!(said.remarks.contains("byte order mark"), "{said:?}");
    // On the wire an empty text is one that is not there, but these are there.
    let of_types = EventFilter {
        types: vec![String::new()],
        ..Default::default()
    };
    let of_facts = EventFilter {
        facts: [(String::new(), uint(1))].into(),
        ..Default::default()
    };
    for (filter, field) in [(of_types, "filter.types"), (of_facts, "filter.facts")] {
        let refused = list(&mut client, "audit", filter).await;
        assert_refused(
            refused,
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            field,
        );
    }
    daemon.stop();
}

/// Whoever is held under a name that nobody reads as it is can neither be answered nor erased.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_nobody_would_find_is_refused_at_the_door() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let checked = CreateLedgerRequest {
        name: "checked".into(),
        checks_events: true,
        ..Default::default()
    };
    client.create_ledger(checked).await.unwrap();
    for ledger in ["audit", "checked"] {
        for hidden in [" x ", "x ", "a\u{200b}b", "a\u{a0}b", "\u{feff}x"] {
            let refused = append(&mut client, ledger, event_of(hidden, "e1")).await;
            let status = refused.unwrap_err();
            assert_eq!(
                status.code(),
                Code::InvalidArgument,
                "{hidden:?}: {status:?}"
            );
            assert!(status.message().contains("data_subject"), "{status:?}");
        }
    }
    let line = "{\"specversion\":\"1.0\",\"id\":\"i1\",\"source\":\"/s\",\"type\":\"t.v1\",\"datasubject\":\"a\u{200b}b\"}";
    let imported = run_with(
        &daemon,
        &["import", "cloudevents", "audit", "-"],
        line.as_bytes(),
    );
    assert_ne!(imported.code, 0, "{imported:?}");
    assert!(imported.remarks.contains("can't be seen"), "{imported:?}");
    append(&mut client, "audit", event_of("Erika Mustermann", "e1"))
        .await
        .unwrap();
    daemon.stop();
}

/// A basis and a reason stay when all else of the person is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_stay_do_not_name_the_person() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    create(&mut client, "audit").await;
    append(&mut client, "audit", event_of("bob", "b1"))
        .await
        .unwrap();
    let erasing = [
        "erase",
        "audit",
        "--subject",
        "bob",
        "--basis",
        "Bob asked",
        "--yes",
    ];
    let refused = run(&daemon, &erasing);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.remarks.contains("names the data subject"),
        "{refused:?}"
    );
    let holding = [
        "hold",
        "place",
        "audit",
        "--subject",
        "bob",
        "--reason",
        "claim of bob",
    ];
    let refused = run(&daemon, &holding);
    assert_eq!(refused.code, 2, "{refused:?}");
    let request = v1::EraseDataSubjectRequest {
        ledger: "audit".into(),
        data_subject: "bob".into(),
        basis: "request of bob".into(),
        ..Default::default()
    };
    let refused = keys.erase_data_subject(request).await;
    let refused = refused.map(|_| ());
    assert_refused(
        refused,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "basis",
    );
    let reading = ListEventsRequest {
        ledger: "audit".into(),
        filter: Some(about("bob")),
        open_sealed: true,
        purpose: "bob's request".into(),
        ..Default::default()
    };
    let refused = client.list_events(reading).await.map(|_| ());
    assert_refused(
        refused,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "purpose",
    );
    erase(&mut keys, "audit", "bob").await.unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_nothing_names_the_ledgers_that_were_searched() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    for name in ["first", "second"] {
        create(&mut client, name).await;
    }
    let none = run(&daemon, &["subject", "show", "--subject", "erica"]);
    assert_eq!(none.code, 4, "{none:?}");
    for said in ["none of the 2 ledgers", "first", "second"] {
        assert!(none.remarks.contains(said), "{said}: {none:?}");
    }
    let one = ["subject", "show", "--subject", "erica", "--ledger", "first"];
    let one = run(&daemon, &one);
    assert!(
        one.remarks.contains("the ledger first has no data key"),
        "{one:?}"
    );
    let where_from = run(
        &daemon,
        &["erase", "--subject", "erica", "--basis", "b", "--yes"],
    );
    assert_eq!(where_from.code, 2, "{where_from:?}");
    assert!(
        where_from.remarks.contains("--all-ledgers"),
        "{where_from:?}"
    );
    daemon.stop();
}
