//! Whether what is read is what the ledger's signed tree holds. Each record continues the one before it, and the last of
//! every run is a leaf of the tree: that binds all of the run, each at its place in this ledger.

use std::ops::ControlFlow;

use indelible_evidence::{chain::ChainHasher, hash::ChainHash};
use indelible_store::{Store, TryScan, record::StoredRecord};

use crate::{
    read::record::{RecordView, chain_before, unlinked_record},
    state::{error::ReadError, proven_leaf::check_leaf, shared::LedgerState},
};

/// Records that follow each other.
struct Run {
    first: u64,
    last: u64,
    chain: ChainHash,
}

/// Checks records in the order in which they are read. Where damage was found in the ledger before, it marks what can't
/// be verified, so that the rest can still be read.
pub(crate) struct Prover<'a> {
    ledger: &'a LedgerState,
    store: &'a dyn Store,
    hasher: ChainHasher,
    run: Option<Run>,
    marks: bool,
}

impl<'a> Prover<'a> {
    pub(crate) fn new(ledger: &'a LedgerState, store: &'a dyn Store) -> Self {
        Self {
            ledger,
            store,
            hasher: ChainHasher::new(),
            run: None,
            marks: ledger.is_suspect(),
        }
    }

    /// Takes in the next record. Nothing may be served before [`Self::end`].
    pub(crate) fn take(&mut self, view: &mut RecordView) -> Result<(), ReadError> {
        let sequence = view.sequence();
        let continued = self
            .run
            .as_ref()
            .filter(|run| run.last.checked_add(1) == Some(sequence))
            .map(|run| (run.first, run.chain));
        if self.marks {
            return self.mark(view, continued.map(|(_, chain)| chain));
        }
        let (first, previous) = match continued {
            Some(run) => run,
            None => {
                self.end()?;
                let previous = chain_before(self.ledger, self.store, sequence)?;
                (sequence, previous)
            }
        };
        let stored = view.stored();
        let chain = self.hasher.link(&previous, stored.header);
        if chain != stored.chain {
            return Err(self.blame(first, sequence, broken_link(sequence)));
        }
        view.place(Some(previous), None);
        self.run = Some(Run {
            first,
            last: sequence,
            chain,
        });
        Ok(())
    }

    /// Ends the run: its last record must be the tree's.
    pub(crate) fn end(&mut self) -> Result<(), ReadError> {
        let Some(run) = self.run.take().filter(|_| !self.marks) else {
            return Ok(());
        };
        check_leaf(self.ledger, self.store, run.last, &run.chain)
            .map_err(|error| self.blame(run.first, run.last, error))
    }

    /// The first record of a run that is not the tree's: where a record was changed, those that follow it may have been
    /// linked anew.
    fn blame(&self, first: u64, last: u64, error: ReadError) -> ReadError {
        let id = self.ledger.id;
        let looked = self.store.try_scan(id, first, last + 1, |sequence, value| {
            let chain = StoredRecord::decode_chain(value);
            let chain = chain.map_err(|error| ReadError::Damaged {
                sequence,
                what: error.to_string(),
            })?;
            check_leaf(self.ledger, self.store, sequence, &chain)?;
            Ok(ControlFlow::Continue(()))
        });
        looked.err().unwrap_or(error)
    }

    /// Judges a record by itself.
    fn mark(&mut self, view: &mut RecordView, known: Option<ChainHash>) -> Result<(), ReadError> {
        let (sequence, chain) = (view.sequence(), view.chain_hash());
        let previous = match known {
            Some(known) => Ok(known),
            None => chain_before(self.ledger, self.store, sequence),
        };
        let verified = match &previous {
            Ok(previous) if self.hasher.link(previous, view.stored().header) != chain => {
                Err(broken_link(sequence))
            }
            Ok(_) => Ok(()),
            Err(_) => Err(ReadError::Damaged {
                sequence,
                what: "the record before it can't be read".into(),
            }),
        };
        let verified = check_leaf(self.ledger, self.store, sequence, &chain).and(verified);
        let unverified = match verified {
            Ok(()) => None,
            Err(ReadError::Damaged { what, .. }) => Some(what),
            Err(error) => return Err(error),
        };
        view.place(previous.ok(), unverified);
        self.run = Some(Run {
            first: sequence,
            last: sequence,
            chain,
        });
        Ok(())
    }
}

fn broken_link(sequence: u64) -> ReadError {
    ReadError::Damaged {
        sequence,
        what: "it does not continue the chain".into(),
    }
}

/// Reads one record and checks all of it: its commitments, its link, and its leaf.
pub(crate) fn record(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<RecordView, ReadError> {
    let mut view = unlinked_record(ledger, store, sequence)?;
    let mut prover = Prover::new(ledger, store);
    prover.take(&mut view)?;
    prover.end()?;
    Ok(view)
}

/// The same for whoever relies on the record in a ledger in which damage was found: there is no mark.
pub(crate) fn sound_record(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<RecordView, ReadError> {
    let view = record(ledger, store, sequence)?;
    match view.unverified() {
        None => Ok(view),
        Some(what) => Err(ReadError::Damaged {
            sequence,
            what: what.to_owned(),
        }),
    }
}

/// Reads one record and checks its commitments and its link; for a start, which has no tree yet to hold it against.
pub(crate) fn linked_record(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<RecordView, ReadError> {
    let mut view = unlinked_record(ledger, store, sequence)?;
    let previous = chain_before(ledger, store, sequence)?;
    if ChainHasher::new().link(&previous, view.stored().header) != view.chain_hash() {
        return Err(broken_link(sequence));
    }
    view.place(Some(previous), None);
    Ok(view)
}

/// Reads records one after the other, checked: at most `limit`, and no more once `bytes_max` are reached, but always one
/// if there is one.
pub(crate) fn records(
    ledger: &LedgerState,
    store: &dyn Store,
    from: u64,
    limit: usize,
    bytes_max: usize,
) -> Result<Vec<RecordView>, ReadError> {
    let to = ledger.size().min(from.saturating_add(limit as u64));
    let (mut views, mut bytes) = (Vec::new(), 0);
    if from >= to {
        return Ok(views);
    }
    let mut prover = Prover::new(ledger, store);
    store.try_scan(ledger.id, from, to, |sequence, value| {
        bytes += value.len();
        if bytes > bytes_max && !views.is_empty() {
            return Ok(ControlFlow::Break(()));
        }
        let mut view = RecordView::check(ledger, sequence, value.to_vec())?;
        prover.take(&mut view)?;
        views.push(view);
        Ok::<_, ReadError>(ControlFlow::Continue(()))
    })?;
    prover.end()?;
    Ok(views)
}
