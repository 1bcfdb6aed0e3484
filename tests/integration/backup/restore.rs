//! A restore is a rollback, and the anchor judges it.

use std::os::unix::fs::PermissionsExt as _;

use indelible_proto::v1::LedgerState;

use super::*;
use crate::support::{
    Named,
    calls::{append, batch, create, event, events, ledger, records},
    daemon::{Client, repair_system},
    verifier::assert_verifies,
};

/// A daemon over a restored store, with the anchor that judges.
async fn start_beside(place: &Place, anchor: &Path) -> Daemon {
    let mut command = serve(place);
    command.arg("--anchor").arg(anchor);
    let mut daemon = Daemon::spawn(command, place).unwrap();
    daemon.await_serving().await;
    daemon
}

/// Fifty events, a backup, and five events more, before the daemon is killed. Returns the ledger and its size in the backup.
async fn backed_up(place: &Place) -> (Named, u64) {
    let daemon = start(place).await;
    let mut client = daemon.client().await;
    let audit = Named::from(&create(&mut client, "audit").await);
    create(&mut client, "quiet").await;
    batch(&mut client, "audit", events("e", 0..50))
        .await
        .unwrap();
    let size = ledger(&mut client, "audit").await.size;
    back_up(&daemon);
    batch(&mut client, "audit", events("later", 0..5))
        .await
        .unwrap();
    daemon.kill();
    (audit, size)
}

async fn state(client: &mut Client, name: &str) -> LedgerState {
    ledger(client, name).await.state()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_the_surviving_anchor_what_is_missing_is_told_and_quarantined() {
    let place = Place::new();
    let (audit, size) = backed_up(&place).await;
    let restored = Place::new();
    let anchor = place.anchor();
    let answer = restore(&place, &restored, &["--anchor", anchor.to_str().unwrap()]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let told = answer.json();
    let of_audit = of_ledger(&told, "audit");
    assert_eq!(of_audit["standing"], "behind");
    assert_eq!(of_audit["missing"], serde_json::json!([size, size + 5]));
    assert_eq!(of_ledger(&told, "quiet")["standing"], "whole");
    // That the backup was made is recorded after it was.
    assert_eq!(of_ledger(&told, "_system")["standing"], "behind");
    assert_eq!(told["quarantined"], 2);
    assert!(answer.remarks.contains("are missing"), "{answer:?}");

    let daemon = start_beside(&restored, &anchor).await;
    let mut client = daemon.client().await;
    assert_eq!(state(&mut client, "audit").await, LedgerState::Quarantined);
    assert_eq!(
        records(&mut client, "audit", 0, size).await.len() as u64,
        size
    );
    assert_eq!(state(&mut client, "quiet").await, LedgerState::Open);
    daemon.stop();
    // Successors take the places, by the commands that there are.
    let repaired = Command::new(INDELIBLE)
        .args(["system", "succeed", "--yes", "--data"])
        .arg(restored.data())
        .arg("--anchor")
        .arg(&anchor)
        .arg("--passphrase-file")
        .arg(restored.passphrase())
        .output()
        .unwrap();
    assert!(repaired.status.success(), "{repaired:?}");
    let daemon = start_beside(&restored, &anchor).await;
    let mut client = daemon.client().await;
    append(&mut client, "quiet", event("goes on"))
        .await
        .unwrap();
    assert_verifies(&mut client, &audit, &restored.file("audit.tar")).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_everything_is_as_the_anchor_says_it_serves_at_once() {
    let place = Place::new();
    let (_, size) = backed_up(&place).await;
    let restored = Place::new();
    let answer = restore(&place, &restored, &["--anchor-of-backup"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let told = answer.json();
    assert_eq!(told["quarantined"], 0, "{told}");
    let anchor = fs::metadata(restored.anchor()).unwrap();
    let mode = anchor.permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "as the daemon writes it");
    let daemon = Daemon::start(&restored).await;
    let mut client = daemon.client().await;
    assert_eq!(ledger(&mut client, "audit").await.size, size);
    append(&mut client, "audit", event("goes on"))
        .await
        .unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_anchor_all_ledgers_are_quarantined_until_successors_take_their_places() {
    let place = Place::new();
    let (_, size) = backed_up(&place).await;
    let restored = Place::new();
    let answer = restore(&place, &restored, &["--anchor-lost"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.json()["quarantined"], 3);
    let daemon = Daemon::start(&restored).await;
    let mut client = daemon.client().await;
    for name in ["audit", "quiet"] {
        assert_eq!(state(&mut client, name).await, LedgerState::Quarantined);
    }
    assert_eq!(
        records(&mut client, "audit", 0, size).await.len() as u64,
        size
    );
    daemon.stop();
    repair_system(&restored);
    let daemon = Daemon::start(&restored).await;
    assert_eq!(
        state(&mut daemon.client().await, "_system").await,
        LedgerState::Open
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_anchor_is_said_to_have_gone_back_itself() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let older = place.file("older.anchor");
    fs::copy(place.anchor(), &older).unwrap();
    batch(&mut client, "audit", events("e", 0..50))
        .await
        .unwrap();
    back_up(&daemon);
    daemon.kill();
    let restored = Place::new();
    let answer = restore(&place, &restored, &["--anchor", older.to_str().unwrap()]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        of_ledger(&answer.json(), "audit")["standing"],
        "anchor-older"
    );
    assert!(answer.remarks.contains("went back itself"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_holds_something_is_left_as_it_is() {
    let place = Place::new();
    backed_up(&place).await;
    let before = files_below(&place.data());
    let anchor = place.file("lost");
    fs::rename(place.anchor(), &anchor).unwrap();
    let own = restore(&place, &place, &["--anchor-lost"]);
    assert_eq!(own.code, 2, "{own:?}");
    assert_eq!(files_below(&place.data()), before);
    let other = Place::new();
    fs::create_dir(other.data()).unwrap();
    fs::write(other.data().join("thesis.txt"), "mine").unwrap();
    let full = restore(&place, &other, &["--anchor-lost"]);
    assert_eq!(full.code, 2, "{full:?}");
    assert_eq!(files_below(&other.data()).len(), 1);
    // The anchor of another store judges nothing.
    let stranger = Place::new();
    Daemon::start(&stranger).await.stop();
    let new = Place::new();
    let foreign = stranger.anchor();
    let refused = restore(&place, &new, &["--anchor", foreign.to_str().unwrap()]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(!new.data().exists());
    // One that lies there already may be the one that survives.
    fs::copy(&anchor, new.anchor()).unwrap();
    let refused = restore(&place, &new, &["--anchor-of-backup"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(!new.data().exists());
}
