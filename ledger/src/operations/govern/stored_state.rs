//! States that are kept beside the log: the bytes, and where the record stands that names them. Nothing in them is believed
//! but what a record of the chain has the digest of.

use indelible_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::state::{governed::Rules, shared::LedgerState};

/// How many are kept of a ledger: while one is written, the one before is whole.
const SLOTS: u8 = 2;

/// The first line of what is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    /// The record that names the state.
    pub(crate) record: u64,
    /// The records below it that policies and bindings are read from.
    pub(crate) rules: Vec<u64>,
}

/// A state that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredState {
    pub(crate) label: Label,
    pub(crate) state: Vec<u8>,
}

impl StoredState {
    /// Those that are kept of a ledger, the newest first. What is not of the form is left out.
    pub(crate) fn all(store: &dyn Store, cell: &LedgerState) -> Result<Vec<Self>, StoreError> {
        let mut all = Vec::new();
        for slot in 0..SLOTS {
            let bytes = store.get(&key(cell, slot))?;
            all.extend(bytes.as_deref().and_then(Self::decode));
        }
        all.sort_by_key(|kept| std::cmp::Reverse(kept.label.record));
        Ok(all)
    }

    /// Keeps a state in the place of the oldest one; durable when it returns.
    pub(crate) fn keep(&self, store: &dyn Store, cell: &LedgerState) -> Result<(), StoreError> {
        let mut oldest = (None, 0);
        for slot in (0..SLOTS).rev() {
            let bytes = store.get(&key(cell, slot))?;
            let record = bytes.as_deref().and_then(Self::decode);
            let record = record.map(|kept| kept.label.record);
            if slot == SLOTS - 1 || record < oldest.0 {
                oldest = (record, slot);
            }
        }
        let (_, slot) = oldest;
        store.put(&key(cell, slot), &self.encode())
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(&self.label).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend(&self.state);
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (label, state) = bytes.split_at(end);
        Some(Self {
            label: serde_json::from_slice(label).ok()?,
            state: state.get(1..)?.to_vec(),
        })
    }
}

impl Rules {
    /// The records that these policies and bindings are read from, ascending.
    pub(crate) fn records(&self) -> Vec<u64> {
        let policies = self.policies.values().map(|policy| policy.sequence);
        let bindings = self.bindings.values().map(|one| one.bound.sequence);
        let documents = self.document_records.values().copied();
        let mut all: Vec<_> = documents.chain(policies).chain(bindings).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

pub(crate) fn key(cell: &LedgerState, slot: u8) -> Vec<u8> {
    format!("governance-state/{}/{slot}", cell.id.number()).into_bytes()
}
