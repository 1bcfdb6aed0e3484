//! `kill -9` under load, again and again: nothing acknowledged is lost, nothing is there twice, and what
//! is in doubt can be sent again.

use std::time::{Duration, Instant};

use indelible_proto::v1::VerifyLedgerRequest;

use crate::support::{
    Named,
    calls::create,
    chance::Chance,
    daemon::{Client, Daemon, connect},
    load::Load,
    outside::Account,
    place::Place,
    tier::{counts, report},
    verifier::assert_verifies,
};

/// All of it must be done by then; two hundred kills take less than half of that.
const TIME_MAX: Duration = Duration::from_secs(600);
/// How long clients append before the daemon is killed, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 50..300;
/// One in so many daemons is killed before it serves.
const EARLY_KILL: u64 = 10;
/// How long such a daemon has, in milliseconds.
const EARLY_MS: std::ops::Range<u64> = 1..500;
/// The whole chain is verified online after so many kills.
const VERIFY_EVERY: u64 = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_nothing_and_double_nothing() {
    let begun = Instant::now();
    let kills = counts().kills;
    let mut chance = Chance::new("kills");
    let place = Place::new();
    let mut account = Account::default();
    let mut daemon = Daemon::start(&place).await;
    let ledger = Named::from(&create(&mut daemon.client().await, "audit").await);
    for kill in 0..kills {
        assert!(
            begun.elapsed() < TIME_MAX,
            "only {kill} kills in {TIME_MAX:?}"
        );
        let load = Load::start(daemon.address(), &ledger.origin, &format!("k{kill}"));
        tokio::time::sleep(Duration::from_millis(chance.within(LOAD_MS))).await;
        daemon.kill();
        account.enter(load.finish().await);
        // The first one always, so that none is spared it for being few.
        let mut early_kill = kill == 0 || chance.within(0..EARLY_KILL) == 0;
        while early_kill {
            let early = Daemon::begin(&place);
            tokio::time::sleep(Duration::from_millis(chance.within(EARLY_MS))).await;
            early.kill();
            early_kill = chance.within(0..EARLY_KILL) == 0;
        }
        daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        account.check(&mut client, &ledger.origin).await;
        if kill == 0 || chance.within(0..2) == 0 {
            account.retry(&mut client, &ledger.origin).await;
        }
        if kill % VERIFY_EVERY == 0 {
            assert_intact(&mut client, &ledger.origin).await;
        }
    }
    let mut client = daemon.client().await;
    account.retry(&mut client, &ledger.origin).await;
    account.check(&mut client, &ledger.origin).await;
    assert_intact(&mut client, &ledger.origin).await;
    assert_verifies(&mut client, &ledger, &place.file("bundle.tar")).await;
    assert!(connect(daemon.address()).await.is_ok());
    daemon.stop();
    report(format_args!(
        "{kills} kills, {} acknowledged events, none lost, none doubled",
        account.acknowledged()
    ));
}

async fn assert_intact(client: &mut Client, ledger: &str) {
    let request = VerifyLedgerRequest {
        ledger: ledger.to_owned(),
    };
    let mut progress = client.verify_ledger(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(message) = progress.message().await.unwrap() {
        last = Some(message);
    }
    let result = last.unwrap().result.unwrap();
    assert!(result.intact, "{:?}", result.findings);
}
