//! The lists of data subjects' keys: whatever they say, only a subject's own keys are held, erased and sealed under.

use indelible_proto::v1::{ErrorReason, PartState};
use tonic::Code;

use super::support::{KEYS, Scene, StoppedStore, assert_state, notices, of_ledger};
use crate::support::{
    calls::{append, assert_refused, batch, create},
    command::run,
    daemon::{Client, Daemon},
    keys::{erase, event_of, get, hold},
    place::Place,
};

const PEOPLE: [&str; 3] = ["erika", "max", "moritz"];

/// Three people have two events each: 2 and 5 are Erika's, 3 and 6 Max's, 4 and 7 Moritz's.
async fn scene() -> Scene {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for round in 0..2 {
        let events = PEOPLE.map(|person| event_of(person, &format!("{person}{round}")));
        batch(&mut client, "audit", events.to_vec()).await.unwrap();
    }
    daemon.stop();
    Scene::of(place)
}

fn lists(store: &StoppedStore) -> Vec<(Vec<u8>, Vec<u8>)> {
    let lists = store.with_prefix(KEYS, &of_ledger(1, b"s"));
    assert_eq!(lists.len(), PEOPLE.len());
    lists
}

type Change = (&'static str, fn(&StoppedStore));

const CHANGES: &[Change] = &[
    ("two lists are exchanged, and then two others", |store| {
        let lists = lists(store);
        store.exchange(KEYS, &lists[0].0, &lists[1].0);
        store.exchange(KEYS, &lists[1].0, &lists[2].0);
    }),
    ("all keys are in each list", |store| {
        let lists = lists(store);
        let all: Vec<u8> = lists.iter().flat_map(|list| list.1.clone()).collect();
        for (key, _) in lists {
            store.put(KEYS, &key, &all);
        }
    }),
    (
        "all keys are in one list, and the others are gone",
        |store| {
            let lists = lists(store);
            let all: Vec<u8> = lists.iter().flat_map(|list| list.1.clone()).collect();
            store.put(KEYS, &lists[0].0, &all);
            store.delete(KEYS, &lists[1].0);
            store.delete(KEYS, &lists[2].0);
        },
    ),
    ("all lists are gone", |store| {
        for (key, _) in lists(store) {
            store.delete(KEYS, &key);
        }
    }),
    (
        "a key stands twice in its list, and one of nobody beside it",
        |store| {
            let (key, id) = lists(store).remove(0);
            store.put(KEYS, &key, &[id.clone(), id, vec![7; 16]].concat());
        },
    ),
];

async fn body(client: &mut Client, sequence: u64) -> PartState {
    get(client, "audit", sequence, true).await.body_state()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_lists_say_the_right_person_is_erased_and_nobody_else() {
    let scene = scene().await;
    for (what, change) in CHANGES {
        let daemon = scene.with(change).await;
        let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
        assert_state(&mut client, "audit", None, what).await;
        let told = notices(&mut client).await;
        let is_told = told.iter().any(|(code, _)| code == "SUBJECT_LISTS_REBUILT");
        assert!(is_told, "{what}: {told:?}");
        assert!(
            daemon.log().contains("somebody changed the store"),
            "{what}"
        );

        // New events go under the key that the person has.
        let before = get(&mut client, "audit", 2, false).await.data_key_id;
        let again = append(&mut client, "audit", event_of("erika", "erika2"))
            .await
            .unwrap();
        let after = get(&mut client, "audit", again.sequence, false)
            .await
            .data_key_id;
        assert_eq!(before, after, "{what}");

        let erased = erase(&mut keys, "audit", "erika").await.unwrap();
        assert!(erased.complete, "{what}");
        assert_eq!(
            (erased.event_count, erased.data_key_ids),
            (3, vec![before]),
            "{what}"
        );
        for (sequence, person) in (2..8).zip(PEOPLE.iter().cycle()) {
            let wanted = match *person {
                "erika" => PartState::Erased,
                _ => PartState::Present,
            };
            assert_eq!(
                body(&mut client, sequence).await,
                wanted,
                "{what}: {sequence}"
            );
        }
        let verified = run(&daemon, &["verify", "audit"]);
        assert_eq!(verified.code, 0, "{what}: {verified:?}");
        daemon.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_lists_say_a_hold_is_on_the_person_that_it_names() {
    let scene = scene().await;
    for (what, change) in CHANGES {
        let daemon = scene.with(change).await;
        let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
        hold(&mut keys, "audit", Some("max")).await;
        let refused = erase(&mut keys, "audit", "max").await;
        assert_refused(
            refused,
            Code::FailedPrecondition,
            ErrorReason::ErasureHeld,
            "",
        );
        for person in ["erika", "moritz"] {
            let erased = erase(&mut keys, "audit", person).await.unwrap();
            assert_eq!(erased.event_count, 2, "{what}: {person}");
        }
        for sequence in [3, 6] {
            assert_eq!(
                body(&mut client, sequence).await,
                PartState::Present,
                "{what}"
            );
        }
        let unknown = erase(&mut keys, "audit", "nobody").await;
        assert_refused(unknown, Code::NotFound, ErrorReason::DataSubjectUnknown, "");
        daemon.stop();
    }
}
