//! Wrapped data keys and the seal over them.

use indelible_proto::v1::{
    self, ErrorReason, EventFilter, ExportBundleRequest, FollowRecordsRequest, GetRecordRequest,
    ListEventsRequest, get_record_request::Record,
};
use tonic::Code;

use super::support::{
    CATALOGUE, Entry, KEYS, Scene, StoppedStore, assert_state, notices, of_ledger,
};
use crate::support::{
    calls::{append, assert_refused, batch, create, event},
    command::run,
    daemon::{Client, Daemon},
    keys::{create_encrypting_all, erase, event_of, get},
    place::Place,
};

/// The ledgers by their numbers in the store, whose own ledger is the first: two with events of people, and one that
/// encrypts all.
const AUDIT: u32 = 1;
const OTHER: u32 = 2;

const MISPLACED: Option<&str> = Some("[data-key-misplaced]");
const SEAL: Option<&str> = Some("[data-key-seal-mismatch]");

/// In `audit` 2 and 3 are Erika's and 4 is Max's, in `other` 2 is Erika's, in `all` 3 is nobody's.
async fn filled(place: &Place) -> Daemon {
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    create(&mut client, "other").await;
    create_encrypting_all(&mut client, "all").await;
    let events = vec![
        event_of("erika", "e1"),
        event_of("erika", "e2"),
        event_of("max", "m1"),
    ];
    batch(&mut client, "audit", events).await.unwrap();
    append(&mut client, "other", event_of("erika", "o1"))
        .await
        .unwrap();
    append(&mut client, "all", event("a1")).await.unwrap();
    daemon
}

async fn scene() -> Scene {
    let place = Place::new();
    filled(&place).await.stop();
    Scene::of(place)
}

/// The wrapped keys of a ledger.
fn wrapped(store: &StoppedStore, ledger: u32) -> Vec<Entry> {
    store.with_prefix(KEYS, &of_ledger(ledger, b"k"))
}

fn seal(ledger: u32) -> Vec<u8> {
    of_ledger(ledger, b"a")
}

/// A change of the store, and what the ledgers `audit`, `other` and `all` come to.
type Case = (&'static str, fn(&StoppedStore), [Option<&'static str>; 3]);

const CASES: &[Case] = &[
    ("nothing", |_| (), [None; 3]),
    (
        "two people's keys are exchanged",
        |store| {
            let keys = wrapped(store, AUDIT);
            store.exchange(KEYS, &keys[0].0, &keys[1].0);
        },
        [MISPLACED, None, None],
    ),
    (
        "the keys of two ledgers are exchanged",
        |store| {
            let (here, there) = (wrapped(store, AUDIT), wrapped(store, OTHER));
            store.exchange(KEYS, &here[0].0, &there[0].0);
        },
        [MISPLACED, MISPLACED, None],
    ),
    (
        "one person's tag stands in another's entry",
        |store| {
            let keys = wrapped(store, AUDIT);
            let tag = keys[1].1[1..17].to_vec();
            store.change(KEYS, &keys[0].0, |entry| entry[1..17].copy_from_slice(&tag));
        },
        [MISPLACED, None, None],
    ),
    (
        "a bit of a wrapped key is another",
        |store| {
            let keys = wrapped(store, AUDIT);
            store.change(KEYS, &keys[0].0, |entry| *entry.last_mut().unwrap() ^= 1);
        },
        [MISPLACED, None, None],
    ),
    (
        "an entry is as earlier builds wrote it, with nothing that vouches for it",
        |store| {
            let keys = wrapped(store, AUDIT);
            let entry = &keys[0].1;
            let unbound = [&[1], &entry[1..17], &entry[49..]].concat();
            store.put(KEYS, &keys[0].0, &unbound);
        },
        [MISPLACED, None, None],
    ),
    (
        "all entries are, and the seal is gone",
        |store| {
            for (key, entry) in wrapped(store, AUDIT) {
                let unbound = [&[1], &entry[1..17], &entry[49..]].concat();
                store.put(KEYS, &key, &unbound);
            }
            store.delete(KEYS, &seal(AUDIT));
        },
        [MISPLACED, None, None],
    ),
    (
        "a person's key is a key of the whole ledger",
        |store| {
            let keys = wrapped(store, AUDIT);
            let whole = [&[2], &keys[0].1[17..]].concat();
            store.put(KEYS, &keys[0].0, &whole);
        },
        [MISPLACED, None, None],
    ),
    (
        "a key stands under another id too",
        |store| {
            let keys = wrapped(store, AUDIT);
            store.put(KEYS, &of_ledger(AUDIT, &[b'k'; 17]), &keys[0].1);
        },
        [MISPLACED, None, None],
    ),
    (
        "a key stands in another ledger too",
        |store| {
            let keys = wrapped(store, AUDIT);
            let there = of_ledger(OTHER, &keys[0].0[4..]);
            store.put(KEYS, &there, &keys[0].1);
        },
        [None, MISPLACED, None],
    ),
    (
        "a person's key is removed",
        |store| store.delete(KEYS, &wrapped(store, AUDIT)[0].0),
        [SEAL, None, None],
    ),
    (
        "all keys are removed, with their lists and the seal",
        |store| {
            for (key, _) in store.with_prefix(KEYS, &of_ledger(AUDIT, b"")) {
                store.delete(KEYS, &key);
            }
        },
        [SEAL, None, None],
    ),
    (
        "the key of the ledger that encrypts all is removed",
        |store| store.delete(KEYS, &wrapped(store, 3)[0].0),
        [None, None, SEAL],
    ),
    (
        "the seals of two ledgers are exchanged",
        |store| store.exchange(KEYS, &seal(AUDIT), &seal(OTHER)),
        [SEAL, SEAL, None],
    ),
    (
        "the seal says that heads need not name it",
        |store| store.change(KEYS, &seal(AUDIT), |seal| seal[1] = 0),
        [SEAL, None, None],
    ),
    (
        "the head does not say which seal was in force",
        |store| {
            let head = [&[0x11][..], &AUDIT.to_be_bytes()].concat();
            store.change(CATALOGUE, &head, strip_mark);
        },
        [Some("[head-mismatch]"), None, None],
    ),
];

