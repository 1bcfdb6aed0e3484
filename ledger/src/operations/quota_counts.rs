//! Counts of what was had of quotas, kept in the store so that they outlive the process. Nothing in a ledger relies on them.

use crate::{core::Engine, state::error::LedgerError};

impl Engine {
    /// What is kept in each place, from the first one to the last that was ever used. Blocking.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn quota_counts(&self) -> Result<Vec<Vec<u8>>, LedgerError> {
        let mut counts = Vec::new();
        while let Some(count) = self.core.store.get(&key(counts.len() as u64))? {
            counts.push(count);
        }
        Ok(counts)
    }

    /// Keeps counts, each in its place, and all or none of them. They are durable when this returns. Blocking.
    ///
    /// # Errors
    /// If the store can't be written.
    pub fn keep_quota_counts(&self, counts: &[(u32, Vec<u8>)]) -> Result<(), LedgerError> {
        let counts = counts.iter();
        let counts: Vec<_> = counts
            .map(|(place, count)| (key(u64::from(*place)), count))
            .collect();
        let values: Vec<_> = counts
            .iter()
            .map(|(key, count)| (&key[..], &count[..]))
            .collect();
        Ok(self.core.store.put_all(&values)?)
    }
}

fn key(place: u64) -> Vec<u8> {
    format!("quota/{place}").into_bytes()
}
