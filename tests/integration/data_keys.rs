//! A ledger that encrypts everything, and gets a new data key now and then.

use indelible_proto::v1::{
    self, AppendStreamRequest, Encryption, ErrorReason, GetLedgerRequest, PartState,
    RotateDataKeyRequest,
};
use tokio_stream::iter;
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event, events, ledger, records, sequences},
    command::done,
    daemon::{Daemon, Keys},
    keys::{create_encrypting_all, erase, event_of, get},
    place::Place,
    verifier::assert_verifies,
};

async fn rotate(keys: &mut Keys) -> v1::RotateDataKeyResponse {
    let request = RotateDataKeyRequest {
        ledger: "audit".into(),
        ..RotateDataKeyRequest::default()
    };
    keys.rotate_data_key(request).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_encrypted_and_stays_readable_across_new_keys() {
    let place = Place::new();
    let mut daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut keys = daemon.keys().await;
    let created = create_encrypting_all(&mut client, "audit").await;
    assert_eq!(created.encryption(), Encryption::All);
    let named = Named::from(&created);

    let first = append(&mut client, "audit", event("a0")).await.unwrap();
    let mut data_keys = vec![
        get(&mut client, "audit", first.sequence, false)
            .await
            .data_key_id,
    ];
    let mut sent = vec![(first.sequence, "a0".to_owned(), 0)];
    for round in 1..=3_usize {
        let rotated = rotate(&mut keys).await;
        assert_eq!(rotated.data_key_id.len(), 16);
        assert!(!data_keys.contains(&rotated.data_key_id));
        let record = get(&mut client, "audit", rotated.sequence, false).await;
        assert_eq!(record.kind().name(), "data-key");
        data_keys.push(rotated.data_key_id);
        if round == 2 {
            daemon.stop();
            daemon = Daemon::start(&place).await;
            client = daemon.client().await;
            keys = daemon.keys().await;
        }
        let prefix = format!("r{round}-");
        let answer = batch(&mut client, "audit", events(&prefix, 0..20))
            .await
            .unwrap();
        let at = sequences(20, answer.appended.as_ref(), &answer.repeats);
        sent.extend(
            at.into_iter()
                .enumerate()
                .map(|(number, sequence)| (sequence, format!("{prefix}{number}"), round)),
        );
    }
    for (sequence, id, round) in &sent {
        let closed = get(&mut client, "audit", *sequence, false).await;
        assert_eq!(closed.body_state(), PartState::Sealed);
        assert_eq!(closed.data_key_id, data_keys[*round], "{id}");
        let opened = get(&mut client, "audit", *sequence, true).await;
        assert_eq!(opened.event, Some(event(id)));
    }

    // Repeats are known whichever key the first was encrypted under, also in one batch with new ones.
    for indexed in [false, true] {
        if indexed {
            let size = ledger(&mut client, "audit").await.size;
            while ledger(&mut client, "audit").await.indexed_size < size {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        let mut mixed: Vec<_> = sent.iter().map(|(_, id, _)| event(id)).collect();
        mixed.push(event(&format!("new, indexed: {indexed}")));
        let answer = loop {
            match batch(&mut client, "audit", mixed.clone()).await {
                Ok(answer) => break answer,
                // Those that are on their way to the disk can't be compared yet.
                Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status:?}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        };
        assert_eq!(answer.appended.unwrap().count, 1);
        let found: Vec<_> = answer
            .repeats
            .iter()
            .map(|repeat| repeat.acknowledgement.as_ref().unwrap().sequence)
            .collect();
        let wanted: Vec<_> = sent.iter().map(|(sequence, ..)| *sequence).collect();
        assert_eq!(found, wanted, "indexed: {indexed}");
        let changed = v1::Event {
            actor: "somebody else".into(),
            ..event("a0")
        };
        let refused = append(&mut client, "audit", changed).await;
        assert_refused(refused, Code::AlreadyExists, ErrorReason::EventConflict, "");
    }

    // A person's events are under the person's key here, too.
    let of_erika = append(&mut client, "audit", event_of("erika", "e"))
        .await
        .unwrap();
    let record = get(&mut client, "audit", of_erika.sequence, false).await;
    assert!(!data_keys.contains(&record.data_key_id));
    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    assert_eq!(
        (erased.event_count, erased.data_key_ids),
        (1, vec![record.data_key_id])
    );
    assert_eq!(
        get(&mut client, "audit", first.sequence, true).await.event,
        Some(event("a0"))
    );
    assert_verifies(&mut client, &named, &place.file("bundle.tar")).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_go_on_while_the_data_key_changes() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create_encrypting_all(&mut client, "audit").await;
    let streaming = tokio::spawn({
        let mut client = daemon.client().await;
        async move {
            let messages = (0..200).map(|message| AppendStreamRequest {
                ledger: "audit".into(),
                events: events("s", message * 10..(message + 1) * 10),
            });
            let answers = client.append_stream(iter(messages)).await.unwrap();
            let mut answers = answers.into_inner();
            let mut appended = 0;
            while let Some(answer) = answers.message().await.unwrap() {
                appended += answer.appended.unwrap().count;
            }
            appended
        }
    });
    let mut keys = daemon.keys().await;
    for _ in 0..5 {
        rotate(&mut keys).await;
    }
    assert_eq!(streaming.await.unwrap(), 2_000);
    let size = ledger(&mut client, "audit").await.size;
    let kinds: Vec<_> = records(&mut client, "audit", 0, size)
        .await
        .into_iter()
        .map(|record| record.kind().name().to_owned())
        .collect();
    let count = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
    assert_eq!(count("event"), 2_000);
    // Five, and the one that the first event needed, if it came before them.
    assert!((5..=6).contains(&count("data-key")));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_without_a_data_key_of_its_own_has_none_to_rotate() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let created = create(&mut client, "audit").await;
    assert_eq!(created.encryption(), Encryption::DataSubjects);
    let request = RotateDataKeyRequest {
        ledger: "audit".into(),
        ..RotateDataKeyRequest::default()
    };
    let refused = daemon.keys().await.rotate_data_key(request).await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::NoLedgerKey,
        "",
    );

    done(
        &daemon,
        &["ledger", "create", "private", "--encrypt", "all"],
    );
    let request = GetLedgerRequest {
        ledger: "private".into(),
    };
    let private = client.get_ledger(request).await.unwrap().into_inner();
    assert_eq!(private.ledger.unwrap().encryption(), Encryption::All);
    let shown = done(&daemon, &["ledger", "show", "private"]).text();
    assert!(shown.contains("encrypts      all"), "{shown}");
    let rotated = done(
        &daemon,
        &["keys", "rotate", "data", "private", "--output", "json"],
    )
    .json();
    assert_eq!(rotated["sequence"], 2);
    daemon.stop();
}
