//! How acknowledgements are matched with events, and refusals with their causes. The stream itself is tested
//! against a daemon.

use indelible_proto::{
    time::timestamp,
    v1::{
        AcknowledgedRange, AcknowledgedRepeat, ErrorReason,
        ledger_service_client::LedgerServiceClient,
    },
};

use super::{tally::REFUSALS_KEPT_MAX, *};
use crate::cli::{
    connection::{Bearer, Where},
    events::reading::Place,
};

fn item(line: u64) -> Item {
    Item {
        input: "input".into(),
        place: Place {
            file: 0,
            line,
            element: None,
        },
        event: Event {
            id: line.to_string(),
            ..Event::default()
        },
    }
}

fn answer(first: u64, count: u32, repeats: &[(u32, u64)]) -> AppendStreamResponse {
    AppendStreamResponse {
        message_index: 0,
        appended: (count > 0).then(|| AcknowledgedRange {
            first_sequence: first,
            count,
            recorded_time: Some(timestamp(7)),
            tree_size: first + u64::from(count),
            ..AcknowledgedRange::default()
        }),
        repeats: repeats
            .iter()
            .map(|&(index, sequence)| AcknowledgedRepeat {
                index,
                acknowledgement: Some(Acknowledgement {
                    sequence,
                    ..Acknowledgement::default()
                }),
            })
            .collect(),
    }
}

#[test]
fn every_event_gets_its_own_acknowledgement() {
    let answer = answer(10, 3, &[(1, 4), (3, 2)]);
    let acknowledged = acknowledgements(&answer, 5).expect("they match");
    let found: Vec<_> = acknowledged
        .iter()
        .map(|acknowledgement| (acknowledgement.sequence, acknowledgement.repeat))
        .collect();
    let expected = [(10, false), (4, true), (11, false), (2, true), (12, false)];
    assert_eq!(found, expected);
    let mut tally = Tally::default();
    for acknowledgement in &acknowledged {
        tally.count(item(1).place, acknowledgement);
    }
    assert_eq!((tally.appended, tally.repeated, tally.total()), (3, 2, 5));
    assert_eq!(
        (tally.first_sequence, tally.last_sequence),
        (Some(2), Some(12))
    );
}

#[test]
fn the_verdict_on_an_input_is_counted_apart_from_its_records() {
    let acknowledgement = |sequence, repeat| Acknowledgement {
        sequence,
        repeat,
        ..Acknowledgement::default()
    };
    let mut tally = Tally::default();
    tally.count(Place::verdict(0), &acknowledgement(7, false));
    assert_eq!((tally.total(), tally.progress()), (0, 1));
    for sequence in [8, 9] {
        tally.count(item(sequence).place, &acknowledgement(sequence, false));
    }
    assert_eq!((tally.appended, tally.total(), tally.progress()), (2, 2, 3));
    assert_eq!(
        (tally.first_sequence, tally.last_sequence),
        (Some(8), Some(9))
    );
    let (sequence, repeat) = (7, false);
    assert_eq!(
        tally.verdict,
        Some(tally::RecordedVerdict { sequence, repeat })
    );
}

#[test]
fn an_answer_that_does_not_match_is_not_believed() {
    for (answer, events) in [
        (answer(10, 2, &[]), 3),
        (answer(10, 3, &[]), 2),
        (answer(10, 1, &[(2, 0)]), 2),
        (answer(10, 2, &[(0, 0), (0, 0)]), 4),
        (answer(0, 0, &[]), 1),
    ] {
        assert!(acknowledgements(&answer, events).is_err(), "{answer:?}");
    }
    assert_eq!(
        acknowledgements(&answer(0, 0, &[(0, 5)]), 1)
            .expect("a repeat")
            .len(),
        1
    );
}

fn refusal(code: tonic::Code, reason: ErrorReason, field: &str) -> Refusal {
    Refusal {
        code,
        message: String::new(),
        reason: Some(reason.name().to_owned()),
        metadata: Default::default(),
        violations: vec![(field.to_owned(), String::new())],
        retry_after: None,
        look: None,
        command: None,
        alert: None,
    }
}

