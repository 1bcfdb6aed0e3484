//! Calls of the operating system that fail, one after the other: whichever it is, nothing acknowledged is lost, and the next
//! start goes on.

use std::{
    pin::{Pin, pin},
    time::{Duration, Instant},
};

use crate::support::{
    Named,
    calls::{append, create},
    daemon::{Daemon, serve},
    keys::{erase, event_of},
    kill_point::KillPoint,
    load::Load,
    outside::Account,
    place::Place,
    tier::{counts, report},
    verifier::assert_verifies,
};

/// What fails, and how: the volume is full, it is broken, or there are no more descriptors.
const CALLS: [(&str, i32); 5] = [
    ("write ", libc::ENOSPC),
    ("pwrite ", libc::EIO),
    ("sync ", libc::EIO),
    ("rename ", libc::EIO),
    ("open ", libc::EMFILE),
];
/// In which time each call has an answer, whatever fails.
const ANSWER: Duration = Duration::from_secs(120);
/// How often it is looked whether an erasure is complete.
const LOOK: Duration = Duration::from_millis(20);
/// How long clients append while calls fail.
const LOAD: Duration = Duration::from_millis(150);

async fn start(place: &Place, point: &KillPoint) -> Daemon {
    let mut daemon = Daemon::spawn(point.preload(serve(place)), place).unwrap();
    daemon.await_serving().await;
    daemon
}

/// What makes the store write more files than a log: a ledger of its own, a person, and their erasure. All of it may fail.
async fn more_files(daemon: &Daemon, name: &str, at: &str) {
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    let request = indelible_proto::v1::CreateLedgerRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let answered = async |what: &str, call: Pin<&mut dyn Future<Output = ()>>| {
        let answered = tokio::time::timeout(ANSWER, call).await;
        answered.unwrap_or_else(|_| panic!("{at}: {what} never had an answer: {}", daemon.log()));
    };
    let create = async { drop(client.clone().create_ledger(request).await) };
    answered("a new ledger", pin!(create)).await;
    let append = async { drop(append(&mut client, name, event_of("erika", "e")).await) };
    answered("an append", pin!(append)).await;
    let erase = async { drop(erase(&mut keys, name, "erika").await) };
    answered("an erasure", pin!(erase)).await;
}

/// Waits until the erasures that a ledger has on record are complete: a start continues what was broken off. The ledger may not
/// be there.
async fn are_complete(daemon: &Daemon, name: &str, at: &str) {
    let mut keys = daemon.keys().await;
    let begun = Instant::now();
    loop {
        let request = indelible_proto::v1::ListErasuresRequest {
            ledger: name.to_owned(),
            page_size: 10,
            ..Default::default()
        };
        let Ok(listed) = keys.list_erasures(request).await else {
            return;
        };
        if listed.get_ref().erasures.iter().all(|one| one.complete) {
            return;
        }
        assert!(
            begun.elapsed() < ANSWER,
            "{at}: an erasure is never complete: {}",
            daemon.log()
        );
        tokio::time::sleep(LOOK).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_call_fails_nothing_acknowledged_is_lost() {
    let place = Place::new();
    let point = KillPoint::new(&place);
    let mut account = Account::default();
    let mut daemon = start(&place, &point).await;
    let ledger = Named::from(&create(&mut daemon.client().await, "audit").await);
    let (mut trials, mut failed) = (0, 0);
    for nth in counts().failing_calls() {
        for (call, error) in CALLS {
            // From one on, as on a disk that broke; and one alone, as on a path that came back.
            let times = if nth % 2 == 0 { 1 } else { u64::from(u32::MAX) };
            point.arm_failures(nth, call, error, times);
            let name = format!("t{trials}");
            let load = Load::start(daemon.address(), &ledger.origin, &name);
            more_files(&daemon, &name, &format!("{call}{nth}")).await;
            tokio::time::sleep(LOAD).await;
            account.enter(load.finish().await);
            failed += u64::from(point.hit().is_some());
            point.disarm();
            daemon.kill();
            daemon = start(&place, &point).await;
            let mut client = daemon.client().await;
            account.check(&mut client, &ledger.origin).await;
            account.retry(&mut client, &ledger.origin).await;
            let at = format!("{call}{nth}");
            are_complete(&daemon, &name, &at).await;
            trials += 1;
        }
    }
    assert!(failed > 0, "no call failed, and nothing was shown");
    daemon.stop();
    let daemon = start(&place, &point).await;
    let mut client = daemon.client().await;
    account.check(&mut client, &ledger.origin).await;
    assert_verifies(&mut client, &ledger, &place.file("bundle.tar")).await;
    daemon.stop();
    report(format_args!(
        "{trials} trials, in {failed} of them calls failed; {} acknowledged events, none lost, none doubled",
        account.acknowledged()
    ));
}
