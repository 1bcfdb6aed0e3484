//! Records that were altered: each way to read them says so, and none serves them as sound.

use indelible_evidence::{header::Header, tree::leaf_hash};
use indelible_proto::v1::{
    self, ErrorReason, EventFilter, FollowRecordsRequest, GetReceiptRequest, GetRecordRequest,
    LedgerState, ListEventsRequest, VerifyLedgerRequest, get_record_request::Record,
};
use indelible_store::record::{RecordTail, StoredRecord, push_record};
use tonic::{Code, Status};

use super::{
    history::{ALTERED, LEDGERS, Rewriting, SIZE, decision, history, number, record_key, rewrite},
    support::{RECORDS, StoppedStore, TILES, of_ledger},
};
use crate::support::{
    calls::{append, assert_refused, batch, create, event, ledger, refusal},
    command::{done, run},
    daemon::{Client, Daemon},
    keys::hold,
    place::Place,
};

/// What is wrong with a ledger's records: alters them, given the number of the ledger and of another one.
type Alter = fn(&StoppedStore, u32, u32);

pub(crate) async fn get(
    client: &mut Client,
    ledger: &str,
    record: Record,
) -> Result<v1::LedgerRecord, Status> {
    let request = GetRecordRequest {
        ledger: ledger.into(),
        record: Some(record),
        ..Default::default()
    };
    Ok(client
        .get_record(request)
        .await?
        .into_inner()
        .record
        .unwrap())
}

pub(crate) async fn list(
    client: &mut Client,
    ledger: &str,
    filter: EventFilter,
) -> Result<Vec<v1::LedgerRecord>, Status> {
    let mut token = String::new();
    let mut records = Vec::new();
    loop {
        let request = ListEventsRequest {
            ledger: ledger.into(),
            filter: Some(filter.clone()),
            page_size: 1_000,
            page_token: token,
            ..Default::default()
        };
        let page = client.list_events(request).await?.into_inner();
        records.extend(page.records);
        token = page.next_page_token;
        if token.is_empty() {
            return Ok(records);
        }
    }
}

pub(crate) async fn follow(
    client: &mut Client,
    ledger: &str,
) -> Result<Vec<v1::LedgerRecord>, Status> {
    let request = FollowRecordsRequest {
        ledger: ledger.into(),
        ..Default::default()
    };
    let mut stream = client.follow_records(request).await?.into_inner();
    let mut records = Vec::new();
    while (records.len() as u64) < SIZE {
        records.extend(stream.message().await?.unwrap().records);
    }
    Ok(records)
}

async fn receipt(client: &mut Client, ledger: &str) -> Result<v1::GetReceiptResponse, Status> {
    let request = GetReceiptRequest {
        ledger: ledger.into(),
        sequence: ALTERED,
        ..Default::default()
    };
    Ok(client.get_receipt(request).await?.into_inner())
}

