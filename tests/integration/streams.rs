//! Append streams that break half-way, and clients that never read their acknowledgements.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    self, AppendStreamRequest, event::Payload, ledger_service_client::LedgerServiceClient,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;

use crate::support::{
    calls::{append, batch, create, event, ledger, records, sequences},
    chance::Chance,
    daemon::{Daemon, connect},
    place::Place,
    tier::{counts, report},
};

/// Messages of one stream.
const MESSAGES: u64 = 200;
/// Bytes that pass before the cut.
const CUT_AT: std::ops::Range<u64> = 100..60_000;

/// How long answers still pass before the cut, in milliseconds.
const ANSWERED_FOR: std::ops::Range<u64> = 0..20;

/// Passes a connection on to the daemon, and cuts it after some bytes of the client's, and after some time.
async fn cutting_proxy(daemon: &Daemon, bytes: u64, answered_for: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let target = daemon.address().trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(target).await.unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let back = tokio::spawn(async move {
            let _ended = tokio::io::copy(&mut from_server, &mut to_client).await;
        });
        let mut passed = (&mut from_client).take(bytes);
        let _ended = tokio::io::copy(&mut passed, &mut to_server).await;
        tokio::time::sleep(answered_for).await;
        let _ended = to_server.shutdown().await;
        back.abort();
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_broken_stream_acknowledged_is_there_once() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let mut chance = Chance::new("cut streams");
    let ids = |cut: u64, message: u64| (0..3).map(move |n| format!("c{cut}-m{message}-e{n}"));
    let mut acknowledged = HashMap::new();
    let cuts = counts().cut_streams;
    for cut in 0..cuts {
        let answered_for = Duration::from_millis(chance.within(ANSWERED_FOR));
        let proxy = cutting_proxy(&daemon, chance.within(CUT_AT), answered_for).await;
        let Ok(channel) = connect(&proxy).await else {
            continue;
        };
        let messages: Vec<_> = (0..MESSAGES)
            .map(|message| AppendStreamRequest {
                ledger: "audit".into(),
                events: ids(cut, message).map(|id| event(&id)).collect(),
            })
            .collect();
        let stream = LedgerServiceClient::new(channel)
            .append_stream(tokio_stream::iter(messages))
            .await;
        let Ok(answers) = stream else { continue };
        let mut answers = answers.into_inner();
        while let Ok(Some(answer)) = answers.message().await {
            let sequences = sequences(3, answer.appended.as_ref(), &answer.repeats);
            acknowledged.extend(ids(cut, answer.message_index).zip(sequences));
        }
    }
    let before = acknowledged.len();
    assert!(before > 0 && before < (cuts * MESSAGES * 3) as usize);
    // Send all of it again, as a client does that does not know what arrived.
    for cut in 0..cuts {
        for message in 0..MESSAGES {
            let events = ids(cut, message).map(|id| event(&id)).collect();
            let answer = batch(&mut client, "audit", events).await.unwrap();
            let sequences = sequences(3, answer.appended.as_ref(), &answer.repeats);
            for (id, sequence) in ids(cut, message).zip(sequences) {
                assert_eq!(*acknowledged.entry(id).or_insert(sequence), sequence);
            }
        }
    }
    let size = ledger(&mut client, "audit").await.size;
    assert_eq!(
        size,
        2 + cuts * MESSAGES * 3,
        "something is missing, or there twice"
    );
    for record in records(&mut client, "audit", 2, size).await {
        assert_eq!(acknowledged[&record.event.unwrap().id], record.sequence);
    }
    daemon.stop();
    report(format_args!(
        "{cuts} cut streams, {before} events acknowledged before the cuts, each there once"
    ));
}

/// Clients that never read.
const DEAF_CLIENTS: usize = 6;
/// The payload of one of their messages.
const DEAF_PAYLOAD_BYTES: usize = 100_000;
/// What the daemon's memory may grow by for all of them: they send far more than that.
const GROWTH_BYTES_MAX: u64 = 400 << 20;
/// Messages that each has ready.
const DEAF_MESSAGES: usize = 4_000;

fn resident_bytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_never_read_hold_up_only_themselves() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    create(&mut client, "deaf").await;
    let before = resident_bytes(daemon.process());
    let sent = Arc::new(AtomicUsize::new(0));
    let mut deaf = Vec::new();
    for number in 0..DEAF_CLIENTS {
        // A narrow window, so that acknowledgements do not pile up on the client's side.
        let endpoint = Endpoint::from_shared(daemon.address().to_owned()).unwrap();
        let channel = endpoint
            .initial_stream_window_size(1_024)
            .connect()
            .await
            .unwrap();
        let (sender, receiver) = mpsc::channel(1);
        let counted = Arc::clone(&sent);
        tokio::spawn(async move {
            let payload = Some(Payload::Plaintext(vec![7; DEAF_PAYLOAD_BYTES].into()));
            for message in 0..DEAF_MESSAGES {
                let event = v1::Event {
                    payload: payload.clone(),
                    ..event(&format!("{number}-{message}"))
                };
                let message = AppendStreamRequest {
                    ledger: "deaf".into(),
                    events: vec![event],
                };
                if sender.send(message).await.is_err() {
                    return;
                }
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut client = LedgerServiceClient::new(channel);
        deaf.push(
            client
                .append_stream(ReceiverStream::new(receiver))
                .await
                .unwrap(),
        );
    }
    // They come to a halt, while others are served all the time.
    let (mut halted, mut last, mut served) = (0, 0, 0);
    let deadline = Instant::now() + Duration::from_secs(60);
    while halted < 10 {
        let begun = Instant::now();
        append(&mut client, "audit", event(&format!("other{served}")))
            .await
            .unwrap();
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "others wait for those who never read"
        );
        served += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = sent.load(Ordering::Relaxed);
        halted = if now == last { halted + 1 } else { 0 };
        last = now;
        assert!(
            Instant::now() < deadline,
            "they are never stopped: {now} messages"
        );
    }
    assert!(
        last < DEAF_CLIENTS * DEAF_MESSAGES,
        "they could send all they had"
    );
    let growth = resident_bytes(daemon.process()).saturating_sub(before);
    assert!(
        growth < GROWTH_BYTES_MAX,
        "the daemon grew by {growth} bytes for {last} messages"
    );
    drop(deaf);
    append(&mut client, "deaf", event("after")).await.unwrap();
    daemon.stop();
}
