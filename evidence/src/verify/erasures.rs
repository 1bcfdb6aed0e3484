//! Which data keys were destroyed, as the erasure records say.

use std::collections::HashMap;

use crate::hash::DataKeyId;

use super::key_event::{KeyEvent, Statement};

/// The data keys that erasure records name.
#[derive(Clone, Debug, Default)]
pub struct Erasures {
    /// Each with the number of the erasure that named it first.
    named: HashMap<DataKeyId, usize>,
    /// For each erasure, how many records lie under its data keys.
    records: Vec<u64>,
    /// For each erasure, its own record.
    sequences: Vec<u64>,
}

impl Erasures {
    /// Takes in the next key event. One that does not hold erases nothing.
    pub fn advance(&mut self, event: &KeyEvent) {
        if let Ok(Statement::Erasure(erasure)) = &event.statement {
            let number = self.records.len();
            self.records.push(0);
            self.sequences.push(event.sequence);
            for data_key in &erasure.data_keys {
                self.named.entry(*data_key).or_insert(number);
            }
        }
    }

    /// Whether an erasure record, wherever it stands, names the data key.
    pub fn name(&self, data_key: &DataKeyId) -> bool {
        self.named.contains_key(data_key)
    }

    /// The first erasure record that names the data key.
    pub(super) fn named_by(&self, data_key: &DataKeyId) -> Option<u64> {
        let number = self.named.get(data_key)?;
        self.sequences.get(*number).copied()
    }

    /// Counts a record under its data key.
    pub(super) fn count(&mut self, data_key: &DataKeyId) {
        let number = self.named.get(data_key);
        if let Some(records) = number.and_then(|number| self.records.get_mut(*number)) {
            *records += 1;
        }
    }

    /// How many records were counted for each erasure, in their order.
    pub(super) fn records(&self) -> &[u64] {
        &self.records
    }
}