#[test]
fn a_refused_event_is_told_from_a_refused_ledger() {
    use tonic::Code;
    for (code, reason, field, about_event) in [
        (
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            "events[3].id",
            true,
        ),
        (
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            "ledger",
            false,
        ),
        (Code::AlreadyExists, ErrorReason::EventConflict, "", true),
        (Code::Aborted, ErrorReason::DataKeyErased, "", false),
        (Code::Unavailable, ErrorReason::KeysUnavailable, "", false),
        (
            Code::FailedPrecondition,
            ErrorReason::LedgerQuarantined,
            "",
            false,
        ),
        (Code::NotFound, ErrorReason::LedgerUnknown, "", false),
        (Code::Unavailable, ErrorReason::Draining, "", false),
    ] {
        let refusal = refusal(code, reason, field);
        assert_eq!(
            is_about_an_event(&refusal),
            about_event,
            "{reason:?} {field}"
        );
    }
}

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn only_what_passes_is_tried_again_and_not_for_ever() {
    let mut retries = 0;
    let fatal = refusal(tonic::Code::NotFound, ErrorReason::LedgerUnknown, "");
    let ended = wait_to_retry(&mut retries, fatal, PATIENCE).await;
    assert!(ended.is_err());
    assert_eq!(retries, 0);
    let passing = Refusal {
        retry_after: Some(Duration::ZERO),
        ..refusal(tonic::Code::Unavailable, ErrorReason::Draining, "")
    };
    for _ in 0..RETRIES_MAX {
        let waited = wait_to_retry(&mut retries, passing.clone(), PATIENCE).await;
        assert!(waited.is_ok());
    }
    let ended = wait_to_retry(&mut retries, passing, PATIENCE).await;
    assert!(ended.is_err());
}

#[tokio::test]
async fn nobody_waits_longer_than_a_call_may_take() {
    let after = |milliseconds| Refusal {
        retry_after: Some(Duration::from_millis(milliseconds)),
        ..refusal(
            tonic::Code::ResourceExhausted,
            ErrorReason::QuotaExceeded,
            "",
        )
    };
    let mut retries = 0;
    let patience = Duration::from_millis(10);
    let waited = wait_to_retry(&mut retries, after(11), patience).await;
    let refused = waited.expect_err("it is not waited for");
    assert_eq!(refused.retry_after, Some(Duration::from_millis(11)));
    assert_eq!(retries, 0);
    let waited = wait_to_retry(&mut retries, after(10), patience).await;
    assert!(waited.is_ok());
}

#[tokio::test]
async fn messages_are_cut_at_their_limits_and_at_the_first_refused_record() {
    let connection = Connection::new(Where::at("http://127.0.0.1:1"), Duration::from_secs(1));
    let channel = tonic::transport::Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
    let (sender, incoming) = mpsc::channel(MESSAGE_EVENTS_MAX + 2);
    let mut refusing = Refusing::default();
    let mut upload = Upload::new(
        LedgerServiceClient::with_interceptor(channel, Bearer::default()),
        &connection,
        "trail".to_owned(),
        &mut refusing,
        incoming,
    );
    for line in 0..=MESSAGE_EVENTS_MAX as u64 {
        sender
            .send(Incoming::Event(item(line)))
            .await
            .expect("room");
    }
    let message = upload.next_message().await.expect("a message");
    assert_eq!(message.len(), MESSAGE_EVENTS_MAX);
    assert_eq!(
        upload.next_message().await.map(|message| message.len()),
        Some(1)
    );

    let mut large = item(1);
    large.event.data_subject = "x".repeat(MESSAGE_BYTES_MAX);
    for _ in 0..2 {
        sender
            .send(Incoming::Event(large.clone()))
            .await
            .expect("room");
    }
    for _ in 0..2 {
        let message = upload.next_message().await.expect("a message");
        assert_eq!(message.len(), 1, "two large events do not share a message");
    }

    let refused = RefusedRecord {
        input: "input".to_owned(),
        place: item(3).place,
        id: String::new(),
        problem: "it is no event".to_owned(),
    };
    sender.send(Incoming::Event(item(2))).await.expect("room");
    sender.send(Incoming::Refused(refused)).await.expect("room");
    sender.send(Incoming::Event(item(4))).await.expect("room");
    let message = upload.next_message().await.expect("a message");
    assert_eq!(
        message.len(),
        1,
        "what stands before a refused record is appended"
    );
    assert!(
        upload.next_message().await.is_none(),
        "and nothing behind it"
    );
    assert_eq!(upload.tally.refused, 1);
}

#[test]
fn people_are_shown_the_first_refused_records_and_programs_all() {
    for (keeps_all, kept) in [(false, REFUSALS_KEPT_MAX), (true, REFUSALS_KEPT_MAX + 50)] {
        let mut tally = Tally::default();
        for line in (0..REFUSALS_KEPT_MAX as u64 + 50).rev() {
            let refused = RefusedRecord {
                input: "input".to_owned(),
                place: item(line).place,
                id: String::new(),
                problem: "it is no event".to_owned(),
            };
            tally.refuse(refused, keeps_all);
        }
        assert_eq!(
            (tally.refused, tally.refusals.len()),
            (REFUSALS_KEPT_MAX as u64 + 50, kept)
        );
        assert!(tally.refusals.is_sorted_by_key(|refused| refused.place));
    }
}
