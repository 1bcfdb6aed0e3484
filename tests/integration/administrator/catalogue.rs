//! The catalogue, altered: it is a cache of what the chains say, and where it says otherwise they decide.

use std::{collections::BTreeMap, process::Command};

use indelible_proto::v1::{self, GetStatusRequest, LedgerState};
use serde_json::{Value, json};

use super::{
    history::{LEDGERS, decision, history, number},
    records::assert_quarantined,
    support::{CATALOGUE, StoppedStore, damage_head},
};
use crate::{
    quarantine::rolled_on,
    support::{
        calls::{append, event, ledger},
        daemon::{Client, Daemon, INDELIBLE},
        place::Place,
    },
};

fn descriptor_key(ledger: u32) -> Vec<u8> {
    [&[0x10], &ledger.to_be_bytes()[..]].concat()
}

fn descriptor(store: &StoppedStore, ledger: u32) -> Value {
    serde_json::from_slice(&store.get(CATALOGUE, &descriptor_key(ledger)).unwrap()).unwrap()
}

/// Changes fields of a descriptor; null takes one away.
fn change(store: &StoppedStore, ledger: u32, fields: &[(&str, Value)]) {
    let mut changed = descriptor(store, ledger);
    let members = changed.as_object_mut().unwrap();
    for (field, value) in fields {
        match value {
            Value::Null => members.remove(*field),
            value => members.insert((*field).to_owned(), value.clone()),
        };
    }
    let bytes = serde_json::to_vec(&changed).unwrap();
    store.put(CATALOGUE, &descriptor_key(ledger), &bytes);
}

/// The notices of a kind, by the name of their ledger.
async fn notices(client: &mut Client, code: &str) -> BTreeMap<String, String> {
    let status = client.get_status(GetStatusRequest {}).await.unwrap();
    let notices = status.into_inner().notices.into_iter();
    notices
        .filter(|notice| notice.code().name() == code)
        .map(|notice| {
            let name = notice.ledger_origin.rsplit('/').nth(1).unwrap().to_owned();
            (name, notice.detail)
        })
        .collect()
}

async fn all(client: &mut Client) -> Vec<v1::Ledger> {
    let mut found = Vec::new();
    for name in LEDGERS {
        found.push(ledger(client, name).await);
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_catalogue_says_otherwise_is_told_and_changes_nothing() {
    let place = history().await;
    let daemon = Daemon::start(&place).await;
    let before = all(&mut daemon.client().await).await;
    daemon.stop();
    let store = StoppedStore::open(&place);
    let of = |name: &str| number(&store, name);
    let (get, list, filter, follow) = (of("get"), of("list"), of("filter"), of("follow"));
    let (receipt, verify, other) = (of("receipt"), of("verify"), of("other"));
    let origin = descriptor(&store, receipt)["origin"].clone();
    change(&store, get, &[("name", json!("list"))]);
    change(&store, list, &[("name", json!("get"))]);
    change(&store, filter, &[("lifecycle", json!("closed"))]);
    change(&store, follow, &[("predecessor", origin)]);
    change(&store, verify, &[("lifecycle", json!("abandoned"))]);
    change(
        &store,
        other,
        &[("created", json!(7)), ("request_id", json!("mine"))],
    );
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_eq!(all(&mut client).await, before);
    for name in LEDGERS {
        let appended = append(&mut client, name, decision(name, 1_000))
            .await
            .unwrap();
        assert!(!appended.repeat, "{name}");
        let grown = ledger(&mut client, name).await;
        assert!(
            grown.origin.contains(&format!("/{name}/")),
            "{}",
            grown.origin
        );
        assert_eq!(grown.state(), LedgerState::Open);
    }
    let told = notices(&mut client, "CATALOGUE_DIFFERS").await;
    let expected = [
        ("filter", "that it is closed"),
        ("follow", "which ledger it succeeds"),
        ("get", "its name"),
        ("list", "its name"),
        ("other", "when it was created"),
        ("verify", "that it was abandoned"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (name, what) in expected {
        assert!(told[name].contains(what), "{told:?}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptors_of_other_ledgers_and_identities_are_refused() {
    let place = history().await;
    let store = StoppedStore::open(&place);
    let of = |name: &str| number(&store, name);
    store.exchange(
        CATALOGUE,
        &descriptor_key(of("get")),
        &descriptor_key(of("list")),
    );
    let stranger = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
    let stranger = crate::support::calls::hex(stranger.as_bytes());
    change(&store, of("follow"), &[("identity", json!(stranger))]);
    store.delete(
        CATALOGUE,
        &[&[0x11], &of("verify").to_be_bytes()[..]].concat(),
    );
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    for name in ["get", "list", "follow"] {
        assert_quarantined(&mut client, name, "").await;
    }
    assert_quarantined(&mut client, "verify", "head").await;
    for name in ["filter", "receipt", "other"] {
        append(&mut client, name, event("more")).await.unwrap();
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_key_of_another_ledger_is_quarantine_of_that_ledger() {
    let place = history().await;
    let store = StoppedStore::open(&place);
    let (get, list) = (number(&store, "get"), number(&store, "list"));
    let other = descriptor(&store, list);
    let fields = ["index_key_id", "index_key"].map(|field| (field, other[field].clone()));
    change(&store, get, &fields);
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_quarantined(&mut client, "get", "index key").await;
    append(&mut client, "list", event("more")).await.unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_ledger_stays_closed_and_its_successor_keeps_the_name() {
    let place = Place::new();
    let (audit, _older) = rolled_on(&place).await;
    damage_head(&place, "audit");
    let daemon = Daemon::start(&place).await;
    let succeed = Command::new(INDELIBLE)
        .args([
            "ledger",
            "succeed",
            "audit",
            "--yes",
            "--address",
            daemon.address(),
        ])
        .output()
        .unwrap();
    assert!(succeed.status.success(), "{succeed:?}");
    let mut client = daemon.client().await;
    let successor = ledger(&mut client, "audit").await;
    append(&mut client, "audit", event("first")).await.unwrap();
    daemon.stop();

    let store = StoppedStore::open(&place);
    for (key, value) in store.with_prefix(CATALOGUE, &[0x10]) {
        let number = u32::from_be_bytes(key[1..].try_into().unwrap());
        let value: Value = serde_json::from_slice(&value).unwrap();
        if value["origin"] == json!(audit.origin) {
            assert_eq!(value["lifecycle"], json!("closed"));
            change(&store, number, &[("lifecycle", json!("live"))]);
        } else if value["name"] == json!("audit") {
            let fields = [("lifecycle", json!("closed")), ("predecessor", Value::Null)];
            change(&store, number, &fields);
        }
    }
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let closed = ledger(&mut client, &audit.origin).await;
    assert_eq!(
        closed.state(),
        LedgerState::Closed,
        "{}",
        closed.state_reason
    );
    let named = ledger(&mut client, "audit").await;
    assert_eq!(
        (&named.origin, named.state()),
        (&successor.origin, LedgerState::Open)
    );
    assert_eq!(named.predecessor_origin, audit.origin);
    append(&mut client, "audit", event("second")).await.unwrap();
    assert_eq!(notices(&mut client, "CATALOGUE_DIFFERS").await.len(), 1);
    daemon.stop();
}
