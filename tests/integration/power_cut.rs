//! Power cuts under load: the file system is shut down without flushing anything, and comes back with
//! what was synced. Nothing acknowledged is lost, and nothing is there twice.

use std::{
    env,
    time::{Duration, Instant},
};

use indelible_proto::v1::{GetLedgerRequest, LedgerState};

use crate::support::{
    Named,
    calls::create,
    chance::Chance,
    daemon::Daemon,
    load::Load,
    outside::Account,
    place::Place,
    tier::{counts, report},
    verifier::assert_verifies,
    volume::Volume,
};

/// All of it must be done by then.
const TIME_MAX: Duration = Duration::from_secs(600);
/// How long clients append before a cut, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 30..300;
/// The size of the file system, in MiB.
const VOLUME_MB: u64 = 1_024;

/// The volume, or nothing on a machine that can't have one.
pub(crate) fn volume(what: &str, megabytes: u64) -> Option<Volume> {
    match Volume::new(megabytes) {
        Ok(volume) => Some(volume),
        Err(problem) => {
            assert!(
                env::var_os("REQUIRE_POWERCUT").is_none_or(|value| value != "1"),
                "{what} did NOT run, and REQUIRE_POWERCUT=1: {problem}"
            );
            eprintln!("{what} did NOT run: it needs root and loop devices. {problem}");
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_cuts_lose_nothing_and_double_nothing() {
    let begun = Instant::now();
    let Some(mut volume) = volume("power cuts", VOLUME_MB) else {
        return;
    };
    let cuts = counts().power_cuts;
    let mut chance = Chance::new("power cuts");
    let place = Place::at(&volume.root());
    let mut account = Account::default();
    let mut daemon = Daemon::start(&place).await;
    let ledger = Named::from(&create(&mut daemon.client().await, "audit").await);
    let mut salvaged = 0;
    for cut in 0..cuts {
        assert!(
            begun.elapsed() < TIME_MAX,
            "only {cut} power cuts in {TIME_MAX:?}"
        );
        let load = Load::start(daemon.address(), &ledger.origin, &format!("p{cut}"));
        tokio::time::sleep(Duration::from_millis(chance.within(LOAD_MS))).await;
        volume.cut();
        // Clients of a machine without power get no more answers; whatever the daemon still says
        // to them counts, too.
        let sent = load.finish().await;
        daemon.kill();
        account.enter(sent);
        volume.restore();
        daemon = Daemon::start(&place).await;
        salvaged += u64::from(
            daemon
                .log()
                .contains("a copy was opened, without what follows"),
        );
        let mut client = daemon.client().await;
        let request = GetLedgerRequest {
            ledger: ledger.origin.clone(),
        };
        let found = client
            .get_ledger(request)
            .await
            .unwrap()
            .into_inner()
            .ledger
            .unwrap();
        assert_eq!(found.state(), LedgerState::Open, "{}", found.state_reason);
        account.check(&mut client, &ledger.origin).await;
        if cut == 0 || chance.within(0..2) == 0 {
            account.retry(&mut client, &ledger.origin).await;
        }
        if cut == 0 || chance.within(0..5) == 0 {
            // A clean end now and then, so that the next opening reads another kind of state.
            daemon.stop();
            daemon = Daemon::start(&place).await;
        }
    }
    let mut client = daemon.client().await;
    account.retry(&mut client, &ledger.origin).await;
    account.check(&mut client, &ledger.origin).await;
    let bundles = Place::new();
    assert_verifies(&mut client, &ledger, &bundles.file("bundle.tar")).await;
    daemon.stop();
    report(format_args!(
        "{cuts} power cuts, {} acknowledged events, none lost, none doubled, {salvaged} salvages",
        account.acknowledged()
    ));
}
