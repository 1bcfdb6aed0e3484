//! Everything at once, for as long as it is asked: memory and descriptors stay flat.

use std::{
    fs,
    time::{Duration, Instant},
};

use crate::support::{
    calls::{append, create, ledger, records},
    command::done,
    daemon::{Daemon, serve},
    keys::{create_encrypting_all, erase, event_of},
    load::Load,
    place::Place,
    tier::{counts, report},
};

/// Looks at least, of which each quarter has some.
const LOOKS_MIN: usize = 8;
/// How long clients append between two looks.
const ROUND: Duration = Duration::from_millis(700);
/// In one of so many rounds a person is erased and a backup made.
const RARELY: u64 = 20;
/// What is read of the ledger's end in each round.
const READ: u64 = 500;
/// Memory that a daemon may have beyond what its configuration gives it.
const BEYOND_BUDGET_MIB: u64 = 128;
/// The budget that the configuration gives by default.
const BUDGET_MIB: u64 = 512;
/// How much more the last quarter may take than the second one.
const GROWTH_PERCENT: u64 = 10;
/// Descriptors that may be open by chance: a table that is being written, a connection that is being closed.
const DESCRIPTORS_BY_CHANCE: u64 = 24;

/// What a process has now: memory in MiB and descriptors.
fn held(daemon: &Daemon) -> (u64, u64) {
    let process = daemon.process();
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u64 = resident
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap();
    let descriptors = fs::read_dir(format!("/proc/{process}/fd")).unwrap().count();
    (kib / 1024, descriptors as u64)
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_mixed_load_memory_and_descriptors_stay_flat() {
    let place = Place::new();
    fs::create_dir(place.file("backups")).unwrap();
    let mut command = serve(&place);
    command
        .env("INDELIBLE__BACKUP__DIRECTORY", place.file("backups"))
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0");
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    create(&mut client, "audit").await;
    create_encrypting_all(&mut client, "sealed").await;
    let begun = Instant::now();
    let mut looks = Vec::new();
    let mut events = 0;
    while begun.elapsed() < counts().mixed_load || looks.len() < LOOKS_MIN {
        let round = looks.len() as u64;
        let clear = Load::start(daemon.address(), "audit", &format!("a{round}"));
        let person = format!("person-{round}");
        let theirs = event_of(&person, &person);
        append(&mut client, "sealed", theirs).await.unwrap();
        let size = ledger(&mut client, "audit").await.size;
        records(&mut client, "audit", size.saturating_sub(READ), size).await;
        done(&daemon, &["list", "audit", "--limit", "50"]);
        done(&daemon, &["projection", "list", "--ledger", "audit"]);
        if round % RARELY == 1 {
            erase(&mut keys, "sealed", &person).await.unwrap();
            done(&daemon, &["backup", "create"]);
        }
        tokio::time::sleep(ROUND).await;
        for sent in clear.finish().await {
            assert!(sent.failure.is_none(), "{:?}", sent.failure);
            events += sent.acknowledged.len();
        }
        looks.push(held(&daemon));
    }
    let quarter = looks.len() / 4;
    assert!(quarter > 0, "too few looks: {}", looks.len());
    let of = |which: usize, value: fn(&(u64, u64)) -> u64| {
        median(
            looks[which * quarter..][..quarter]
                .iter()
                .map(value)
                .collect(),
        )
    };
    let memory = (of(1, |held| held.0), of(3, |held| held.0));
    let descriptors = (of(1, |held| held.1), of(3, |held| held.1));
    let most = looks.iter().map(|held| held.0).max().unwrap();
    daemon.stop();
    report(format_args!(
        "{} s, {events} events: {} and {} MiB, {most} at most; {} and {} descriptors, in the medians of the second and the last quarter",
        begun.elapsed().as_secs(),
        memory.0,
        memory.1,
        descriptors.0,
        descriptors.1
    ));
    assert!(most < BUDGET_MIB + BEYOND_BUDGET_MIB, "{most} MiB");
    if counts().is_long {
        assert!(
            memory.1 * 100 <= memory.0 * (100 + GROWTH_PERCENT),
            "{memory:?}"
        );
        assert!(
            descriptors.1 <= descriptors.0 + DESCRIPTORS_BY_CHANCE,
            "{descriptors:?}"
        );
    }
}
