//! Backups of a store that lost its anchor and was repaired as the runbook says.

use indelible_proto::v1::LedgerState;

use super::*;
use crate::support::{
    calls::{append, batch, create, event, events, ledger},
    daemon::repair_system,
};

/// What a restore says of the ledgers of a name, in the order of their numbers.
fn standings(restored: &Value, name: &str) -> Vec<String> {
    let ledgers = restored["ledgers"].as_array().unwrap().iter();
    let named = ledgers.filter(|ledger| ledger["ledger"] == name);
    named
        .map(|ledger| ledger["standing"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_repaired_after_its_anchor_was_lost_is_backed_up_and_restored_again() {
    let place = Place::new();
    let daemon = start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", events("e", 0..20))
        .await
        .unwrap();
    let size = ledger(&mut client, "audit").await.size;
    let key = place.file("system.vkey");
    let vkey = done(&daemon, &["ledger", "key", "_system"]).text();
    fs::write(&key, vkey).unwrap();
    back_up(&daemon);
    daemon.kill();

    let repaired = Place::new();
    let answer = restore(&place, &repaired, &["--anchor-lost"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    // Nobody knows how many were acknowledged afterwards.
    assert_eq!(answer.json()["missing_records"], Value::Null);
    assert_eq!(answer.json()["quarantined"], 2);
    Daemon::start(&repaired).await.stop();
    repair_system(&repaired);
    let daemon = start(&repaired).await;
    let mut client = daemon.client().await;
    create(&mut client, "later").await;
    append(&mut client, "later", event("first")).await.unwrap();
    // The closed _system and the quarantined ledger are not in the new anchor, and the writer appends nothing to them.
    let made = back_up(&daemon);
    assert_eq!(made["ledgers"], 4, "{made}");
    daemon.kill();
    let verified = verify(&repaired);
    assert_eq!(verified.code, 0, "{verified:?}");

    // The key of the _system before is another key, for a verification as for a restore.
    let (key, directory) = (key.to_str().unwrap(), backups(&repaired));
    let verified = [
        "backup",
        "verify",
        directory.to_str().unwrap(),
        "--key",
        key,
    ];
    let refused = restore(&repaired, &Place::new(), &["--anchor-lost", "--key", key]);
    for told in [offline(&verified), refused] {
        assert!(
            told.code == 5 && told.remarks.contains("has taken as its successor"),
            "{told:?}"
        );
    }

    let beside = Place::new();
    let anchor = repaired.anchor();
    let answer = restore(&repaired, &beside, &["--anchor", anchor.to_str().unwrap()]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let told = answer.json();
    assert_eq!(standings(&told, "_system"), ["closed", "behind"]);
    assert_eq!(standings(&told, "audit"), ["unanchored"]);
    assert_eq!(standings(&told, "later"), ["whole"]);
    assert_eq!(told["quarantined"], 2, "{told}");

    let then = Place::new();
    let answer = restore(&repaired, &then, &["--anchor-of-backup"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let told = answer.json();
    assert_eq!(standings(&told, "_system"), ["closed", "whole-when-made"]);
    assert_eq!(told["missing_records"], Value::Null);
    assert_eq!(told["quarantined"], 1, "{told}");
    let daemon = start(&then).await;
    let mut client = daemon.client().await;
    let audit = ledger(&mut client, "audit").await;
    assert_eq!(
        (audit.state(), audit.size),
        (LedgerState::Quarantined, size)
    );
    append(&mut client, "later", event("goes on"))
        .await
        .unwrap();
    back_up(&daemon);
    daemon.stop();
}
