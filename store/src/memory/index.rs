//! The derived index in memory.

use std::ops::ControlFlow;

use indelible_evidence::IdentityTag;

use super::MemoryStore;
use super::state::Index;
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
        index.visit_by_key(&mut |_, entry| visit(entry));
        Ok(())
    }

    fn scan_index_part(
        &self,
        ledger: LedgerId,
        behind: Option<&[u8]>,
        entries_max: usize,
        visit: &mut dyn FnMut(IndexEntry<'_>),
    ) -> Result<Option<Vec<u8>>> {
        let Some(index) = self.volatile().indexes.get(&ledger).cloned() else {
            return Ok(None);
        };
        let mut left = entries_max.max(1);
        let mut ended_at = None;
        index.visit_by_key(&mut |key, entry| {
            if behind.is_some_and(|behind| key <= behind) {
                return ControlFlow::Continue(());
            }
            visit(entry);
            left -= 1;
            if left > 0 {
                return ControlFlow::Continue(());
            }
            ended_at = Some(key.to_vec());
            ControlFlow::Break(())
        });
        Ok(ended_at)
    }

    fn reset_index(&self, ledger: LedgerId) -> Result<()> {
        let mut volatile = self.volatile();
        volatile.indexes.remove(&ledger);
        self.durable().indexes.remove(&ledger);
        Ok(())
    }
}

impl Index {
    /// Visits the entries with their keys, in the order of these, until the visitor breaks off.
    fn visit_by_key(&self, visit: &mut dyn FnMut(&[u8], IndexEntry<'_>) -> ControlFlow<()>) {
        let key = |kind: u8, bytes: &[u8]| [&[kind][..], bytes].concat();
        for (id, sequence) in &self.ids {
            let entry = IndexEntry::Id(*id, *sequence);
            if visit(&key(b'i', id.as_bytes()), entry).is_break() {
                return;
            }
        }
        for (term, sequences) in &self.postings {
            let sequences: Vec<_> = sequences.iter().copied().collect();
            if sequences.is_empty() {
                continue;
            }
            let entry = IndexEntry::Postings(*term, &sequences);
            if visit(&key(b'p', term.as_bytes()), entry).is_break() {
                return;
            }
        }
    }
}
