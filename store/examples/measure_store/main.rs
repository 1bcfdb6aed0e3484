//! Measures the store on RocksDB beside the engine alone.
//!
//! ```text
//! cargo run --example measure_store -- commits [records] | ids [ids] | size [records] | anchor [advances] | rewrap [keys]
//! ```
#![expect(
    clippy::print_stdout,
    reason = "a program that prints what it measures"
)]

mod sample;

use std::error::Error;
use std::time::{Duration, Instant};

use indelible_evidence::{ChainHash, DataKeyId, IdentityTag, TreeHash};
use indelible_store::anchor::{Anchor, AnchorEntry};
use indelible_store::rocks::{RocksStore, RocksTuning};
use indelible_store::{
    CommitStore, IndexBatch, IndexStore, KeyRing, LedgerId, Maintain, NewDataKey, RecordBlock,
    RewrappedKey, StoreId, SubjectTag,
};
use rocksdb::{DB, Options, WriteBatch, WriteOptions};

use crate::sample::{Noise, block, commit_of, index_of, realistic};

type Outcome = Result<(), Box<dyn Error>>;

const LEDGER: LedgerId = LedgerId::new(0);
const BATCH: u64 = 1_024;
const VALUE_BYTES: usize = 300;

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let count = |default| words.get(1).map_or(Ok(default), |word| word.parse());
    match words.first().map(String::as_str) {
        Some("commits") => commits(count(2_000_000)?),
        Some("ids") => ids(count(10_000_000)?),
        Some("size") => size(count(500_000)?),
        Some("anchor") => anchor(count(2_000)?),
        Some("rewrap") => rewrap(count(100_000)?),
        _ => Err("commits, ids, size, anchor or rewrap?".into()),
    }
}

fn open(path: &std::path::Path) -> Result<RocksStore, Box<dyn Error>> {
    Ok(RocksStore::open(path, &RocksTuning::default())?.store)
}

fn print_rate(what: &str, records: u64, seconds: f64) {
    println!("{what}: {:.0} records/s", records as f64 / seconds);
}

