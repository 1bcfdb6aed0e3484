//! Append in every way, and get it back in every way.

use indelible_proto::{
    time::unix_nano,
    v1::{
        self, AppendStreamRequest, ErrorReason, EventIdentity, GetRecordRequest, LedgerState,
        PartState, event::Payload, fact_value::Value, get_record_request::Record,
    },
};
use tokio_stream::iter;
use tonic::Code;

use crate::support::{
    calls::{
        SOURCE, append, assert_refused, batch, create, event, events, ledger, records, sequences,
    },
    daemon::{Client, Daemon},
    place::Place,
};

/// An event with everything that an event can have.
fn full_event(id: &str) -> v1::Event {
    let fact = |value| v1::FactValue { value: Some(value) };
    v1::Event {
        time: "2026-11-20T09:30:00.123456789+01:00".into(),
        datacontenttype: "application/json".into(),
        actor: "urn:agent:7".into(),
        correlation_id: "case-7".into(),
        causation_id: "before".into(),
        classification: "automated_decision".into(),
        facts: [
            ("amount".to_owned(), fact(Value::Text("12.50".into()))),
            ("items".to_owned(), fact(Value::Uint(3))),
            ("approved".to_owned(), fact(Value::Boolean(true))),
        ]
        .into_iter()
        .collect(),
        digests: vec![v1::Digest {
            component: "input".into(),
            algorithm: "sha256".into(),
            value: vec![7; 32].into(),
        }],
        ..event(id)
    }
}

fn sealed_event(id: &str) -> v1::Event {
    v1::Event {
        payload: Some(Payload::Envelope(v1::Envelope {
            ciphertext: vec![0xc1; 77].into(),
            key_id: "customer-key-1".into(),
            nonce: vec![9; 12].into(),
            aad_digest: vec![8; 32].into(),
        })),
        ..event(id)
    }
}

async fn get(
    client: &mut Client,
    ledger: &str,
    which: Record,
) -> Result<v1::LedgerRecord, tonic::Status> {
    let request = GetRecordRequest {
        ledger: ledger.to_owned(),
        record: Some(which),
        include_evidence: false,
        open_sealed: false,
        ..Default::default()
    };
    Ok(client
        .get_record(request)
        .await?
        .into_inner()
        .record
        .unwrap())
}

fn identity(source: &str, id: &str) -> Record {
    Record::EventIdentity(EventIdentity {
        source: source.to_owned(),
        id: id.to_owned(),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_append_is_read_back_as_it_was_sent() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let created = create(&mut client, "audit").await;
    assert_eq!((created.size, created.state()), (2, LedgerState::Open));
    assert_eq!(created.last_event_sequence, None);
    assert!(
        created.origin.starts_with("localhost/audit/"),
        "{}",
        created.origin
    );

    let mut sent = vec![full_event("full"), sealed_event("sealed")];
    sent.push(v1::Event {
        payload: None,
        ..event("bare")
    });
    for (event, wanted) in sent.iter().zip(2..) {
        let acknowledgement = append(&mut client, "audit", event.clone()).await.unwrap();
        assert_eq!(
            (acknowledgement.sequence, acknowledgement.repeat),
            (wanted, false)
        );
        assert!(acknowledgement.tree_size > wanted);
        assert_eq!(acknowledgement.chain_hash.len(), 32);
    }
    let answer = batch(&mut client, "audit", events("batch-", 0..1_000))
        .await
        .unwrap();
    assert_eq!(
        sequences(1_000, answer.appended.as_ref(), &answer.repeats)[999],
        1_004
    );
    sent.extend(events("batch-", 0..1_000));

    let message = |numbers: std::ops::Range<u64>, ledger: &str| AppendStreamRequest {
        ledger: ledger.to_owned(),
        events: events("stream-", numbers),
    };
    let messages = vec![
        message(0..10, "audit"),
        message(10..11, ""),
        message(11..40, "audit"),
    ];
    let mut answers = client
        .append_stream(iter(messages))
        .await
        .unwrap()
        .into_inner();
    let mut acknowledged = 0;
    for wanted in 0..3 {
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(answer.message_index, wanted);
        acknowledged += answer.appended.unwrap().count;
    }
    assert_eq!((acknowledged, answers.message().await.unwrap()), (40, None));
    sent.extend(events("stream-", 0..40));

    let read = records(&mut client, "audit", 0, 1_045).await;
    assert_eq!(read[0].kind().name(), "genesis");
    assert_eq!(read[1].kind().name(), "epoch");
    let mut time = 0;
    for record in &read {
        let recorded = record.recorded_time.as_ref().and_then(unix_nano).unwrap();
        assert!(recorded >= time, "time went back at {}", record.sequence);
        time = recorded;
    }
    for (record, sent) in read[2..].iter().zip(&sent) {
        assert_eq!(
            (record.kind().name(), record.event.as_ref()),
            ("event", Some(sent))
        );
        assert_eq!(record.body_state(), PartState::Present);
    }
    assert_eq!(read[4].payload_state(), PartState::None);
    for number in [0, 2, 3, 500, 1_044] {
        assert_eq!(
            get(&mut client, "audit", Record::Sequence(number))
                .await
                .unwrap(),
            read[number as usize]
        );
    }
    let found = get(&mut client, "audit", identity(SOURCE, "stream-39"))
        .await
        .unwrap();
    assert_eq!(found, read[1_044]);
    let none = get(&mut client, "audit", identity("urn:other", "stream-39")).await;
    assert_refused(none, Code::NotFound, ErrorReason::RecordUnknown, "");
    let described = ledger(&mut client, &created.origin).await;
    assert_eq!(
        (described.size, described.last_event_sequence),
        (1_045, Some(1_044))
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_get_their_first_acknowledgement() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let first = append(&mut client, "audit", event("a")).await.unwrap();
    let again = append(&mut client, "audit", event("a")).await.unwrap();
    assert!(again.repeat && !first.repeat);
    assert_eq!(
        (again.sequence, again.recorded_time, &again.chain_hash),
        (first.sequence, first.recorded_time, &first.chain_hash)
    );
    // The same id of another source is another event.
    let other = v1::Event {
        source: "urn:other".into(),
        ..event("a")
    };
    assert_eq!(
        append(&mut client, "audit", other).await.unwrap().sequence,
        3
    );

    let mixed = vec![event("b"), event("a"), event("c"), event("b")];
    let answer = batch(&mut client, "audit", mixed).await.unwrap();
    assert_eq!(
        sequences(4, answer.appended.as_ref(), &answer.repeats),
        [4, 2, 5, 4]
    );
    assert_eq!(
        answer
            .repeats
            .iter()
            .map(|repeat| repeat.index)
            .collect::<Vec<_>>(),
        [1, 3]
    );
    let all = batch(&mut client, "audit", vec![event("c"), event("b")])
        .await
        .unwrap();
    assert_eq!((all.appended, all.repeats.len()), (None, 2));
    assert_eq!(ledger(&mut client, "audit").await.size, 6);
    daemon.stop();
}
