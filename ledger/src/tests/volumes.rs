//! What the watch of the volumes makes of what it finds.

use std::sync::Arc;

use indelible_store::disk::Volume;

use crate::{
    Availability,
    state::{
        bell::Stop, disk_watch::DiskWatch, environment::Environment, limits::DISK_FREE_BYTES_MIN,
        shared::LedgerState,
    },
    tests::engine::{Bench, store},
};

const ROOM: Volume = Volume {
    free_bytes: 1 << 40,
    is_read_only: false,
};

/// A watch over one ledger, which the test tells what the volumes are like.
fn watched(change: impl FnOnce(&mut DiskWatch, &LedgerState)) {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.ledger(&engine);
    let mut watch = DiskWatch::new(
        "/".into(),
        None,
        Arc::clone(&engine.core.registry),
        Environment::system(),
        Stop::default(),
    );
    change(&mut watch, &ledger.cell);
    engine.drain().unwrap();
}

#[test]
fn a_volume_that_is_read_only_makes_ledgers_so_until_it_is_not() {
    let read_only = Volume {
        is_read_only: true,
        ..ROOM
    };
    for (data, anchor, word) in [
        (read_only, false, "the data volume"),
        (ROOM, true, "the anchor's volume"),
    ] {
        watched(|watch, cell| {
            watch.apply(ROOM, false);
            assert_eq!(cell.state().0, Availability::Open);
            watch.apply(data, anchor);
            let (state, reason) = cell.state();
            assert_eq!(state, Availability::ReadOnly);
            assert!(reason.contains(word), "{reason}");
            watch.apply(ROOM, false);
            assert_eq!(cell.state(), (Availability::Open, String::new()));
        });
    }
}

#[test]
fn ledgers_open_again_only_with_some_room_to_spare_and_the_reason_is_the_one_of_now() {
    let free = |free_bytes| Volume { free_bytes, ..ROOM };
    watched(|watch, cell| {
        watch.apply(free(DISK_FREE_BYTES_MIN - 1), false);
        assert!(cell.state().1.contains("nearly full"));
        watch.apply(free(DISK_FREE_BYTES_MIN), false);
        assert_eq!(cell.state().0, Availability::ReadOnly);
        watch.apply(ROOM, true);
        assert!(cell.state().1.contains("the anchor's volume"));
        watch.apply(ROOM, false);
        assert_eq!(cell.state().0, Availability::Open);
        cell.set_state(Availability::Stopped, "a write failed");
        watch.apply(free(0), false);
        watch.apply(ROOM, false);
        assert_eq!(
            cell.state().0,
            Availability::Stopped,
            "only a restart ends that"
        );
    });
}
