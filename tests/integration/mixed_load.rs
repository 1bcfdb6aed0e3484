//! Everything at once, for as long as it is asked: memory and descriptors stay flat.

use std::{
    fs,
    time::{Duration, Instant},
};

use crate::{
    metrics::{
        address,
        scrape::{Form, Scrape},
    },
    support::{
        calls::{append, create, ledger, records},
        command::done,
        daemon::{Daemon, serve},
        keys::{create_encrypting_all, erase, event_of},
        load::Load,
        place::Place,
        tier::{counts, report},
    },
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

/// What a process has now.
struct Held {
    /// Memory, in MiB.
    resident: u64,
    /// Of that, blocks of the store, in MiB: they fill up what the configuration gives them, and no more.
    cached: u64,
    /// Descriptors of the store's tables: they grow with what is stored, up to as many as the store holds open.
    tables: u64,
    /// All other descriptors.
    others: u64,
}

impl Held {
    fn by(daemon: &Daemon) -> Self {
        let process = daemon.process();
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = resident
            .and_then(|line| line.split_whitespace().next())
            .and_then(|number| number.parse().ok())
            .unwrap();
        let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
        // One may be closed before it is looked at.
        let open: Vec<_> = open
            .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
            .collect();
        let tables = open
            .iter()
            .filter(|path| path.extension().is_some_and(|end| end == "sst"));
        let tables = tables.count();
        let scrape = Scrape::of(&address(daemon), Form::Text);
        let cached = scrape.value("indelible_store_cache_bytes");
        Self {
            resident: kib / 1024,
            cached: cached as u64 >> 20,
            tables: tables as u64,
            others: (open.len() - tables) as u64,
        }
    }
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
        .env("INDELIBLE__BACKUP__EVERY_HOURS", "0")
        .args(["--metrics", "127.0.0.1:0"]);
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
        looks.push(Held::by(&daemon));
    }
    let quarter = looks.len() / 4;
    assert!(quarter > 0, "too few looks: {}", looks.len());
    let quarters = |value: fn(&Held) -> u64| -> Vec<u64> {
        let quarters = looks.chunks_exact(quarter).take(4);
        quarters
            .map(|looks| median(looks.iter().map(value).collect()))
            .collect()
    };
    let memory = quarters(|held| held.resident);
    let cached = quarters(|held| held.cached);
    let beside_cache = quarters(|held| held.resident.saturating_sub(held.cached));
    let tables = quarters(|held| held.tables);
    let descriptors = quarters(|held| held.others);
    let most = looks.iter().map(|held| held.resident).max().unwrap();
    daemon.stop();
    report(format_args!(
        "{} s, {events} events; in the medians of four quarters {memory:?} MiB, of which {cached:?} are cached blocks, {most} at most; {tables:?} tables and {descriptors:?} other descriptors",
        begun.elapsed().as_secs(),
    ));
    assert!(most < BUDGET_MIB + BEYOND_BUDGET_MIB, "{most} MiB");
    if counts().is_long {
        assert!(
            beside_cache[3] * 100 <= beside_cache[1] * (100 + GROWTH_PERCENT),
            "{beside_cache:?}"
        );
        assert!(
            descriptors[3] <= descriptors[1] + DESCRIPTORS_BY_CHANCE,
            "{descriptors:?}"
        );
    }
}
