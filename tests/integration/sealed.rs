//! Events that the daemon encrypts: read back by those who ask, found by everybody, known as repeats, and proved
//! like all others.

use std::fs;

use indelible_proto::v1::{
    self, ErrorReason, EventFilter, FollowRecordsRequest, GetReceiptRequest, GetRecordRequest,
    ListEventsRequest, PartState, get_record_request::Record,
};
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event, ledger},
    command::done,
    daemon::{Client, Daemon},
    keys::{event_of, get},
    place::Place,
    verifier::{assert_verifies, verify_receipt},
};

/// What a record shows of an event to those who did not ask.
fn words(event: &v1::Event) -> v1::Event {
    v1::Event {
        r#type: event.r#type.clone(),
        classification: event.classification.clone(),
        ..v1::Event::default()
    }
}

/// The events of these tests, from sequence number 2 on: two people's, one nobody's, one without a payload.
fn sent() -> Vec<v1::Event> {
    vec![
        v1::Event {
            classification: "automated_decision".into(),
            ..event_of("erika", "e1")
        },
        event_of("max", "m1"),
        event("plain"),
        v1::Event {
            payload: None,
            ..event_of("erika", "e2")
        },
    ]
}

async fn filled(place: &Place) -> (Daemon, Client, Named) {
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    for (event, wanted) in sent().into_iter().zip(2..) {
        let acknowledgement = append(&mut client, "audit", event).await.unwrap();
        assert_eq!(acknowledgement.sequence, wanted);
    }
    (daemon, client, named)
}

async fn list(client: &mut Client, filter: EventFilter, decrypt: bool) -> Vec<v1::LedgerRecord> {
    let request = ListEventsRequest {
        ledger: "audit".into(),
        filter: Some(filter),
        open_sealed: decrypt,
        ..Default::default()
    };
    client
        .list_events(request)
        .await
        .unwrap()
        .into_inner()
        .records
}

