//! Damage in one file of the store, and a copy of the whole store from before the damage was found.

use std::{os::unix::fs::FileExt as _, path::Path};

use super::*;
use crate::scrubs::{filled, table};

/// Flips a bit in the middle of a file.
fn rot(file: &Path) {
    let at = fs::metadata(file).unwrap().len() / 3;
    let mut byte = [0];
    let opened = fs::File::options().read(true).write(true).open(file);
    let opened = opened.unwrap();
    opened.read_exact_at(&mut byte, at).unwrap();
    opened.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

/// A store with a rotten table that `verify` has found, and a complete copy from before. No daemon has it.
async fn damaged() -> (Place, PathBuf) {
    let place = filled().await;
    let newest = place.copy_data("newest");
    rot(&table(&place, crate::administrator::support::RECORDS));
    let daemon = Daemon::start(&place).await;
    let found = run(&daemon, &["verify", "audit"]);
    assert_ne!(found.code, 0, "{found:?}");
    let state = ledger(&mut daemon.client().await, "audit").await.state();
    assert_eq!(state, LedgerState::Quarantined);
    daemon.signal(libc::SIGTERM);
    daemon.wait();
    (place, newest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_one_file_that_differs_from_a_copy_ends_the_quarantine_and_loses_nothing() {
    let (place, newest) = damaged().await;
    let store = place.data().join("store-0001");
    let mut differ = Vec::new();
    for entry in fs::read_dir(newest.join("store-0001")).unwrap() {
        let sound = entry.unwrap().path();
        let own = store.join(sound.file_name().unwrap());
        let is_table = sound.extension().is_some_and(|end| end == "sst");
        if is_table && own.exists() && fs::read(&own).unwrap() != fs::read(&sound).unwrap() {
            differ.push((sound, own));
        }
    }
    assert_eq!(differ.len(), 1, "{differ:?}");
    for (sound, own) in differ {
        fs::copy(sound, own).unwrap();
    }
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    for name in ["audit", "_system"] {
        let state = ledger(&mut client, name).await.state();
        assert_eq!(state, LedgerState::Open, "{name}");
        done(&daemon, &["verify", name]);
    }
    append(&mut client, "audit", event("goes on"))
        .await
        .unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_whole_lacks_what_system_has_recorded_since() {
    let (place, newest) = damaged().await;
    fs::remove_dir_all(place.data()).unwrap();
    copy(&newest, &place.data());
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let state = ledger(&mut client, "audit").await.state();
    assert_eq!(state, LedgerState::Open);
    let system = ledger(&mut client, "_system").await;
    assert_eq!(system.state(), LedgerState::Quarantined);
    assert!(
        append(&mut client, "audit", event("not yet"))
            .await
            .is_err()
    );
    daemon.stop();
    repair_system(&place);
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    append(&mut client, "audit", event("goes on"))
        .await
        .unwrap();
    daemon.stop();
}
