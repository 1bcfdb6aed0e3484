//! How many, and the first records that show it.

use serde::{Deserialize, Serialize};

use super::absorb::Absorb;
use crate::canonical::INTEGER_MAX;

/// How many records a measure names at most: the first ones that show it.
pub const RECORDS_NAMED_MAX: usize = 16;

/// The greatest sum.
pub const SUM_MAX: u64 = INTEGER_MAX;

/// A sum that stays at [`SUM_MAX`] once it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sum(u64);

impl Sum {
    /// Adds.
    pub fn add(&mut self, value: u64) {
        self.0 = self.0.saturating_add(value).min(SUM_MAX);
    }

    /// What it is.
    pub fn value(self) -> u64 {
        self.0
    }
}

impl Absorb for Sum {
    fn absorb(&mut self, later: Self) {
        self.add(later.0);
    }
}

/// The first sequence numbers of a run, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sample(Vec<u64>);

impl Sample {
    /// Takes in the sequence number of the next record.
    pub fn see(&mut self, sequence: u64) {
        if self.0.len() < RECORDS_NAMED_MAX {
            self.0.push(sequence);
        }
    }

    /// The sequence numbers.
    pub fn records(&self) -> &[u64] {
        &self.0
    }
}

impl Absorb for Sample {
    fn absorb(&mut self, later: Self) {
        let room = RECORDS_NAMED_MAX - self.0.len();
        self.0.extend(later.0.into_iter().take(room));
    }
}

/// How many records, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    #[serde(rename = "first")]
    sample: Sample,
    #[serde(rename = "n")]
    count: Sum,
}

impl Counted {
    /// Counts the next record.
    pub fn see(&mut self, sequence: u64) {
        self.count.add(1);
        self.sample.see(sequence);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.count.value()
    }

    /// The first of them.
    pub fn records(&self) -> &[u64] {
        self.sample.records()
    }
}

super::absorb::absorb_fields!(Counted { count, sample });
