//! The postings of the index: which records have an attribute's value, forwards or backwards.

use std::ops::ControlFlow;

use indelible_store::{IndexTerm, Store};

use crate::state::{error::ReadError, shared::LedgerState};

/// The sequence numbers that any of some terms have.
pub(super) struct Alternatives<'a>(Vec<Postings<'a>>);

impl<'a> Alternatives<'a> {
    pub(super) fn new(ledger: &'a LedgerState, store: &'a dyn Store, any: Vec<IndexTerm>) -> Self {
        let postings = any.into_iter();
        Self(
            postings
                .map(|term| Postings::new(ledger, store, term))
                .collect(),
        )
    }

    /// The last sequence number that is at most `to`.
    fn seek_backwards(&mut self, to: u64) -> Result<Option<u64>, ReadError> {
        let mut last = None;
        for postings in &mut self.0 {
            last = last.max(postings.seek_backwards(to)?);
        }
        Ok(last)
    }

    /// The first sequence number that is at least `from`.
    fn seek(&mut self, from: u64) -> Result<Option<u64>, ReadError> {
        let mut first = None;
        for postings in &mut self.0 {
            let found = postings.seek(from)?;
            first = [first, found].into_iter().flatten().min();
        }
        Ok(first)
    }
}

/// The sequence numbers of one term, block by block. It is read in one direction only.
struct Postings<'a> {
    ledger: &'a LedgerState,
    store: &'a dyn Store,
    term: IndexTerm,
    block: Vec<u64>,
    at: usize,
}

impl<'a> Postings<'a> {
    fn new(ledger: &'a LedgerState, store: &'a dyn Store, term: IndexTerm) -> Self {
        Self {
            ledger,
            store,
            term,
            block: Vec::new(),
            at: 0,
        }
    }

    /// The first sequence number that is at least `from`.
    fn seek(&mut self, from: u64) -> Result<Option<u64>, ReadError> {
        loop {
            while let Some(sequence) = self.block.get(self.at) {
                if *sequence >= from {
                    return Ok(Some(*sequence));
                }
                self.at += self.block[self.at..].partition_point(|sequence| *sequence < from);
            }
            let next = self.block.last().map_or(from, |last| from.max(last + 1));
            self.block.clear();
            self.at = 0;
            let block = &mut self.block;
            self.store
                .postings(self.ledger.id, &self.term, next, &mut |sequences| {
                    if sequences.last().is_some_and(|last| *last >= next) {
                        block.extend_from_slice(sequences);
                        return ControlFlow::Break(());
                    }
                    ControlFlow::Continue(())
                })?;
            if self.block.is_empty() {
                return Ok(None);
            }
        }
    }

    /// The last sequence number that is at most `to`, which never grows.
    fn seek_backwards(&mut self, to: u64) -> Result<Option<u64>, ReadError> {
        loop {
            let left = self.block.partition_point(|sequence| *sequence <= to);
            self.block.truncate(left);
            if let Some(last) = self.block.last() {
                return Ok(Some(*last));
            }
            let block = &mut self.block;
            self.store
                .postings_backwards(self.ledger.id, &self.term, to, &mut |sequences| {
                    block.extend_from_slice(sequences);
                    ControlFlow::Break(())
                })?;
            if self.block.is_empty() {
                return Ok(None);
            }
        }
    }
}

/// The last sequence number up to `to` that all have.
pub(super) fn intersect_backwards(
    postings: &mut [Alternatives<'_>],
    to: u64,
) -> Result<Option<u64>, ReadError> {
    let mut candidate = to;
    'search: loop {
        for posting in &mut *postings {
            match posting.seek_backwards(candidate)? {
                None => return Ok(None),
                Some(found) if found < candidate => {
                    candidate = found;
                    continue 'search;
                }
                Some(_) => {}
            }
        }
        return Ok(Some(candidate));
    }
}

/// The first sequence number from `from` on that all have.
pub(super) fn intersect(
    postings: &mut [Alternatives<'_>],
    from: u64,
) -> Result<Option<u64>, ReadError> {
    let mut candidate = from;
    'search: loop {
        for posting in &mut *postings {
            match posting.seek(candidate)? {
                None => return Ok(None),
                Some(found) if found > candidate => {
                    candidate = found;
                    continue 'search;
                }
                Some(_) => {}
            }
        }
        return Ok(Some(candidate));
    }
}
