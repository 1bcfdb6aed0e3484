//! Counters and histograms for what the daemon measures of itself. Counting costs an atomic or two, never waits, and never fails.

mod histogram;

pub use histogram::{Buckets, Histogram, Reading};

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows, from 0 at the start of the process.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// A counter at 0, for statics.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts one more.
    pub fn one(&self) {
        self.add(1);
    }

    /// Counts so many more.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many there are now of what comes and goes.
#[derive(Debug, Default)]
pub struct Level(AtomicU64);

impl Level {
    /// A level of 0, for statics.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts one in, and out again when what is returned is dropped.
    pub fn enter(&self) -> Present<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Present(self)
    }

    /// How many there are.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One that is counted in a [`Level`] for as long as this lives.
#[derive(Debug)]
pub struct Present<'a>(&'a Level);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_goes_down_with_what_it_counted() {
        let level = Level::new();
        let (one, other) = (level.enter(), level.enter());
        assert_eq!(level.get(), 2);
        drop(one);
        assert_eq!(level.get(), 1);
        drop(other);
        assert_eq!(level.get(), 0);
    }

    #[test]
    fn a_counter_adds_up() {
        let counter = Counter::new();
        counter.one();
        counter.add(41);
        assert_eq!(counter.get(), 42);
    }
}
