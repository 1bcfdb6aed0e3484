//! The last that is known, and the greatest.

use super::{absorb::Absorb, counted::SUM_MAX, nanos::Nanos};

/// The last that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Last<T>(pub Option<T>);

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Absorb for Last<T> {
    fn absorb(&mut self, later: Self) {
        if later.0.is_some() {
            *self = later;
        }
    }
}

/// The greatest that was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Greatest(pub Option<u64>);

impl Greatest {
    /// Sees one more.
    pub fn see(&mut self, value: u64) {
        self.0 = self.0.max(Some(value.min(SUM_MAX)));
    }
}

/// The longest span of time that was seen, to the nanosecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Longest(pub Option<Nanos>);

impl Longest {
    /// Sees one more, in nanoseconds.
    pub fn see(&mut self, span: u64) {
        self.0 = self.0.max(Some(Nanos(span)));
    }

    /// What it is, in nanoseconds.
    pub fn span(&self) -> Option<u64> {
        self.0.map(|Nanos(span)| span)
    }
}

impl Absorb for Longest {
    fn absorb(&mut self, later: Self) {
        self.0 = self.0.max(later.0);
    }
}

impl Absorb for Greatest {
    fn absorb(&mut self, later: Self) {
        self.0 = self.0.max(later.0);
    }
}
