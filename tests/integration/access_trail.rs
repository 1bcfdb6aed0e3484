//! The access trail of the real daemon: whoever got plaintext is on record, in the clear for auditors, and names nobody.

use indelible_proto::v1::{
    self, CreateLedgerRequest, ErrorReason, FollowRecordsRequest, GetReceiptRequest,
    GetRecordRequest, ListEventsRequest, fact_value::Value, get_record_request::Record,
};
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, assert_refused, event, ledger},
    command::{done, run},
    daemon::{Client, Daemon},
    keys::{event_of, get},
    place::Place,
    verifier::{assert_verifies, verify_receipt},
};

async fn create(client: &mut Client) -> v1::Ledger {
    let request = CreateLedgerRequest {
        name: "audit".into(),
        access_trail: true,
        ..Default::default()
    };
    let created = client.create_ledger(request).await.unwrap().into_inner();
    created.ledger.unwrap()
}

/// The trail: which call, which records, and why.
async fn trail(client: &mut Client) -> Vec<(String, String, String)> {
    let request = ListEventsRequest {
        ledger: "audit".into(),
        filter: Some(v1::EventFilter {
            r#type: "indelible.access.decrypted.v1".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let page = client.list_events(request).await.unwrap().into_inner();
    let text = |event: &v1::Event, name: &str| {
        let fact = event.facts.get(name).and_then(|fact| fact.value.clone());
        match fact {
            Some(Value::Text(text)) => text,
            None => String::new(),
            other => panic!("{other:?}"),
        }
    };
    page.records
        .iter()
        .map(|record| {
            let event = record.event.as_ref().unwrap();
            assert_eq!(event.source, "urn:indelible:access");
            assert_eq!(text(event, "principal"), "insecure:local");
            (
                text(event, "call"),
                text(event, "sequences"),
                text(event, "purpose"),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gets_plaintext_is_on_record_first() {
    let place = Place::new();
    let mut daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let created = create(&mut client).await;
    assert!(created.access_trail);
    let named = Named::from(&created);
    for event in [
        event_of("erika", "e1"),
        event("plain"),
        event_of("max", "m1"),
        event_of("erika", "e2"),
    ] {
        append(&mut client, "audit", event).await.unwrap();
    }
    // Nothing is opened, nothing is on record.
    get(&mut client, "audit", 2, false).await;
    get(&mut client, "audit", 3, true).await;
    assert_eq!(trail(&mut client).await, []);

    let mut expected = Vec::new();
    let mut on_record = |call: &str, sequences: &str, purpose: &str| {
        expected.push((call.to_owned(), sequences.to_owned(), purpose.to_owned()));
    };
    let request = GetRecordRequest {
        ledger: "audit".into(),
        record: Some(Record::Sequence(2)),
        open_sealed: true,
        purpose: "complaint 118".into(),
        ..Default::default()
    };
    let answer = client.get_record(request).await.unwrap().into_inner();
    assert_eq!(answer.record.unwrap().event, Some(event_of("erika", "e1")));
    on_record("get", "2", "complaint 118");

    let request = ListEventsRequest {
        ledger: "audit".into(),
        open_sealed: true,
        ..Default::default()
    };
    let page = client.list_events(request).await.unwrap().into_inner();
    assert_eq!(page.records.len(), 5, "with what was on record before");
    on_record("list", "2,4-5", "");

    let request = GetReceiptRequest {
        ledger: "audit".into(),
        sequence: 4,
        wait_for_publication: true,
        disclose_key: true,
        ..Default::default()
    };
    let receipt = client.get_receipt(request).await.unwrap().into_inner();
    on_record("receipt", "4", "");
    let (proof, record) = (place.file("receipt"), place.file("record"));
    std::fs::write(&proof, receipt.receipt).unwrap();
    std::fs::write(&record, receipt.record_file).unwrap();
    assert_eq!(verify_receipt(&proof, &record, &named.verifier_key).code, 0);

    let request = FollowRecordsRequest {
        ledger: "audit".into(),
        start_sequence: 4,
        open_sealed: true,
        purpose: "watching".into(),
        ..Default::default()
    };
    let mut following = client.follow_records(request).await.unwrap().into_inner();
    // Its own entry is followed, too, and opens nothing: no other one comes of it.
    let mut seen = Vec::new();
    while seen.len() < 6 {
        seen.extend(following.message().await.unwrap().unwrap().records);
    }
    on_record("follow", "4-5", "watching");
    append(&mut client, "audit", event_of("max", "m2"))
        .await
        .unwrap();
    while seen.len() < 8 {
        seen.extend(following.message().await.unwrap().unwrap().records);
    }
    on_record("follow", "10", "watching");
    drop(following);
    let opened = done(
        &daemon,
        &["get", "audit", "10", "--decrypt", "--purpose", "by hand"],
    );
    assert!(opened.text().contains("max"));
    on_record("get", "10", "by hand");
    assert_eq!(trail(&mut client).await, expected);

    // Clients can't write into it, and readers don't move what writers expect.
    let forged = v1::Event {
        r#type: "indelible.access.decrypted.v1".into(),
        ..event("forged")
    };
    let outcome = append(&mut client, "audit", forged).await;
    assert_refused(
        outcome,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "event.type",
    );
    let forged = v1::Event {
        source: "urn:indelible:access".into(),
        ..event("forged")
    };
    let outcome = append(&mut client, "audit", forged).await;
    assert_refused(
        outcome,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "event.source",
    );
    assert_eq!(
        ledger(&mut client, "audit").await.last_event_sequence,
        Some(10)
    );
    let request = GetRecordRequest {
        ledger: "audit".into(),
        record: Some(Record::Sequence(2)),
        open_sealed: true,
        purpose: "a\nb".into(),
        ..Default::default()
    };
    let outcome = client.get_record(request).await;
    assert_refused(
        outcome,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "purpose",
    );
    let unmeant = run(&daemon, &["get", "audit", "2", "--purpose", "x"]);
    assert_eq!(
        unmeant.code, 2,
        "a purpose is one of decrypting: {unmeant:?}"
    );

    daemon.stop();
    daemon = Daemon::start(&place).await;
    client = daemon.client().await;
    assert!(ledger(&mut client, "audit").await.access_trail);
    assert_eq!(
        ledger(&mut client, "audit").await.last_event_sequence,
        Some(10)
    );
    get(&mut client, "audit", 2, true).await;
    assert_eq!(trail(&mut client).await.len(), expected.len() + 1);
    assert_verifies(&mut client, &named, &place.file("bundle.tar")).await;
    daemon.stop();
}
