//! The derived index: ids and postings, without a log, beside their cursor.

use std::ops::ControlFlow;
use std::sync::{MutexGuard, PoisonError};

use indelible_evidence::IdentityTag;
use rocksdb::{DBRawIterator, ReadOptions, WriteBatch};

use super::{RocksStore, engine_error, keys, postings};
use crate::contracts::{IndexStore, LedgerId};
use crate::error::{Result, StoreError};
use crate::head::LEDGER_SIZE_MAX;
use crate::index::{IndexBatch, IndexEntry, IndexTerm, Posting, check_removals};
use crate::varint;

/// Removals are written in batches of this many bytes, about.
const REMOVAL_BATCH_BYTES: usize = 4 << 20;

impl IndexStore for RocksStore {
    fn cursor(&self, ledger: LedgerId) -> Result<u64> {
        let cursor = self.stored_cursor(ledger)?;
        cursor.ok_or_else(|| unreadable("cursor"))
    }

    fn find_ids(
        &self,
        ledger: LedgerId,
        ids: &[IdentityTag],
        out: &mut Vec<Option<u64>>,
    ) -> Result<()> {
        out.clear();
        out.resize(ids.len(), None);
        let asked = ids.iter().enumerate();
        let asked = asked.filter(|(_, id)| self.known_ids.may_hold(ledger, id));
        let (places, keys): (Vec<_>, Vec<_>) = asked
            .map(|(place, id)| (place, keys::id(ledger, id)))
            .unzip();
        if keys.is_empty() {
            return Ok(());
        }
        let values = self
            .db
            .batched_multi_get_cf(self.family(keys::INDEX), keys.iter(), false);
        for (place, value) in places.into_iter().zip(values) {
            if let Some(value) = value.map_err(engine_error::on("look for ids"))? {
                out[place] = Some(integer(&value).ok_or_else(|| unreadable("id"))?);
            }
        }
        Ok(())
    }

    fn append_index(&self, ledger: LedgerId, batch: &IndexBatch) -> Result<()> {
        batch.check()?;
        let _writer = self.index_writer();
        let stored = self.cursor(ledger)?;
        if stored != batch.from_cursor {
            return Err(StoreError::IndexCursor {
                ledger,
                stored,
                given: batch.from_cursor,
            });
        }
        self.known_ids.insert(batch.ids.iter().map(|(id, _)| id));
        let family = self.family(keys::INDEX);
        let mut write = WriteBatch::default();
        let mut value = Vec::with_capacity(10);
        for (id, sequence) in &batch.ids {
            value.clear();
            varint::push(&mut value, *sequence);
            write.put_cf(family, keys::id(ledger, id), &value);
        }
        for posting in &batch.postings {
            for block in posting.sequences.chunks(postings::BLOCK_SEQUENCES_MAX) {
                let key = keys::posting(ledger, &posting.term, block[0]);
                write.put_cf(family, key, postings::encode(block));
            }
        }
        value.clear();
        varint::push(&mut value, batch.to_cursor);
        write.put_cf(family, keys::cursor(ledger), &value);
        self.write_unlogged(write)
    }

    fn sync_index(&self) -> Result<()> {
        self.db
            .flush_cf(self.family(keys::INDEX))
            .map_err(engine_error::on("write the index out"))
    }

