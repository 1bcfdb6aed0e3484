//! A source and an id name one event for ever: across restarts, across the boundary between what is
//! indexed and what is not, in batches that are partly new, and when many send the same at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::support::{
    Named,
    calls::{append, batch, create, event, events, ledger, sequences},
    chance::Chance,
    daemon::{Client, Daemon},
    place::Place,
    verifier::assert_verifies,
};

/// More than two steps of the index.
const EVENTS: u64 = 40_000;
/// Events of one batch.
const BATCH: u64 = 1_000;

/// Where the events of some numbers are, according to what a repeat is told.
async fn repeat(client: &mut Client, numbers: std::ops::Range<u64>) -> Vec<u64> {
    let count = numbers.end - numbers.start;
    let answer = batch(client, "audit", events("e", numbers)).await.unwrap();
    assert_eq!(
        (answer.appended, answer.repeats.len() as u64),
        (None, count),
        "all of them are repeats"
    );
    sequences(count as usize, None, &answer.repeats)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identities_are_kept_across_restarts_and_index_boundaries() {
    let place = Place::new();
    let mut daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    let mut places = Vec::new();
    for first in (0..EVENTS).step_by(BATCH as usize) {
        let answer = batch(&mut client, "audit", events("e", first..first + BATCH))
            .await
            .unwrap();
        places.extend(sequences(
            BATCH as usize,
            answer.appended.as_ref(),
            &answer.repeats,
        ));
        // Sent again at once, while it is in nobody's index.
        assert_eq!(
            repeat(&mut client, first..first + 3).await,
            places[first as usize..first as usize + 3]
        );
    }
    // Killed in the middle of indexing, stopped, and after everything is indexed.
    for round in 0..3 {
        let indexed = ledger(&mut client, "audit").await.indexed_size;
        for first in (0..EVENTS).step_by(7_919) {
            let wanted = &places[first as usize..][..2];
            assert_eq!(
                repeat(&mut client, first..first + 2).await,
                wanted,
                "round {round}, {indexed} indexed"
            );
        }
        assert_eq!(
            repeat(&mut client, EVENTS - BATCH..EVENTS).await,
            places[(EVENTS - BATCH) as usize..]
        );
        if round == 0 {
            daemon.kill();
        } else {
            daemon.stop();
        }
        daemon = Daemon::start(&place).await;
        client = daemon.client().await;
        if round == 1 {
            let size = ledger(&mut client, "audit").await.size;
            let deadline = Instant::now() + Duration::from_secs(30);
            while ledger(&mut client, "audit").await.indexed_size < size {
                assert!(
                    Instant::now() < deadline,
                    "the index never comes to the end"
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    assert_eq!(
        ledger(&mut client, "audit").await.size,
        EVENTS + 2,
        "repeats open no epoch and append nothing"
    );

    // Old and new in one batch: old ones keep their place, the rest commits.
    let mut mixed = events("e", 100..150);
    mixed.extend(events("new", 0..50));
    mixed.extend(events("e", EVENTS - 50..EVENTS));
    let answer = batch(&mut client, "audit", mixed).await.unwrap();
    let found = sequences(150, answer.appended.as_ref(), &answer.repeats);
    assert_eq!(found[..50], places[100..150]);
    assert_eq!(found[100..], places[(EVENTS - 50) as usize..]);
    // After the certificate of the epoch that this daemon had to open.
    assert_eq!(
        found[50..100],
        (EVENTS + 3..EVENTS + 53).collect::<Vec<_>>()
    );
    assert_verifies(&mut client, &named, &place.file("bundle.tar")).await;
    daemon.stop();
}

/// Ids that many clients send at the same time.
const SHARED_IDS: u64 = 60_000;
/// Clients that do so.
const CLIENTS: u64 = 6;
/// How long.
const TIME: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_events_from_many_clients_at_once_are_appended_once() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let mut chance = Chance::new("shared identities");
    let places: Arc<Mutex<HashMap<String, u64>>> = Arc::default();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let (mut client, places) = (daemon.client().await, Arc::clone(&places));
        let mut chance = chance.split();
        clients.push(tokio::spawn(async move {
            let begun = Instant::now();
            while begun.elapsed() < TIME {
                let first = chance.within(0..SHARED_IDS - 200);
                let count = chance.within(1..200);
                let step = chance.within(1..3);
                let ids: Vec<_> = (0..count)
                    .map(|n| format!("e{}", (first + n * step) % SHARED_IDS))
                    .collect();
                let events = ids.iter().map(|id| event(id)).collect();
                let answer = batch(&mut client, "audit", events).await.unwrap();
                let sequences = sequences(ids.len(), answer.appended.as_ref(), &answer.repeats);
                let mut places = places.lock().unwrap();
                for (id, sequence) in ids.into_iter().zip(sequences) {
                    let known = places.entry(id.clone()).or_insert(sequence);
                    assert_eq!(*known, sequence, "{id} is in two places");
                }
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let distinct = places.lock().unwrap().len() as u64;
    assert!(
        distinct > 16_384,
        "the index was never stepped over: {distinct}"
    );
    assert_eq!(ledger(&mut client, "audit").await.size, distinct + 2);
    assert!(append(&mut client, "audit", event("last")).await.is_ok());
    daemon.stop();
}
