//! What was told under one name, each once.

use serde::{Deserialize, Serialize};

use super::{absorb::Absorb, counted::Sum};

/// What may be told again.
pub trait Told {
    /// Whether it is the same told again. Of three, if the first two are the same and the last two, then all are.
    fn is_same(&self, other: &Self) -> bool;
}

/// The first `MOST` that differ from each other, in the order in which they were first told. What comes after them is only
/// counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Different<T, const MOST: usize> {
    #[serde(rename = "d")]
    different: Vec<T>,
    /// How often anything was told.
    #[serde(rename = "n")]
    told: Sum,
}

impl<T, const MOST: usize> Default for Different<T, MOST> {
    fn default() -> Self {
        Self {
            different: Vec::new(),
            told: Sum::default(),
        }
    }
}

impl<T: Told, const MOST: usize> Different<T, MOST> {
    /// One.
    pub fn one(one: T) -> Self {
        let mut told = Sum::default();
        told.add(1);
        Self {
            different: vec![one],
            told,
        }
    }

    /// The first.
    pub fn first(&self) -> Option<&T> {
        self.different.first()
    }

    /// Those that differ from each other.
    pub fn all(&self) -> &[T] {
        &self.different
    }

    /// Those that differ from the first, and from each other.
    pub fn others(&self) -> &[T] {
        self.different.get(1..).unwrap_or_default()
    }

    /// How many were the same told again, or came after the last that is kept.
    pub fn again(&self) -> u64 {
        self.told
            .value()
            .saturating_sub(self.different.len() as u64)
    }
}

impl<T: Told, const MOST: usize> Absorb for Different<T, MOST> {
    fn absorb(&mut self, later: Self) {
        for told in later.different {
            let is_known = self.different.iter().any(|other| other.is_same(&told));
            if self.different.len() < MOST && !is_known {
                self.different.push(told);
            }
        }
        self.told.absorb(later.told);
    }
}
