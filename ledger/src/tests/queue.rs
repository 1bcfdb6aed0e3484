//! Many who append at once: whose turn it is, and how much each ledger may have waiting.

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use super::engine::{Bench, store};
use crate::{
    EngineOptions, Ledger, Party,
    state::{
        backlog::Load,
        limits::{GROUP_BYTES_MAX, GROUP_EVENTS_MAX},
    },
    write::{
        queue::{Queue, Taken, Work},
        request::{Request, Submission},
    },
};

const KIB: usize = 1 << 10;

fn work(ledger: &Ledger, load: Load) -> Work {
    let (reply, _nobody_waits) = oneshot::channel();
    Work::Request(Request::Events(Submission {
        cell: Arc::clone(&ledger.cell),
        party: ledger.party.clone(),
        events: Vec::new(),
        known: Vec::new(),
        known_below: 0,
        expected: None,
        load,
        queued: Duration::ZERO,
        reply,
    }))
}

/// The loads of a ledger's work from one party, in the order in which the writer gets it.
fn loads_of(ledger: &Ledger, taken: &[Work]) -> Vec<Load> {
    let requests = taken.iter().filter_map(|work| match work {
        Work::Request(request) => Some(request),
        _ => None,
    });
    requests
        .filter(|request| {
            (request.cell().id, request.party()) == (ledger.cell.id, ledger.party.clone())
        })
        .map(Request::load)
        .collect()
}

#[test]
fn who_fills_the_queue_does_not_keep_other_ledgers_from_the_next_group() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let (hog, other) = (bench.named(&engine, "hog"), bench.named(&engine, "other"));
    assert_next_group_is_shared(&hog, &other);
    engine.drain().unwrap();
}

#[test]
fn who_fills_the_queue_of_a_ledger_does_not_keep_others_of_it_from_the_next_group() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.named(&engine, "audit");
    let hog = ledger.clone().for_party(Party::Connection(1));
    let principal = Party::Principal("spiffe://example.org/till".into());
    for other in [Party::Connection(2), principal, Party::Daemon] {
        assert_next_group_is_shared(&hog, &ledger.clone().for_party(other));
    }
    engine.drain().unwrap();
}

/// Another one's work that comes after very much is in the next group, whole and in its order.
fn assert_next_group_is_shared(hog: &Ledger, other: &Ledger) {
    let queue = Queue::default();
    let large = Load {
        events: 64,
        bytes: 512 * KIB,
    };
    for _ in 0..1_000 {
        assert!(queue.push(work(hog, large)).is_ok());
    }
    let small = |events| Load { events, bytes: 100 };
    let expected: Vec<_> = (1..=20).map(small).collect();
    for load in &expected {
        assert!(queue.push(work(other, *load)).is_ok());
    }
    let mut taken = Vec::new();
    assert!(matches!(queue.take(&mut taken), Taken::Work { .. }));
    assert_eq!(loads_of(other, &taken), expected);
    let of_hog = loads_of(hog, &taken);
    let all = of_hog.iter().chain(&expected);
    let (events, bytes) = all.fold((0, 0), |(events, bytes), load| {
        (events + load.events, bytes + load.bytes)
    });
    assert!(events <= GROUP_EVENTS_MAX && bytes <= GROUP_BYTES_MAX);
    assert!(
        bytes > GROUP_BYTES_MAX - 512 * KIB,
        "the group is full: {bytes}"
    );
}

/// Counts loads in for a ledger until no more is taken; returns the bytes.
fn fill(ledger: &Ledger, load: Load) -> usize {
    std::iter::from_fn(|| ledger.admit(load).then_some(load.bytes)).sum()
}

#[test]
fn no_ledger_takes_all_places_nor_do_many() {
    let bench = Bench::new();
    let options = EngineOptions {
        waiting_bytes: 1_024 * KIB,
        ..EngineOptions::new("localhost")
    };
    let engine = bench.open_with(&store(), options).unwrap();
    let load = Load {
        events: 1,
        bytes: KIB,
    };
    let ledgers: Vec<_> = (0..10)
        .map(|number| bench.named(&engine, &format!("l{number}")))
        .collect();
    let mut waiting = 0;
    for (before, ledger) in ledgers.iter().enumerate() {
        let filled = fill(ledger, load);
        // The first one has a half, and each of the next ones half of what is left.
        let left = 1_024 * KIB - waiting;
        assert!(
            filled.abs_diff(left / 2) <= KIB,
            "after {before} others {filled} of {left}"
        );
        waiting += filled;
    }
    assert!(!ledgers[0].admit(load), "it has most");
    // One that has nothing waiting may have one, however large.
    let newcomer = bench.named(&engine, "newcomer");
    let whole = Load {
        events: 1,
        bytes: 1_024 * KIB - waiting,
    };
    assert!(newcomer.admit(whole));
    assert!(!newcomer.admit(load) && !ledgers[9].admit(load));
    engine.drain().unwrap();
}

#[test]
fn who_fills_the_places_of_a_ledger_leaves_some_to_others_of_it() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.named(&engine, "audit");
    let load = Load {
        events: 1_024,
        bytes: KIB,
    };
    let party = |number| ledger.clone().for_party(Party::Connection(number));
    // Many who repeat batches, on as many connections as there may be.
    for number in 0..1_000 {
        fill(&party(number), load);
    }
    assert!(!party(1_000).admit(load), "the queue is full");
    let single = Load {
        events: 1,
        bytes: KIB,
    };
    assert!(!party(0).admit(single), "it has some waiting");
    assert!((1_000..2_000).all(|number| party(number).admit(single)));
    engine.drain().unwrap();
}
