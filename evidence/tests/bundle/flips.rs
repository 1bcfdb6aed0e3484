//! Every single-bit flip of a small bundle's tar is detected: all of them, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::Ledger;
use indelible_evidence::bundle::{Selection, TarSource};
use indelible_evidence::verdict::Conclusion;
use indelible_evidence::verify::{Trust, VerifyError, verify};

fn holds(tar: &[u8], trust: &Trust) -> bool {
    match verify(TarSource::new(tar), trust) {
        Ok(report) => report.verdict.conclusion(&[]) == Conclusion::Holds,
        Err(VerifyError::NotABundle(_)) => false,
        Err(VerifyError::Io(error)) => panic!("reading from memory failed: {error}"),
    }
}

/// Flips each bit in turn, on all cores, and returns how many flips were made. Each of them must be detected.
fn flip_all(tar: &[u8], trust: &Trust) -> u64 {
    assert!(holds(tar, trust));
    let (next, detected) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |cores| cores.get()) {
            scope.spawn(|| {
                let mut flipped = tar.to_vec();
                loop {
                    let byte = next.fetch_add(1, Ordering::Relaxed) as usize;
                    if byte >= tar.len() {
                        break;
                    }
                    for bit in 0..8 {
                        flipped[byte] ^= 1 << bit;
                        assert!(
                            !holds(&flipped, trust),
                            "bit {bit} of byte {byte} was flipped and not detected"
                        );
                        detected.fetch_add(1, Ordering::Relaxed);
                        flipped[byte] ^= 1 << bit;
                    }
                }
            });
        }
    });
    detected.into_inner()
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::new("flips", 1);
    ledger.events(4);
    ledger.epoch(100);
    ledger.events(3);
    ledger
}

#[test]
fn of_a_whole_bundle() {
    let mut ledger = ledger();
    let tar = ledger.bundle(Selection::Whole);
    assert_eq!(
        flip_all(&tar, &Trust::in_key(ledger.key())),
        tar.len() as u64 * 8
    );
}

#[test]
fn of_a_range_bundle() {
    let mut ledger = ledger();
    let tar = ledger.bundle(Selection::Range { from: 3, to: 8 });
    assert_eq!(
        flip_all(&tar, &Trust::in_key(ledger.key())),
        tar.len() as u64 * 8
    );
}

#[test]
fn and_every_truncation_too() {
    let mut ledger = ledger();
    let trust = Trust::in_key(ledger.key());
    for selection in [Selection::Whole, Selection::Range { from: 3, to: 8 }] {
        let tar = ledger.bundle(selection);
        for length in (0..tar.len()).step_by(7).chain(tar.len() - 600..tar.len()) {
            assert!(!holds(&tar[..length], &trust), "cut to {length} bytes");
        }
    }
}
