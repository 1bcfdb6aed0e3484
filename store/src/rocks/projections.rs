//! States of folds, without a log: each begins with the end of its run.

use std::ops::{ControlFlow, Range};

use rocksdb::{ReadOptions, WriteBatch};

use super::{RocksStore, engine_error, keys};
use crate::contracts::projection::check_run;
use crate::contracts::{LedgerId, ProjectionStore};
use crate::error::{Result, StoreError};
use crate::head::LEDGER_SIZE_MAX;

const END_BYTES: usize = 8;

impl ProjectionStore for RocksStore {
    fn put_state(&self, ledger: LedgerId, run: Range<u64>, state: &[u8]) -> Result<()> {
        check_run(ledger, &run, self.size(ledger))?;
        let mut value = Vec::with_capacity(END_BYTES + state.len());
        value.extend_from_slice(&run.end.to_be_bytes());
        value.extend_from_slice(state);
        self.db
            .put_cf_opt(
                self.family(keys::PROJECTIONS),
                keys::record(ledger, run.start),
                value,
                &self.unlogged,
            )
            .map_err(engine_error::on("keep a projection's state"))
    }

    fn states(
        &self,
        ledger: LedgerId,
        from: Range<u64>,
        visit: &mut dyn FnMut(Range<u64>, &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut options = ReadOptions::default();
        // They are large, and asked for once after a start.
        options.fill_cache(false);
        options.set_iterate_lower_bound(keys::record(ledger, from.start));
        options.set_iterate_upper_bound(keys::record(ledger, from.end));
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::PROJECTIONS), options);
        iterator.seek_to_first();
        while let Some((key, value)) = iterator.item() {
            let (run, state) = run_in(ledger, key, value)?;
            if visit(run, state).is_break() {
                return Ok(());
            }
            iterator.next();
        }
        iterator
            .status()
            .map_err(engine_error::on("read a projection's states"))
    }

    fn forget_states(&self, ledger: LedgerId, sequences: &[u64]) -> Result<u64> {
        self.writer.lock().check()?;
        let family = self.family(keys::PROJECTIONS);
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(keys::record(ledger, 0));
        options.fill_cache(false);
        let mut iterator = self.db.raw_iterator_cf_opt(family, options);
        let mut batch = WriteBatch::default();
        let mut beyond = 0;
        for &sequence in sequences {
            if sequence < beyond {
                continue;
            }
            iterator.seek_for_prev(keys::record(ledger, sequence));
            if let Some((key, value)) = iterator.item() {
                let (run, _) = run_in(ledger, key, value)?;
                if run.contains(&sequence) {
                    batch.delete_cf(family, key);
                    beyond = run.end;
                }
            }
            iterator
                .status()
                .map_err(engine_error::on("read a projection's states"))?;
        }
        let forgotten = batch.len() as u64;
        self.forget(batch)?;
        Ok(forgotten)
    }

    fn forget_all_states(&self, ledger: LedgerId) -> Result<()> {
        self.forget_states_from(ledger, 0)
    }
}

impl RocksStore {
    /// Forgets the states whose runs begin at or after a record.
    fn forget_states_from(&self, ledger: LedgerId, from: u64) -> Result<()> {
        let mut batch = WriteBatch::default();
        batch.delete_range_cf(
            self.family(keys::PROJECTIONS),
            keys::record(ledger, from),
            keys::record(ledger, u64::MAX),
        );
        self.forget(batch)
    }

    /// A salvage can leave a head behind the states, which have no log. Whether
    /// one of them could not be read: then all are forgotten.
    pub(super) fn forget_states_ahead(&self, ledger: LedgerId) -> Result<bool> {
        let size = self.size(ledger);
        let (from, to) = keys::range_of(ledger);
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_iterate_upper_bound(to);
        let family = self.family(keys::PROJECTIONS);
        let mut iterator = self.db.raw_iterator_cf_opt(family, options);
        iterator.seek(from);
        while let Some((key, value)) = iterator.item() {
            match run_in(ledger, key, value) {
                Ok((run, _)) if run.end <= size => iterator.next(),
                Ok((run, _)) => {
                    tracing::warn!(%ledger, size, "projections are ahead of the ledger, so they are built again");
                    self.forget_states_from(ledger, run.start)?;
                    return Ok(false);
                }
                Err(_) => {
                    let mut batch = WriteBatch::default();
                    batch.delete_range_cf(family, &from[..], &to[..]);
                    self.forget(batch)?;
                    return Ok(true);
                }
            }
        }
        let read = iterator.status();
        read.map_err(engine_error::on("read a projection's states"))?;
        Ok(false)
    }

    fn forget(&self, batch: WriteBatch) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.db
            .write_opt(batch, &self.unlogged)
            .map_err(engine_error::on("forget projections' states"))?;
        self.db
            .flush_cf(self.family(keys::PROJECTIONS))
            .map_err(engine_error::on("write projections' states out"))
    }
}

fn run_in<'a>(ledger: LedgerId, key: &[u8], value: &'a [u8]) -> Result<(Range<u64>, &'a [u8])> {
    let start = keys::sequence_in(ledger, key);
    let end = value.split_first_chunk::<END_BYTES>();
    let run = start.zip(end);
    match run.map(|(start, (end, state))| (start..u64::from_be_bytes(*end), state)) {
        Some((run, state)) if !run.is_empty() && run.end <= LEDGER_SIZE_MAX => Ok((run, state)),
        _ => Err(StoreError::Damaged {
            place: "the projections".to_owned(),
            finding: "a state can't be read".to_owned(),
        }),
    }
}