async fn follow(client: &mut Client, size: usize, decrypt: bool) -> Vec<v1::LedgerRecord> {
    let request = FollowRecordsRequest {
        ledger: "audit".into(),
        start_sequence: 0,
        include_evidence: false,
        open_sealed: decrypt,
        ..Default::default()
    };
    let mut following = client.follow_records(request).await.unwrap().into_inner();
    let mut records = Vec::new();
    while records.len() < size {
        records.extend(following.message().await.unwrap().unwrap().records);
    }
    records
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn encrypted_events_are_opened_for_those_who_ask_and_found_by_all() {
    let place = Place::new();
    let (mut daemon, mut client, named) = filled(&place).await;
    let sent = sent();
    // Once from the log's tail and the keys in memory, once from the index and the keys on disk.
    for restarted in [false, true] {
        if restarted {
            daemon.stop();
            daemon = Daemon::start(&place).await;
            client = daemon.client().await;
            while ledger(&mut client, "audit").await.indexed_size < 6 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        for decrypt in [false, true] {
            for records in [
                follow(&mut client, 6, decrypt).await.split_off(2),
                list(&mut client, EventFilter::default(), decrypt).await,
            ] {
                for ((record, sent), sequence) in records.iter().zip(&sent).zip(2..) {
                    let is_encrypted = !sent.data_subject.is_empty();
                    let (wanted, state) = if decrypt || !is_encrypted {
                        (sent.clone(), PartState::Present)
                    } else {
                        (words(sent), PartState::Sealed)
                    };
                    assert_eq!(record.sequence, sequence);
                    assert_eq!(record.event.as_ref(), Some(&wanted));
                    assert_eq!(record.body_state(), state);
                    assert_eq!(record.data_key_id.len(), if is_encrypted { 16 } else { 0 });
                    assert_eq!(*record, get(&mut client, "audit", sequence, decrypt).await);
                }
                assert_eq!(records.len(), 4);
                assert_eq!(records[3].payload_state(), PartState::None);
                // One key for each subject, and not for each event.
                assert_eq!(records[0].data_key_id, records[3].data_key_id);
                assert_ne!(records[0].data_key_id, records[1].data_key_id);
            }
            let by_actor = EventFilter {
                actor: "actor of m1".into(),
                ..Default::default()
            };
            let found = list(&mut client, by_actor, decrypt).await;
            let found: Vec<_> = found.iter().map(|record| record.sequence).collect();
            assert_eq!(found, [3], "restarted: {restarted}, decrypt: {decrypt}");
        }
    }
    assert_verifies(&mut client, &named, &place.file("bundle.tar")).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_evidence_of_an_encrypted_event_is_what_is_stored() {
    let place = Place::new();
    let (daemon, mut client, _named) = filled(&place).await;
    let mut evidence = async |decrypt| {
        let request = GetRecordRequest {
            ledger: "audit".into(),
            record: Some(Record::Sequence(2)),
            include_evidence: true,
            open_sealed: decrypt,
            ..Default::default()
        };
        let answer = client.get_record(request).await.unwrap().into_inner();
        answer.record.unwrap().evidence.unwrap()
    };
    let sealed = evidence(false).await;
    assert_eq!(
        sealed,
        evidence(true).await,
        "asking changes what is shown, and not the evidence"
    );
    let payload = b"payload of e1";
    assert_eq!(sealed.sealed_payload.len(), payload.len() + 64);
    for bytes in [&sealed.body, &sealed.sealed_payload, &sealed.header] {
        for word in [payload.as_slice(), b"erika", b"actor of"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word));
        }
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_of_encrypted_events_are_known_and_conflicts_are_found() {
    let place = Place::new();
    let (mut daemon, mut client, _named) = filled(&place).await;
    for restarted in [false, true] {
        if restarted {
            daemon.stop();
            daemon = Daemon::start(&place).await;
            client = daemon.client().await;
        }
        for (event, wanted) in sent().into_iter().zip(2..) {
            let again = append(&mut client, "audit", event).await.unwrap();
            assert_eq!((again.sequence, again.repeat), (wanted, true));
        }
        for (changed, differs) in [
            (
                v1::Event {
                    actor: "somebody else".into(),
                    ..event_of("max", "m1")
                },
                "body",
            ),
            (
                v1::Event {
                    payload: None,
                    ..event_of("max", "m1")
                },
                "payload",
            ),
        ] {
            let status = append(&mut client, "audit", changed).await.unwrap_err();
            let details = tonic_types::StatusExt::get_details_error_info(&status).unwrap();
            assert_eq!(
                (status.code(), details.metadata["sequence"].as_str()),
                (Code::AlreadyExists, "3")
            );
            assert!(
                details.metadata["differs"].contains(differs),
                "{:?}",
                details.metadata
            );
        }
        // Another person's, or nobody's, is another event under the same identity.
        for changed in [event_of("erika", "m1"), event("m1")] {
            let refused = append(&mut client, "audit", changed).await;
            assert_refused(refused, Code::AlreadyExists, ErrorReason::EventConflict, "");
        }
    }
    let mixed = vec![
        event_of("max", "m2"),
        event_of("max", "m1"),
        event_of("new", "n1"),
        event_of("max", "m2"),
    ];
    let answer = batch(&mut client, "audit", mixed).await.unwrap();
    assert_eq!(
        (answer.appended.unwrap().count, answer.repeats.len()),
        (2, 2),
        "old and new, also within the batch"
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_prove_encrypted_events_and_disclose_one_where_that_is_asked_for() {
    let place = Place::new();
    let (daemon, mut client, named) = filled(&place).await;
    let (receipt, record) = (place.file("receipt"), place.file("record"));
    let mut sizes = Vec::new();
    for decrypt in [false, true] {
        let request = GetReceiptRequest {
            ledger: "audit".into(),
            sequence: 2,
            wait_for_publication: true,
            disclose_key: decrypt,
            ..Default::default()
        };
        let answer = client.get_receipt(request).await.unwrap().into_inner();
        sizes.push(answer.record_file.len());
        fs::write(&receipt, &answer.receipt).unwrap();
        fs::write(&record, &answer.record_file).unwrap();
        let verified = verify_receipt(&receipt, &record, &named.verifier_key);
        assert_eq!(verified.code, 0, "decrypt: {decrypt}: {verified:#?}");
        let shown = verified.report.to_string();
        assert_eq!(shown.contains("erika"), decrypt, "{shown}");
    }
    assert!(sizes[0] < sizes[1], "the event's key is in it: {sizes:?}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_show_what_is_sealed_and_open_it_on_request() {
    let place = Place::new();
    let (daemon, _client, _named) = filled(&place).await;
    let sealed = done(&daemon, &["get", "audit", "2"]).text();
    assert!(
        sealed.contains("body            sealed") && sealed.contains("data key"),
        "{sealed}"
    );
    assert!(!sealed.contains("erika") && !sealed.contains("payload of"));
    let opened = done(&daemon, &["get", "audit", "2", "--decrypt"]).text();
    assert!(opened.contains("erika") && opened.contains("payload of e1"));

    let sealed = done(&daemon, &["get", "audit", "2", "--output", "json"]).json();
    assert_eq!(
        (&sealed["body"], &sealed["payload"]),
        (&"sealed".into(), &"sealed".into())
    );
    assert_eq!(sealed["event"]["id"], serde_json::Value::Null);
    let opened = done(
        &daemon,
        &["get", "audit", "2", "--decrypt", "--output", "json"],
    )
    .json();
    assert_eq!(opened["event"]["datasubject"], "erika");
    assert_eq!(sealed["data_key"], opened["data_key"]);

    for command in ["list", "tail"] {
        let sealed = done(&daemon, &[command, "audit"]).text();
        assert_eq!(sealed.matches("(sealed)").count(), 3, "{sealed}");
        let opened = done(&daemon, &[command, "audit", "--decrypt"]).text();
        assert!(!opened.contains("(sealed)") && opened.contains("actor of m1"));
    }
    let appended = done(
        &daemon,
        &[
            "append",
            "audit",
            "--id",
            "e3",
            "--source",
            "urn:test",
            "--type",
            "t",
            "--data-subject",
            "erika",
            "--output",
            "json",
        ],
    );
    assert_eq!(appended.json()["sequence"], 6);
    let shown = done(&daemon, &["get", "audit", "6", "--output", "json"]).json();
    assert_eq!(shown["data_key"], sealed["data_key"]);
    daemon.stop();
}
