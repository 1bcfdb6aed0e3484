//! A ledger, as the daemon's edges hold it: append, read, prove, verify, export.

mod privacy;

use std::sync::{Arc, atomic::Ordering};

use indelible_evidence::{
    hash::TreeHash,
    header::{Header, RecordKind},
    note::SignedNote,
    receipt::Receipt,
    record_file::RecordFile,
    tree::{consistency_proof, inclusion_proof, root_at},
};
use tokio::sync::{oneshot, watch};

use super::{
    append::{Appended, PendingAppend},
    backlog::Load,
    cell::State,
    conventions,
    core::Ledger,
    error::{AppendError, PrepareError, ReadError},
    event::{self, EventInput, Prepared},
    export::{self, ExportError, ExportForm, ExportSummary, Selection},
    limits::{
        BATCH_BYTES_MAX, BATCH_EVENTS_MAX, INDEX_LAG_RECORDS_MAX, QUEUE_RETRY, WAITING_BYTES_MAX,
        WAITING_BYTES_TOTAL_MAX, WAITING_EVENTS_MAX,
    },
    nodes::Nodes,
    query::{self, Filter, Page},
    queue::{Submission, Work},
    read::{self, RecordView},
    reserved, sealing,
    summary::LedgerSummary,
    verify::{self, VerifyOutcome},
};

/// Headers that lead from the pinned key to a later identity: genesis, where it names a recovery key, and the records
/// that introduced identities.
type Lineage = (Option<Vec<u8>>, Vec<Vec<u8>>);

impl Ledger {
    /// What it is and how it stands.
    pub fn summary(&self) -> LedgerSummary {
        LedgerSummary::of(&self.cell)
    }

    /// Validates, encodes and, where it must be, seals an event in the caller's task. It can then be appended
    /// to this ledger, and to no other. Waits only where a data key must be fetched from its provider.
    ///
    /// # Errors
    /// What the client must mend, or why the event can't be sealed now.
    pub async fn prepare(&self, event: EventInput<'_>) -> Result<Prepared, PrepareError> {
        reserved::check_client(&event)?;
        if self.cell.descriptor.checks_events {
            conventions::check(&event)?;
        }
        match sealing::scope(&self.cell, &event)? {
            None => event::prepare(&self.cell, event),
            Some(scope) => sealing::prepare(&self.core, &self.cell, scope, event).await,
        }
    }

    /// Appends events as one, and waits until they are durable.
    ///
    /// # Errors
    /// Why nothing was appended, or that it is unknown.
    pub async fn append(
        &self,
        events: Vec<Prepared>,
        expected_sequence: Option<u64>,
    ) -> Result<Appended, AppendError> {
        self.enqueue(events, expected_sequence)?.await
    }

    /// Gives events to the writer without waiting for it.
    ///
    /// # Errors
    /// Why they were not taken.
    pub fn enqueue(
        &self,
        events: Vec<Prepared>,
        expected: Option<u64>,
    ) -> Result<PendingAppend, AppendError> {
        let (state, reason) = self.cell.state();
        if state != State::Open {
            return Err(AppendError::Refused { state, reason });
        }
        let load = check_batch(&events)?;
        if self.is_ahead_of_its_followers() || !self.admit(load) {
            return Err(AppendError::QueueFull {
                retry_after: QUEUE_RETRY,
            });
        }
        self.submit(events, expected, load).inspect_err(|_| {
            self.cell.backlog.release(load);
            self.core.queue.backlog.release(load);
        })
    }

    /// Whether what is derived from the ledger is so far behind that it must be waited for.
    fn is_ahead_of_its_followers(&self) -> bool {
        self.cell.index_lag() > INDEX_LAG_RECORDS_MAX
            || self.cell.projected.growth(self.cell.size()) > self.core.options.projection_lag
    }

    /// Counts a load in, for this ledger and for all.
    fn admit(&self, load: Load) -> bool {
        let most = Load {
            events: WAITING_EVENTS_MAX,
            bytes: WAITING_BYTES_MAX,
        };
        let most_in_all = Load {
            events: usize::MAX,
            bytes: WAITING_BYTES_TOTAL_MAX,
        };
        if !self.cell.backlog.admit(load, most) {
            return false;
        }
        let admitted = self.core.queue.backlog.admit(load, most_in_all);
        if !admitted {
            self.cell.backlog.release(load);
        }
        admitted
    }

