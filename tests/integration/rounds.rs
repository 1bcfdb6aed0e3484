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
