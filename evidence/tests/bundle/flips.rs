//! Every single-bit flip of a small bundle's tar is detected: all of them, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::{Ledger, signing_key};
use indelible_evidence::bundle::{Part, Selection, TarSource};
use indelible_evidence::verdict::Conclusion;
use indelible_evidence::verify::{KnownHead, Trust, VerifyError, verify};
use indelible_evidence::{DataKeyId, Domain};

fn holds(tar: &[u8], trust: &Trust) -> bool {
    match verify(TarSource::new(tar), trust) {
        Ok(report) => report.verdict.conclusion(&[]) == Conclusion::Holds,
        Err(VerifyError::NotABundle(_)) => false,
        Err(VerifyError::Io(error)) => panic!("reading from memory failed: {error}"),
    }
}

/// Flips each bit in turn, on all cores, and returns how many flips were made. Each of them must be detected.
fn flip_all(tar: &[u8], trust: &Trust) -> u64 {
    flip(tar, trust, |_| 0..8)
}

/// Flips the bits that `bits` gives for each byte.
fn flip(tar: &[u8], trust: &Trust, bits: fn(usize) -> std::ops::Range<usize>) -> u64 {
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
                    for bit in bits(byte) {
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

/// A ledger that was rotated and erased from, and discloses a key, what a verifier knows of it, and a bundle.
fn keys(selection: Selection) -> (Trust, Vec<u8>) {
    let mut ledger = Ledger::new("flips", 1);
    let [one, other] = [[3; 16], [4; 16]].map(DataKeyId::from_bytes);
    ledger.sealed_event(one);
    let key = ledger.sealed_event(other);
    ledger.disclosed.insert(3, *key.as_bytes());
    ledger.rotate(signing_key(9));
    ledger.erase(&[one]);
    for domain in [Domain::Body, Domain::Payload] {
        ledger.states.push((2, domain, Part::Erased));
    }
    ledger.events(1);
    let head = ledger.checkpoint(&[]).to_string();
    let known_head = KnownHead::parse(head.as_bytes(), &ledger.key()).ok();
    let trust = Trust {
        known_head,
        ..Trust::in_key(ledger.key())
    };
    (trust, ledger.bundle(selection))
}

#[test]
fn of_a_whole_bundle_with_a_rotation_an_erasure_sealed_parts_and_a_key() {
    let (trust, tar) = keys(Selection::Whole);
    assert_eq!(flip_all(&tar, &trust), tar.len() as u64 * 8);
}

#[test]
fn of_a_range_with_a_rotation_an_erasure_sealed_parts_and_a_key() {
    // One bit of each byte: with so many signatures all of them would take minutes once more.
    let (trust, tar) = keys(Selection::Range { from: 2, to: 6 });
    let flips = flip(&tar, &trust, |byte| byte % 8..byte % 8 + 1);
    assert_eq!(flips, tar.len() as u64);
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