    fn submit(
        &self,
        events: Vec<Prepared>,
        expected: Option<u64>,
        load: Load,
    ) -> Result<PendingAppend, AppendError> {
        // The cursor first: what is indexed after this is still in the writer's memory.
        let known_below = self.cell.indexed.load(Ordering::Acquire);
        let mut known = Vec::new();
        if known_below > 0 {
            let ids: Vec<_> = events.iter().map(|event| event.id.0).collect();
            self.core
                .store
                .find_ids(self.cell.id, &ids, &mut known)
                .map_err(|error| AppendError::Unreadable {
                    reason: error.to_string(),
                })?;
        }
        let (reply, receiver) = oneshot::channel();
        let submission = Submission {
            cell: Arc::clone(&self.cell),
            events,
            known,
            known_below,
            expected,
            load,
            reply,
        };
        self.core
            .queue
            .push(Work::Append(submission))
            .map_err(|_closed| AppendError::Draining)?;
        Ok(PendingAppend(receiver))
    }

    /// One record, checked against its commitments and its place in the chain.
    ///
    /// # Errors
    /// If there is none, or it is damaged.
    pub fn record(&self, sequence: u64) -> Result<RecordView, ReadError> {
        read::record(&self.cell, &*self.core.store, sequence)
    }

    /// Records from a sequence number on, checked against their commitments: at most `limit`, and no more
    /// once `bytes_max` are reached.
    ///
    /// # Errors
    /// If one is damaged.
    pub fn records(
        &self,
        from: u64,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Vec<RecordView>, ReadError> {
        read::records(&self.cell, &*self.core.store, from, limit, bytes_max)
    }

    /// The record of an event's identity.
    ///
    /// # Errors
    /// If the index or the log's tail can't be read.
    pub fn find(&self, source: &str, id: &str) -> Result<Option<u64>, ReadError> {
        query::find(&self.cell, &*self.core.store, source, id)
    }

    /// Events that match a filter, from a sequence number on.
    ///
    /// # Errors
    /// If the index or a record can't be read.
    pub fn list(
        &self,
        filter: &Filter,
        from: u64,
        limit: usize,
        bytes_max: usize,
    ) -> Result<Page, ReadError> {
        query::list(
            &self.cell,
            &*self.core.store,
            &self.core.keyring,
            filter,
            from,
            limit,
            bytes_max,
        )
    }

    /// Tells of every new durable and acknowledged size.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.cell.watch_committed()
    }

    /// Waits until a checkpoint under the identity key covers a size.
    ///
    /// # Errors
    /// If the daemon stops first, or the ledger is in a state in which nothing more is published.
    pub async fn wait_published(&self, size: u64) -> Result<(), ReadError> {
        if matches!(self.cell.state().0, State::Quarantined | State::Closed) {
            return Err(ReadError::NotPublished);
        }
        let published = self.cell.published();
        if published.is_none_or(|published| published.size < size) {
            self.core.signers.of(&self.cell)?;
        }
        let mut published = self.cell.watch_published();
        published
            .wait_for(|published| *published >= size)
            .await
            .map(drop)
            .map_err(|_gone| ReadError::NotPublished)
    }

    /// A receipt for a record, the record itself, and whether the receipt is provisional: then only an epoch
    /// key vouches for its checkpoint.
    ///
    /// # Errors
    /// If there is no such record, or it is damaged.
    pub fn receipt(&self, sequence: u64) -> Result<(Receipt, RecordFile, bool), ReadError> {
        let view = self.record(sequence)?;
        let (checkpoint, size) = match self.cell.published() {
            Some(published) if published.size > sequence => {
                (published.note.clone(), published.size)
            }
            _ => self.committed()?,
        };
        let identity = self.cell.keys().identities().at(size).clone();
        let by_identity = checkpoint.lines_of(&identity).next().is_some();
        let certificate = if by_identity {
            None
        } else {
            self.certificate(&checkpoint)?
        };
        if let Some(header) = &certificate {
            let epoch = Header::decode(header).map_err(|error| ReadError::Damaged {
                sequence,
                what: format!("the certificate of its epoch: {error}"),
            })?;
            // An epoch key vouches for nothing that came before it, but for genesis, which is of the first commit.
            if sequence < epoch.sequence && epoch.sequence > 1 {
                return Err(ReadError::NotPublished);
            }
        }
        let provisional = !by_identity;
        let mut nodes = Nodes::new(&self.cell, &*self.core.store);
        let proof = inclusion_proof(sequence, size, |node| nodes.node(node))?;
        let previous = read::chain_before(&self.cell, &*self.core.store, sequence)?;
        let (genesis, identities) = self.identities_until(size)?;
        let receipt = Receipt {
            previous,
            certificate,
            genesis,
            identities,
            index: sequence,
            proof,
            checkpoint,
        };
        Ok((receipt, view.record_file(), provisional))
    }

