//! The state that a daemon records by itself: a start and a replay begin at it.

use indelible_proto::v1::{
    DecideStreamRequest, EventFilter, ListEventsRequest, ledger_service_client::LedgerServiceClient,
};
use std::fs;
use tonic::transport::Channel;

use super::*;
use crate::support::command::done as command;

/// After so many governance records the state is recorded.
const ENOUGH: u64 = 1_000;
const STATE: &str = "indelible.governance.state.v1";

/// The record that names a state, once there is one.
async fn recorded(ledgers: &mut LedgerServiceClient<Channel>) -> u64 {
    let begun = std::time::Instant::now();
    loop {
        let list = ListEventsRequest {
            ledger: LEDGER.into(),
            filter: Some(EventFilter {
                types: vec![STATE.into()],
                ..EventFilter::default()
            }),
            ..ListEventsRequest::default()
        };
        let listed = ledgers.list_events(list).await.unwrap().into_inner();
        if let Some(record) = listed.records.first() {
            return record.sequence;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no state is recorded"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until the daemon has kept the state that a record names, which it does after the record: then a bundle has it.
async fn kept(daemon: &Daemon, place: &Place, state: u64) {
    let begun = std::time::Instant::now();
    let (from, name) = (state.to_string(), format!("governance/{state}/state"));
    for attempt in 0.. {
        let bundle = place.file(&format!("kept-{attempt}.tar"));
        let out = bundle.to_str().unwrap();
        command(daemon, &["export", LEDGER, "--from", &from, "--out", out]);
        let bytes = fs::read(&bundle).unwrap();
        if bytes.windows(name.len()).any(|at| at == name.as_bytes()) {
            return;
        }
        let is_over = begun.elapsed() > Duration::from_secs(120);
        assert!(!is_over, "the state is not kept");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_and_a_replay_begin_at_the_state_that_the_daemon_recorded() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, LEDGER).await;
    let mut client = Client::new(daemon.connect().await);
    govern(
        &mut client,
        "version: \"1\"\nbudgets: [{name: cap, by: session, requests: 2000, period: session}]\n",
    )
    .await;
    let message = |id: u64| DecideStreamRequest {
        ledger: LEDGER.into(),
        request: Some(request(&id.to_string(), "one")),
    };
    let requests: Vec<_> = (0..ENOUGH).map(message).collect();
    let stream = client.decide_stream(tokio_stream::iter(requests)).await;
    let mut answers = stream.unwrap().into_inner();
    while answers.message().await.unwrap().is_some() {}
    let state = recorded(&mut daemon.client().await).await;
    kept(&daemon, &place, state).await;
    let before = used(&mut client).await;
    daemon.kill();
    let daemon = Daemon::start(&place).await;
    let mut client = Client::new(daemon.connect().await);
    assert_eq!(used(&mut client).await, before);
    let from = format!("from={}", state + 1);
    assert!(daemon.log().contains(&from), "{from}: {}", daemon.log());
    let after = decide(&mut client, request("after", "one")).await.unwrap();
    assert!(is_allowed(&after));
    // A bundle of the end carries the state, and a replay begins there.
    let (bundle, key) = (place.file("end.tar"), place.file("agents.vkey"));
    let (bundle, from) = (bundle.to_str().unwrap(), (state - 5).to_string());
    command(
        &daemon,
        &["export", LEDGER, "--from", &from, "--out", bundle],
    );
    fs::write(&key, command(&daemon, &["ledger", "key", LEDGER]).text()).unwrap();
    let key = key.to_str().unwrap();
    let replay = ["replay", bundle, "--key", key, "--output", "json"];
    let found = command(&daemon, &replay).json();
    assert_eq!(found["result"], "identical", "{found}");
    assert_eq!(
        (&found["begins_at"], &found["decisions"]),
        (&state.into(), &1.into())
    );
    daemon.stop();
}
