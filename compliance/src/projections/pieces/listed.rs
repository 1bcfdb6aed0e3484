//! A list, as long as it is not too long.

use serde::{Deserialize, Serialize};

use super::absorb::Absorb;

/// Entries of one list.
pub const LISTED_MAX: usize = 10_000;

/// Entries in the order of their records. With more than [`LISTED_MAX`] it is *too many*, and stays so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Listed<T>(Option<Vec<T>>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl<T> Listed<T> {
    /// Takes in the entry of the next record.
    pub fn push(&mut self, entry: T) {
        if let Some(entries) = &mut self.0 {
            entries.push(entry);
            if entries.len() > LISTED_MAX {
                self.0 = None;
            }
        }
    }

    /// The entries; none if there are too many.
    pub fn all(&self) -> Option<&[T]> {
        self.0.as_deref()
    }
}

impl<T> Absorb for Listed<T> {
    fn absorb(&mut self, later: Self) {
        match (&mut self.0, later.0) {
            (Some(entries), Some(later)) if entries.len() + later.len() <= LISTED_MAX => {
                entries.extend(later);
            }
            _ => self.0 = None,
        }
    }
}
