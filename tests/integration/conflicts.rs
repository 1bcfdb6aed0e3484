//! Events that are right, but not now or not again: identities that are taken, and expectations that fail.

use indelible_proto::v1::{self, AppendBatchRequest, AppendRequest, ErrorReason};
use tonic::{Code, Status};

use crate::support::{
    calls::{append, assert_refused, batch, create, event, events, ledger, refusal},
    daemon::Daemon,
    place::Place,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conflicts_refuse_all_of_a_batch_and_say_what_differs() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("a")).await.unwrap();
    let other = || v1::Event {
        subject: "other".into(),
        classification: "c".into(),
        ..event("a")
    };
    let status = append(&mut client, "audit", other()).await.unwrap_err();
    assert_eq!(
        refusal(&status),
        (
            Code::AlreadyExists,
            Some(ErrorReason::EventConflict),
            String::new()
        )
    );
    let metadata = tonic_types::StatusExt::get_details_error_info(&status)
        .unwrap()
        .metadata;
    assert_eq!(metadata["sequence"], "2");
    assert_eq!(metadata["differs"], "classification,body");
    for (changed, differs) in [
        (
            v1::Event {
                r#type: "other".into(),
                ..event("a")
            },
            "type",
        ),
        (
            v1::Event {
                payload: None,
                ..event("a")
            },
            "payload",
        ),
        (
            v1::Event {
                actor: "somebody".into(),
                ..event("a")
            },
            "body",
        ),
    ] {
        let status = append(&mut client, "audit", changed).await.unwrap_err();
        let metadata = tonic_types::StatusExt::get_details_error_info(&status)
            .unwrap()
            .metadata;
        assert_eq!(metadata["differs"], differs);
    }
    let mixed = batch(&mut client, "audit", vec![event("b"), other(), event("c")]).await;
    assert_refused(mixed, Code::AlreadyExists, ErrorReason::EventConflict, "");
    let within = vec![
        event("b"),
        v1::Event {
            actor: "x".into(),
            ..event("b")
        },
    ];
    let status = batch(&mut client, "audit", within).await.unwrap_err();
    let metadata = tonic_types::StatusExt::get_details_error_info(&status)
        .unwrap()
        .metadata;
    assert_eq!(
        (status.code(), metadata["index"].as_str()),
        (Code::AlreadyExists, "1")
    );
    assert_eq!(
        ledger(&mut client, "audit").await.size,
        3,
        "a conflict refuses the whole batch"
    );
    let again = append(&mut client, "audit", event("b")).await.unwrap();
    assert_eq!((again.sequence, again.repeat), (3, false));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_expected_sequence_aborts_and_names_the_right_one() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let request = |id: &str, expected| AppendRequest {
        ledger: "audit".into(),
        event: Some(event(id)),
        expected_sequence: Some(expected),
    };
    let actual = |status: &Status| {
        tonic_types::StatusExt::get_details_error_info(status)
            .unwrap()
            .metadata["actual_sequence"]
            .clone()
    };
    for wrong in [1, 2, 77] {
        let status = client.append(request("a", wrong)).await.unwrap_err();
        assert_eq!(refusal(&status).1, Some(ErrorReason::SequenceMismatch));
        assert_eq!(
            (status.code(), actual(&status)),
            (Code::Aborted, "0".to_owned())
        );
    }
    client.append(request("a", 0)).await.unwrap();
    // A repeat is answered whatever is expected: the first attempt may have succeeded.
    assert!(
        client
            .append(request("a", 0))
            .await
            .unwrap()
            .into_inner()
            .acknowledgement
            .unwrap()
            .repeat
    );
    let status = client.append(request("b", 0)).await.unwrap_err();
    assert_eq!(
        (status.code(), actual(&status)),
        (Code::Aborted, "2".to_owned())
    );
    client.append(request("b", 2)).await.unwrap();
    let request = AppendBatchRequest {
        ledger: "audit".into(),
        events: events("c", 0..2),
        expected_sequence: Some(2),
    };
    assert_refused(
        client.append_batch(request).await,
        Code::Aborted,
        ErrorReason::SequenceMismatch,
        "",
    );
    assert_eq!(ledger(&mut client, "audit").await.size, 4);

    // The epoch that a restart opens stands between, and is no client's event.
    daemon.stop();
    let daemon = Daemon::start(&place).await;
    let request = AppendRequest {
        ledger: "audit".into(),
        event: Some(event("d")),
        expected_sequence: Some(3),
    };
    let appended = daemon
        .client()
        .await
        .append(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(appended.acknowledgement.unwrap().sequence, 5);
    daemon.stop();
}
