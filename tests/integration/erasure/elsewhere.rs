//! Whoever is in a ledger that takes no records has the same rights: a record of the store's own ledger says that they are
//! erased, and the keys go.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use indelible_proto::v1::LedgerState;

use super::*;
use crate::administrator::support::{CATALOGUE, INDEX, KEYS, StoppedStore, of_ledger};

/// The number of the ledger `audit` in its store.
fn number(store: &StoppedStore) -> u32 {
    let descriptors = store.with_prefix(CATALOGUE, &[0x10]);
    let own = descriptors
        .iter()
        .find(|(_, descriptor)| String::from_utf8_lossy(descriptor).contains("\"name\":\"audit\""));
    u32::from_be_bytes(own.unwrap().0[1..].try_into().unwrap())
}

/// Adds an identity to the index that no record has, which a verification finds and no start looks for.
fn damage(place: &Place) {
    let store = StoppedStore::open(place);
    let of = number(&store);
    store.put(INDEX, &of_ledger(of, b"iiiiiiiiiiiiiiiii"), &[17]);
}

/// How many keys and lists of them the store has of the ledger.
fn keys_left(place: &Place) -> usize {
    let store = StoppedStore::open(place);
    let of = number(&store);
    store.with_prefix(KEYS, &of_ledger(of, &[])).len()
}

/// Has the daemon find out that the ledger is damaged.
async fn quarantine(daemon: &Daemon, client: &mut Client) {
    assert_eq!(run(daemon, &["verify", "audit"]).code, 1);
    let state = ledger(client, "audit").await.state();
    assert_eq!(state, LedgerState::Quarantined);
}

