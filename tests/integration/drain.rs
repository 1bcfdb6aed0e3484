//! SIGTERM: what was accepted is committed and acknowledged, and then the store closes.

use std::time::{Duration, Instant};

use indelible_proto::v1::{
    self, AppendStreamRequest, ErrorReason, FollowRecordsRequest, event::Payload,
    ledger_service_client::LedgerServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, create, event, ledger, refusal},
    chance::Chance,
    daemon::{Daemon, connect},
    load::Load,
    outside::Account,
    place::Place,
    tier::{counts, report},
    verifier::assert_verifies,
};

/// A drain under load takes no longer.
const DRAIN_MAX: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_is_acknowledged_and_nothing_else_is_stored() {
    let place = Place::new();
    let mut chance = Chance::new("stops");
    let mut account = Account::default();
    let mut daemon = Daemon::start(&place).await;
    let named = Named::from(&create(&mut daemon.client().await, "audit").await);
    for stop in 0..counts().stops {
        let load = Load::start(daemon.address(), "audit", &format!("d{stop}"));
        tokio::time::sleep(Duration::from_millis(chance.within(20..400))).await;
        let begun = Instant::now();
        daemon.signal(libc::SIGTERM);
        let stopped = tokio::task::spawn_blocking(move || daemon.wait());
        let sent = load.finish().await;
        for failure in sent.iter().filter_map(|sent| sent.failure.as_ref()) {
            // Refused before it was accepted, or not even heard: never taken and then given up.
            let (_, reason, _) = refusal(failure);
            assert!(
                reason.is_none_or(|reason| reason == ErrorReason::Draining),
                "{failure:?}"
            );
        }
        account.enter(sent);
        let (status, log) = stopped.await.unwrap();
        assert!(status.success(), "{status}:\n{log}");
        assert!(
            begun.elapsed() < DRAIN_MAX,
            "a drain took {:?}",
            begun.elapsed()
        );
        daemon = Daemon::start(&place).await;
        assert!(
            !daemon.log().contains("a copy was opened"),
            "a clean end leaves nothing to salvage"
        );
        account.check(&mut daemon.client().await, "audit").await;
        account.assert_nothing_unacknowledged();
    }
    assert!(account.acknowledged() > 100);
    let mut client = daemon.client().await;
    assert_verifies(&mut client, &named, &place.file("bundle.tar")).await;
    daemon.stop();
    report(format_args!(
        "{} stops, {} acknowledged events, nothing else stored",
        counts().stops,
        account.acknowledged()
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_are_told_and_do_not_hold_up_the_end() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("a")).await.unwrap();
    let follow = FollowRecordsRequest {
        ledger: "audit".into(),
        start_sequence: 0,
        include_evidence: false,
        open_sealed: false,
        ..Default::default()
    };
    let mut following = client.follow_records(follow).await.unwrap().into_inner();
    assert_eq!(following.message().await.unwrap().unwrap().records.len(), 3);
    // A stream that its client keeps open.
    let (sender, receiver) = mpsc::channel(1);
    sender
        .send(AppendStreamRequest {
            ledger: "audit".into(),
            events: vec![event("b")],
        })
        .await
        .unwrap();
    let mut answers = client
        .append_stream(ReceiverStream::new(receiver))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        answers
            .message()
            .await
            .unwrap()
            .unwrap()
            .appended
            .unwrap()
            .first_sequence,
        3
    );
    let begun = Instant::now();
    daemon.signal(libc::SIGTERM);
    let stopped = tokio::task::spawn_blocking(move || daemon.wait());
    let mut last = following.message().await;
    while let Ok(Some(_records)) = last {
        last = following.message().await;
    }
    let draining = (
        Code::Unavailable,
        Some(ErrorReason::Draining),
        String::new(),
    );
    assert_eq!(refusal(&last.unwrap_err()), draining);
    assert_eq!(refusal(&answers.message().await.unwrap_err()), draining);
    let (status, log) = stopped.await.unwrap();
    assert!(status.success(), "{status}:\n{log}");
    assert!(begun.elapsed() < DRAIN_MAX, "it took {:?}", begun.elapsed());
    drop(sender);
}

/// Clients that send as fast as they can.
const FLOODING: u64 = 8;
/// The payload of each of their events.
const FLOOD_PAYLOAD_BYTES: usize = 100;

/// Streams events until the daemon ends it; returns how many messages were acknowledged.
async fn flood(daemon_address: String, name: String) -> (u64, String) {
    let channel = connect(&daemon_address).await.unwrap();
    let (sender, receiver) = mpsc::channel(64);
    tokio::spawn(async move {
        let payload = Some(Payload::Plaintext(vec![7; FLOOD_PAYLOAD_BYTES].into()));
        for number in 0.. {
            let event = v1::Event {
                payload: payload.clone(),
                ..event(&format!("{name}-{number}"))
            };
            let message = AppendStreamRequest {
                ledger: "audit".into(),
                events: vec![event],
            };
            if sender.send(message).await.is_err() {
                return;
            }
        }
    });
    let mut client = LedgerServiceClient::new(channel);
    let answers = client
        .append_stream(ReceiverStream::new(receiver))
        .await
        .unwrap();
    let mut answers = answers.into_inner();
    let mut acknowledged = 0;
    loop {
        match answers.message().await {
            Ok(Some(answer)) => acknowledged += u64::from(answer.appended.unwrap().count),
            Ok(None) => return (acknowledged, String::new()),
            Err(status) => return (acknowledged, format!("{status:?}")),
        }
    }
}

/// A daemon that closes a connection on which more is still coming in would have the system reset it, and
/// what the client has not read by then would be lost to it: its acknowledgements.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_send_on_are_told_of_all_that_is_stored() {
    let place = Place::new();
    let mut daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, "audit").await;
    let mut acknowledged = 0;
    for round in 0..counts().floods {
        let flood = |number| flood(daemon.address().to_owned(), format!("r{round}-{number}"));
        let floods: Vec<_> = (0..FLOODING)
            .map(|number| tokio::spawn(flood(number)))
            .collect();
        tokio::time::sleep(Duration::from_millis(150)).await;
        daemon.signal(libc::SIGTERM);
        let stopped = tokio::task::spawn_blocking(move || daemon.wait());
        let mut ends = Vec::new();
        for flood in floods {
            let (told, end) = flood.await.unwrap();
            acknowledged += told;
            ends.push(end);
        }
        let (status, log) = stopped.await.unwrap();
        assert!(status.success(), "{status}:\n{log}");
        daemon = Daemon::start(&place).await;
        let size = ledger(&mut daemon.client().await, "audit").await.size;
        // The ledger's own records are genesis and the certificate of each daemon that appended.
        assert_eq!(
            size - 2 - round,
            acknowledged,
            "stored, and told to its client: {ends:#?}"
        );
    }
    daemon.stop();
    report(format_args!(
        "{} floods, {acknowledged} events stored, all of them acknowledged",
        counts().floods
    ));
}
