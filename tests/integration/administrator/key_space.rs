//! The key space of a real store: every kind of entry, and every file, is on the page that says what binds it.

use std::collections::BTreeSet;

use indelible_proto::v1::{self, RotateDataKeyRequest};

use super::{
    history::{files, indexed},
    support::{StoppedStore, damage_head},
};
use crate::{
    quarantine::rolled_on,
    support::{
        calls::{append, batch, event},
        command::done,
        daemon::Daemon,
        keys::{create_encrypting_all, erase, event_of, hold},
        place::Place,
    },
};

const PAGE: &str = include_str!("../../../docs/store.md");
/// More events than one segment of the projections has.
const EVENTS: u64 = 17_000;

/// The code spans in the first cells of the page's tables.
fn listed() -> BTreeSet<String> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_key_in_a_real_store_is_on_this_page() {
    let place = Place::new();
    let (_audit, _older) = rolled_on(&place).await;
    damage_head(&place, "audit");
    let daemon = Daemon::start(&place).await;
    done(&daemon, &["ledger", "succeed", "audit", "--yes"]);
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    create_encrypting_all(&mut client, "sealed").await;
    for (subject, id) in [("erika", "a"), ("max", "b"), ("max", "c")] {
        append(&mut client, "sealed", event_of(subject, id))
            .await
            .unwrap();
    }
    append(&mut client, "sealed", event("d")).await.unwrap();
    let request = RotateDataKeyRequest {
        ledger: "sealed".into(),
        ..RotateDataKeyRequest::default()
    };
    keys.rotate_data_key(request).await.unwrap();
    hold(&mut keys, "sealed", Some("max")).await;
    erase(&mut keys, "sealed", "erika").await.unwrap();
    let small = |number| v1::Event {
        payload: None,
        ..event(&format!("small-{number}"))
    };
    for first in (0..EVENTS).step_by(1_000) {
        let events = (first..first + 1_000).map(small).collect();
        batch(&mut client, "audit", events).await.unwrap();
    }
    for name in ["audit", "sealed"] {
        indexed(&mut client, name).await;
    }
    projected(&mut client).await;
    daemon.stop();

    let listed = listed();
    let store = StoppedStore::open(&place);
    let kinds: BTreeSet<_> = store.kinds().into_keys().collect();
    drop(store);
    let unlisted: Vec<_> = kinds.difference(&listed).collect();
    assert!(unlisted.is_empty(), "docs/store.md lacks {unlisted:?}");
    // The store had nearly all of them.
    for kind in [
        "default 0x01",
        "default 0x10",
        "default 0x11",
        "default 0x12",
        "default own identities",
        "default own erased",
        "records",
        "tiles",
        "index c",
        "index i",
        "index p",
        "keys a",
        "keys k",
        "keys s",
        "projections",
    ] {
        assert!(kinds.contains(kind), "the store has no {kind}: {kinds:?}");
    }
    for path in files(&place.data()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let fits = |pattern: &String| match pattern.split_once('*') {
            Some((start, end)) => name.starts_with(start) && name.ends_with(end),
            None => name == pattern,
        };
        assert!(
            listed.iter().any(fits),
            "docs/store.md lacks the file {name}"
        );
    }
}

/// Waits until a state of the projections is stored.
async fn projected(client: &mut crate::support::daemon::Client) {
    for _ in 0..400 {
        let found = crate::support::calls::ledger(client, "audit").await;
        if found.projected_size >= 16_384 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the projections do not come along");
}