    /// What leads from the pinned key to the identity at a size: the headers of the records that introduced the later
    /// ones, and genesis where that names the recovery key that signed them.
    fn identities_until(&self, size: u64) -> Result<Lineage, ReadError> {
        let (introductions, by_recovery) = {
            let keys = self.cell.keys();
            let identities = keys.identities();
            let introductions = identities.introductions().filter(|at| *at < size);
            (
                introductions.collect::<Vec<_>>(),
                identities.recovery().is_some(),
            )
        };
        let header = |sequence| {
            let view = read::unlinked_record(&self.cell, &*self.core.store, sequence)?;
            Ok::<_, ReadError>(view.stored().header.to_vec())
        };
        let genesis = (by_recovery && !introductions.is_empty())
            .then(|| header(0))
            .transpose()?;
        let identities = introductions.into_iter().map(header);
        Ok((genesis, identities.collect::<Result<_, _>>()?))
    }

    /// The header of the certificate whose epoch signed a checkpoint.
    fn certificate(&self, checkpoint: &SignedNote) -> Result<Option<Vec<u8>>, ReadError> {
        let epoch = checkpoint
            .signatures
            .iter()
            .find_map(|line| line.name.rsplit_once('#')?.1.parse().ok());
        epoch
            .map(|first| {
                let view = self.record(first)?;
                match view.header() {
                    Header {
                        kind: RecordKind::Epoch(_),
                        ..
                    } => Ok(view.stored().header.to_vec()),
                    _ => Err(ReadError::Damaged {
                        sequence: first,
                        what: "it is no epoch certificate".into(),
                    }),
                }
            })
            .transpose()
    }

    fn committed(&self) -> Result<(SignedNote, u64), ReadError> {
        let (text, size) = {
            let committed = self.cell.committed();
            (committed.head.checkpoint.clone(), committed.head.size)
        };
        let note = SignedNote::parse(text.as_bytes()).map_err(|error| ReadError::Damaged {
            sequence: size,
            what: format!("the head's checkpoint: {error}"),
        })?;
        Ok((note, size))
    }

    /// The newest checkpoint under the identity key.
    pub fn published_checkpoint(&self) -> Option<SignedNote> {
        self.cell
            .published()
            .map(|published| published.note.clone())
    }

    /// The newest durable checkpoint, under the epoch key.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn committed_checkpoint(&self) -> Result<SignedNote, ReadError> {
        self.committed().map(|(note, _)| note)
    }

    /// A consistency proof between two sizes.
    ///
    /// # Errors
    /// If there are no such sizes.
    pub fn consistency(&self, from: u64, to: u64) -> Result<Vec<TreeHash>, ReadError> {
        let size = self.cell.size();
        if from == 0 || from > to || to > size {
            return Err(ReadError::NoProof { from, to, size });
        }
        let mut nodes = Nodes::new(&self.cell, &*self.core.store);
        consistency_proof(from, to, |node| nodes.node(node))
    }

    /// The tree's root at a size.
    ///
    /// # Errors
    /// If the ledger is not that large.
    pub fn root_at(&self, at: u64) -> Result<TreeHash, ReadError> {
        let size = self.cell.size();
        if at > size {
            return Err(ReadError::NoProof {
                from: at,
                to: at,
                size,
            });
        }
        let mut nodes = Nodes::new(&self.cell, &*self.core.store);
        root_at(at, |node| nodes.node(node))
    }

    /// Verifies the whole ledger from its stored bytes; blocking, and told of by `progress(verified, size)`.
    pub fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> VerifyOutcome {
        verify::verify(&self.cell, &*self.core.store, progress)
    }

    /// Writes an evidence bundle; blocking.
    ///
    /// # Errors
    /// If the selection is empty, a record is damaged, the identity key can't sign, a key that is to be disclosed can't
    /// be had, its disclosure can't be recorded, or `out` fails.
    pub fn export(
        &self,
        selection: Selection,
        form: &ExportForm,
        out: &mut dyn std::io::Write,
    ) -> Result<ExportSummary, ExportError> {
        export::export(&self.core, self, selection, form, out)
    }
}

fn check_batch(events: &[Prepared]) -> Result<Load, AppendError> {
    if events.is_empty() {
        return Err(AppendError::BatchEmpty);
    }
    let bytes = events.iter().map(Prepared::bytes).sum();
    if events.len() > BATCH_EVENTS_MAX || bytes > BATCH_BYTES_MAX {
        return Err(AppendError::BatchTooLarge {
            events: events.len(),
            bytes,
            events_max: BATCH_EVENTS_MAX,
            bytes_max: BATCH_BYTES_MAX,
        });
    }
    Ok(Load {
        events: events.len(),
        bytes,
    })
}
