//! How the suite gets a store.

use crate::contracts::Store;

/// One store that can be opened again and again.
pub trait Factory {
    /// The kind of store.
    type Store: Store;

    /// Opens the store, creating it the first time. The store that the call
    /// before gave was dropped, without a word of warning.
    fn open(&mut self) -> Self::Store;
}
