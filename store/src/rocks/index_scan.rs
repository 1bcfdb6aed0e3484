//! Visiting the entries of an index, whatever they are about.

use std::ops::ControlFlow;

use rocksdb::ReadOptions;

use super::index::{integer, unreadable};
use super::{RocksStore, engine_error, keys, postings};
use crate::contracts::LedgerId;
use crate::error::Result;
use crate::index::IndexEntry;

impl RocksStore {
    /// Visits entries with their keys, from a key on, as they were at one moment.
    pub(super) fn visit_index(
        &self,
        ledger: LedgerId,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], IndexEntry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let (_, to) = keys::range_of(ledger);
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(from);
        options.set_iterate_upper_bound(to);
        options.fill_cache(false);
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::INDEX), options);
        iterator.seek_to_first();
        let mut block = Vec::new();
        while let Some((key, value)) = iterator.item() {
            let flow = if key == keys::cursor(ledger) {
                ControlFlow::Continue(())
            } else if let Some(id) = keys::id_in(ledger, key) {
                let sequence = integer(value).ok_or_else(|| unreadable("id"))?;
                visit(key, IndexEntry::Id(id, sequence))
            } else if let Some((term, first)) = keys::posting_in(key)
                && key.starts_with(&keys::postings_of(ledger))
                && postings::decode(first, value, &mut block)
            {
                visit(key, IndexEntry::Postings(term, &block))
            } else {
                return Err(unreadable("posting block"));
            };
            if flow.is_break() {
                return Ok(());
            }
            iterator.next();
        }
        iterator
            .status()
            .map_err(engine_error::on("read the index"))
    }

    /// Visits some entries behind a key; returns the key of the last one if there may be more.
    pub(super) fn visit_index_part(
        &self,
        ledger: LedgerId,
        behind: Option<&[u8]>,
        entries_max: usize,
        visit: &mut dyn FnMut(IndexEntry<'_>),
    ) -> Result<Option<Vec<u8>>> {
        let (first, _) = keys::range_of(ledger);
        // No key lies between one and the same with a zero behind it.
        let from = behind.map_or_else(|| first.to_vec(), |key| [key, &[0]].concat());
        let mut left = entries_max.max(1);
        let mut ended_at = None;
        self.visit_index(ledger, &from, &mut |key, entry| {
            visit(entry);
            left -= 1;
            if left > 0 {
                return ControlFlow::Continue(());
            }
            ended_at = Some(key.to_vec());
            ControlFlow::Break(())
        })?;
        Ok(ended_at)
    }
}