fn is_erased(record: &v1::LedgerRecord) -> bool {
    record.body_state() == PartState::Erased
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_in_quarantine_is_erased_from_on_the_word_of_the_stores_own() {
    let place = Place::new();
    let (daemon, _, _, named) = filled(&place).await;
    daemon.stop();
    damage(&place);
    let before = keys_left(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut keys = daemon.keys().await;
    quarantine(&daemon, &mut client).await;
    let size = ledger(&mut client, "audit").await.size;
    let bundle = place.file("before.tar");
    export(&mut client, "audit", None, &bundle).await;
    let verified = verify(&bundle, &named.verifier_key, &[]);

    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    assert!(
        erased.complete && erased.event_count == 3,
        "three events are hers: {erased:?}"
    );
    assert!(
        erased.recorded_in_origin.contains("/_system/"),
        "{erased:?}"
    );
    assert_eq!(ledger(&mut client, "audit").await.size, size);
    for hers in [2, 3, 6] {
        assert!(is_erased(&get(&mut client, "audit", hers, true).await));
    }
    assert!(!is_erased(&get(&mut client, "audit", 4, true).await));
    assert!(by_actor(&mut client, "actor of e1").await.is_empty());
    let listed = erasures(&mut keys, "audit").await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].recorded_in_origin, erased.recorded_in_origin);
    assert!(listed[0].complete);
    let again = erase(&mut keys, "audit", "erika").await;
    assert_refused(again, Code::NotFound, ErrorReason::DataSubjectUnknown, "");
    // Whoever holds the ledger's bundles needs to know nothing of it.
    let bundle = place.file("after.tar");
    export(&mut client, "audit", None, &bundle).await;
    let after = verify(&bundle, &named.verifier_key, &[]);
    assert_eq!((after.code, verified.code), (0, 0), "{after:#?}");
    assert_eq!(after.report["bundle"], verified.report["bundle"]);
    // Nothing else is found than before: what is gone is not missing.
    let found = run(&daemon, &["verify", "audit", "--output", "json"]).json();
    assert_eq!(found["findings"].as_array().unwrap().len(), 1, "{found}");
    assert!(
        found["unanswered"].as_array().unwrap().is_empty(),
        "{found}"
    );
    daemon.stop();
    assert!(keys_left(&place) < before);

    // A start does not look for what is wrong with it, so it is open again, and she stays erased.
    let daemon = Daemon::start(&place).await;
    client = daemon.client().await;
    keys = daemon.keys().await;
    assert_eq!(
        ledger(&mut client, "audit").await.state(),
        LedgerState::Open
    );
    for hers in [2, 3, 6] {
        assert!(is_erased(&get(&mut client, "audit", hers, true).await));
    }
    append(&mut client, "audit", event_of("erika", "e4"))
        .await
        .unwrap();
    let own = erase(&mut keys, "audit", "erika").await.unwrap();
    assert_eq!((own.event_count, own.recorded_in_origin.as_str()), (1, ""));
    assert_eq!(erasures(&mut keys, "audit").await.len(), 2);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_whose_place_another_took_is_erased_from_and_certified() {
    let place = Place::new();
    let (daemon, _, _, named) = filled(&place).await;
    daemon.stop();
    damage(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    quarantine(&daemon, &mut client).await;
    done(&daemon, &["ledger", "succeed", "audit", "--yes"]);
    let old = named.origin.as_str();
    assert_eq!(ledger(&mut client, old).await.state(), LedgerState::Closed);
    append(&mut client, "audit", event_of("erika", "new"))
        .await
        .unwrap();
    let basis = ["--basis", BASIS, "--yes"];
    let all = ["erase", "--all-ledgers", "--subject", "erika"];
    let dry = run(&daemon, &[&all[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "{dry:?}");
    let erased = run(&daemon, &[&all[..], &basis, &["--output", "json"]].concat());
    assert_eq!(erased.code, 0, "{erased:?}");
    let lines: Vec<serde_json::Value> = erased
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of_old = lines.iter().find(|line| line["origin"] == old).unwrap();
    assert_eq!(of_old["events"], 3, "{of_old}");
    assert_eq!(lines.len(), 2, "{lines:?}");
    let system = of_old["recorded_in"].as_str().unwrap();
    assert!(system.contains("/_system/"), "{of_old}");
    for hers in [2, 3, 6] {
        assert!(is_erased(&get(&mut client, old, hers, true).await));
    }

    let json = place.file("c.json");
    let number = of_old["sequence"].to_string();
    let path = json.to_str().unwrap();
    done(
        &daemon,
        &["certificate", old, &number, "--in-system", "-o", path],
    );
    let certificate: serde_json::Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(certificate["origin"], old);
    assert_eq!(certificate["recorded_in"], system);
    assert_eq!(certificate["events"], 3);
    assert_eq!(certificate["events_still_readable"], 0);
    let (receipt, record) = (place.file("c.receipt"), place.file("c.record"));
    fs::write(&receipt, certificate["proof"]["receipt"].as_str().unwrap()).unwrap();
    let record_file = certificate["proof"]["record_file"].as_str().unwrap();
    fs::write(&record, BASE64.decode(record_file).unwrap()).unwrap();
    let key = certificate["recorded_in_verifier_key"].as_str().unwrap();
    let verdict = verify_receipt(&receipt, &record, key);
    assert_eq!(verdict.code, 0, "{}", verdict.complaint);
    let own = run(&daemon, &["certificate", old, &number]);
    assert_eq!(own.code, 4, "{own:?}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_of_a_ledger_that_takes_no_records_still_holds() {
    let place = Place::new();
    let (daemon, _, mut keys, named) = filled(&place).await;
    hold(&mut keys, "audit", Some("erika")).await;
    daemon.stop();
    damage(&place);
    let before = keys_left(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    keys = daemon.keys().await;
    quarantine(&daemon, &mut client).await;
    let held = erase(&mut keys, "audit", "erika").await;
    assert_refused(held, Code::FailedPrecondition, ErrorReason::ErasureHeld, "");
    done(&daemon, &["ledger", "succeed", "audit", "--yes"]);
    let held = erase(&mut keys, &named.origin, "erika").await;
    assert_refused(held, Code::FailedPrecondition, ErrorReason::ErasureHeld, "");
    assert!(erasures(&mut keys, &named.origin).await.is_empty());
    let max = erase(&mut keys, &named.origin, "max").await.unwrap();
    assert_eq!(max.event_count, 1);
    daemon.stop();
    assert!(keys_left(&place) < before);
}