pub(crate) async fn verify(client: &mut Client, ledger: &str) -> v1::VerificationResult {
    let request = VerifyLedgerRequest {
        ledger: ledger.into(),
    };
    let mut progress = client.verify_ledger(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(message) = progress.message().await.unwrap() {
        last = message.result.or(last);
    }
    last.unwrap()
}

/// An answer that names the damaged record, and the ledger in quarantine for it.
async fn assert_found<T: std::fmt::Debug>(
    client: &mut Client,
    name: &str,
    outcome: Result<T, Status>,
) {
    let status = outcome.unwrap_err();
    let (code, reason, _) = refusal(&status);
    assert_eq!(
        (code, reason),
        (Code::DataLoss, Some(ErrorReason::Damaged)),
        "{name}: {status:?}"
    );
    let named = format!("record {ALTERED}");
    assert!(status.message().contains(&named), "{name}: {status:?}");
    assert_quarantined(client, name, &named).await;
}

pub(crate) async fn assert_quarantined(client: &mut Client, name: &str, why: &str) {
    let found = ledger(client, name).await;
    assert_eq!(found.state(), LedgerState::Quarantined, "{name}");
    assert!(found.state_reason.contains(why), "{}", found.state_reason);
    let refused = append(client, name, event("more")).await;
    let (code, reason) = (Code::FailedPrecondition, ErrorReason::LedgerQuarantined);
    assert_refused(refused, code, reason, "");
}

/// Alters the same record of every ledger but the last, and reads each in another way.
async fn every_reader_says_so(alter: Alter) -> (Place, Daemon, Client) {
    let place = history().await;
    let store = StoppedStore::open(&place);
    let other = number(&store, "other");
    for name in &LEDGERS[..LEDGERS.len() - 1] {
        alter(&store, number(&store, name), other);
    }
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let outcome = get(&mut client, "get", Record::Sequence(ALTERED)).await;
    assert_found(&mut client, "get", outcome).await;
    let outcome = list(&mut client, "list", EventFilter::default()).await;
    assert_found(&mut client, "list", outcome).await;
    let filter = EventFilter {
        actor: format!("actor-{}", (ALTERED - 2) % 3),
        ..Default::default()
    };
    let outcome = list(&mut client, "filter", filter.clone()).await;
    assert_found(&mut client, "filter", outcome).await;
    let outcome = follow(&mut client, "follow").await;
    assert_found(&mut client, "follow", outcome).await;
    let outcome = receipt(&mut client, "receipt").await;
    assert_found(&mut client, "receipt", outcome).await;
    let found = verify(&mut client, "verify").await;
    assert!(!found.intact);
    let named = found.findings.iter().any(|one| {
        let named = format!("record {ALTERED}");
        one.sequence == Some(ALTERED) || one.detail.contains(&named)
    });
    assert!(named, "{found:?}");
    assert_quarantined(&mut client, "verify", &format!("record {ALTERED}")).await;
    // The other ledger is none the worse.
    append(&mut client, "other", event("more")).await.unwrap();
    assert_eq!(list(&mut client, "other", filter).await.unwrap().len(), 200);
    (place, daemon, client)
}

/// In quarantine what is sound is read, and what is not is marked.
async fn marks_stay_beside_the_damage(client: &mut Client, daemon: &Daemon) {
    let marked = |records: &[v1::LedgerRecord]| -> Vec<u64> {
        let marked = records
            .iter()
            .filter(|record| !record.unverified.is_empty());
        marked.map(|record| record.sequence).collect()
    };
    let near = |marked: &[u64]| marked[0] == ALTERED && marked.iter().all(|at| *at <= ALTERED + 1);
    let followed = follow(client, "follow").await.unwrap();
    assert!(near(&marked(&followed)), "{:?}", marked(&followed));
    let listed = list(client, "list", EventFilter::default()).await.unwrap();
    assert_eq!(marked(&listed), marked(&followed));
    for (sequence, is_marked) in [(ALTERED - 1, false), (ALTERED, true), (ALTERED + 2, false)] {
        let record = get(client, "get", Record::Sequence(sequence))
            .await
            .unwrap();
        assert_eq!(!record.unverified.is_empty(), is_marked, "{sequence}");
    }
    assert_eq!(
        receipt(client, "receipt").await.unwrap_err().code(),
        Code::DataLoss
    );
    // People and programs see it.
    let altered = ALTERED.to_string();
    let shown = done(daemon, &["get", "get", &altered]).text();
    assert!(shown.contains("NOT VERIFIED"), "{shown}");
    let lines = done(daemon, &["list", "list", "--all"]).text();
    assert_eq!(lines.matches("NOT VERIFIED").count(), marked(&listed).len());
    let shown = done(daemon, &["--output", "json", "get", "get", &altered]).json();
    assert!(!shown["unverified"].as_str().unwrap().is_empty(), "{shown}");
    // Rows have no place for a mark.
    let rows = run(
        daemon,
        &["export-events", "follow", "--form", "ndjson", "--out", "-"],
    );
    assert_ne!(rows.code, 0);
    assert!(!rows.text().contains(&format!("\"sequence\":{ALTERED},")));
    assert!(
        rows.remarks.contains(&format!("record {ALTERED}")),
        "{}",
        rows.remarks
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_with_another_payload_is_never_served_as_sound() {
    let (_place, daemon, mut client) = every_reader_says_so(|store, ledger, _| {
        rewrite(store, ledger, ALTERED, Rewriting::Payload);
    })
    .await;
    marks_stay_beside_the_damage(&mut client, &daemon).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_whose_chain_hash_was_made_right_is_never_served_as_sound() {
    let (_place, daemon, mut client) = every_reader_says_so(|store, ledger, _| {
        rewrite(store, ledger, ALTERED, Rewriting::FactAndChain);
    })
    .await;
    marks_stay_beside_the_damage(&mut client, &daemon).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_another_ledger_is_never_served_as_sound() {
    let (_place, daemon, mut client) = every_reader_says_so(|store, ledger, other| {
        let value = store.get(RECORDS, &record_key(other, ALTERED)).unwrap();
        store.put(RECORDS, &record_key(ledger, ALTERED), &value);
    })
    .await;
    marks_stay_beside_the_damage(&mut client, &daemon).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_was_removed_is_missed_by_every_reader() {
    let (_place, daemon, _client) = every_reader_says_so(|store, ledger, _| {
        store.delete(RECORDS, &record_key(ledger, ALTERED));
    })
    .await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_under_the_number_of_the_next_is_never_served_as_sound() {
    let (_place, daemon, _client) = every_reader_says_so(|store, ledger, _| {
        let value = store
            .get(RECORDS, &record_key(ledger, ALTERED - 1))
            .unwrap();
        store.put(RECORDS, &record_key(ledger, ALTERED), &value);
    })
    .await;
    daemon.stop();
}

/// Alters a record, and the leaf of the tile in which it is.
fn alter_with_its_leaf(store: &StoppedStore, ledger: u32) {
    rewrite(store, ledger, ALTERED, Rewriting::FactAndChain);
    let value = store.get(RECORDS, &record_key(ledger, ALTERED)).unwrap();
    let leaf = leaf_hash(&StoredRecord::decode_chain(&value).unwrap());
    let tile = [&[0], &(ALTERED / 256).to_be_bytes()[..]].concat();
    store.change(TILES, &of_ledger(ledger, &tile), |hashes| {
        let at = (ALTERED % 256) as usize * 32;
        hashes[at..at + 32].copy_from_slice(leaf.as_bytes());
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tile_that_was_altered_vouches_for_nothing() {
    let place = history().await;
    let store = StoppedStore::open(&place);
    alter_with_its_leaf(&store, number(&store, "get"));
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    // A start reads the tile to build the tree, and finds it.
    assert_quarantined(&mut client, "get", "root-mismatch").await;
    let record = get(&mut client, "get", Record::Sequence(ALTERED))
        .await
        .unwrap();
    assert!(!record.unverified.is_empty());
    // The proofs of its neighbours lead through the tile, and a moment's wait changes nothing about that.
    for sequence in [ALTERED, ALTERED + 1, SIZE - 1] {
        let request = GetReceiptRequest {
            ledger: "get".into(),
            sequence,
            ..Default::default()
        };
        let outcome = client.get_receipt(request).await;
        assert_refused(outcome, Code::DataLoss, ErrorReason::Damaged, "");
    }
    daemon.stop();
}

/// In a tree of more than 65,536 records a start does not read the first tiles: the tile above has their roots.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tile_that_no_start_reads_vouches_for_nothing_either() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for first in (0..66_000).step_by(1_000) {
        let numbers = first..first + 1_000;
        let events = numbers.map(|number| decision("audit", number)).collect();
        batch(&mut client, "audit", events).await.unwrap();
    }
    daemon.stop();
    let store = StoppedStore::open(&place);
    alter_with_its_leaf(&store, number(&store, "audit"));
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_eq!(
        ledger(&mut client, "audit").await.state(),
        LedgerState::Open
    );
    let sound = get(&mut client, "audit", Record::Sequence(60_000)).await;
    assert_eq!(sound.unwrap().unverified, "");
    let outcome = get(&mut client, "audit", Record::Sequence(ALTERED)).await;
    assert_refused(outcome, Code::DataLoss, ErrorReason::Damaged, "");
    assert_quarantined(&mut client, "audit", "tile 1 of level 0").await;
    daemon.stop();
}

/// The second of two holds names the first as the key event before it. One that names an earlier one would hide it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_event_that_was_altered_hides_no_other() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    create(&mut client, "audit").await;
    append(&mut client, "audit", event("a")).await.unwrap();
    hold(&mut keys, "audit", None).await;
    hold(&mut keys, "audit", None).await;
    append(&mut client, "audit", event("b")).await.unwrap();
    daemon.stop();
    let store = StoppedStore::open(&place);
    let of = number(&store, "audit");
    let (first, second) = (3, 4);
    let before = store.get(RECORDS, &record_key(of, first)).unwrap();
    let before = StoredRecord::decode(&before).unwrap();
    let before = Header::decode(before.header).unwrap().prior_key_event;
    store.change(RECORDS, &record_key(of, second), |value| {
        let stored = StoredRecord::decode(value).unwrap();
        let mut header = Header::decode(stored.header).unwrap();
        assert_eq!(
            (header.kind.name(), header.prior_key_event),
            ("hold", first)
        );
        header.prior_key_event = before;
        let tail = RecordTail::encode(stored.body, stored.payload);
        let mut out = Vec::new();
        push_record(
            &mut out,
            &stored.chain,
            &stored.id_hash,
            &header.encode(),
            &tail,
        );
        *value = out;
    });
    drop(store);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_quarantined(&mut client, "audit", &format!("record {second}")).await;
    daemon.stop();
}
