//! The engine under one seed: its own loops over a store and an anchor in memory, driven by chance on one thread, with
//! faults of the disk, power cuts and a clock that jumps. What was promised is held against what is there.
//!
//! 1,000 seeds are run with all tests, and more by `make simulate` and `make test-long`. `INDELIBLE_SIMULATION_SEED=N` repeats the run of one seed, and `INDELIBLE_SIMULATION_SEEDS=N` runs so many from there;
//! with `INDELIBLE_SIMULATION_TRACE=1` each step is printed.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a run says which seed it is of, and how to repeat it"
)]

mod clients;
mod history;
mod lot;
mod model;
mod run;
mod scheduler;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Seeds of a run of all tests.
const SEEDS: u64 = 1_000;
/// Seeds of the campaign.
const SEEDS_LONG: u64 = 20_000;
/// How often one seed is run to see that it always runs alike.
const REPETITIONS: u32 = 100;

fn from_environment(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not {value:?}")),
    )
}

/// Runs a seed, and says how to run it again if it fails.
fn run(seed: u64) -> run::Outcome {
    catch_unwind(AssertUnwindSafe(|| run::run(seed))).unwrap_or_else(|failure| {
        eprintln!(
            "seed {seed} failed; INDELIBLE_SIMULATION_SEED={seed} cargo test --workspace --lib \
             whatever_chance_does repeats it"
        );
        resume_unwind(failure)
    })
}

/// The first seed, and how many there are.
fn seeds() -> (u64, u64) {
    let one = from_environment("INDELIBLE_SIMULATION_SEED");
    let many = from_environment("INDELIBLE_SIMULATION_SEEDS");
    if std::env::var("INDELIBLE_TEST_TIER").is_ok_and(|tier| tier == "long") {
        let first = from_environment("INDELIBLE_TEST_SEED").unwrap_or(0);
        return (first, SEEDS_LONG);
    }
    let count = if one.is_some() { 1 } else { SEEDS };
    (one.unwrap_or(0), many.unwrap_or(count))
}

#[test]
fn whatever_chance_does_every_promise_is_kept() {
    let (first, count) = seeds();
    let mut all = run::Outcome::default();
    for number in 0..count {
        let outcome = run(first.wrapping_add(number));
        if count == 1 {
            println!("seed {first}: {}", outcome.digest);
        }
        all.add(&outcome);
    }
    println!("campaign: {count} seeds from {first}: {all}");
    if count >= SEEDS {
        all.has_met_everything();
    }
}

#[test]
fn the_same_seed_always_takes_the_same_steps() {
    let digest = |seed| run(seed).digest;
    let first = digest(1);
    for _ in 1..REPETITIONS {
        assert_eq!(digest(1), first);
    }
    assert_ne!(digest(2), first);
}