    fn postings(
        &self,
        ledger: LedgerId,
        term: &IndexTerm,
        from_sequence: u64,
        visit: &mut dyn FnMut(&[u64]) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(keys::posting(ledger, term, 0));
        // The end of the key space of the term; its last block may begin at
        // no greater a number than the bound.
        options.set_iterate_upper_bound(keys::posting(ledger, term, u64::MAX));
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::INDEX), options);
        seek_block(&mut iterator, &keys::posting(ledger, term, from_sequence));
        let mut block = Vec::new();
        while let Some((key, value)) = iterator.item() {
            let first = key[keys::POSTING_PREFIX_BYTES..].try_into();
            let first = first.map(u64::from_be_bytes);
            if !first.is_ok_and(|first| postings::decode(first, value, &mut block)) {
                return Err(unreadable("posting block"));
            }
            let skipped = block.partition_point(|sequence| *sequence < from_sequence);
            if skipped < block.len() && visit(&block[skipped..]).is_break() {
                return Ok(());
            }
            iterator.next();
        }
        iterator
            .status()
            .map_err(engine_error::on("read the index"))
    }

    fn postings_backwards(
        &self,
        ledger: LedgerId,
        term: &IndexTerm,
        to_sequence: u64,
        visit: &mut dyn FnMut(&[u64]) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(keys::posting(ledger, term, 0));
        options.set_iterate_upper_bound(keys::posting(ledger, term, u64::MAX));
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::INDEX), options);
        iterator.seek_for_prev(keys::posting(ledger, term, to_sequence));
        let mut block = Vec::new();
        while let Some((key, value)) = iterator.item() {
            let first = key[keys::POSTING_PREFIX_BYTES..].try_into();
            let first = first.map(u64::from_be_bytes);
            if !first.is_ok_and(|first| postings::decode(first, value, &mut block)) {
                return Err(unreadable("posting block"));
            }
            let kept = block.partition_point(|sequence| *sequence <= to_sequence);
            if kept > 0 && visit(&block[..kept]).is_break() {
                return Ok(());
            }
            iterator.prev();
        }
        iterator
            .status()
            .map_err(engine_error::on("read the index"))
    }

    fn remove_postings(&self, ledger: LedgerId, removals: &[Posting]) -> Result<()> {
        self.writer.lock().check()?;
        let _writer = self.index_writer();
        check_removals(self.cursor(ledger)?, removals)?;
        let family = self.family(keys::INDEX);
        let mut write = WriteBatch::default();
        for removal in removals {
            self.rewrite_blocks(ledger, removal, |old, new| {
                write.delete_cf(family, old);
                if let Some((key, value)) = new {
                    write.put_cf(family, key, value);
                }
                if write.size_in_bytes() < REMOVAL_BATCH_BYTES {
                    return Ok(());
                }
                self.write_unlogged(std::mem::take(&mut write))
            })?;
        }
        self.write_unlogged(write)?;
        self.sync_index()
    }

    fn find_postings(&self, ledger: LedgerId, sequences: &[u64]) -> Result<Vec<Posting>> {
        let mut wanted = sequences.to_vec();
        wanted.sort_unstable();
        let mut found: Vec<Posting> = Vec::new();
        let prefix = keys::postings_of(ledger);
        let mut end = prefix;
        end[4] += 1;
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(prefix);
        options.set_iterate_upper_bound(end);
        options.fill_cache(false);
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::INDEX), options);
        iterator.seek_to_first();
        let mut block = Vec::new();
        while let Some((key, value)) = iterator.item() {
            let (term, first) = keys::posting_in(key).ok_or_else(|| unreadable("posting block"))?;
            if !postings::decode(first, value, &mut block) {
                return Err(unreadable("posting block"));
            }
            block.retain(|sequence| wanted.binary_search(sequence).is_ok());
            match found.last_mut().filter(|posting| posting.term == term) {
                Some(posting) => posting.sequences.extend_from_slice(&block),
                None if block.is_empty() => {}
                None => found.push(Posting {
                    term,
                    sequences: block.clone(),
                }),
            }
            iterator.next();
        }
        iterator
            .status()
            .map_err(engine_error::on("read the index"))?;
        Ok(found)
    }

    fn scan_index(
        &self,
        ledger: LedgerId,
        visit: &mut dyn FnMut(IndexEntry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let (from, _) = keys::range_of(ledger);
        self.visit_index(ledger, &from, &mut |_, entry| visit(entry))
    }

    fn scan_index_part(
        &self,
        ledger: LedgerId,
        behind: Option<&[u8]>,
        entries_max: usize,
        visit: &mut dyn FnMut(IndexEntry<'_>),
    ) -> Result<Option<Vec<u8>>> {
        self.visit_index_part(ledger, behind, entries_max, visit)
    }

    fn reset_index(&self, ledger: LedgerId) -> Result<()> {
        // A purge must not take the note below for one that it has followed.
        let _turn = self.rewriting();
        let _writer = self.index_writer();
        // What is forgotten stays in the tables, in blocks that begin anywhere,
        // so that the next purge must look at all of them. A salvaged copy
        // needs this before anybody has adopted it.
        self.db
            .put_opt(
                keys::of_ledger(keys::INDEX_FORGOTTEN, ledger),
                [],
                &self.synced,
            )
            .map_err(engine_error::on("reset an index"))?;
        let (from, to) = keys::range_of(ledger);
        let mut write = WriteBatch::default();
        write.delete_range_cf(self.family(keys::INDEX), &from[..], &to[..]);
        self.db
            .write_opt(write, &self.unlogged)
            .map_err(engine_error::on("reset an index"))?;
        self.sync_index()
    }
}

impl RocksStore {
    /// How far the index reaches; `None` if what is stored does not say.
    pub(super) fn stored_cursor(&self, ledger: LedgerId) -> Result<Option<u64>> {
        let value = self
            .db
            .get_pinned_cf(self.family(keys::INDEX), keys::cursor(ledger))
            .map_err(engine_error::on("read an index's cursor"))?;
        Ok(value.map_or(Some(0), |value| integer(&value)))
    }

    /// Visits the term's blocks that hold any of these sequence numbers: the
    /// key of each, and what is to be there instead.
    fn rewrite_blocks(
        &self,
        ledger: LedgerId,
        removal: &Posting,
        mut visit: impl FnMut(&[u8], Option<(&[u8], &[u8])>) -> Result<()>,
    ) -> Result<()> {
        let (Some(&first), Some(&last)) = (removal.sequences.first(), removal.sequences.last())
        else {
            return Ok(());
        };
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(keys::posting(ledger, &removal.term, 0));
        options.set_iterate_upper_bound(keys::posting(
            ledger,
            &removal.term,
            last.saturating_add(1),
        ));
        options.fill_cache(false);
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::INDEX), options);
        seek_block(&mut iterator, &keys::posting(ledger, &removal.term, first));
        let mut block = Vec::new();
        while let Some((key, value)) = iterator.item() {
            let start = keys::posting_in(key).map(|(_, start)| start);
            if !start.is_some_and(|start| postings::decode(start, value, &mut block)) {
                return Err(unreadable("posting block"));
            }
            let before = block.len();
            block.retain(|sequence| removal.sequences.binary_search(sequence).is_err());
            match block.first() {
                Some(_) if block.len() == before => {}
                Some(&start) => {
                    let new = keys::posting(ledger, &removal.term, start);
                    visit(key, Some((&new, &postings::encode(&block))))?;
                }
                None => visit(key, None)?,
            }
            iterator.next();
        }
        iterator
            .status()
            .map_err(engine_error::on("read the index"))
    }

    fn write_unlogged(&self, batch: WriteBatch) -> Result<()> {
        self.db
            .write_opt(batch, &self.unlogged)
            .map_err(engine_error::on("write the index"))
    }

    fn index_writer(&self) -> MutexGuard<'_, ()> {
        self.index_writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes to the last block that begins at or before the key, which may hold
/// what is looked for, or else to the first one after it.
fn seek_block(iterator: &mut DBRawIterator<'_>, key: &[u8]) {
    iterator.seek_for_prev(key);
    if !iterator.valid() && iterator.status().is_ok() {
        iterator.seek(key);
    }
}

pub(super) fn integer(mut value: &[u8]) -> Option<u64> {
    varint::take(&mut value).filter(|number| value.is_empty() && *number <= LEDGER_SIZE_MAX)
}

pub(super) fn unreadable(what: &str) -> StoreError {
    StoreError::Damaged {
        place: "the index".to_owned(),
        finding: format!("a {what} can't be read"),
    }
}
