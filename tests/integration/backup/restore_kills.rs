//! Kills of a restore at its steps, up to the moment when the store is adopted and after it: what is there afterwards is the whole
//! store or none, and a second restore completes.

use std::os::unix::process::ExitStatusExt as _;

use indelible_proto::v1::LedgerState;

use super::*;
use crate::support::{
    calls::{batch, create, events, ledger},
    kill_point::KillPoint,
};

/// At so many steps it is killed: the last ones, among which it adopts the store, and others before them.
const LAST: u64 = 10;
const BEFORE: u64 = 6;

/// The command that restores the newest backup of a place into another one.
fn command(from: &Place, to: &Place, judge: &[&str]) -> Command {
    let mut command = Command::new(INDELIBLE);
    command
        .args(["backup", "restore", "--yes", "--output", "json", "--into"])
        .arg(to.data())
        .arg(backups(from))
        .args(judge)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// At which of its changes of files a restore is killed.
fn steps(from: &Place, judge: &dyn Fn(&Place) -> Vec<String>) -> Vec<u64> {
    let whole = Place::new();
    let kill_point = KillPoint::new(&whole);
    kill_point.arm(1_000_000, None);
    let judge = judge(&whole);
    let judge: Vec<_> = judge.iter().map(String::as_str).collect();
    let status = kill_point.preload(command(from, &whole, &judge)).status();
    assert!(status.unwrap().success());
    let all: u64 = kill_point.disarm().values().sum();
    assert!(all > LAST + BEFORE, "{all} changes");
    let before = (0..BEFORE).map(|step| 1 + step * (all - LAST) / BEFORE);
    before.chain(all - LAST + 1..=all).collect()
}

/// A store with a ledger, backed up. Returns how many records that has.
async fn backed_up(place: &Place) -> u64 {
    let daemon = start(place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    batch(&mut client, "audit", events("e", 0..50))
        .await
        .unwrap();
    back_up(&daemon);
    let size = ledger(&mut client, "audit").await.size;
    daemon.stop();
    size
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_was_killed_beside_the_surviving_anchor_left_all_or_nothing() {
    let place = Place::new();
    let size = backed_up(&place).await;
    let judge = |to: &Place| {
        let anchor = to.file("kept.anchor");
        fs::copy(place.anchor(), &anchor).unwrap();
        vec!["--anchor".to_owned(), anchor.display().to_string()]
    };
    let mut adopted = 0;
    for step in steps(&place, &judge) {
        let to = Place::new();
        let kill_point = KillPoint::new(&to);
        kill_point.arm(step, None);
        let arguments = judge(&to);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let killed = kill_point
            .preload(command(&place, &to, &arguments))
            .status();
        assert_eq!(killed.unwrap().signal(), Some(libc::SIGKILL), "step {step}");
        let at = kill_point.hit().unwrap_or_default();
        kill_point.disarm();
        let serve = || {
            let mut command = serve(&to);
            command.arg("--anchor").arg(arguments[1]);
            Daemon::spawn(command, &to)
        };
        // A start finds the whole store, or says that there is none.
        let mut daemon = serve().unwrap();
        if daemon.serves_or_ends().await {
            adopted += 1;
        } else {
            let log = daemon.log();
            let says_why =
                ["anchor", "was begun and not finished"].map(|words| log.contains(words));
            assert!(says_why.contains(&true), "step {step}, {at}: {log}");
            let again = restore(&place, &to, &arguments);
            assert_eq!(again.code, 0, "step {step}, {at}: {again:?}");
            daemon = serve().unwrap();
            daemon.await_serving().await;
        }
        let found = ledger(&mut daemon.client().await, "audit").await;
        assert_eq!(
            (found.size, found.state()),
            (size, LedgerState::Open),
            "step {step}, {at}"
        );
        daemon.stop();
    }
    assert!(
        adopted > 0,
        "one of the last steps comes after the adoption"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_was_killed_before_it_wrote_the_backups_anchor_serves_nothing_without_it() {
    let place = Place::new();
    let size = backed_up(&place).await;
    let judge = |_: &Place| vec!["--anchor-of-backup".to_owned()];
    for step in steps(&place, &judge) {
        let to = Place::new();
        let kill_point = KillPoint::new(&to);
        kill_point.arm(step, None);
        let killed = kill_point
            .preload(command(&place, &to, &["--anchor-of-backup"]))
            .status();
        assert_eq!(killed.unwrap().signal(), Some(libc::SIGKILL), "step {step}");
        let at = kill_point.hit().unwrap_or_default();
        kill_point.disarm();
        let again = restore(&place, &to, &["--anchor-of-backup"]);
        let is_restored = again.code == 0;
        // What was adopted is left as it is, and so is an anchor that lies there.
        assert!(
            is_restored || again.code == 2,
            "step {step}, {at}: {again:?}"
        );
        let mut daemon = Daemon::spawn(serve(&to), &to).unwrap();
        if !daemon.serves_or_ends().await {
            assert!(!is_restored, "step {step}, {at}: {}", daemon.log());
            continue;
        }
        let found = ledger(&mut daemon.client().await, "audit").await;
        assert_eq!(found.size, size, "step {step}, {at}");
        match found.state() {
            LedgerState::Open => {}
            // Without the anchor nobody knows what was acknowledged.
            LedgerState::Quarantined => assert!(!is_restored, "step {step}, {at}"),
            other => panic!("step {step}, {at}: {other:?}"),
        }
        daemon.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_restore_without_an_anchor_was_killed_no_daemon_makes_a_new_store() {
    let place = Place::new();
    let size = backed_up(&place).await;
    let judge = |_: &Place| vec!["--anchor-lost".to_owned()];
    let mut refused = 0;
    for step in steps(&place, &judge) {
        let to = Place::new();
        let kill_point = KillPoint::new(&to);
        kill_point.arm(step, None);
        let killed = kill_point
            .preload(command(&place, &to, &["--anchor-lost"]))
            .status();
        assert_eq!(killed.unwrap().signal(), Some(libc::SIGKILL), "step {step}");
        let at = kill_point.hit().unwrap_or_default();
        kill_point.disarm();
        if !to.data().exists() || files_below(&to.data()).is_empty() {
            // Nothing is there yet, as before the command.
            continue;
        }
        let mut daemon = Daemon::spawn(serve(&to), &to).unwrap();
        if !daemon.serves_or_ends().await {
            refused += 1;
            assert_eq!(daemon.ended().unwrap().code(), Some(2), "step {step}, {at}");
            let log = daemon.log();
            assert!(
                log.contains("was begun and not finished"),
                "step {step}, {at}: {log}"
            );
            let again = restore(&place, &to, &["--anchor-lost"]);
            assert_eq!(again.code, 0, "step {step}, {at}: {again:?}");
            daemon = Daemon::spawn(serve(&to), &to).unwrap();
            daemon.await_serving().await;
        }
        let found = ledger(&mut daemon.client().await, "audit").await;
        assert_eq!(
            (found.size, found.state()),
            (size, LedgerState::Quarantined),
            "step {step}, {at}"
        );
        daemon.stop();
    }
    assert!(refused > 0, "most steps come before the adoption");
}
