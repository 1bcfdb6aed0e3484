//! Clients that want all memory: by what they don't read, and by what they don't finish. They get their part, and others
//! are served.

use std::{
    fs,
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    AppendStreamRequest, Event, FollowRecordsRequest, ListEventsRequest, event::Payload,
};

use crate::support::{
    calls::{append, batch, create, event, large},
    chance::Chance,
    daemon::{Client, Daemon},
    hostile::Hostile,
    place::Place,
    tier::{counts, report},
};

const MIB: u64 = 1 << 20;
/// What an attack may take beside what the daemon has anyway.
const GROWTH_MAX: u64 = 128 * MIB;
/// What the daemon has in ordinary work.
const ORDINARY_MAX: u64 = 600 * MIB;
/// How soon it is given back.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// What the allocator may keep.
const KEPT_MAX: u64 = 48 * MIB;
/// What is left of large batches after that: what the storage engine may have by its budget, and what the program has anyway.
const AFTER_BATCHES_MAX: u64 = 340 * MIB;
/// A window that lets nothing through.
const SHUT: u32 = 0;
/// How long others append beside it.
const BESIDE: Duration = Duration::from_millis(1_500);

/// How long one append of somebody else may take beside a hostile client, on a busy machine.
const APPEND_MAX: Duration = Duration::from_secs(3);

