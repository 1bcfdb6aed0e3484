//! Which data keys must not be destroyed for the time being.

use std::collections::{HashMap, HashSet};

use crate::hash::{DataKeyId, HoldId};
use crate::key_event::{Hold, HoldAction};

/// The holds of one ledger.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds {
    /// Those in force, each with its data keys; none means the whole ledger.
    placed: HashMap<HoldId, Option<Vec<DataKeyId>>>,
    /// Those that were, so that no id serves twice.
    released: HashSet<HoldId>,
    /// By how many holds in force each data key is held.
    held: HashMap<DataKeyId, u64>,
    /// How many holds in force are on the whole ledger.
    whole: u64,
}

impl Holds {
    /// Takes in a hold record, or tells why it can't be one.
    pub(super) fn advance(&mut self, hold: &Hold) -> Result<(), &'static str> {
        let id = hold.hold;
        match &hold.action {
            HoldAction::Place { data_keys, .. } => {
                if self.placed.contains_key(&id) || self.released.contains(&id) {
                    return Err("a hold of that id was placed before");
                }
                match data_keys {
                    None => self.whole += 1,
                    Some(data_keys) => {
                        for data_key in data_keys {
                            *self.held.entry(*data_key).or_default() += 1;
                        }
                    }
                }
                self.placed.insert(id, data_keys.clone());
            }
            HoldAction::Release => {
                let data_keys = self
                    .placed
                    .remove(&id)
                    .ok_or("it releases a hold that is not in force")?;
                self.released.insert(id);
                match data_keys {
                    None => self.whole -= 1,
                    Some(data_keys) => data_keys.iter().for_each(|data_key| self.free(data_key)),
                }
            }
        }
        Ok(())
    }

    fn free(&mut self, data_key: &DataKeyId) {
        if let Some(holds) = self.held.get_mut(data_key) {
            *holds -= 1;
            if *holds == 0 {
                self.held.remove(data_key);
            }
        }
    }

    /// Whether nothing of the ledger must be destroyed.
    pub(super) fn hold_all(&self) -> bool {
        self.whole > 0
    }

    /// Whether the data key must not be destroyed.
    pub(super) fn hold(&self, data_key: &DataKeyId) -> bool {
        self.whole > 0 || self.held.contains_key(data_key)
    }
}
