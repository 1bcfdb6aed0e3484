//! Stores of earlier builds, in which nothing bound a key to its subject: the chain says whose each is, before anything
//! relies on it.

use std::time::{Duration, Instant};

use indelible_proto::v1::PartState;

use super::support::{
    CATALOGUE, Entry, KEYS, Scene, StoppedStore, assert_state, notices, of_ledger,
};
use crate::support::{
    calls::{append, ledger, records},
    command::run,
    daemon::{Client, Daemon, serve},
    keys::{erase, event_of, get, hold},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// The number in the store of the ledger with a name.
fn number(store: &StoppedStore, name: &str) -> u32 {
    let descriptors = store.with_prefix(CATALOGUE, &[0x10]);
    let named = format!("\"name\":\"{name}\"");
    let (key, _) = descriptors
        .into_iter()
        .find(|(_, value)| String::from_utf8_lossy(value).contains(&named))
        .unwrap();
    u32::from_be_bytes(key[1..].try_into().unwrap())
}

fn entries(store: &StoppedStore, kind: u8) -> Vec<Entry> {
    store.with_prefix(KEYS, &of_ledger(number(store, "personal"), &[kind]))
}

/// The wrapped keys of people.
fn of_people(store: &StoppedStore) -> Vec<Entry> {
    let keys = entries(store, b'k').into_iter();
    let keys: Vec<_> = keys.filter(|(_, entry)| entry[0] == 1).collect();
    assert_eq!(keys.len(), 4, "held, released, free, and returned");
    keys
}

/// Waits until every open ledger's keys are bound.
async fn await_bound(client: &mut Client) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let told = notices(client).await;
        if !told.iter().any(|(code, _)| code == "DATA_KEYS_UNBOUND") {
            return;
        }
        assert!(Instant::now() < deadline, "{told:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The readable events of a person, from what is opened of the whole ledger.
async fn events_of(client: &mut Client, person: &str) -> Vec<u64> {
    let size = ledger(client, "personal").await.size;
    let mut found = Vec::new();
    for record in records(client, "personal", 0, size).await {
        if record.body_state() == PartState::Sealed {
            let opened = get(client, "personal", record.sequence, true).await;
            if opened
                .event
                .is_some_and(|event| event.data_subject == person)
            {
                found.push(record.sequence);
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_an_earlier_build_are_bound_once_and_what_they_open_stays_readable() {
    let scene = Scene::of_earlier_build("stopped");
    let daemon = scene.with(|_| ()).await;
    let mut client = daemon.client().await;
    await_bound(&mut client).await;
    let free = events_of(&mut client, "person-free").await;
    assert!(!free.is_empty());
    daemon.stop();
    // Every entry has what vouches for it, every ledger a seal.
    let store = StoppedStore::open(&scene.place);
    for (key, entry) in store.all(KEYS) {
        match key[4] {
            b'k' => assert!(matches!(entry[0], 2 | 3), "{entry:?}"),
            kind => assert!(matches!(kind, b'a' | b's'), "{kind}"),
        }
    }
    let before = store.all(KEYS);
    drop(store);
    let daemon = Daemon::start(&scene.place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    assert_eq!(events_of(&mut client, "person-free").await, free);
    let erased = erase(&mut keys, "personal", "person-free").await.unwrap();
    assert_eq!(erased.event_count, free.len() as u64);
    assert_eq!(run(&daemon, &["verify", "personal"]).code, 0);
    daemon.stop();
    let store = StoppedStore::open(&scene.place);
    // The key, its list; and the seal is another.
    assert_eq!(store.all(KEYS).len(), before.len() - 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binding_goes_on_wherever_it_is_killed() {
    let scene = Scene::of_earlier_build("stopped");
    for round in 0..6 {
        drop(scene.with(|_| ()).await);
        // From while it binds to after it has.
        let daemon = Daemon::spawn(serve(&scene.place), &scene.place).unwrap();
        tokio::time::sleep(Duration::from_millis(60 * round)).await;
        daemon.kill();
        let daemon = Daemon::start(&scene.place).await;
        let mut client = daemon.client().await;
        await_bound(&mut client).await;
        assert_state(&mut client, "personal", None, "after a kill").await;
        assert!(!events_of(&mut client, "person-free").await.is_empty());
        assert_eq!(run(&daemon, &["verify", "personal"]).code, 0);
        daemon.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanged_lists_of_an_earlier_build_erase_and_hold_nobody_else() {
    let scene = Scene::of_earlier_build("stopped");
    let daemon = scene
        .with(|store| {
            let lists = entries(store, b's');
            for pair in lists.chunks_exact(2) {
                store.exchange(KEYS, &pair[0].0, &pair[1].0);
            }
        })
        .await;
    // At once, while the keys may not be bound yet.
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    hold(&mut keys, "personal", Some("person-free")).await;
    let erased = erase(&mut keys, "personal", "person-released")
        .await
        .unwrap();
    assert!(erased.event_count > 0);
    assert_state(&mut client, "personal", None, "lists exchanged").await;
    for person in ["person-free", "person-held", "person-returned"] {
        assert!(!events_of(&mut client, person).await.is_empty(), "{person}");
    }
    assert!(events_of(&mut client, "person-released").await.is_empty());
    let refused = erase(&mut keys, "personal", "person-free").await;
    assert!(refused.is_err(), "it is held: {refused:?}");
    assert_eq!(run(&daemon, &["verify", "personal"]).code, 0);
    daemon.stop();
}

/// What somebody did, and how.
type Change = (&'static str, fn(&StoppedStore));

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_an_earlier_build_that_are_not_whose_the_store_says_are_damage() {
    let scene = Scene::of_earlier_build("stopped");
    let changes: [Change; 4] = [
        ("two people's tags are exchanged", |store| {
            let keys = of_people(store);
            let tags = [keys[0].1[1..17].to_vec(), keys[1].1[1..17].to_vec()];
            for ((key, _), tag) in keys.iter().zip(tags.iter().rev()) {
                store.change(KEYS, key, |entry| entry[1..17].copy_from_slice(tag));
            }
        }),
        ("all keys are one person's", |store| {
            let keys = of_people(store);
            let tag = keys[0].1[1..17].to_vec();
            for (key, _) in keys {
                store.change(KEYS, &key, |entry| entry[1..17].copy_from_slice(&tag));
            }
        }),
        ("two wrapped keys are exchanged", |store| {
            let keys = of_people(store);
            store.exchange(KEYS, &keys[0].0, &keys[1].0);
        }),
        ("a key is removed, with its place in the list", |store| {
            let (key, entry) = of_people(store).remove(0);
            let ledger = number(store, "personal");
            store.delete(KEYS, &key);
            store.delete(KEYS, &of_ledger(ledger, &[b"s", &entry[1..17]].concat()));
        }),
    ];
    for (what, change) in changes {
        let daemon = scene.with(change).await;
        let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
        for person in ["person-free", "person-released"] {
            let refused = erase(&mut keys, "personal", person).await;
            assert!(refused.is_err(), "{what}: {refused:?}");
        }
        assert_state(&mut client, "personal", Some("[data-key-mis"), what).await;
        // The others go on.
        append(&mut client, "plain", event_of("somebody", "after"))
            .await
            .unwrap();
        await_bound(&mut client).await;
        assert_state(&mut client, "plain", None, what).await;
        daemon.stop();
    }
}
