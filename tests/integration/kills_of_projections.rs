//! The daemon is killed while it makes all projections anew, now and then in an erasure besides. However far it came,
//! what it answers afterwards is what an auditor folds from the evidence.

use std::time::{Duration, Instant};

use bytes::Bytes;
use indelible_proto::v1::{self, QueryProjectionRequest, RebuildProjectionsRequest};

use crate::support::{
    Named,
    calls::{append, create, ledger},
    chance::Chance,
    daemon::Daemon,
    keys::{erase, erasures},
    place::Place,
    projections::{
        EVENTS, SEGMENT, answers, audited, compliance, decide, decision, list, mapping_of_all,
        query, settled,
    },
    tier::{Counts, counts, report},
};

/// When the daemon is killed after a rebuild was asked for, in microseconds. A rebuild takes about half of the longest.
const AFTER_MICROS: std::ops::Range<u64> = 0..200_000;
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_in_rebuilds_change_no_answer() {
    let Counts {
        kills_of_projections: kills,
        erasure_every,
        ..
    } = *counts();
    let mut chance = Chance::new("kills of projections");
    let place = Place::new();
    let mut daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    for subject in 0..=kills / erasure_every {
        let event = v1::Event {
            data_subject: format!("subject {subject}"),
            ..decision(1_000_000 + subject)
        };
        append(&mut client, "audit", event).await.unwrap();
        decide(&mut client, subject * 10..subject * 10 + 10).await;
    }
    decide(&mut client, 1_000..EVENTS + 1_000).await;
    let size = settled(&mut client).await;
    let mapping = mapping_of_all(&mut compliance(&daemon).await, &place).await;
    let (_, theirs) = audited(&mut client, &named, &mapping, &place).await;
    assert_eq!(
        answers(&mut compliance(&daemon).await, query("")).await,
        theirs
    );
    let mut expected = as_of(&daemon, size).await;

    let (mut half_made, mut erased) = (0, 0);
    for kill in 1..=kills {
        let mut rebuilding = compliance(&daemon).await;
        let request = RebuildProjectionsRequest {
            ledger: "audit".to_owned(),
        };
        let rebuild = tokio::spawn(async move {
            let mut steps = rebuilding.rebuild_projections(request).await?.into_inner();
            while steps.message().await?.is_some() {}
            Ok::<_, tonic::Status>(())
        });
        let mut keys = daemon.keys().await;
        let erasure = kill.is_multiple_of(erasure_every).then(|| {
            let subject = format!("subject {}", kill / erasure_every);
            tokio::spawn(async move { erase(&mut keys, "audit", &subject).await.map(drop) })
        });
        tokio::time::sleep(Duration::from_micros(chance.within(AFTER_MICROS))).await;
        daemon.kill();
        // Both end with the daemon, or have ended before.
        let _broken_off = rebuild.await.unwrap();
        if let Some(erasure) = erasure {
            let _broken_off = erasure.await.unwrap();
        }

        daemon = Daemon::start(&place).await;
        let found = ledger(&mut daemon.client().await, "audit").await;
        half_made += u64::from(found.projected_size < size - size % SEGMENT);
        let recorded = erasures(&mut daemon.keys().await, "audit").await.len();
        if recorded > erased {
            erased = recorded;
            let deadline = Instant::now() + PATIENCE;
            while !erasures(&mut daemon.keys().await, "audit").await[erased - 1].complete {
                assert!(Instant::now() < deadline, "{}", daemon.log());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            expected = as_of(&daemon, size).await;
            let mut client = daemon.client().await;
            settled(&mut client).await;
            let (_, theirs) = audited(&mut client, &named, &mapping, &place).await;
            assert_eq!(
                answers(&mut compliance(&daemon).await, query("")).await,
                theirs
            );
        }
        assert_eq!(as_of(&daemon, size).await, expected, "kill {kill}");
    }
    assert!(half_made > kills / 10, "killed too late: {half_made}");
    let mut client = daemon.client().await;
    settled(&mut client).await;
    let (_, theirs) = audited(&mut client, &named, &mapping, &place).await;
    assert_eq!(
        answers(&mut compliance(&daemon).await, query("")).await,
        theirs
    );
    daemon.stop();
    report(format_args!(
        "{kills} kills, {half_made} with the states half made, {erased} erasures, no answer changed"
    ));
}

/// The digest of each projection's state as of a size.
async fn as_of(daemon: &Daemon, size: u64) -> Vec<Bytes> {
    let query = QueryProjectionRequest {
        selection: crate::support::projections::as_of(size),
        ..query("")
    };
    let listed = list(&mut compliance(daemon).await, &query).await;
    let folds = listed.projections.into_iter();
    folds.map(|listed| listed.fold.unwrap().digest).collect()
}
