//! The first few different values.

use serde::{Deserialize, Serialize};

use super::absorb::Absorb;

/// The first `MOST` different values, in the order in which they were first seen. What comes after them is left out, so
/// that it can show that something is among the values, and never that it is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Few<T, const MOST: usize>(Vec<T>);

impl<T, const MOST: usize> Default for Few<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq, const MOST: usize> Few<T, MOST> {
    /// Sees a value.
    pub fn see(&mut self, value: T) {
        if self.0.len() < MOST && !self.0.contains(&value) {
            self.0.push(value);
        }
    }

    /// The values.
    pub fn all(&self) -> &[T] {
        &self.0
    }

    /// Whether there may be others that were left out.
    pub fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }
}

impl<T: PartialEq, const MOST: usize> Absorb for Few<T, MOST> {
    fn absorb(&mut self, later: Self) {
        later.0.into_iter().for_each(|value| self.see(value));
    }
}
