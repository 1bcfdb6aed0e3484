//! The last that is known, and the greatest.

use super::{absorb::Absorb, counted::SUM_MAX};

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

impl Absorb for Greatest {
    fn absorb(&mut self, later: Self) {
        self.0 = self.0.max(later.0);
    }
}