/// Appends one event after the other for a while; returns how long the slowest took.
async fn append_for(client: &mut Client, ledger: &str, prefix: &str, time: Duration) -> Duration {
    let (begun, mut slowest, mut number) = (Instant::now(), Duration::ZERO, 0);
    while begun.elapsed() < time {
        let asked = Instant::now();
        append(client, ledger, event(&format!("{prefix}{number}")))
            .await
            .unwrap();
        slowest = slowest.max(asked.elapsed());
        number += 1;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(slowest < APPEND_MAX, "an append took {slowest:?}");
    slowest
}

fn resident(daemon: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.process())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

/// A daemon with a ledger of 8 MiB, which has worked.
async fn daemon(place: &Place) -> (Daemon, Client) {
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    create(&mut client, "others").await;
    for number in 0..8 {
        let events = (0..8).map(|event| large(&format!("l{number}-{event}"), 128 << 10));
        batch(&mut client, "audit", events.collect()).await.unwrap();
    }
    // The pages that will be read are in the cache from here on.
    for _ in 0..2 {
        client.list_events(page()).await.unwrap();
    }
    append_for(&mut client, "others", "before", Duration::from_millis(200)).await;
    (daemon, client)
}

fn page() -> ListEventsRequest {
    ListEventsRequest {
        ledger: "audit".into(),
        page_size: 1_000,
        ..Default::default()
    }
}

/// Waits until memory is given back.
async fn await_back(daemon: &Daemon, before: u64, what: &str) -> Duration {
    let ended = Instant::now();
    loop {
        let now = resident(daemon);
        if now <= before + KEPT_MAX {
            return ended.elapsed();
        }
        assert!(
            ended.elapsed() < BACK_WITHIN,
            "{what}: {} MiB before, {} MiB {BACK_WITHIN:?} after",
            before / MIB,
            now / MIB
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Others append while `attack` holds what it has begun; then it ends.
async fn beside(
    daemon: &Daemon,
    client: &mut Client,
    before: u64,
    attack: Vec<Hostile>,
    what: &str,
) {
    let (mut most, begun, mut slowest) = (resident(daemon), Instant::now(), Duration::ZERO);
    while begun.elapsed() < BESIDE {
        let prefix = format!("{what} {:?}", begun.elapsed());
        let time = Duration::from_millis(100);
        slowest = slowest.max(append_for(client, "others", &prefix, time).await);
        most = most.max(resident(daemon));
    }
    assert!(
        most <= before + GROWTH_MAX,
        "{what}: {} MiB before, {} MiB at most",
        before / MIB,
        most / MIB
    );
    assert!(most < ORDINARY_MAX + GROWTH_MAX);
    drop(attack);
    let back = await_back(daemon, before, what).await;
    append(client, "others", event(&format!("after {what}")))
        .await
        .unwrap();
    report(format_args!(
        "{what}: {} MiB before, {} at most, back after {back:?}; slowest append beside it {slowest:?}",
        before / MIB,
        most / MIB
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_lists_take_no_memory_and_no_time_of_others() {
    let place = Place::new();
    let (daemon, mut client) = daemon(&place).await;
    let before = resident(&daemon);
    // On one connection, and on many.
    for connections in [1, 20] {
        let mut attack = Vec::new();
        for _ in 0..connections {
            let mut hostile = Hostile::connect(daemon.address(), SHUT).await;
            for _ in 0..counts().stalled_calls / connections {
                hostile.call("ListEvents", &page()).await;
            }
            attack.push(hostile);
        }
        let what = format!("stalled lists on {connections}");
        beside(&daemon, &mut client, before, attack, &what).await;
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_follows_take_no_memory_and_no_time_of_others() {
    let place = Place::new();
    let (daemon, mut client) = daemon(&place).await;
    let before = resident(&daemon);
    for connections in [1, 20] {
        let mut attack = Vec::new();
        for _ in 0..connections {
            let mut hostile = Hostile::connect(daemon.address(), SHUT).await;
            for _ in 0..counts().stalled_calls / connections {
                let request = FollowRecordsRequest {
                    ledger: "audit".into(),
                    ..Default::default()
                };
                hostile.call("FollowRecords", &request).await;
            }
            attack.push(hostile);
        }
        let what = format!("stalled follows on {connections}");
        beside(&daemon, &mut client, before, attack, &what).await;
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unfinished_messages_take_no_memory_and_no_time_of_others() {
    let place = Place::new();
    let (daemon, mut client) = daemon(&place).await;
    let before = resident(&daemon);
    for connections in [1, 20] {
        let mut attack = Vec::new();
        for _ in 0..connections {
            attack.push(Hostile::connect(daemon.address(), 1 << 16).await);
        }
        let each = counts().stalled_calls / 2 / connections;
        let sending = attack.into_iter().map(|mut hostile| {
            tokio::spawn(async move {
                for number in 0..each {
                    let method = ["AppendStream", "AppendBatch"][number % 2];
                    hostile.begin_message(method, (4 << 20) - 1).await;
                }
                hostile
            })
        });
        let mut attack = Vec::new();
        for sent in sending.collect::<Vec<_>>() {
            attack.push(sent.await.unwrap());
        }
        let what = format!("unfinished messages on {connections}");
        beside(&daemon, &mut client, before, attack, &what).await;
    }
    daemon.stop();
}

/// What large batches take is freed soon, by the storage engine last of all; then the system has it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_large_batches_took_is_given_back() {
    const CLIENTS: usize = 8;
    const BATCHES: usize = 24;
    // Compressed, it would take the storage engine hardly anything.
    let mut chance = Chance::new("large batches");
    let payload: Vec<u8> = (0..128 << 10).map(|_| chance.next() as u8).collect();
    let payload = Payload::Plaintext(payload.into());
    let place = Place::new();
    let (daemon, mut client) = daemon(&place).await;
    let mut tasks = Vec::new();
    for number in 0..CLIENTS {
        let mut client = daemon.client().await;
        let payload = payload.clone();
        tasks.push(tokio::spawn(async move {
            for sent in 0..BATCHES {
                let ids = (0..31).map(|event| format!("c{number}-{sent}-{event}"));
                let event = |id: String| Event {
                    payload: Some(payload.clone()),
                    ..event(&id)
                };
                let events: Vec<_> = ids.map(event).collect();
                while batch(&mut client, "audit", events.clone()).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }));
    }
    let mut most = 0;
    while !tasks.iter().all(tokio::task::JoinHandle::is_finished) {
        most = most.max(resident(&daemon));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    let what = "large batches";
    let back = await_back(&daemon, AFTER_BATCHES_MAX - KEPT_MAX, what).await;
    assert!(most < ORDINARY_MAX, "{} MiB", most / MIB);
    append(&mut client, "others", event("after")).await.unwrap();
    report(format_args!(
        "{what}: {} MiB at most, {} MiB {back:?} after",
        most / MIB,
        resident(&daemon) / MIB
    ));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_without_a_message_take_no_memory_and_no_time_of_others() {
    const CALLS: usize = 10_000;
    let place = Place::new();
    let (daemon, mut client) = daemon(&place).await;
    let before = resident(&daemon);
    for method in ["Append", "AppendStream"] {
        let mut attack = Vec::new();
        for _ in 0..10 {
            let mut hostile = Hostile::connect(daemon.address(), 1 << 16).await;
            hostile.begin_calls(method, CALLS / 10).await;
            attack.push(hostile);
        }
        let what = format!("{CALLS} calls of {method} without a message");
        beside(&daemon, &mut client, before, attack, &what).await;
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_whose_acknowledgements_nobody_reads_are_taken_up_to_a_fixed_number() {
    const EVENTS: usize = 1_024;
    // What limits.rs puts aside for a connection's answers, and for the acknowledgement of each message.
    const MOST: usize = (12 << 20) / (112 + EVENTS * 80);
    // What waits in windows, or for room: a message of each stream.
    const ON_THEIR_WAY: usize = 20;
    let place = Place::new();
    let (daemon, mut client) = daemon(&place).await;
    let events: Vec<_> = (0..EVENTS)
        .map(|number| event(&format!("r{number}")))
        .collect();
    batch(&mut client, "audit", events.clone()).await.unwrap();
    let before = resident(&daemon);
    let mut hostile = Hostile::connect(daemon.address(), SHUT).await;
    let message = AppendStreamRequest {
        ledger: "audit".into(),
        events,
    };
    let mut sent = 0;
    for _ in 0..8 {
        sent += hostile.repeat("AppendStream", &message).await;
    }
    assert!(sent <= MOST + ON_THEIR_WAY, "{sent} messages were taken");
    assert!(sent > MOST / 2, "{sent} messages say nothing");
    let attack = vec![hostile];
    beside(&daemon, &mut client, before, attack, "unread repeats").await;
    daemon.stop();
}
