//! The derived index in memory.

use std::ops::ControlFlow;

use indelible_evidence::IdentityTag;

use super::MemoryStore;
use crate::contracts::{IndexStore, LedgerId};
use crate::error::{Result, StoreError};
use crate::index::{IndexBatch, IndexEntry, IndexTerm, Posting, check_removals};

impl IndexStore for MemoryStore {
    fn cursor(&self, ledger: LedgerId) -> Result<u64> {
        let volatile = self.volatile();
        Ok(volatile
            .indexes
            .get(&ledger)
            .map_or(0, |index| index.cursor))
    }

    fn find_ids(
        &self,
        ledger: LedgerId,
        ids: &[IdentityTag],
        out: &mut Vec<Option<u64>>,
    ) -> Result<()> {
        let volatile = self.volatile();
        let index = volatile.indexes.get(&ledger);
        out.clear();
        out.extend(ids.iter().map(|id| index?.ids.get(id).copied()));
        Ok(())
    }

    fn append_index(&self, ledger: LedgerId, batch: &IndexBatch) -> Result<()> {
        batch.check()?;
        let mut volatile = self.volatile();
        let index = volatile.indexes.entry(ledger).or_default();
        if index.cursor != batch.from_cursor {
            return Err(StoreError::IndexCursor {
                ledger,
                stored: index.cursor,
                given: batch.from_cursor,
            });
        }
        index.append(batch);
        Ok(())
    }

    fn sync_index(&self) -> Result<()> {
        let volatile = self.volatile();
        self.durable().indexes = volatile.indexes.clone();
        Ok(())
    }

    fn postings(
        &self,
        ledger: LedgerId,
        term: &IndexTerm,
        from_sequence: u64,
        visit: &mut dyn FnMut(&[u64]) -> ControlFlow<()>,
    ) -> Result<()> {
        let sequences: Vec<u64> = {
            let volatile = self.volatile();
            let index = volatile.indexes.get(&ledger);
            let all = index.and_then(|index| index.postings.get(term));
            all.map(|all| all.range(from_sequence..).copied().collect())
                .unwrap_or_default()
        };
        for block in sequences.chunks(64) {
            if visit(block).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn postings_backwards(
        &self,
        ledger: LedgerId,
        term: &IndexTerm,
        to_sequence: u64,
        visit: &mut dyn FnMut(&[u64]) -> ControlFlow<()>,
    ) -> Result<()> {
        let sequences: Vec<u64> = {
            let volatile = self.volatile();
            let index = volatile.indexes.get(&ledger);
            let all = index.and_then(|index| index.postings.get(term));
            all.map(|all| all.range(..=to_sequence).copied().collect())
                .unwrap_or_default()
        };
        for block in sequences.rchunks(64) {
            if visit(block).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn remove_postings(&self, ledger: LedgerId, removals: &[Posting]) -> Result<()> {
        let mut volatile = self.volatile();
        if let Some(reason) = &volatile.stopped {
            return Err(StoreError::Stopped {
                reason: reason.clone(),
            });
        }
        let index = volatile.indexes.entry(ledger).or_default();
        check_removals(index.cursor, removals)?;
        index.remove(removals);
        self.durable().indexes = volatile.indexes.clone();
        Ok(())
    }

    fn find_postings(&self, ledger: LedgerId, sequences: &[u64]) -> Result<Vec<Posting>> {
        let wanted = sequences.iter().copied().collect();
        let volatile = self.volatile();
        let index = volatile.indexes.get(&ledger);
        Ok(index.map_or_else(Vec::new, |index| index.find(&wanted)))
    }

    fn scan_index(
        &self,
        ledger: LedgerId,
        visit: &mut dyn FnMut(IndexEntry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some(index) = self.volatile().indexes.get(&ledger).cloned() else {
            return Ok(());
        };
        for (id, sequence) in &index.ids {
            if visit(IndexEntry::Id(*id, *sequence)).is_break() {
                return Ok(());
            }
        }
        for (term, sequences) in &index.postings {
            let sequences: Vec<_> = sequences.iter().copied().collect();
            if !sequences.is_empty() && visit(IndexEntry::Postings(*term, &sequences)).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn reset_index(&self, ledger: LedgerId) -> Result<()> {
        let mut volatile = self.volatile();
        volatile.indexes.remove(&ledger);
        self.durable().indexes.remove(&ledger);
        Ok(())
    }
}
