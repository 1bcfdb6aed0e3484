//! What ledgers have of one person: found, shown, given out and erased, and nobody else's with it.

mod erased;
mod names;
mod nobody;
mod page;

use std::{collections::BTreeSet, fs, process::Command};

use indelible_interchange::hex;
use indelible_proto::v1::{
    self, CreateLedgerRequest, ErrorReason, EventFilter, FactValue, GetDataSubjectRequest,
    ListEventsRequest, fact_value::Value,
};
use sha2::{Digest as _, Sha256};
use tonic::Code;

use crate::support::{
    calls::{append, assert_refused, batch, create, event},
    command::{done, run},
    daemon::{Client, Daemon, Keys},
    keys::{erase, event_of, hold},
    place::Place,
    verifier::verify_receipt,
};

const UNKNOWN: (Code, ErrorReason) = (Code::NotFound, ErrorReason::DataSubjectUnknown);

async fn create_with_trail(client: &mut Client, name: &str) {
    let request = CreateLedgerRequest {
        name: name.into(),
        access_trail: true,
        ..Default::default()
    };
    client.create_ledger(request).await.unwrap();
}

async fn list(
    client: &mut Client,
    ledger: &str,
    filter: EventFilter,
) -> Result<BTreeSet<String>, tonic::Status> {
    let request = ListEventsRequest {
        ledger: ledger.into(),
        filter: Some(filter),
        open_sealed: true,
        purpose: "test".into(),
        ..Default::default()
    };
    let page = client.list_events(request).await?.into_inner();
    let events = page.records.into_iter().filter_map(|record| record.event);
    Ok(events.map(|event| event.id).collect())
}

fn about(data_subject: &str) -> EventFilter {
    EventFilter {
        data_subject: data_subject.into(),
        ..Default::default()
    }
}

fn uint(number: u64) -> FactValue {
    FactValue {
        value: Some(Value::Uint(number)),
    }
}

fn ids<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.map(str::to_owned).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_about_a_person_are_found_and_no_others() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let classed = |subject: &str, id: &str, number: u64| v1::Event {
        classification: "secret".into(),
        facts: [("number".to_owned(), uint(number))].into(),
        r#type: format!("type.{number}"),
        ..event_of(subject, id)
    };
    let mut events = vec![
        classed("erika", "e1", 1),
        classed("erika", "e2", 2),
        event_of("erika", "e3"),
        classed("max", "m1", 1),
        event("nobody"),
    ];
    events.extend((0..200).map(|number| event(&format!("other {number}"))));
    batch(&mut client, "audit", events).await.unwrap();
    // At once, when nothing may be indexed yet, and after a start, when all is.
    let mut daemon = daemon;
    for round in 0..2 {
        assert_eq!(
            list(&mut client, "audit", about("erika")).await.unwrap(),
            ids(["e1", "e2", "e3"])
        );
        assert_eq!(
            list(&mut client, "audit", about("max")).await.unwrap(),
            ids(["m1"])
        );
        let secret = EventFilter {
            classification: "secret".into(),
            ..about("erika")
        };
        assert_eq!(
            list(&mut client, "audit", secret.clone()).await.unwrap(),
            ids(["e1", "e2"])
        );
        let second = EventFilter {
            facts: [("number".to_owned(), uint(2))].into(),
            ..secret
        };
        assert_eq!(
            list(&mut client, "audit", second).await.unwrap(),
            ids(["e2"])
        );
        let number = EventFilter {
            facts: [("number".to_owned(), uint(1))].into(),
            ..Default::default()
        };
        assert_eq!(
            list(&mut client, "audit", number).await.unwrap(),
            ids(["e1", "m1"])
        );
        let types = EventFilter {
            types: vec!["type.1".into(), "type.2".into(), "type.3".into()],
            ..Default::default()
        };
        assert_eq!(
            list(&mut client, "audit", types.clone()).await.unwrap(),
            ids(["e1", "e2", "m1"])
        );
        let both = EventFilter {
            data_subject: "erika".into(),
            ..types
        };
        assert_eq!(
            list(&mut client, "audit", both).await.unwrap(),
            ids(["e1", "e2"])
        );
        // An empty list would look like an answer.
        for unknown in ["Erika", "erica", "nobody"] {
            let refused = list(&mut client, "audit", about(unknown)).await;
            assert_refused(refused, UNKNOWN.0, UNKNOWN.1, "");
        }
        if round == 0 {
            daemon.stop();
            daemon = Daemon::start(&place).await;
            client = daemon.client().await;
        }
    }
    let mut keys = daemon.keys().await;
    erase(&mut keys, "audit", "erika").await.unwrap();
    let refused = list(&mut client, "audit", about("erika")).await;
    assert_refused(refused, UNKNOWN.0, UNKNOWN.1, "");
    assert_eq!(
        list(&mut client, "audit", about("max")).await.unwrap(),
        ids(["m1"])
    );
    append(&mut client, "audit", event_of("erika", "e4"))
        .await
        .unwrap();
    assert_eq!(
        list(&mut client, "audit", about("erika")).await.unwrap(),
        ids(["e4"])
    );
    daemon.stop();
}