fn print_latencies(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    println!(
        "{what}: p50 {:?}, p99 {:?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
}

fn commits(records: u64) -> Outcome {
    let value = Noise(1).array::<VALUE_BYTES>();
    let ours = tempfile::tempdir()?;
    let store = open(ours.path())?;
    let term = store.acquire()?;
    let mut inside = Duration::ZERO;
    let batches = records / BATCH;
    let begin = Instant::now();
    for number in 0..batches {
        let commit = [commit_of(term, number * BATCH, block(BATCH, &value))];
        let before = Instant::now();
        store.commit(&commit)?;
        inside += before.elapsed();
    }
    let all = begin.elapsed();
    print_rate(
        "store, batches of 1,024",
        batches * BATCH,
        inside.as_secs_f64(),
    );
    print_rate(
        "  with the preparation of batches",
        batches * BATCH,
        all.as_secs_f64(),
    );

    let theirs = tempfile::tempdir()?;
    let mut options = Options::default();
    options.create_if_missing(true);
    let raw = DB::open(&options, theirs.path())?;
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    let begin = Instant::now();
    for number in 0..batches {
        let mut batch = WriteBatch::default();
        for sequence in number * BATCH..(number + 1) * BATCH {
            let mut key = [0; 12];
            key[4..].copy_from_slice(&sequence.to_be_bytes());
            batch.put(key, value);
        }
        raw.write_opt(batch, &synced)?;
    }
    print_rate(
        "engine alone, the same batches",
        batches * BATCH,
        begin.elapsed().as_secs_f64(),
    );

    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for number in 0..1_000 {
        let commit = [commit_of(term, batches * BATCH + number, block(1, &value))];
        let before = Instant::now();
        store.commit(&commit)?;
        ours.push(before.elapsed());
        let before = Instant::now();
        raw.put_opt(
            [b"single".as_slice(), &number.to_be_bytes()].concat(),
            value,
            &synced,
        )?;
        theirs.push(before.elapsed());
    }
    print_latencies("store, single records", ours);
    print_latencies("engine alone, single records", theirs);
    Ok(())
}

fn ids(count: u64) -> Outcome {
    let directory = tempfile::tempdir()?;
    let store = open(directory.path())?;
    let mut noise = Noise(2);
    let begin = Instant::now();
    let mut from = 0;
    while from < count {
        let to = (from + 4_096).min(count);
        let mut ids: Vec<_> = (from..to)
            .map(|n| (IdentityTag::from_bytes(noise.array()), n))
            .collect();
        ids.sort_unstable();
        let batch = IndexBatch {
            from_cursor: from,
            to_cursor: to,
            ids,
            postings: Vec::new(),
        };
        store.append_index(LEDGER, &batch)?;
        from = to;
    }
    store.sync_index()?;
    print_rate("index, ids alone", count, begin.elapsed().as_secs_f64());
    let mut search = |what: &str| -> Outcome {
        let mut found = Vec::new();
        let mut all = Duration::ZERO;
        for _ in 0..2_000 {
            let wanted: Vec<_> = (0..100)
                .map(|_| IdentityTag::from_bytes(noise.array()))
                .collect();
            let before = Instant::now();
            store.find_ids(LEDGER, &wanted, &mut found)?;
            all += before.elapsed();
            assert!(found.iter().all(Option::is_none));
        }
        println!("{what}: {:?} for each miss, by 100", all / 200_000);
        Ok(())
    };
    search("as written")?;
    store.compact()?;
    search("compacted")?;
    println!("{:?}", store.disk_bytes()?);
    Ok(())
}

fn size(records: u64) -> Outcome {
    let directory = tempfile::tempdir()?;
    let store = open(directory.path())?;
    let term = store.acquire()?;
    let mut noise = Noise(3);
    let begin = Instant::now();
    let mut from = 0;
    while from < records {
        let mut block = RecordBlock::new();
        for sequence in from..from + BATCH {
            block.push(|out| realistic(&mut noise, sequence, out));
        }
        let mut commit = commit_of(term, from, block);
        for tile in &mut commit.tiles {
            noise.fill(&mut tile.hashes);
        }
        store.commit(&[commit])?;
        from += BATCH;
        if from % 4_096 == 0 {
            store.append_index(LEDGER, &index_of(&mut noise, from - 4_096, from))?;
        }
    }
    print_rate(
        "realistic records, indexed, as fast as they come",
        from,
        begin.elapsed().as_secs_f64(),
    );
    let print = |what: &str| -> Outcome {
        let used = store.disk_bytes()?;
        println!(
            "{what}: {:.0} bytes a record, {used:?}",
            used.total_bytes() as f64 / from as f64
        );
        Ok(())
    };
    print("as written")?;
    let begin = Instant::now();
    store.compact()?;
    println!("compaction: {:?}", begin.elapsed());
    print("compacted")?;
    let begin = Instant::now();
    let mut bytes = 0;
    indelible_store::ReadStore::scan(&store, LEDGER, 0, from, &mut |_, value| {
        bytes += value.len();
        std::ops::ControlFlow::Continue(())
    })?;
    print_rate("scan", from, begin.elapsed().as_secs_f64());
    println!("{:.0} bytes a stored value", bytes as f64 / from as f64);
    Ok(())
}

fn anchor(advances: u64) -> Outcome {
    let directory = tempfile::tempdir()?;
    let anchor = Anchor::create(
        &directory.path().join("anchor"),
        StoreId::from_bytes([1; 16]),
    )?;
    for ledgers in [1, 100] {
        let mut times = Vec::new();
        for size in 0..advances {
            let entry = AnchorEntry {
                size,
                root: TreeHash::from_bytes([1; 32]),
                chain: ChainHash::from_bytes([2; 32]),
                checkpoint: "n".repeat(400),
            };
            let group: Vec<_> = (0..ledgers)
                .map(|n| (LedgerId::new(ledgers + n), &entry))
                .collect();
            let before = Instant::now();
            anchor.advance(&group)?;
            times.push(before.elapsed());
        }
        print_latencies(&format!("anchor, {ledgers} ledgers at once"), times);
    }
    Ok(())
}

fn wrapped_keys(noise: &mut Noise, count: u64) -> Vec<NewDataKey> {
    (0..count)
        .map(|_| NewDataKey {
            ledger: LEDGER,
            key_id: DataKeyId::from_bytes(noise.array()),
            value: noise.array::<120>().to_vec(),
            subject: Some(SubjectTag::from_bytes(noise.array())),
            mac: None,
            copy: None,
        })
        .collect()
}

/// Wrapping every data key anew, page by page: what the store's part of it
/// takes, alone and beside commits of 16 records, and what these wait for.
fn rewrap(count: u64) -> Outcome {
    const PAGE: usize = 256;
    let directory = tempfile::tempdir()?;
    let store = open(directory.path())?;
    let term = store.acquire()?;
    let mut noise = Noise(4);
    let keys = wrapped_keys(&mut noise, count);
    let begin = Instant::now();
    for page in keys.chunks(PAGE) {
        store.put_data_keys(page, None)?;
    }
    print_rate("keys put, by 256", count, begin.elapsed().as_secs_f64());

    let mut pass = |store: &RocksStore| -> Result<u64, indelible_store::StoreError> {
        let mut after = None;
        let mut done = 0;
        loop {
            let page = store.data_keys(LEDGER, after.as_ref(), PAGE)?;
            let Some((last, _)) = page.last() else {
                return Ok(done);
            };
            after = Some(*last);
            done += page.len() as u64;
            let rewrapped: Vec<_> = page
                .into_iter()
                .map(|(key_id, expected)| RewrappedKey {
                    ledger: LEDGER,
                    key_id,
                    expected: expected.value,
                    value: noise.array::<120>().to_vec(),
                    mac: None,
                })
                .collect();
            store.replace_data_keys(&rewrapped, None)?;
        }
    };
    let begin = Instant::now();
    let done = pass(&store)?;
    assert_eq!(done, count);
    print_rate("keys replaced, by 256", done, begin.elapsed().as_secs_f64());

    let value = Noise(1).array::<VALUE_BYTES>();
    let mut from = 0;
    let mut commit = || -> Result<Duration, indelible_store::CommitError> {
        let group = [commit_of(term, from, block(16, &value))];
        from += 16;
        let before = Instant::now();
        store.commit(&group)?;
        Ok(before.elapsed())
    };
    let alone = (0..1_000)
        .map(|_| commit())
        .collect::<Result<Vec<_>, _>>()?;
    print_latencies("commits of 16 records alone", alone);
    let (passed, times) = std::thread::scope(|scope| {
        let walker = scope.spawn(|| {
            let begin = Instant::now();
            pass(&store).map(|done| (done, begin.elapsed()))
        });
        let mut times = Vec::new();
        let mut outcome = Ok(());
        while !walker.is_finished() && outcome.is_ok() {
            outcome = commit().map(|time| times.push(time));
        }
        (walker.join(), outcome.map(|()| times))
    });
    let (done, elapsed) = passed.map_err(|_| "the walk panicked")??;
    print_rate("keys replaced beside commits", done, elapsed.as_secs_f64());
    print_latencies("commits meanwhile", times?);
    let begin = Instant::now();
    store.purge(&[], &mut |_| std::ops::ControlFlow::Continue(()))?;
    println!("purge of the old keys: {:?}", begin.elapsed());
    Ok(())
}
