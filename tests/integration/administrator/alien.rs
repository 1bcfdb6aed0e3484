//! Entries that mean nothing, or that can't be read: they cost nothing, or the one ledger that they are about.

use indelible_proto::v1::{EventFilter, LedgerState};

use super::{
    history::indexed,
    records::verify,
    support::{
        CATALOGUE, INDEX, PROJECTIONS, Scene, StoppedStore, assert_state, notices, of_ledger,
    },
};
use crate::support::{
    calls::{append, assert_refused, batch, create, event, events, ledger},
    daemon::{Client, Daemon, serve},
    place::Place,
};

/// Events of each of two ledgers, which are number 0 and 1 of the store.
const EVENTS: u64 = 40;

async fn two_ledgers() -> Scene {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    for name in ["audit", "other"] {
        create(&mut client, name).await;
        batch(&mut client, name, events(name, 0..EVENTS))
            .await
            .unwrap();
        indexed(&mut client, name).await;
    }
    daemon.stop();
    Scene::of(place)
}

/// Both ledgers are whole and grow, and a third one can be made.
async fn assert_all_go_on(client: &mut Client, what: &str) {
    for name in ["audit", "other"] {
        assert_state(client, name, None, what).await;
        append(client, name, event("more")).await.unwrap();
        indexed(client, name).await;
        let again = append(client, name, event(&format!("{name}7")))
            .await
            .unwrap();
        assert!(again.repeat, "{what}: {name}");
        let found = super::records::list(client, name, EventFilter::default()).await;
        assert_eq!(found.unwrap().len() as u64, EVENTS + 1, "{what}: {name}");
        let outcome = verify(client, name).await;
        assert!(outcome.intact, "{what}: {name}: {outcome:?}");
    }
    create(client, "third").await;
    append(client, "third", event("first")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_means_nothing_in_the_store_costs_no_ledger() {
    type Change = fn(&StoppedStore);
    let cases: [(&str, Change); 9] = [
        ("the greatest number of the next ledger", |store| {
            store.put(CATALOGUE, &[0x04], &[0xff; 4]);
        }),
        ("a large number of the next ledger", |store| {
            store.put(CATALOGUE, &[0x04], &[0, 1, 0, 0]);
        }),
        ("a number of the next ledger that is taken", |store| {
            store.put(CATALOGUE, &[0x04], &[0; 4]);
        }),
        ("no number of the next ledger", |store| {
            store.put(CATALOGUE, &[0x04], b"many!");
        }),
        ("short keys in the catalogue", |store| {
            for key in [&[0x10][..], &[0x10, 0x6a], &[0x11], &[0x11, 0, 0]] {
                store.put(CATALOGUE, key, b"x");
            }
        }),
        ("long keys in the catalogue", |store| {
            store.put(CATALOGUE, &[0x10, 0, 0, 0, 0, 0], b"x");
            store.put(CATALOGUE, &[0x11, 0, 0, 0, 0, 0], b"x");
        }),
        ("a cursor that is not one", |store| {
            store.put(INDEX, &of_ledger(1, b"c"), &[0xff]);
        }),
        ("a state of projections without its end", |store| {
            store.put(PROJECTIONS, &of_ledger(0, &[0; 8]), b"short");
        }),
        ("a state under half a key", |store| {
            store.put(PROJECTIONS, &of_ledger(1, &[0]), &[0; 20]);
        }),
    ];
    let scene = two_ledgers().await;
    for (what, change) in cases {
        let daemon = scene.with(change).await;
        let mut client = daemon.client().await;
        let told = notices(&mut client).await;
        let differs = told.iter().filter(|(code, _)| code == "STORE_DIFFERS");
        assert!(differs.count() > 0, "{what}: {told:?}");
        assert_all_go_on(&mut client, what).await;
        daemon.stop();
    }
    let daemon = scene.with(|_| {}).await;
    let mut client = daemon.client().await;
    let told = notices(&mut client).await;
    assert!(
        told.iter().all(|(code, _)| code != "STORE_DIFFERS"),
        "{told:?}"
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_descriptor_that_is_gone_costs_its_ledger_alone() {
    let scene = two_ledgers().await;
    let daemon = scene
        .with(|store| store.delete(CATALOGUE, &[0x10, 0, 0, 0, 1]))
        .await;
    let mut client = daemon.client().await;
    let told = notices(&mut client).await;
    assert!(
        told.iter().any(|(code, _)| code == "LEDGER_QUARANTINED"),
        "{told:?}"
    );
    append(&mut client, "other", event("more")).await.unwrap();
    assert_eq!(
        ledger(&mut client, "other").await.state(),
        LedgerState::Open
    );
    // A new ledger might take the name of the one that is missing.
    let request = indelible_proto::v1::CreateLedgerRequest {
        name: "audit".into(),
        ..Default::default()
    };
    let refused = client.create_ledger(request).await;
    assert_refused(
        refused,
        tonic::Code::DataLoss,
        indelible_proto::v1::ErrorReason::Damaged,
        "",
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_greatest_term_the_daemon_says_why_it_does_not_start() {
    let scene = two_ledgers().await;
    let store = StoppedStore::open(&scene.place);
    store.put(CATALOGUE, &[0x03], &[0xff; 8]);
    drop(store);
    let ended = serve(&scene.place).output().unwrap();
    assert_eq!(ended.status.code(), Some(8));
    let words = String::from_utf8_lossy(&ended.stderr);
    assert!(words.contains("newest writer's term"), "{words}");
    assert!(!words.contains("panicked"), "{words}");
}

/// A head whose numbers lead beyond what can be counted is its ledger's damage.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_of_the_greatest_size_stops_nobody_else() {
    let scene = two_ledgers().await;
    let daemon = scene
        .with(|store| {
            store.change(CATALOGUE, &[0x11, 0, 0, 0, 1], |head| {
                // The size is the number behind the first byte: 42 until now.
                assert_eq!(head[1], 42);
                head.splice(1..2, [&[0xff; 9][..], &[1]].concat());
            });
            let cursor = [&[0xfe][..], &[0xff; 8], &[1]].concat();
            store.put(INDEX, &of_ledger(1, b"c"), &cursor);
        })
        .await;
    let mut client = daemon.client().await;
    assert_state(
        &mut client,
        "audit",
        Some("head"),
        "a head of the greatest size",
    )
    .await;
    // Long enough for all that follows the log to have looked at it.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    append(&mut client, "other", event("more")).await.unwrap();
    indexed(&mut client, "other").await;
    daemon.stop();
}