/// Writes a head as earlier builds did. See `store/src/head.rs`.
fn strip_mark(head: &mut Vec<u8>) {
    assert_eq!(head[0], 2, "a head with a mark");
    let varint = |at: usize| at + head[at..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    // Size, chain hash and root, time, newest key event, last event.
    let at = varint(varint(varint(1) + 64));
    let at = if head[at] == 1 {
        varint(at + 1)
    } else {
        at + 1
    };
    let end = varint(at) + 32;
    head.drain(at..end);
    head[0] = 1;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_holds_of_data_keys_what_these_tests_change_and_nothing_else() {
    let scene = scene().await;
    let kinds = StoppedStore::open(&scene.place).kinds();
    let of_keys: Vec<_> = kinds
        .into_iter()
        .filter(|(kind, _)| kind.starts_with(KEYS))
        .collect();
    // Of seals there is one more: the store's own ledger has one, and no data key.
    let expected = [("keys a", 4), ("keys k", 4), ("keys s", 3)];
    assert_eq!(
        of_keys,
        expected.map(|(kind, count)| (kind.to_owned(), count))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_keys_that_are_not_what_was_stored_put_their_ledger_into_quarantine() {
    let scene = scene().await;
    for (what, change, states) in CASES {
        let daemon = scene.with(change).await;
        let mut client = daemon.client().await;
        for (name, state) in ["audit", "other", "all"].into_iter().zip(states) {
            assert_state(&mut client, name, *state, what).await;
            let told = notices(&mut client).await;
            let origin = crate::support::calls::ledger(&mut client, name)
                .await
                .origin;
            let is_told = told.contains(&("LEDGER_QUARANTINED".into(), origin));
            assert_eq!(is_told, state.is_some(), "{what}: {told:?}");
        }
        // Nothing is erased where nobody knows which keys there are, and the others are as they were.
        if states[0].is_some() {
            let mut keys = daemon.keys().await;
            let refused = erase(&mut keys, "audit", "erika").await;
            assert!(refused.is_err(), "{what}: {refused:?}");
            let log = daemon.log();
            assert!(
                log.contains("the ledger goes into quarantine"),
                "{what}: {log}"
            );
        }
        if states[1].is_none() {
            let record = get(&mut client, "other", 2, true).await;
            assert_eq!(record.event, Some(event_of("erika", "o1")), "{what}");
        }
        daemon.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_gone_without_an_erasure_on_record_is_damage_wherever_it_is_missed() {
    let scene = scene().await;
    let daemon = scene
        .with(|store| {
            for (key, _) in wrapped(store, AUDIT) {
                store.delete(KEYS, &key);
            }
        })
        .await;
    let mut client = daemon.client().await;
    let get = client
        .get_record(GetRecordRequest {
            ledger: "audit".into(),
            record: Some(Record::Sequence(2)),
            open_sealed: true,
            ..Default::default()
        })
        .await;
    assert_refused(get, Code::DataLoss, ErrorReason::Damaged, "");
    let of_actor = Some(EventFilter {
        actor: "actor of e1".into(),
        ..Default::default()
    });
    for (filter, open_sealed) in [(None, true), (of_actor, false)] {
        let list = client
            .list_events(ListEventsRequest {
                ledger: "audit".into(),
                filter,
                open_sealed,
                ..Default::default()
            })
            .await;
        assert_refused(list, Code::DataLoss, ErrorReason::Damaged, "");
    }
    assert_refused(
        followed(&mut client).await,
        Code::DataLoss,
        ErrorReason::Damaged,
        "",
    );
    for disclose_keys in [false, true] {
        let exported = exported(&mut client, disclose_keys).await;
        assert_refused(exported, Code::DataLoss, ErrorReason::Damaged, "");
    }
    let verified = run(&daemon, &["verify", "audit", "--output", "json"]);
    assert_ne!(verified.code, 0, "{verified:?}");
    assert!(verified.text().contains("data-key-missing"), "{verified:?}");
    daemon.stop();
}

async fn followed(client: &mut Client) -> Result<(), tonic::Status> {
    let request = FollowRecordsRequest {
        ledger: "audit".into(),
        open_sealed: true,
        ..Default::default()
    };
    let mut following = client.follow_records(request).await?.into_inner();
    while following.message().await?.is_some() {}
    Ok(())
}

async fn exported(client: &mut Client, disclose_keys: bool) -> Result<(), tonic::Status> {
    let request = ExportBundleRequest {
        ledger: "audit".into(),
        disclose_keys,
        ..Default::default()
    };
    let mut chunks = client.export_bundle(request).await?.into_inner();
    while chunks.message().await?.is_some() {}
    Ok(())
}

/// Everything that the store has of a ledger's keys.
fn of_keys(store: &StoppedStore, ledger: u32) -> Vec<Entry> {
    store.with_prefix(KEYS, &of_ledger(ledger, b""))
}

/// Puts a ledger's keys back as they were, or only what was among them and is not now.
fn put_back(store: &StoppedStore, older: &[Entry], whole: bool) {
    if whole {
        for (key, _) in of_keys(store, AUDIT) {
            store.delete(KEYS, &key);
        }
    }
    for (key, value) in older {
        if whole || store.get(KEYS, key).is_none() {
            store.put(KEYS, key, value);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_copies_of_keys_are_seen() {
    let place = Place::new();
    filled(&place).await.stop();
    let before = of_keys(&StoppedStore::open(&place), AUDIT);
    // A person is erased, and one more comes.
    let daemon = Daemon::start(&place).await;
    let mut keys = daemon.keys().await;
    erase(&mut keys, "audit", "erika").await.unwrap();
    daemon.stop();
    let erased = of_keys(&StoppedStore::open(&place), AUDIT);
    let at_the_erasure = Scene::of(place);
    for whole in [false, true] {
        let daemon = at_the_erasure
            .with(|store| put_back(store, &before, whole))
            .await;
        let mut client = daemon.client().await;
        // Back as a whole, all that shows it is the record of the erasure.
        let finding = if whole { MISPLACED } else { SEAL };
        let what = format!("before the erasure, whole: {whole}");
        match whole {
            true => assert_state(&mut client, "audit", finding, &what).await,
            // An erased key is named before the seal is asked.
            false => assert_state(&mut client, "audit", MISPLACED, &what).await,
        }
        daemon.stop();
    }
    let daemon = at_the_erasure.with(|_| ()).await;
    let mut client = daemon.client().await;
    append(&mut client, "audit", event_of("moritz", "m2"))
        .await
        .unwrap();
    daemon.stop();
    let later = Scene::of(at_the_erasure.place);
    for (older, what) in [
        (&erased, "from before a key was made"),
        (&before, "from before the erasure"),
    ] {
        let daemon = later.with(|store| put_back(store, older, true)).await;
        let mut client = daemon.client().await;
        let told = crate::support::calls::ledger(&mut client, "audit").await;
        assert_eq!(
            told.state(),
            v1::LedgerState::Quarantined,
            "{what}: {told:?}"
        );
        daemon.stop();
    }
    let daemon = later.with(|store| put_back(store, &erased, true)).await;
    let mut client = daemon.client().await;
    let reason = crate::support::calls::ledger(&mut client, "audit")
        .await
        .state_reason;
    assert!(reason.contains("an older copy"), "{reason}");
    daemon.stop();
}
