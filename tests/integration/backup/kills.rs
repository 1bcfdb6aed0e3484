//! Kills of the daemon, and of the command, at random moments of backups under load.

use std::{collections::HashMap, time::Duration};

use super::*;
use crate::support::{
    Named,
    calls::{create, ledger, records},
    chance::Chance,
    load::Load,
    tier::{counts, report},
};

/// How long clients append before a backup begins, and how long that has before a kill, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 20..200;
const BACKUP_MS: std::ops::Range<u64> = 0..600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_and_kills_has_all_that_was_acknowledged_before_it() {
    let kills = counts().kills_of_backups;
    let mut chance = Chance::new("kills of backups");
    let place = Place::new();
    let mut daemon = start(&place).await;
    let audit = Named::from(&create(&mut daemon.client().await, "audit").await);
    let mut acknowledged: HashMap<u64, String> = HashMap::new();
    let (mut whole, mut broken) = (0, 0);
    for kill in 0..kills {
        let load = Load::start(daemon.address(), &audit.origin, &format!("k{kill}"));
        tokio::time::sleep(Duration::from_millis(chance.within(LOAD_MS))).await;
        let mut command = Command::new(INDELIBLE)
            .args(["--address", daemon.address(), "backup", "create", "--quiet"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(chance.within(BACKUP_MS))).await;
        // The command alone, every other time: the daemon completes what it began.
        if kill % 2 == 1 {
            let _ended = command.kill();
        } else {
            daemon.kill();
            daemon = start(&place).await;
        }
        let done = command.wait().unwrap().success();
        whole += u64::from(done);
        broken += u64::from(!done);
        for sent in load.finish().await {
            let known = sent.acknowledged.into_iter();
            acknowledged.extend(known.map(|(id, sequence)| (sequence, id)));
        }
        // Whatever was broken off goes on, once what still runs has ended.
        let made = loop {
            let answer =
                crate::support::command::run(&daemon, &["backup", "create", "--output", "json"]);
            match answer.code {
                0 => break answer.json(),
                6 => tokio::time::sleep(Duration::from_millis(20)).await,
                _ => panic!("{answer:?}"),
            }
        };
        assert_eq!(made["state"], "made");
        if kill % 10 == 0 || kill + 1 == kills {
            check(&place, &audit, &acknowledged).await;
        }
        if kill % 10 == 9 {
            let keep = ["backup", "prune", "--keep-days", "0", "--yes"];
            done_quietly(&daemon, &keep);
        }
    }
    daemon.stop();
    report(format_args!(
        "{kills} kills, {whole} backups made before them, {broken} broken off; {} acknowledged events, none missing",
        acknowledged.len()
    ));
}

fn done_quietly(daemon: &Daemon, arguments: &[&str]) {
    drop(done(daemon, arguments));
}

/// The newest backup has every event that was acknowledged up to its checkpoint, and claims nothing beyond.
async fn check(place: &Place, audit: &Named, acknowledged: &HashMap<u64, String>) {
    let verified = verify(place);
    assert_eq!(verified.code, 0, "{verified:?}");
    let restored = Place::new();
    let answer = restore(place, &restored, &["--anchor-of-backup"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let told = answer.json();
    let size = of_ledger(&told, "audit")["records"].as_u64().unwrap();
    let daemon = Daemon::start(&restored).await;
    let mut client = daemon.client().await;
    assert_eq!(ledger(&mut client, &audit.origin).await.size, size);
    let records = records(&mut client, &audit.origin, 0, size).await;
    let mut seen = 0;
    for record in records {
        let Some(id) = acknowledged.get(&record.sequence) else {
            continue;
        };
        assert_eq!(&record.event.unwrap().id, id);
        seen += 1;
    }
    let before = acknowledged.keys().filter(|sequence| **sequence < size);
    assert_eq!(before.count(), seen);
    daemon.stop();
}
