//! The index, altered: what it answers is held against the records, and `verify` derives it again and compares.

use indelible_proto::v1::{
    self, ErrorReason, EventFilter, EventIdentity, LedgerState, get_record_request::Record,
};
use tonic::Code;

use super::{
    history::{SIZE, decision, history, indexed, number},
    records::{assert_quarantined, get, list, verify},
    support::{INDEX, StoppedStore, of_ledger},
};
use crate::support::{
    calls::{SOURCE, append, assert_refused, create, ledger},
    daemon::{Client, Daemon},
    keys::{erase, event_of, get as read},
    place::Place,
};

/// The bytes that name the attributes *actor* and *data key* in a term.
const ACTOR: u8 = 4;
const DATA_KEY: u8 = 6;

fn varint(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

/// A posting block's value: a count, and the differences from the number in its key on.
fn block(sequences: &[u64]) -> Vec<u8> {
    let mut out = varint(sequences.len() as u64);
    let mut previous = sequences[0];
    for sequence in sequences {
        out.extend(varint(sequence - previous));
        previous = *sequence;
    }
    out
}

/// The key under which the identity of a record's event stands.
fn id_key(store: &StoppedStore, ledger: u32, sequence: u64) -> Vec<u8> {
    let ids = store.with_prefix(INDEX, &of_ledger(ledger, b"i"));
    let found = ids
        .into_iter()
        .find(|(_, value)| *value == varint(sequence));
    found.expect("the record is indexed").0
}

/// The key of the posting block of an actor, which is that of a record.
fn actor_key(store: &StoppedStore, ledger: u32, first: u64) -> Vec<u8> {
    let blocks = store.with_prefix(INDEX, &of_ledger(ledger, &[b'p', ACTOR]));
    let found = blocks
        .into_iter()
        .find(|(key, _)| key.ends_with(&first.to_be_bytes()));
    found.expect("the actor is indexed").0
}

/// The records of the actor of a record, one of the first three events.
fn of_actor(first: u64) -> Vec<u64> {
    (first..SIZE).step_by(3).collect()
}

fn by_actor(number: u64) -> EventFilter {
    EventFilter {
        actor: format!("actor-{number}"),
        ..Default::default()
    }
}

async fn by_identity(
    client: &mut Client,
    name: &str,
    number: u64,
) -> Result<v1::LedgerRecord, tonic::Status> {
    let identity = EventIdentity {
        source: SOURCE.into(),
        id: format!("{name}-{number}"),
    };
    get(client, name, Record::EventIdentity(identity)).await
}

/// What `verify` finds in a ledger whose records are sound.
async fn assert_verify_finds(client: &mut Client, name: &str, sequence: u64) {
    let found = verify(client, name).await;
    assert!(!found.intact && found.unanswered.is_empty(), "{found:?}");
    let of_index = found
        .findings
        .iter()
        .all(|one| one.code == "index-mismatch");
    assert!(of_index, "{found:?}");
    let named = found
        .findings
        .iter()
        .any(|one| one.sequence == Some(sequence));
    assert!(named, "{name}: {found:?}");
    assert_quarantined(client, name, "index-mismatch").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_names_other_records_is_never_believed() {
    let place = history().await;
    let store = StoppedStore::open(&place);
    // Identities of two events, exchanged.
    for name in ["get", "list"] {
        let of = number(&store, name);
        let (one, other) = (id_key(&store, of, 12), id_key(&store, of, 15));
        store.exchange(INDEX, &one, &other);
    }
    // A record more under an actor.
    let of = number(&store, "follow");
    let mut more = of_actor(3);
    more.insert(1, 4);
    store.put(INDEX, &actor_key(&store, of, 3), &block(&more));
    // The records of one actor under another.
    let of = number(&store, "receipt");
    let key = actor_key(&store, of, 2);
    store.delete(INDEX, &key);
    let moved = [&key[..key.len() - 8], &3_u64.to_be_bytes()].concat();
    store.put(INDEX, &moved, &block(&of_actor(3)));
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let found = by_identity(&mut client, "get", 10).await;
    assert_refused(found, Code::DataLoss, ErrorReason::Damaged, "");
    assert_quarantined(&mut client, "get", "record 15").await;
    let repeated = append(&mut client, "list", decision("list", 10)).await;
    assert_refused(repeated, Code::DataLoss, ErrorReason::Damaged, "");
    assert_quarantined(&mut client, "list", "record 15").await;
    let listed = list(&mut client, "follow", by_actor(1)).await;
    assert_refused(listed, Code::DataLoss, ErrorReason::Damaged, "");
    assert_quarantined(&mut client, "follow", "record 4").await;
    let listed = list(&mut client, "receipt", by_actor(0)).await;
    assert_refused(listed, Code::DataLoss, ErrorReason::Damaged, "");
    assert_quarantined(&mut client, "receipt", "record 3").await;
    // Nobody else is concerned.
    let found = by_identity(&mut client, "other", 10).await.unwrap();
    assert_eq!(found.sequence, 12);
    append(&mut client, "other", decision("other", 1_000))
        .await
        .unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_takes_nothing_of_others_because_the_index_says_so() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let erika = append(&mut client, "audit", event_of("erika", "a"))
        .await
        .unwrap()
        .sequence;
    let max = append(&mut client, "audit", event_of("max", "b"))
        .await
        .unwrap()
        .sequence;
    indexed(&mut client, "audit").await;
    daemon.stop();
    let store = StoppedStore::open(&place);
    let of = number(&store, "audit");
    let blocks = store.with_prefix(INDEX, &of_ledger(of, &[b'p', DATA_KEY]));
    let hers = blocks
        .iter()
        .find(|(key, _)| key.ends_with(&erika.to_be_bytes()));
    store.put(INDEX, &hers.unwrap().0, &block(&[erika, max]));
    drop(store);
    let daemon = Daemon::start(&place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    let erased = erase(&mut keys, "audit", "erika").await;
    assert_refused(erased, Code::DataLoss, ErrorReason::Damaged, "");
    assert_quarantined(&mut client, "audit", &format!("record {max}")).await;
    let his = read(&mut client, "audit", max, true).await;
    assert_eq!(his.body_state(), v1::PartState::Present);
    assert_eq!(his.event.unwrap().actor, "actor of b");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_derives_the_index_again_and_names_what_differs() {
    let place = history().await;
    let store = StoppedStore::open(&place);
    let of = number(&store, "get");
    store.delete(INDEX, &id_key(&store, of, 12));
    let of = number(&store, "list");
    let (one, other) = (id_key(&store, of, 12), id_key(&store, of, 15));
    store.exchange(INDEX, &one, &other);
    let of = number(&store, "filter");
    store.delete(INDEX, &actor_key(&store, of, 2));
    let of = number(&store, "follow");
    let mut more = of_actor(3);
    more.insert(1, 4);
    store.put(INDEX, &actor_key(&store, of, 3), &block(&more));
    let of = number(&store, "receipt");
    store.put(INDEX, &of_ledger(of, b"iiiiiiiiiiiiiiiii"), &varint(17));
    let of = number(&store, "verify");
    store.put(INDEX, &of_ledger(of, b"jiiiiiiiiiiiiiiii"), &varint(17));
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    // Until then a removed entry goes unseen: what it leads to is left out.
    let found = by_identity(&mut client, "get", 10).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
    let listed = list(&mut client, "filter", by_actor(0)).await.unwrap();
    assert_eq!(listed.len(), 0);
    assert_verify_finds(&mut client, "get", 12).await;
    assert_verify_finds(&mut client, "list", 12).await;
    assert_verify_finds(&mut client, "filter", 2).await;
    assert_verify_finds(&mut client, "follow", 4).await;
    assert_verify_finds(&mut client, "receipt", 17).await;
    // An entry of no known kind can't even be read.
    let found = verify(&mut client, "verify").await;
    assert!(!found.intact, "{found:?}");
    let found = verify(&mut client, "other").await;
    assert!(found.intact && found.unanswered.is_empty(), "{found:?}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_says_it_reaches_too_far_is_derived_again_or_found() {
    let place = history().await;
    let store = StoppedStore::open(&place);
    // Beyond the last record.
    let of = number(&store, "list");
    store.put(INDEX, &of_ledger(of, b"c"), &varint(SIZE + 1));
    store.delete(INDEX, &actor_key(&store, of, 2));
    // As far as there are records, and nothing is there.
    let of = number(&store, "filter");
    for (key, _) in store.with_prefix(INDEX, &of_ledger(of, b"p")) {
        store.delete(INDEX, &key);
    }
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    indexed(&mut client, "list").await;
    let listed = list(&mut client, "list", by_actor(0)).await.unwrap();
    assert_eq!(listed.len(), 200);
    let found = verify(&mut client, "list").await;
    assert!(found.intact, "{found:?}");
    assert_eq!(
        ledger(&mut client, "filter").await.state(),
        LedgerState::Open
    );
    assert_verify_finds(&mut client, "filter", 2).await;
    daemon.stop();
}
