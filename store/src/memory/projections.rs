//! States of folds in memory. A real store may lose the newest of them in a crash; this one keeps them all.

use std::ops::{ControlFlow, Range};

use super::MemoryStore;
use crate::contracts::projection::check_run;
use crate::contracts::{LedgerId, ProjectionStore, ReadStore};
use crate::error::{Result, StoreError};

impl ProjectionStore for MemoryStore {
    fn put_state(&self, ledger: LedgerId, run: Range<u64>, state: &[u8]) -> Result<()> {
        let size = self.head(ledger)?.map_or(0, |head| head.size);
        check_run(ledger, &run, size)?;
        let mut durable = self.durable();
        let states = durable.states.entry(ledger).or_default();
        states.insert(run.start, (run.end, state.to_vec()));
        Ok(())
    }

    fn states(
        &self,
        ledger: LedgerId,
        from: Range<u64>,
        visit: &mut dyn FnMut(Range<u64>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        // The visitor may call the store, so no lock is held meanwhile.
        let found: Vec<_> = match self.durable().states.get(&ledger) {
            Some(states) => states
                .range(from)
                .map(|(start, state)| (*start, state.clone()))
                .collect(),
            None => Vec::new(),
        };
        for (start, (end, state)) in found {
            if visit(start..end, &state).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn forget_states(&self, ledger: LedgerId, sequences: &[u64]) -> Result<u64> {
        let volatile = self.volatile();
        if let Some(reason) = &volatile.stopped {
            return Err(StoreError::Stopped {
                reason: reason.clone(),
            });
        }
        let mut durable = self.durable();
        let states = durable.states.entry(ledger).or_default();
        let before = states.len();
        states.retain(|start, (end, _)| {
            !sequences
                .iter()
                .any(|sequence| (*start..*end).contains(sequence))
        });
        Ok((before - states.len()) as u64)
    }

    fn forget_all_states(&self, ledger: LedgerId) -> Result<()> {
        self.durable().states.remove(&ledger);
        Ok(())
    }
}
