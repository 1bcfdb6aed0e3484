//! The secondary indexes, derived behind the log: identities and posting blocks, step by step from what is
//! durable. What it has not reached yet, queries read from the log's tail.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hashbrown::HashMap;
use indelible_evidence::{
    body::Body,
    header::{Header, RecordKind},
};
use indelible_store::{
    IndexBatch, LedgerId, Posting, Store,
    record::{Part, StoredRecord},
};
use tracing::error;

use super::{
    cell::{LedgerCell, State},
    error::ReadError,
    identity::{Attribute, IdHash},
    limits::INDEX_STEP_RECORDS,
    priority,
    queue::{Queue, Retirement, Work},
    registry::Registry,
};

/// Pause when there is nothing to index.
const IDLE: Duration = Duration::from_millis(50);
/// Records indexed between two flushes of the index; what is not flushed is indexed again after a crash.
const FLUSH_RECORDS: u64 = 1 << 20;
/// A ledger's short tail is left alone until it has been waiting so long: long steps make dense postings.
const SHORT_STEP_AFTER: Duration = Duration::from_secs(5);

/// The thread that derives the indexes.
pub(crate) struct Indexer {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) stop: Arc<AtomicBool>,
}

impl Indexer {
    /// Runs until told to stop.
    pub(crate) fn run(self) {
        priority::step_back();
        let mut waiting: HashMap<LedgerId, Instant> = HashMap::new();
        let mut unflushed = 0;
        while !self.stop.load(Ordering::Acquire) {
            let mut indexed = 0;
            for cell in self.registry.cells() {
                if is_due(&cell, &mut waiting) {
                    indexed += self.advance(&cell);
                }
            }
            unflushed += indexed;
            if unflushed >= FLUSH_RECORDS || (indexed == 0 && unflushed > 0 && waiting.is_empty()) {
                if let Err(error) = self.store.sync_index() {
                    error!(%error, "the index could not be flushed");
                }
                unflushed = 0;
            }
            if indexed == 0 {
                std::thread::sleep(IDLE);
            }
        }
    }

    /// Indexes the next records of a ledger, and returns how many. One whose records can't be read is not
    /// what was written: it stops, since its identities can't be known for ever any more.
    fn advance(&self, cell: &LedgerCell) -> u64 {
        match self.step(cell) {
            Ok(records) => records,
            Err(error) => {
                error!(ledger = %cell.origin(), %error, "the index can't go on");
                cell.give_up_index();
                cell.set_state(State::Stopped, format!("its index can't go on: {error}"));
                0
            }
        }
    }

    /// Indexes the next records of one ledger.
    fn step(&self, cell: &LedgerCell) -> Result<u64, ReadError> {
        let from = cell.indexed.load(Ordering::Acquire);
        let to = cell.size().min(from + INDEX_STEP_RECORDS);
        let mut entries = Entries::default();
        let mut failure = None;
        self.store
            .scan(
                cell.id,
                from,
                to,
                &mut |sequence, value| match entries.add(sequence, value) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(what) => {
                        failure = Some(ReadError::Damaged { sequence, what });
                        ControlFlow::Break(())
                    }
                },
            )?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let (batch, ids) = entries.into_batch(cell, from, to);
        self.store.append_index(cell.id, &batch)?;
        cell.indexed.store(to, Ordering::Release);
        // A closed queue means that the writer is gone, and its map with it.
        let _closed = self.queue.push(Work::Retire(Retirement {
            ledger: cell.id,
            ids,
            indexed: to,
        }));
        Ok(to - from)
    }
}

/// Whether a ledger has enough to index, or has had something to index for long enough.
fn is_due(cell: &LedgerCell, waiting: &mut HashMap<LedgerId, Instant>) -> bool {
    let lag = cell.index_lag();
    if lag == 0 || cell.index_is_given_up() {
        waiting.remove(&cell.id);
        return false;
    }
    let since = *waiting.entry(cell.id).or_insert_with(Instant::now);
    let due = lag >= INDEX_STEP_RECORDS || since.elapsed() >= SHORT_STEP_AFTER;
    if due {
        waiting.remove(&cell.id);
    }
    due
}

/// Index entries of some records.
#[derive(Default)]
struct Entries {
    ids: Vec<(IdHash, u64)>,
    values: [HashMap<String, Vec<u64>>; ATTRIBUTES.len()],
}

/// The attributes in the order in which [`Entries`] holds them.
const ATTRIBUTES: [Attribute; 5] = [
    Attribute::Type,
    Attribute::Source,
    Attribute::Subject,
    Attribute::Actor,
    Attribute::CorrelationId,
];

impl Entries {
    fn add(&mut self, sequence: u64, value: &[u8]) -> Result<(), String> {
        let stored = StoredRecord::decode(value).map_err(|error| error.to_string())?;
        let header = Header::decode(stored.header).map_err(|error| error.to_string())?;
        let RecordKind::Event(event) = &header.kind else {
            return Ok(());
        };
        self.ids.push((IdHash(stored.id_hash), sequence));
        let mut texts = [Some(event.event_type), None, None, None, None];
        if let Part::Present { bytes, .. } = stored.body {
            let body = Body::decode(bytes).map_err(|error| error.to_string())?;
            texts[1..].copy_from_slice(&[
                Some(body.source),
                body.subject,
                body.actor,
                body.correlation_id,
            ]);
        }
        for (values, text) in self.values.iter_mut().zip(texts) {
            if let Some(text) = text {
                values.entry_ref(text).or_default().push(sequence);
            }
        }
        Ok(())
    }

    fn into_batch(mut self, cell: &LedgerCell, from: u64, to: u64) -> (IndexBatch, Vec<IdHash>) {
        self.ids.sort_unstable();
        let mut postings = Vec::new();
        for (attribute, values) in ATTRIBUTES.into_iter().zip(self.values) {
            postings.extend(values.into_iter().map(|(text, sequences)| Posting {
                term: cell.term(attribute, &text),
                sequences,
            }));
        }
        postings.sort_unstable_by_key(|posting| posting.term);
        let retired = self.ids.iter().map(|(id, _)| *id).collect();
        let ids = self
            .ids
            .into_iter()
            .map(|(id, sequence)| (id.0, sequence))
            .collect();
        (
            IndexBatch {
                from_cursor: from,
                to_cursor: to,
                ids,
                postings,
            },
            retired,
        )
    }
}