async fn found(
    keys: &mut Keys,
    subject: &str,
) -> Result<v1::GetDataSubjectResponse, tonic::Status> {
    let request = GetDataSubjectRequest {
        ledger: "audit".into(),
        data_subject: subject.into(),
    };
    Ok(keys.get_data_subject(request).await?.into_inner())
}

/// Producers name types, so that there may be any number of them, and an answer has its room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_without_end_are_told_by_how_many_events_have_them() {
    const TOLD: usize = 256;
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let events = (0..TOLD + 44).map(|number| v1::Event {
        r#type: format!("com.example.t{number}.v1"),
        ..event_of("erika", &format!("e{number}"))
    });
    batch(&mut client, "audit", events.collect()).await.unwrap();
    let held = found(&mut daemon.keys().await, "erika").await.unwrap();
    assert_eq!((held.types.len(), held.event_count), (TOLD, 300));
    assert_eq!(held.other_types_event_count, 44);
    let shown = done(&daemon, &["subject", "show", "--subject", "erika"]).text();
    assert!(shown.contains("44 of other types"), "{shown}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_much_is_held_on_a_person_is_told_and_opens_nothing() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    create_with_trail(&mut client, "audit").await;
    let refused = found(&mut keys, "erika").await;
    assert_refused(refused, UNKNOWN.0, UNKNOWN.1, "");
    let events = vec![
        event_of("erika", "e1"),
        event_of("max", "m1"),
        event_of("erika", "e2"),
    ];
    let range = batch(&mut client, "audit", events)
        .await
        .unwrap()
        .appended
        .unwrap();
    for tail in [0, 1] {
        let theirs = found(&mut keys, "erika").await.unwrap();
        assert_eq!(theirs.event_count, 2 + tail);
        assert_eq!(theirs.first_sequence, Some(range.first_sequence));
        assert_eq!(theirs.types.len(), 1);
        assert_eq!(
            (theirs.types[0].count, theirs.data_key_ids.len()),
            (2 + tail, 1)
        );
        assert!(theirs.first_recorded_time.is_some() && theirs.last_recorded_time.is_some());
        let last = append(&mut client, "audit", event_of("erika", &format!("t{tail}")));
        last.await.unwrap();
    }
    assert!(found(&mut keys, "erika").await.unwrap().holds.is_empty());
    hold(&mut keys, "audit", Some("max")).await;
    assert!(found(&mut keys, "erika").await.unwrap().holds.is_empty());
    let on_her = hold(&mut keys, "audit", Some("erika")).await;
    hold(&mut keys, "audit", None).await;
    let holds = found(&mut keys, "erika").await.unwrap().holds;
    assert_eq!(holds.len(), 2);
    assert_eq!(
        (holds[0].hold_id.to_vec(), holds[1].whole_ledger),
        (on_her, true)
    );
    let trail = EventFilter {
        r#type: "indelible.access.decrypted.v1".into(),
        ..Default::default()
    };
    assert!(list(&mut client, "audit", trail).await.unwrap().is_empty());
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_gets_one_archive_and_one_entry_in_the_trail() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create_with_trail(&mut client, "first").await;
    create(&mut client, "second").await;
    create(&mut client, "without").await;
    let mut decision = v1::Event {
        r#type: "ai.decision.v1".into(),
        facts: [("result", "pass"), ("legal_basis", "contract")]
            .map(|(name, text)| {
                let value = Some(Value::Text(text.to_owned()));
                (name.to_owned(), FactValue { value })
            })
            .into(),
        ..event_of("erika", "e1")
    };
    let until = uint(1_800_000_000_000_000_000);
    decision.facts.insert("retain_until_ns".into(), until);
    batch(&mut client, "first", vec![event_of("max", "m1"), decision])
        .await
        .unwrap();
    batch(&mut client, "second", vec![event_of("erika", "<b>e2</b>")])
        .await
        .unwrap();
    let archive = place.file("erika.tar");
    let path = archive.display().to_string();
    let args = ["subject", "export", "--subject", "erika", "--out", &path];
    done(&daemon, &args);
    // A ledger that is named twice is one.
    let twice = [
        "subject",
        "show",
        "--subject",
        "erika",
        "--ledger",
        "second",
        "--ledger",
        "second",
    ];
    assert_eq!(done(&daemon, &twice).text().matches("second/").count(), 1);
    // A misspelt name is told.
    let unknown = run(&daemon, &["subject", "show", "--subject", "erica"]);
    assert_eq!(unknown.code, 4, "{unknown:?}");
    let shown = done(&daemon, &["subject", "show", "--subject", "erika"]).text();
    assert!(
        shown.contains("first") && shown.contains("second") && !shown.contains("without"),
        "{shown}"
    );

    let unpacked = place.file("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let tar = Command::new("tar")
        .arg("-xf")
        .arg(&archive)
        .arg("-C")
        .arg(&unpacked)
        .status();
    assert!(tar.unwrap().success());
    let page = fs::read_to_string(unpacked.join("index.html")).unwrap();
    assert!(
        page.contains("contract") && page.contains("ai.decision.v1"),
        "{page}"
    );
    for said in [">2027-01-15</span>", "prove the encrypted form", "</html>"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let readme = fs::read_to_string(unpacked.join("README.txt")).unwrap();
    assert!(readme.contains("indelible-verify receipt"), "{readme}");
    assert!(
        page.replace("<wbr>", "").contains("&lt;b&gt;e2&lt;/b&gt;") && !page.contains("m1"),
        "{page}"
    );
    let mut verified = 0;
    for directory in fs::read_dir(&unpacked)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if !directory.is_dir() {
            continue;
        }
        let lines = fs::read_to_string(directory.join("records.ndjson")).unwrap();
        let key = fs::read_to_string(directory.join("key.txt")).unwrap();
        for line in lines.lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(record["event"]["datasubject"], "erika");
            let receipt = directory
                .join("receipts")
                .join(record["sequence"].to_string());
            let verdict = verify_receipt(
                &receipt.with_extension("receipt"),
                &receipt.with_extension("record"),
                key.trim(),
            );
            assert_eq!(verdict.code, 0, "{}", verdict.complaint);
            // The page can be held against what was proved.
            let proved = record["chain_hash"].as_str().unwrap();
            assert_eq!(verdict.report["chain"], proved);
            let file = fs::read(receipt.with_extension("record")).unwrap();
            let digest = hex::encode(&Sha256::digest(&file));
            let page = page.replace("<wbr>", "");
            assert!(page.contains(proved) && page.contains(&digest), "{page}");
            verified += 1;
        }
    }
    assert_eq!(verified, 2);
    let trail = EventFilter {
        r#type: "indelible.access.decrypted.v1".into(),
        ..Default::default()
    };
    assert_eq!(list(&mut client, "first", trail).await.unwrap().len(), 1);
    let shown = done(
        &daemon,
        &["subject", "show", "--subject", "erika", "--readers"],
    )
    .text();
    assert!(
        shown.contains("request of a data subject for access"),
        "{shown}"
    );
    daemon.stop();
}
