//! A store with some history, made once by a daemon, of which each test alters a copy of its own.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use indelible_evidence::{
    Body,
    body::FactValue,
    chain::ChainHasher,
    commitment::{PartKind, commit},
    hash::ChainHash,
    header::{Header, RecordKind},
};
use indelible_proto::v1;
use indelible_store::record::{Part, RecordTail, StoredRecord, push_record};
use tokio::sync::OnceCell;

use super::support::{CATALOGUE, RECORDS, StoppedStore, of_ledger};
use crate::support::{
    calls::{batch, create, event, ledger},
    daemon::{Client, Daemon},
    place::{Place, copy},
};

/// Ledgers of the same events, one for each way in which records are asked for.
pub(crate) const LEDGERS: [&str; 7] = [
    "get", "list", "filter", "follow", "receipt", "verify", "other",
];
/// Records of each: genesis, an epoch certificate, and events.
pub(crate) const SIZE: u64 = 2 + EVENTS;
/// Events of each.
pub(crate) const EVENTS: u64 = 600;
/// The record that is altered: in the second full tile, below what was published.
pub(crate) const ALTERED: u64 = 300;

static HISTORY: OnceCell<PathBuf> = OnceCell::const_new();

/// The event with this number, from number 0.
pub(crate) fn decision(name: &str, number: u64) -> v1::Event {
    let fact = v1::FactValue {
        value: Some(v1::fact_value::Value::Text("approved".into())),
    };
    v1::Event {
        actor: format!("actor-{}", number % 3),
        facts: [("verdict".to_owned(), fact)].into(),
        ..event(&format!("{name}-{number}"))
    }
}

/// A copy of the store, with its anchor.
pub(crate) async fn history() -> Place {
    let made = HISTORY.get_or_init(make).await;
    let place = Place::new();
    copy(&made.join("data"), &place.data());
    copy(&made.join("data.anchor"), &place.anchor());
    place
}

/// Never removed: the tests of this process share it, and its directory is one of the system's for what is temporary.
async fn make() -> PathBuf {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    for name in LEDGERS {
        create(&mut client, name).await;
        let events = (0..EVENTS).map(|number| decision(name, number)).collect();
        batch(&mut client, name, events).await.unwrap();
    }
    for name in LEDGERS {
        indexed(&mut client, name).await;
    }
    daemon.stop();
    let kept = tempfile::tempdir().unwrap().keep();
    copy(&place.data(), &kept.join("data"));
    copy(&place.anchor(), &kept.join("data.anchor"));
    kept
}

/// Waits until the index covers all of a ledger.
pub(crate) async fn indexed(client: &mut Client, name: &str) {
    for _ in 0..400 {
        let found = ledger(client, name).await;
        if found.indexed_size == found.size {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the index of {name} does not come along");
}

/// The number under which the store keeps a ledger.
pub(crate) fn number(store: &StoppedStore, name: &str) -> u32 {
    let wanted = format!("\"name\":\"{name}\"");
    let found = store
        .with_prefix(CATALOGUE, &[0x10])
        .into_iter()
        .find(|(_, value)| String::from_utf8_lossy(value).contains(&wanted));
    let (key, _) = found.unwrap_or_else(|| panic!("no ledger {name}"));
    u32::from_be_bytes(key[1..5].try_into().unwrap())
}

/// The key of a record.
pub(crate) fn record_key(ledger: u32, sequence: u64) -> Vec<u8> {
    of_ledger(ledger, &sequence.to_be_bytes())
}

/// What an administrator makes of a record without any key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rewriting {
    /// Another payload, with its commitment; the chain hash is left.
    Payload,
    /// Another fact, with its commitment, and the chain hash made right.
    FactAndChain,
}

/// Rewrites a record with right commitments.
pub(crate) fn rewrite(store: &StoppedStore, ledger: u32, sequence: u64, rewriting: Rewriting) {
    let before = store
        .get(RECORDS, &record_key(ledger, sequence - 1))
        .unwrap();
    let previous = StoredRecord::decode_chain(&before).unwrap();
    store.change(RECORDS, &record_key(ledger, sequence), |value| {
        *value = rewritten(value, &previous, rewriting);
    });
}

fn rewritten(value: &[u8], previous: &ChainHash, rewriting: Rewriting) -> Vec<u8> {
    let stored = StoredRecord::decode(value).unwrap();
    let mut header = Header::decode(stored.header).unwrap();
    let RecordKind::Event(event) = &mut header.kind else {
        panic!("it is not an event")
    };
    let (Part::Present { salt, bytes }, Part::Present { salt: other, .. }) =
        (stored.body, stored.payload)
    else {
        panic!("a part is missing")
    };
    let mut body = bytes.to_vec();
    let mut payload = match stored.payload {
        Part::Present { bytes, .. } => bytes.to_vec(),
        _ => Vec::new(),
    };
    match rewriting {
        Rewriting::Payload => payload = b"forged".to_vec(),
        Rewriting::FactAndChain => {
            let mut decoded = Body::decode(bytes).unwrap();
            for (name, fact) in &mut decoded.facts {
                assert_eq!(*name, "verdict");
                *fact = FactValue::Text("rejected");
            }
            body.clear();
            decoded.encode_into(&mut body).unwrap();
        }
    }
    event.body = commit(&salt, PartKind::Body.domain(false), &body);
    event.payload = Some(commit(&other, PartKind::Payload.domain(false), &payload));
    let header = header.encode();
    let chain = match rewriting {
        Rewriting::Payload => stored.chain,
        Rewriting::FactAndChain => ChainHasher::new().link(previous, &header),
    };
    let tail = RecordTail::encode(
        Part::Present { salt, bytes: &body },
        Part::Present {
            salt: other,
            bytes: &payload,
        },
    );
    let mut out = Vec::new();
    push_record(&mut out, &chain, &stored.id_hash, &header, &tail);
    out
}

/// Whether a file of a directory, at any depth, holds these bytes.
pub(crate) fn files(of: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(of).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
