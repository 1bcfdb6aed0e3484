//! Failing disks: a sync that fails stops the writer until a restart, and a volume that fills up makes
//! ledgers read-only before it is full.

use std::{
    fs::{self, File},
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use indelible_proto::v1::{ErrorReason, LedgerState};
use tonic::Code;

use crate::{
    power_cut::volume,
    support::{
        Named,
        calls::{append, assert_refused, create, event, ledger, records, refusal},
        daemon::{Client, Daemon},
        faults::{FailingCalls, store_files},
        place::Place,
        verifier::assert_verifies,
    },
};

/// The store's log that is being written.
fn log_file(place: &Place) -> PathBuf {
    store_files(place, "log").pop().unwrap()
}

async fn syncs_fail(choose: impl Fn(&Place) -> PathBuf, nth: u64) {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    create(&mut client, "other").await;
    append(&mut client, "audit", event("before")).await.unwrap();
    let file = choose(&place);
    let Some(tracer) = FailingCalls::begin(&daemon, "fdatasync", "EIO", nth, &[file]) else {
        return;
    };
    let mut acknowledged = 0;
    let failure = loop {
        match append(&mut client, "audit", event(&format!("e{acknowledged}"))).await {
            Ok(_) => acknowledged += 1,
            Err(status) => break status,
        }
        assert!(acknowledged < nth, "syncs that fail are not noticed");
    };
    assert_eq!(refusal(&failure).0, Code::Unavailable);
    assert_eq!(refusal(&failure).1, Some(ErrorReason::OutcomeUnknown));
    assert_eq!(acknowledged, nth - 1);
    drop(tracer);
    // The disk is well again, and still nothing is written, to no ledger: what is on disk is not known.
    for name in ["audit", "other"] {
        let refused = append(&mut client, name, event("after")).await;
        assert_refused(refused, Code::Unavailable, ErrorReason::LedgerStopped, "");
        assert_eq!(
            ledger(&mut client, name).await.state(),
            LedgerState::Stopped
        );
    }
    let size = ledger(&mut client, "audit").await.size;
    assert_eq!(
        size,
        3 + acknowledged,
        "what was not acknowledged is not shown"
    );
    assert_eq!(
        records(&mut client, "audit", 0, size).await.len() as u64,
        size
    );
    daemon.signal(libc::SIGTERM);
    daemon.wait();

    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    assert_eq!(
        ledger(&mut client, "audit").await.state(),
        LedgerState::Open
    );
    for number in 0..acknowledged {
        let again = append(&mut client, "audit", event(&format!("e{number}")))
            .await
            .unwrap();
        assert_eq!((again.repeat, again.sequence), (true, 3 + number));
    }
    // What failed may be there or not; sending it again is right in both cases.
    let doubtful = append(&mut client, "audit", event(&format!("e{acknowledged}")))
        .await
        .unwrap();
    assert!(
        append(&mut client, "audit", event(&format!("e{acknowledged}")))
            .await
            .unwrap()
            .repeat
    );
    assert!(doubtful.sequence >= 3 + acknowledged);
    assert_verifies(&mut client, &named, &place.file("bundle.tar")).await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_of_the_log_stops_the_writer_until_a_restart() {
    syncs_fail(log_file, 1).await;
    syncs_fail(log_file, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_of_the_anchor_stops_the_writer_until_a_restart() {
    syncs_fail(Place::anchor, 1).await;
    syncs_fail(Place::anchor, 4).await;
}

/// The volume, in MiB.
pub(crate) const VOLUME_MB: u64 = 700;
/// What is left free when it is nearly full, and when it is not.
pub(crate) const LITTLE_MB: u64 = 150;
/// How long the daemon may take to notice.
const NOTICE_TIME: Duration = Duration::from_secs(10);

/// Takes room on a volume until only so much is left.
pub(crate) fn fill(root: &Path, leave_mb: u64) -> PathBuf {
    let free = indelible_store::disk::disk_free(root).unwrap();
    let path = root.join(format!("filler-{leave_mb}"));
    let file = File::create(&path).unwrap();
    let bytes = i64::try_from(free.saturating_sub(leave_mb << 20)).unwrap();
    #[expect(
        unsafe_code,
        reason = "the standard library allocates no room for a file; the descriptor is open"
    )]
    // SAFETY: the call takes numbers only, and the descriptor outlives it.
    let outcome = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, bytes) };
    assert!(outcome == 0 || outcome == libc::ENOSPC, "{outcome}");
    path
}

pub(crate) async fn await_state(client: &mut Client, state: LedgerState) {
    let deadline = Instant::now() + NOTICE_TIME;
    while ledger(client, "audit").await.state() != state {
        assert!(
            Instant::now() < deadline,
            "the ledger never becomes {state:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_that_is_nearly_full_makes_ledgers_read_only() {
    let Some(volume) = volume("a full disk", VOLUME_MB) else {
        return;
    };
    let place = Place::at(&volume.root());
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    append(&mut client, "audit", event("a")).await.unwrap();
    let filler = fill(&volume.root(), LITTLE_MB);
    await_state(&mut client, LedgerState::ReadOnly).await;
    let refused = append(&mut client, "audit", event("b")).await;
    assert_refused(
        refused,
        Code::ResourceExhausted,
        ErrorReason::LedgerReadOnly,
        "",
    );
    assert_eq!(records(&mut client, "audit", 0, 3).await.len(), 3);
    // Nor does a restart forget it.
    daemon.stop();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    await_state(&mut client, LedgerState::ReadOnly).await;
    fs::remove_file(filler).unwrap();
    await_state(&mut client, LedgerState::Open).await;
    append(&mut client, "audit", event("b")).await.unwrap();

    // Full to the last byte, faster than anybody looks: nothing acknowledged is lost, and the store opens.
    let mut acknowledged = vec!["a".to_owned(), "b".to_owned()];
    let filler = fill(&volume.root(), 0);
    for number in 0..50 {
        let id = format!("full{number}");
        if append(&mut client, "audit", event(&id)).await.is_ok() {
            acknowledged.push(id);
        }
    }
    daemon.kill();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let size = ledger(&mut client, "audit").await.size;
    let read = records(&mut client, "audit", 0, size).await;
    for id in &acknowledged {
        let times = read
            .iter()
            .filter(|record| record.event.as_ref().is_some_and(|event| event.id == *id));
        assert_eq!(times.count(), 1, "{id}");
    }
    fs::remove_file(filler).unwrap();
    daemon.stop();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    await_state(&mut client, LedgerState::Open).await;
    assert!(
        append(&mut client, "audit", event("a"))
            .await
            .unwrap()
            .repeat
    );
    append(&mut client, "audit", event("c")).await.unwrap();
    let bundles = Place::new();
    assert_verifies(&mut client, &named, &bundles.file("bundle.tar")).await;
    daemon.stop();
}
