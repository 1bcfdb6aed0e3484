//! Following a ledger: first what is there, then what comes, none missing and none twice, while many
//! clients append.

use std::{collections::HashSet, time::Duration};

use indelible_proto::v1::FollowRecordsRequest;

use crate::support::{
    calls::{batch, create, events, ledger},
    daemon::Daemon,
    load::Load,
    outside::Account,
    place::Place,
};

/// Followers that begin at different places and times.
const FOLLOWERS: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_catch_up_and_go_on_live_while_many_append() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for first in 0..20 {
        batch(
            &mut client,
            "audit",
            events("old-", first * 500..(first + 1) * 500),
        )
        .await
        .unwrap();
    }
    let load = Load::start(daemon.address(), "audit", "live");
    let (done, last) = tokio::sync::watch::channel(None::<u64>);
    let mut followers = Vec::new();
    for number in 0..FOLLOWERS {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let mut client = daemon.client().await;
        let mut last = last.clone();
        followers.push(tokio::spawn(async move {
            let from = number * 3_000;
            let request = FollowRecordsRequest {
                ledger: "audit".into(),
                start_sequence: from,
                include_evidence: number == 1,
                open_sealed: false,
                ..Default::default()
            };
            let mut following = client.follow_records(request).await.unwrap().into_inner();
            let mut next = from;
            let mut ids = HashSet::new();
            let mut live = 0_u64;
            loop {
                let end = *last.borrow_and_update();
                if end.is_some_and(|end| next >= end) {
                    return (next, ids.len(), live);
                }
                let message = tokio::select! {
                    message = following.message() => message.unwrap().unwrap(),
                    changed = last.changed() => { changed.unwrap(); continue }
                };
                live += u64::from(end.is_none());
                for record in message.records {
                    assert_eq!(record.sequence, next, "follower {number}");
                    assert_eq!(record.evidence.is_some(), number == 1);
                    next += 1;
                    if let Some(event) = record.event {
                        assert!(ids.insert(event.id.clone()), "{} came twice", event.id);
                    }
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let mut account = Account::default();
    account.enter(load.finish().await);
    let size = ledger(&mut client, "audit").await.size;
    done.send(Some(size)).unwrap();
    for (number, follower) in (0..).zip(followers) {
        let (next, ids, live) = follower.await.unwrap();
        assert_eq!((next, live > 0), (size, true));
        assert_eq!(
            ids as u64,
            size - (number * 3_000).max(2),
            "follower {number}"
        );
    }
    account.check(&mut client, "audit").await;
    assert!(
        account.acknowledged() > 100,
        "hardly anything was appended meanwhile"
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_from_beyond_the_end_waits_for_it() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let request = FollowRecordsRequest {
        ledger: "audit".into(),
        start_sequence: 7,
        include_evidence: false,
        open_sealed: false,
        ..Default::default()
    };
    let mut following = daemon
        .client()
        .await
        .follow_records(request)
        .await
        .unwrap()
        .into_inner();
    batch(&mut client, "audit", events("e", 0..5))
        .await
        .unwrap();
    let early = tokio::time::timeout(Duration::from_millis(300), following.message()).await;
    assert!(early.is_err(), "something came before its time: {early:?}");
    batch(&mut client, "audit", events("e", 5..8))
        .await
        .unwrap();
    let message = following.message().await.unwrap().unwrap();
    let sequences: Vec<_> = message
        .records
        .iter()
        .map(|record| record.sequence)
        .collect();
    assert_eq!(sequences, [7, 8, 9]);
    drop(following);
    daemon.stop();
}
