//! The derived index: ids and postings, without a log, beside their cursor.

use std::ops::ControlFlow;
use std::sync::{MutexGuard, PoisonError};

use rocksdb::{DBRawIterator, ReadOptions, WriteBatch};

use super::{RocksStore, engine_error, keys, postings};
use crate::contracts::{IndexStore, LedgerId};
use crate::error::{Result, StoreError};
use crate::index::{IdHash, IndexBatch, TermKey};
use crate::varint;

impl IndexStore for RocksStore {
    fn cursor(&self, ledger: LedgerId) -> Result<u64> {
        let value = self
            .db
            .get_cf(self.family(keys::INDEX), keys::cursor(ledger))
            .map_err(engine_error::on("read an index's cursor"))?;
        match value {
            None => Ok(0),
            Some(value) => integer(&value).ok_or_else(|| unreadable(ledger, "cursor")),
        }
    }

    fn find_ids(&self, ledger: LedgerId, ids: &[IdHash], out: &mut Vec<Option<u64>>) -> Result<()> {
        out.clear();
        out.reserve(ids.len());
        let keys: Vec<_> = ids.iter().map(|id| keys::id(ledger, id)).collect();
        let values = self
            .db
            .batched_multi_get_cf(self.family(keys::INDEX), keys.iter(), false);
        for value in values {
            let value = value.map_err(engine_error::on("look for ids"))?;
            out.push(match value {
                None => None,
                Some(value) => Some(integer(&value).ok_or_else(|| unreadable(ledger, "id"))?),
            });
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
        self.db
            .write_opt(write, &self.unlogged)
            .map_err(engine_error::on("write the index"))
    }

    fn sync_index(&self) -> Result<()> {
        self.db
            .flush_cf(self.family(keys::INDEX))
            .map_err(engine_error::on("write the index out"))
    }

    fn postings(
        &self,
        ledger: LedgerId,
        term: &TermKey,
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
                return Err(unreadable(ledger, "posting block"));
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

    fn reset_index(&self, ledger: LedgerId) -> Result<()> {
        let _writer = self.index_writer();
        let (from, to) = keys::index_range(ledger);
        let mut write = WriteBatch::default();
        write.delete_range_cf(self.family(keys::INDEX), &from[..], &to[..]);
        self.db
            .write_opt(write, &self.unlogged)
            .map_err(engine_error::on("reset an index"))?;
        self.sync_index()
    }
}

impl RocksStore {
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

fn integer(mut value: &[u8]) -> Option<u64> {
    varint::take(&mut value).filter(|_| value.is_empty())
}

fn unreadable(ledger: LedgerId, what: &str) -> StoreError {
    StoreError::Damaged {
        place: format!("the index of ledger {ledger}"),
        finding: format!("a {what} can't be read"),
    }
}
