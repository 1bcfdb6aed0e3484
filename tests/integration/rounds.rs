//! Shortages that come and go: the daemon says so, refuses what it can't keep, loses nothing that it acknowledged, and goes on
//! by itself once they have passed.

use std::{
    fs,
    time::{Duration, Instant},
};

use indelible_proto::v1::{ErrorReason, LedgerState};
use tonic::Code;

use crate::{
    disks::{LITTLE_MB, VOLUME_MB, await_state, fill},
    power_cut::volume,
    quarantine::notice,
    support::{
        calls::{append, assert_refused, create, event, ledger, records},
        command::run,
        daemon::{Client, Daemon},
        faults::FailingCalls,
        keys::{create_encrypting_all, erase, erasures, event_of},
        place::Place,
        tier::{counts, report},
    },
};

/// How soon after the cure all must be well again: ten seconds after the next look.
const CURED: Duration = Duration::from_secs(11);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_that_fills_up_again_and_again_loses_nothing() {
    let Some(volume) = volume("full volumes", VOLUME_MB) else {
        return;
    };
    let place = Place::at(&volume.root());
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let (mut acknowledged, mut slowest) = (Vec::new(), Duration::ZERO);
    for round in 0..counts().full_volumes {
        let id = format!("before-{round}");
        append(&mut client, "audit", event(&id)).await.unwrap();
        acknowledged.push(id);
        let filler = fill(&volume.root(), LITTLE_MB);
        await_state(&mut client, LedgerState::ReadOnly).await;
        let told = notice(&mut client, "LEDGER_READ_ONLY").await;
        assert!(told.detail.contains("nearly full"), "{}", told.detail);
        let refused = append(&mut client, "audit", event("refused")).await;
        let reason = ErrorReason::LedgerReadOnly;
        assert_refused(refused, Code::ResourceExhausted, reason, "");
        fs::remove_file(filler).unwrap();
        let freed = Instant::now();
        await_state(&mut client, LedgerState::Open).await;
        slowest = slowest.max(freed.elapsed());
        let id = format!("after-{round}");
        append(&mut client, "audit", event(&id)).await.unwrap();
        acknowledged.push(id);
    }
    assert!(slowest < CURED, "{slowest:?}");
    are_there_once(&mut client, &acknowledged).await;
    assert_eq!(run(&daemon, &["verify", "audit"]).code, 0);
    daemon.stop();
    report(format_args!(
        "{} times full and back; open again after {} ms at most",
        counts().full_volumes,
        slowest.as_millis()
    ));
}

async fn are_there_once(client: &mut Client, ids: &[String]) {
    let size = ledger(client, "audit").await.size;
    let mut read = Vec::new();
    while (read.len() as u64) < size {
        read.extend(records(client, "audit", read.len() as u64, size).await);
    }
    for id in ids {
        let is_it = |event: &indelible_proto::v1::Event| event.id == *id;
        let times = read
            .iter()
            .filter(|one| one.event.as_ref().is_some_and(is_it));
        assert_eq!(times.count(), 1, "{id}");
    }
}

/// Calls that the store makes while it rewrites its files, and what the operating system refuses them with.
const REFUSED: [(&str, &str); 5] = [
    ("openat", "EMFILE"),
    ("openat", "ENOSPC"),
    ("rename", "EIO"),
    ("fdatasync", "EIO"),
    ("write", "ENOSPC"),
];

/// An erasure writes tables, logs and a manifest anew, so it makes calls of every kind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_call_is_refused_nothing_acknowledged_is_lost_and_an_erasure_is_completed() {
    let mut refusals = 0;
    for (call, error) in REFUSED {
        for nth in counts().refused_calls {
            let place = Place::new();
            let daemon = Daemon::start(&place).await;
            let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
            create(&mut client, "audit").await;
            create_encrypting_all(&mut client, "personal").await;
            append(&mut client, "personal", event_of("erika", "e"))
                .await
                .unwrap();
            append(&mut client, "personal", event_of("max", "m"))
                .await
                .unwrap();
            let Some(tracer) = FailingCalls::begin(&daemon, call, error, *nth, &[]) else {
                return;
            };
            let erased = erase(&mut keys, "personal", "erika").await;
            let mut acknowledged = Vec::new();
            for number in 0..5 {
                let id = format!("{call}-{number}");
                if append(&mut client, "audit", event(&id)).await.is_ok() {
                    acknowledged.push(id);
                }
            }
            drop(tracer);
            refusals += u64::from(erased.is_err());
            daemon.signal(libc::SIGTERM);
            daemon.wait();

            let daemon = Daemon::start(&place).await;
            let mut client = daemon.client().await;
            let what = format!("{call} from {nth} on: {error}");
            for name in ["audit", "personal"] {
                let found = ledger(&mut client, name).await;
                assert_eq!(found.state(), LedgerState::Open, "{what}: {found:?}");
                let verified = run(&daemon, &["verify", name]);
                assert_eq!(verified.code, 0, "{what}: {verified:?}");
            }
            are_there_once(&mut client, &acknowledged).await;
            append(&mut client, "audit", event("after")).await.unwrap();
            await_erased(&daemon, &what).await;
            daemon.stop();
        }
    }
    report(format_args!(
        "{refusals} erasures were refused by a call that failed"
    ));
}

/// Waits until what erasures are on record are complete: the start goes on with one that was broken off.
async fn await_erased(daemon: &Daemon, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut keys = daemon.keys().await;
    loop {
        let recorded = erasures(&mut keys, "personal").await;
        if recorded.iter().all(|erasure| erasure.complete) {
            return;
        }
        assert!(Instant::now() < deadline, "{what}: {recorded:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
