//! The secondary indexes, derived behind the log: identities and posting blocks, step by step from what is
//! durable. What it has not reached yet, queries read from the log's tail.

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use hashbrown::HashMap;
use indelible_evidence::{IdentityTag, body::Body, header::Header};
use indelible_store::{
    IndexBatch, IndexTerm, LedgerId, Posting, Store,
    record::{Part, StoredRecord},
};
use tracing::{error, warn};

use crate::{
    keys::keyring::Keyring,
    read::{archived::with_body, record::open_body},
    state::{
        bell::Stop,
        environment::Environment,
        error::ReadError,
        event_identity::{Attribute, IndexHasher},
        limits::INDEX_STEP_RECORDS,
        registry::Registry,
        shared::{Availability, LedgerState},
        steps::{Next, Steps},
    },
    write::{
        index_terms::{BodyTerms, indexed},
        queue::{Queue, Retirement, Work},
    },
};

/// Time between two looks at what is not indexed yet and may wait. Where nothing waits, nobody looks.
const LOOK: Duration = Duration::from_millis(50);
/// Records indexed between two flushes of the index; what is not flushed is indexed again after a crash.
const FLUSH_RECORDS: u64 = 1 << 20;
/// A ledger's short tail is left alone until it has been waiting so long: long steps make dense postings.
const SHORT_STEP_AFTER: Duration = Duration::from_secs(5);

/// Pause when a data key can't be had.
const KEY_RETRY: Duration = Duration::from_secs(1);

/// The loop that derives the indexes.
pub(crate) struct Indexer {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    keyring: Arc<Keyring>,
    queue: Arc<Queue>,
    environment: Environment,
    stop: Stop,
    /// Since when something of these ledgers is not indexed.
    waiting: HashMap<LedgerId, Duration>,
    unflushed: u64,
}

/// How far a ledger's index got.
enum Advanced {
    By(u64),
    /// A data key could not be had, or the store or the archive not be read.
    Later,
}

impl Steps for Indexer {
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            return Next::Ended;
        }
        let (mut indexed, mut lacks_a_key) = (0, false);
        for cell in self.registry.cells() {
            if self.is_due(&cell) {
                match self.advance(&cell) {
                    Advanced::By(records) => indexed += records,
                    Advanced::Later => lacks_a_key = true,
                }
            }
        }
        self.unflushed += indexed;
        let rests = indexed == 0 && self.waiting.is_empty();
        if self.unflushed >= FLUSH_RECORDS || (rests && self.unflushed > 0) {
            if let Err(error) = self.store.sync_index() {
                error!(%error, "the index could not be flushed");
            }
            self.unflushed = 0;
        }
        let now = self.environment.elapsed();
        match indexed {
            _ if lacks_a_key => Next::PausesUntil(now + KEY_RETRY),
            0 if rests => Next::Waits,
            0 => Next::PausesUntil(now + LOOK),
            _ => Next::Worked,
        }
    }
}

impl Indexer {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        registry: Arc<Registry>,
        keyring: Arc<Keyring>,
        queue: Arc<Queue>,
        environment: Environment,
        stop: Stop,
    ) -> Self {
        Self {
            store,
            registry,
            keyring,
            queue,
            environment,
            stop,
            waiting: HashMap::new(),
            unflushed: 0,
        }
    }

    /// Whether a ledger has enough to index, or has had something to index for long enough.
    fn is_due(&mut self, cell: &LedgerState) -> bool {
        let lag = cell.index_lag();
        // Without its key nothing can be derived.
        if lag == 0 || cell.index_is_given_up() || cell.hasher().is_err() {
            self.waiting.remove(&cell.id);
            return false;
        }
        let now = self.environment.elapsed();
        let since = *self.waiting.entry(cell.id).or_insert(now);
        let due =
            lag >= INDEX_STEP_RECORDS || now - since >= SHORT_STEP_AFTER || cell.index_is_wanted();
        if due {
            self.waiting.remove(&cell.id);
        }
        due
    }

    /// Indexes the next records of a ledger. One whose records can't be read is not what was written: it stops, since
    /// its identities can't be known for ever any more.
    fn advance(&self, cell: &LedgerState) -> Advanced {
        match self.index(cell) {
            Ok(records) => Advanced::By(records),
            Err(ReadError::DataKey(error)) => {
                warn!(ledger = %cell.origin(), %error, "the index waits for a data key");
                Advanced::Later
            }
            // A notice tells of it.
            Err(ReadError::ArchiveAway(_)) => Advanced::Later,
            // Nothing is known to be wrong with the records.
            Err(error) if error.cause().is_some() => {
                warn!(ledger = %cell.origin(), %error, "the index waits until the store can be read");
                Advanced::Later
            }
            Err(error) => {
                error!(ledger = %cell.origin(), %error, "the index can't go on");
                cell.give_up_index();
                cell.set_state(
                    Availability::Stopped,
                    format!("its index can't go on: {error}"),
                );
                Advanced::By(0)
            }
        }
    }

    /// Indexes the next records of one ledger.
    fn index(&self, cell: &LedgerState) -> Result<u64, ReadError> {
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
        let value = with_body(cell, sequence, value)?;
        let stored = StoredRecord::decode(&value).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
        let Some(event) = header.kind.event() else {
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
