//! What was told under one name, each once.

use serde::{Deserialize, Serialize};

use super::absorb::Absorb;

/// What may be told again.
pub trait Told {
    /// Whether it is the same told again. Of three, if the first two are the same and the last two, then all are.
    fn is_same(&self, other: &Self) -> bool;
}

/// The first `MOST` that differ from each other, in the order in which they were first told. What comes after them is left
/// out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Different<T, const MOST: usize>(Vec<T>);

impl<T, const MOST: usize> Default for Different<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Told, const MOST: usize> Different<T, MOST> {
    /// One.
    pub fn one(told: T) -> Self {
        Self(vec![told])
    }

    /// The first.
    pub fn first(&self) -> Option<&T> {
        self.0.first()
    }

    /// Those that differ from the first, and from each other.
    pub fn others(&self) -> &[T] {
        self.0.get(1..).unwrap_or_default()
    }
}

impl<T: Told, const MOST: usize> Absorb for Different<T, MOST> {
    fn absorb(&mut self, later: Self) {
        for told in later.0 {
            if self.0.len() < MOST && !self.0.iter().any(|other| other.is_same(&told)) {
                self.0.push(told);
            }
        }
    }
}
