//! The scrub of the real daemon: a byte that rots in a file of the running store is found without anybody reading it.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use indelible_proto::v1::{self, GetStatusRequest, LedgerState};
use rocksdb::{ColumnFamilyDescriptor, DB, Options};

use crate::{
    administrator::support::{FAMILIES, INDEX, PROJECTIONS, RECORDS},
    support::{
        calls::{batch, create, event, ledger},
        command::done,
        daemon::{Client, Daemon, serve},
        place::{Place, copy},
    },
};

const PATIENCE: Duration = Duration::from_secs(60);
/// More events than one segment of the projections has.
const EVENTS: u64 = 17_000;

/// Starts a daemon whose scrub waits for so many seconds and then goes on without a rest.
async fn scrubbing(place: &Place, delay_seconds: u64) -> Daemon {
    let mut command = serve(place);
    command
        .env(
            "INDELIBLE__SCRUB__START_DELAY_SECONDS",
            delay_seconds.to_string(),
        )
        .env(
            "INDELIBLE__SCRUB__BYTES_PER_SECOND",
            (1_u64 << 30).to_string(),
        );
    let mut daemon = Daemon::spawn(command, place).unwrap();
    daemon.await_serving().await;
    daemon
}

async fn notices(client: &mut Client, code: &str) -> Vec<v1::Notice> {
    let status = client.get_status(GetStatusRequest {}).await.unwrap();
    let notices = status.into_inner().notices.into_iter();
    notices.filter(|one| one.code().name() == code).collect()
}

/// A store whose records, index and states are in tables. No daemon has it.
pub(crate) async fn filled() -> Place {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let small = |number| v1::Event {
        payload: None,
        ..event(&format!("small-{number}"))
    };
    for first in (0..EVENTS).step_by(1_000) {
        let events = (first..first + 1_000).map(small).collect();
        batch(&mut client, "audit", events).await.unwrap();
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = ledger(&mut client, "audit").await;
        if found.indexed_size == found.size && found.projected_size >= 16_384 {
            break;
        }
        assert!(Instant::now() < deadline, "{found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    daemon.stop();
    place
}

/// The largest table of a column family.
pub(crate) fn table(place: &Place, family: &str) -> PathBuf {
    let store = place.data().join("store-0001");
    let families = FAMILIES.map(|one| ColumnFamilyDescriptor::new(one, Options::default()));
    let db =
        DB::open_cf_descriptors_read_only(&Options::default(), &store, families, false).unwrap();
    let files = db.live_files().unwrap().into_iter();
    let largest = files
        .filter(|file| file.column_family_name == family)
        .max_by_key(|file| file.size)
        .unwrap();
    store.join(largest.name.trim_start_matches('/'))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_that_rots_in_a_table_of_the_running_store_is_found() {
    let original = filled().await;
    for family in [RECORDS, INDEX, PROJECTIONS] {
        let place = Place::new();
        copy(&original.data(), &place.data());
        copy(&original.anchor(), &place.anchor());
        let rotten = table(&place, family);
        let daemon = scrubbing(&place, 2).await;
        let mut client = daemon.client().await;
        let file = File::options()
            .read(true)
            .write(true)
            .open(&rotten)
            .unwrap();
        let (mut byte, at) = ([0], fs::metadata(&rotten).unwrap().len() / 3);
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
        let deadline = Instant::now() + PATIENCE;
        while notices(&mut client, "SCRUB_FOUND").await.is_empty() {
            assert!(Instant::now() < deadline, "{family}: {}", daemon.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let state = ledger(&mut client, "audit").await.state();
        match family {
            PROJECTIONS => assert_eq!(state, LedgerState::Open, "{family}"),
            _ => assert_eq!(state, LedgerState::Quarantined, "{family}"),
        }
        let log = await_record(&daemon).await;
        assert!(log.contains("damage_found"), "{family}: {log}");
        daemon.signal(libc::SIGTERM);
        daemon.wait();
    }
}

/// Waits until the finding is on record in the store's own ledger.
async fn await_record(daemon: &Daemon) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let kind = "indelible.system.damage_found.v1";
        let log = done(daemon, &["list", "_system", "--type", kind]).text();
        if log.contains("damage_found") || Instant::now() >= deadline {
            return log;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_see_how_far_the_scrub_is() {
    let place = Place::new();
    let daemon = scrubbing(&place, 0).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    daemon.stop();
    let daemon = scrubbing(&place, 0).await;
    let mut client = daemon.client().await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = ledger(&mut client, "audit").await.scrub.unwrap();
        if found.pass_end_time.is_some() {
            assert_eq!(found.pass_size, ledger(&mut client, "audit").await.size);
            break;
        }
        assert!(Instant::now() < deadline, "{found:?}: {}", daemon.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let shown = done(&daemon, &["ledger", "show", "audit"]).text();
    assert!(shown.contains("the last time at"), "{shown}");
    let shown = done(&daemon, &["status"]).text();
    assert!(shown.contains("records verified, at "), "{shown}");
    let shown = done(&daemon, &["status", "--output", "json"]).json();
    assert_eq!(shown["scrub"]["finding_count"], 0, "{shown}");
    assert_eq!(notices(&mut client, "SCRUB_FOUND").await, Vec::new());
    daemon.stop();
}
