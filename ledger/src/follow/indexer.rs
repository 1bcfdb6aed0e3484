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
    IdentityTag,
    body::Body,
    header::{Header, RecordKind},
};
use indelible_store::{
    IndexBatch, IndexTerm, LedgerId, Posting, Store,
    record::{Part, StoredRecord},
};
use tracing::{error, warn};

use crate::{
    follow::priority,
    keys::keyring::Keyring,
    read::record::open_body,
    state::{
        error::ReadError,
        event_identity::{Attribute, IndexHasher},
        limits::INDEX_STEP_RECORDS,
        registry::Registry,
        shared::{Availability, LedgerState},
    },
    write::{
        index_terms::{BodyTerms, indexed},
        queue::{Queue, Retirement, Work},
    },
};

/// Pause when there is nothing to index.
const IDLE: Duration = Duration::from_millis(50);
/// Records indexed between two flushes of the index; what is not flushed is indexed again after a crash.
const FLUSH_RECORDS: u64 = 1 << 20;
/// A ledger's short tail is left alone until it has been waiting so long: long steps make dense postings.
const SHORT_STEP_AFTER: Duration = Duration::from_secs(5);

/// Pause when a data key can't be had.
const KEY_RETRY: Duration = Duration::from_secs(1);

/// The thread that derives the indexes.
pub(crate) struct Indexer {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) keyring: Arc<Keyring>,
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
    fn advance(&self, cell: &LedgerState) -> u64 {
        match self.step(cell) {
            Ok(records) => records,
            Err(ReadError::DataKey(error)) => {
                warn!(ledger = %cell.origin(), %error, "the index waits for a data key");
                std::thread::sleep(KEY_RETRY);
                0
            }
            Err(error) => {
                error!(ledger = %cell.origin(), %error, "the index can't go on");
                cell.give_up_index();
                cell.set_state(
                    Availability::Stopped,
                    format!("its index can't go on: {error}"),
                );
                0
            }
        }
    }

    /// Indexes the next records of one ledger.
    fn step(&self, cell: &LedgerState) -> Result<u64, ReadError> {
        let hasher = cell.hasher()?;
        let from = cell.indexed.load(Ordering::Acquire);
        let to = cell.size().min(from + INDEX_STEP_RECORDS);
        let mut entries = Entries::default();
        let mut failure = None;
        let mut ahead = self.queue.terms.take(cell.id, to).into_iter().peekable();
        self.store.scan(cell.id, from, to, &mut |sequence, value| {
            while ahead.next_if(|(of, _)| *of < sequence).is_some() {}
            let terms = ahead.next_if(|(of, _)| *of == sequence);
            let terms = terms.map(|(_, terms)| terms);
            match self.add(cell, &mut entries, sequence, value, terms) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let (batch, ids) = entries.into_batch(hasher, from, to);
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

impl Indexer {
    /// Adds one record. What is sealed in it is opened only if its terms are not known already.
    fn add(
        &self,
        cell: &LedgerState,
        entries: &mut Entries,
        sequence: u64,
        value: &[u8],
        terms: Option<BodyTerms>,
    ) -> Result<(), ReadError> {
        let damaged = |what: String| ReadError::Damaged { sequence, what };
        let stored = StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        let RecordKind::Event(event) = &header.kind else {
            return Ok(());
        };
        entries.identity(stored.id_hash, sequence);
        entries.add(Attribute::Type, event.event_type.as_bytes(), sequence);
        let Some(sealed) = &event.sealed else {
            if let Part::Present { bytes, .. } = stored.body {
                let body = Body::decode(bytes).map_err(|error| damaged(error.to_string()))?;
                entries.body(&body, sequence);
            }
            return Ok(());
        };
        entries.add(Attribute::DataKey, sealed.data_key.as_bytes(), sequence);
        let is_there = matches!(stored.body, Part::Present { .. });
        match terms {
            // What an erasure's record names leaves nothing in the index any more.
            Some(_) if !is_there || cell.keys().is_erased(&sealed.data_key) => {}
            Some(terms) => entries.terms(terms, sequence),
            None => {
                let body = open_body(cell, &self.keyring, sequence, &stored, sealed)?;
                if let Some(body) = body {
                    let body = Body::decode(&body).map_err(|error| damaged(error.to_string()))?;
                    entries.body(&body, sequence);
                }
            }
        }
        Ok(())
    }
}

/// Whether a ledger has enough to index, or has had something to index for long enough.
fn is_due(cell: &LedgerState, waiting: &mut HashMap<LedgerId, Instant>) -> bool {
    let lag = cell.index_lag();
    // Without its key nothing can be derived.
    if lag == 0 || cell.index_is_given_up() || cell.hasher().is_err() {
        waiting.remove(&cell.id);
        return false;
    }
    let since = *waiting.entry(cell.id).or_insert_with(Instant::now);
    let due =
        lag >= INDEX_STEP_RECORDS || since.elapsed() >= SHORT_STEP_AFTER || cell.index_is_wanted();
    if due {
        waiting.remove(&cell.id);
    }
    due
}

/// Index entries of some records.
#[derive(Default)]
struct Entries {
    ids: Vec<(IdentityTag, u64)>,
    /// The values of each attribute, by its byte.
    values: [HashMap<Vec<u8>, Vec<u64>>; ATTRIBUTES.len()],
    /// The same where only the term is known.
    terms: HashMap<IndexTerm, Vec<u64>>,
}

/// The attributes in the order of their bytes, which begin with 1.
const ATTRIBUTES: [Attribute; 6] = [
    Attribute::Type,
    Attribute::Source,
    Attribute::Subject,
    Attribute::Actor,
    Attribute::CorrelationId,
    Attribute::DataKey,
];

impl Entries {
    fn identity(&mut self, id: IdentityTag, sequence: u64) {
        self.ids.push((id, sequence));
    }

    fn add(&mut self, attribute: Attribute, value: &[u8], sequence: u64) {
        self.values[attribute as usize - 1]
            .entry_ref(value)
            .or_default()
            .push(sequence);
    }

    fn terms(&mut self, terms: BodyTerms, sequence: u64) {
        for term in terms.iter() {
            self.terms.entry(term).or_default().push(sequence);
        }
    }

    fn body(&mut self, body: &Body<'_>, sequence: u64) {
        for (attribute, text) in indexed(body) {
            self.add(attribute, text.as_bytes(), sequence);
        }
    }

    fn into_batch(
        mut self,
        hasher: &IndexHasher,
        from: u64,
        to: u64,
    ) -> (IndexBatch, Vec<IdentityTag>) {
        self.ids.sort_unstable();
        let mut by_term = self.terms;
        for (attribute, values) in ATTRIBUTES.into_iter().zip(self.values) {
            for (value, sequences) in values {
                let all = by_term.entry(hasher.term(attribute, &value)).or_default();
                if all.is_empty() {
                    *all = sequences;
                    continue;
                }
                all.extend(sequences);
                // Some of the events are sealed and some are not.
                all.sort_unstable();
            }
        }
        let mut postings: Vec<_> = by_term
            .into_iter()
            .map(|(term, sequences)| Posting { term, sequences })
            .collect();
        postings.sort_unstable_by_key(|posting| posting.term);
        let retired = self.ids.iter().map(|(id, _)| *id).collect();
        (
            IndexBatch {
                from_cursor: from,
                to_cursor: to,
                ids: self.ids,
                postings,
            },
            retired,
        )
    }
}
