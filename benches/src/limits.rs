//! What this machine's disk, RocksDB and processor allow, each alone.

use std::{
    error::Error,
    fs::File,
    hint::black_box,
    io::Write,
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

use ed25519_dalek::{Signer, SigningKey};
use rocksdb::{DB, Options, WriteBatch, WriteOptions};
use sha2::{Digest, Sha256};

use crate::figures::Figures;

const PAGE_BYTES: usize = 4096;
const RECORD_BYTES: usize = 300;
const BATCHES: [usize; 3] = [1, 128, 1_024];
const SIGNED_BYTES: usize = 250;

/// Measures all of them; `directory` is on the disk to measure.
pub(crate) fn measure(
    directory: &Path,
    seconds: u64,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let each = Duration::from_secs(seconds.clamp(1, 5));
    sync_latency(directory, each, figures)?;
    synced_batches(directory, each, figures)?;
    processor(figures);
    Ok(())
}

/// Syncs a file after writing one page: over pages that it has, and at its end.
fn sync_latency(
    directory: &Path,
    each: Duration,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    const PAGES: u64 = 1_024;
    for (name, appends) in [
        ("fdatasync.overwrite_ms", false),
        ("fdatasync.append_ms", true),
    ] {
        let scratch = tempfile::tempdir_in(directory)?;
        let mut file = File::create(scratch.path().join("sync"))?;
        file.write_all(&vec![1; PAGES as usize * PAGE_BYTES])?;
        file.sync_all()?;
        let (mut latencies, mut page) = (Vec::new(), 0);
        let start = Instant::now();
        while start.elapsed() < each {
            let place = if appends { PAGES + page } else { page % PAGES };
            file.write_all_at(&[page as u8; PAGE_BYTES], place * PAGE_BYTES as u64)?;
            let begun = Instant::now();
            file.sync_data()?;
            latencies.push(begun.elapsed());
            page += 1;
        }
        latencies.sort_unstable();
        figures.note(name, latencies[latencies.len() / 2].as_secs_f64() * 1e3);
    }
    Ok(())
}

/// One thread writes batches of consecutive keys, each with a synced log.
fn synced_batches(
    directory: &Path,
    each: Duration,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let mut value = [0; RECORD_BYTES];
    getrandom::fill(&mut value)?;
    for batch_records in BATCHES {
        let scratch = tempfile::tempdir_in(directory)?;
        let mut options = Options::default();
        options.create_if_missing(true);
        let store = DB::open(&options, scratch.path())?;
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        let mut sequence = 0u64;
        let start = Instant::now();
        while start.elapsed() < each {
            let mut batch = WriteBatch::default();
            for _ in 0..batch_records {
                value[..8].copy_from_slice(&sequence.to_le_bytes());
                batch.put(sequence.to_be_bytes(), value);
                sequence += 1;
            }
            store.write_opt(batch, &synced)?;
        }
        let rate = sequence as f64 / start.elapsed().as_secs_f64();
        figures.note(&format!("rocksdb.synced_{batch_records}_per_second"), rate);
    }
    Ok(())
}

fn processor(figures: &mut Figures) {
    let record = [3u8; RECORD_BYTES];
    let key = [5u8; 32];
    note_cost(figures, "blake3.300_bytes_us", || {
        black_box(blake3::hash(black_box(&record)));
    });
    note_cost(figures, "blake3.keyed_300_bytes_us", || {
        black_box(blake3::keyed_hash(&key, black_box(&record)));
    });
    note_cost(figures, "sha256.leaf_and_node_us", || {
        black_box(Sha256::digest(black_box(&record[..33])));
        black_box(Sha256::digest(black_box(&record[..65])));
    });
    let signer = SigningKey::from_bytes(&key);
    let message = [9u8; SIGNED_BYTES];
    note_cost(figures, "ed25519.sign_us", || {
        black_box(signer.sign(black_box(&message)));
    });
    let (public, signature) = (signer.verifying_key(), signer.sign(&message));
    note_cost(figures, "ed25519.verify_strict_us", || {
        black_box(
            public
                .verify_strict(black_box(&message), &signature)
                .is_ok(),
        );
    });
}

/// Notes the mean cost of an action over about a third of a second.
fn note_cost(figures: &mut Figures, name: &str, action: impl Fn()) {
    const TIME: Duration = Duration::from_millis(300);
    let (start, mut times) = (Instant::now(), 0u64);
    while start.elapsed() < TIME {
        for _ in 0..64 {
            action();
        }
        times += 64;
    }
    figures.note(name, start.elapsed().as_secs_f64() * 1e6 / times as f64);
}
