//! Calls that are refused: each is counted, and none waits for the record of another.

use std::time::{Duration, Instant};

use indelible_proto::v1::{CreateLedgerRequest, ListEventsRequest};

use super::{PATIENCE, told};
use crate::support::{
    calls::{create, event},
    daemon::Daemon,
    place::Place,
};

/// The number in a fact of what is told.
fn number(told: &str, name: &str) -> u64 {
    let value = told.split(' ').find_map(|fact| fact.strip_prefix(name));
    value.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_refusals_is_one_record_a_second_and_counts_them_all() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "payments").await;
    // Nobody may append to it, so that each of these is refused.
    let begun = Instant::now();
    let mut refused = 0;
    while refused < 2_000 {
        let request = indelible_proto::v1::AppendRequest {
            ledger: "_system".into(),
            event: Some(event("forged")),
            ..Default::default()
        };
        client.append(request).await.unwrap_err();
        refused += 1;
    }
    let request = CreateLedgerRequest {
        name: "_other".into(),
        ..Default::default()
    };
    client.create_ledger(request).await.unwrap_err();
    let took = begun.elapsed();
    let deadline = Instant::now() + PATIENCE;
    let all = loop {
        let all = told(&mut client, "access_denied").await;
        let counted: u64 = all.iter().map(|told| number(told, "count=")).sum();
        assert!(counted <= refused + 1, "{all:#?}");
        if counted == refused + 1 {
            break all;
        }
        assert!(
            Instant::now() < deadline,
            "{counted} of {refused}: {all:#?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    // The other ledger has a record of its own.
    let most = took.as_secs() + 4;
    assert!(all.len() as u64 <= most, "{most} records at most: {all:#?}");
    for told in &all {
        assert!(told.contains("principal=insecure:local"), "{told}");
        assert!(told.contains("outcome=denied"), "{told}");
    }
    assert!(
        all.iter().any(|told| told.contains("actions=append")),
        "{all:#?}"
    );
    assert!(
        all.iter().any(|told| told.contains("ledger=_system")),
        "{all:#?}"
    );
    // The last second before a stop is not lost.
    let request = indelible_proto::v1::AppendRequest {
        ledger: "_system".into(),
        event: Some(event("forged")),
        ..Default::default()
    };
    client.append(request).await.unwrap_err();
    daemon.stop();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let all = told(&mut client, "access_denied").await;
    let counted: u64 = all.iter().map(|told| number(told, "count=")).sum();
    assert_eq!(counted, refused + 2, "{all:#?}");
    let request = ListEventsRequest {
        ledger: "_system".into(),
        ..Default::default()
    };
    client.list_events(request).await.unwrap();
    daemon.stop();
}
