//! What a hundred changes of keys cost whoever verifies a ledger: the same events without any, in the same run.
//!
//! `cargo bench -p indelible-evidence --bench rotations --profile dev`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "it is a program that prints its figures, and ends with what goes wrong"
)]

#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/bundle/support.rs"]
mod support;

#[path = "../tests/bundle/rotations.rs"]
mod rotations;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indelible_evidence::bundle::{Selection, TarSource};
use indelible_evidence::verify::{KnownHead, Trust, verify};

/// Events of each ledger.
const EVENTS: u64 = 200_000;
/// Changes of keys in one of them.
const ROTATIONS: u64 = 100;
/// Verifications of each, by turns.
const ROUNDS: usize = 31;

/// A bundle, and what its verifier knows.
struct Subject {
    tar: Vec<u8>,
    trust: Trust,
    took: Vec<Duration>,
}

impl Subject {
    fn new(rotations: u64) -> Self {
        let (mut ledger, changes) = rotations::ledger(EVENTS, rotations);
        assert_eq!(changes.total(), rotations);
        let head = ledger.checkpoint(&[]).to_string();
        let mut trust = Trust::in_key(ledger.key());
        trust.known_head = KnownHead::parse(head.as_bytes(), &trust.key).ok();
        Self {
            tar: ledger.bundle(Selection::Whole),
            trust,
            took: Vec::with_capacity(ROUNDS),
        }
    }

    fn verify(&mut self) {
        let begun = now();
        let report = verify(TarSource::new(self.tar.as_slice()), &self.trust);
        self.took.push(now() - begun);
        let verdict = report.expect("it can be read").verdict;
        let holds = [verdict.integrity, verdict.completeness, verdict.custody];
        assert!(holds.iter().all(|answer| answer.holds()), "{holds:?}");
    }

    /// The shortest of all rounds.
    fn least(&self) -> f64 {
        let least = self.took.iter().min().copied().unwrap_or_default();
        least.as_secs_f64()
    }

    fn median(&self) -> f64 {
        let mut took = self.took.clone();
        took.sort_unstable();
        took[took.len() / 2].as_secs_f64()
    }
}

/// The time that this thread has been at work, where the system tells: what else runs on the machine is then no part of
/// it. Otherwise the time of day.
fn now() -> Duration {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let at_work = told.and_then(|text| text.split(' ').next()?.parse().ok());
    match at_work {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => BEGINNING.get_or_init(Instant::now).elapsed(),
    }
}

fn main() {
    let (mut plain, mut rotated) = (Subject::new(0), Subject::new(ROTATIONS));
    for _ in 0..ROUNDS {
        plain.verify();
        rotated.verify();
    }
    let told = |name: &str, subject: &Subject| {
        println!(
            "{name}: {:.0} events/s at best, {:.0} in the median, {} MiB",
            EVENTS as f64 / subject.least(),
            EVENTS as f64 / subject.median(),
            subject.tar.len() >> 20,
        );
    };
    told("no rotation", &plain);
    told("100 rotations", &rotated);
    let slower = |rotated: f64, plain: f64| (rotated / plain - 1.0) * 100.0;
    println!(
        "100 rotations and 3 providers: {:+.1}% time at best, {:+.1}% in the median (aim: under +5%)",
        slower(rotated.least(), plain.least()),
        slower(rotated.median(), plain.median()),
    );
}
