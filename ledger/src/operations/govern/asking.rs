//! How something is asked of the writer, and what is answered once it is durable.

use std::sync::{Arc, Mutex, PoisonError};

use indelible_evidence::{FieldViolation, hash::ChainHash};
use indelible_governance::{record::Entry, state::State};
use tokio::sync::oneshot;

use super::fold;
use crate::{
    core::Ledger,
    state::{
        append::{Acknowledgement, NewRange},
        backlog::Load,
        error::AppendError,
        govern_error::GovernError,
        governed::{Brought, Rules},
        limits::QUEUE_RETRY,
        shared::Availability,
    },
    write::{
        acknowledgement::{Appended, PendingAppend},
        ask::{Ask, Moment, Sought, Written},
        queue::Work,
        request::{GovernanceWork, Request},
    },
};

/// Bytes that a decision's record takes in the queue, about.
pub(super) const RECORD_BYTES_USUAL: usize = 4_096;

/// Where a record of governance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its sequence number; of several that belong together, that of the last.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The chain hash at it.
    pub chain: ChainHash,
    /// A size at which a durable signed checkpoint covers it.
    pub tree_size: u64,
}

impl From<NewRange> for Placed {
    fn from(new: NewRange) -> Self {
        Self {
            sequence: new.first + u64::from(new.count.saturating_sub(1)),
            time: new.time,
            chain: new.chain,
            tree_size: new.tree_size,
        }
    }
}

impl From<Acknowledgement> for Placed {
    fn from(there: Acknowledgement) -> Self {
        Self {
            sequence: there.sequence,
            time: there.time,
            chain: there.chain,
            tree_size: there.tree_size,
        }
    }
}

/// What a function that the writer runs found, for whoever waits.
struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Slot<T> {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    fn put(&self, found: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The outcome of what was recorded: where, and whether it was there before.
pub(super) enum Recorded<T> {
    New(Placed, T),
    /// The identity is that of a record that is there.
    There(Acknowledgement),
    /// Nothing had to be recorded.
    Nothing(T),
}

impl Ledger {
    /// What is registered and bound.
    ///
    /// # Errors
    /// If the ledger's governance records can't be read.
    pub async fn rules(&self) -> Result<Arc<Rules>, GovernError> {
        self.open_gate().await?;
        Ok(self.cell.governed.rules())
    }

    /// Makes sure that the writer has the state that is judged by.
    pub(super) async fn open_gate(&self) -> Result<(), GovernError> {
        if self.cell.encrypts_all() {
            return Err(GovernError::Encrypted);
        }
        if self.cell.governed.is_folded() {
            return Ok(());
        }
        let ledger = self.clone();
        let opened = self.core.environment.aside(move || fold::open(&ledger));
        opened.await.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })?
    }

    /// Has something looked up in the state, once all that it says is durable.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&State, u64) -> T + Send + 'static,
    ) -> Result<T, GovernError> {
        self.open_gate().await?;
        let slot = Slot::new();
        let found = slot.share();
        let ask = Ask::Look(Box::new(move |state, time| found.put(look(state, time))));
        self.give(ask, 0)?.await?;
        slot.take().ok_or_else(lost)
    }

    /// Has records made of the state before them. What `make` refuses is not recorded.
    pub(super) async fn record_made<T: Send + 'static>(
        &self,
        sought: Option<Sought>,
        (records, bytes): (usize, usize),
        make: impl FnOnce(&State, Moment) -> Result<(T, Vec<Written>), GovernError> + Send + 'static,
    ) -> Result<Recorded<T>, GovernError> {
        self.open_gate().await?;
        let slot = Slot::new();
        let found = slot.share();
        let making = Box::new(move |state: &State, moment: Moment| {
            let made = make(state, moment).map(|(told, written)| {
                let is_any = !written.is_empty();
                ((told, is_any), written)
            });
            match made {
                Ok((told, written)) => {
                    found.put(Ok(told));
                    written
                }
                Err(refusal) => {
                    found.put(Err(refusal));
                    Vec::new()
                }
            }
        });
        let ask = Ask::Record {
            making,
            sought,
            records,
        };
        let appended = self.give(ask, bytes)?.await?;
        if let Some((_, there)) = appended.repeats.first() {
            return Ok(Recorded::There(*there));
        }
        let (told, is_any) = slot.take().ok_or_else(lost)??;
        match placed(&appended) {
            Some(placed) if is_any => Ok(Recorded::New(placed, told)),
            _ => Ok(Recorded::Nothing(told)),
        }
    }

    /// The same for records that have no identity of a client's, and where there is always one.
    pub(super) async fn record_own<T: Send + 'static>(
        &self,
        records: usize,
        make: impl FnOnce(&State, Moment) -> Result<(T, Vec<Written>), GovernError> + Send + 'static,
    ) -> Result<(Placed, T), GovernError> {
        let bytes = records * RECORD_BYTES_USUAL;
        match self.record_made(None, (records, bytes), make).await? {
            Recorded::New(placed, told) => Ok((placed, told)),
            Recorded::There(_) | Recorded::Nothing(_) => Err(lost()),
        }
    }

    /// Gives the writer something to do for the ledger's governance.
    pub(super) fn give(&self, ask: Ask, bytes: usize) -> Result<PendingAppend, AppendError> {
        let (state, reason) = self.cell.state();
        if state != Availability::Open {
            return Err(AppendError::Refused { state, reason });
        }
        let events = ask.records().max(1);
        let load = Load { events, bytes };
        if self.is_ahead_of_its_followers() || !self.admit(load) {
            return Err(AppendError::QueueFull {
                retry_after: QUEUE_RETRY,
            });
        }
        let (reply, receiver) = oneshot::channel();
        let work = GovernanceWork {
            cell: Arc::clone(&self.cell),
            party: self.party.clone(),
            ask,
            load,
            queued: self.core.environment.elapsed(),
            reply,
        };
        let work = Work::Request(Request::Governance(Box::new(work)));
        if self.core.queue.push(work).is_err() {
            self.cell.shares.release(&self.party, load);
            self.core.queue.backlog.release(load);
            return Err(AppendError::Draining);
        }
        Ok(PendingAppend::of(receiver))
    }

    /// Whether the stored index knows an identity. The writer looks at what the index does not cover.
    pub(super) fn sought(&self, source: &str, id: &str) -> Result<Sought, GovernError> {
        let id = self.cell.id_hash(source, id)?;
        let known_below = self.cell.indexed.load(std::sync::atomic::Ordering::Acquire);
        let mut known = Vec::with_capacity(1);
        self.core
            .store
            .find_ids(self.cell.id, &[id], &mut known)
            .map_err(AppendError::from)?;
        Ok(Sought {
            id,
            known: known.first().copied().flatten(),
            known_below,
        })
    }

    /// A record under an id of the daemon's own.
    pub(super) fn own_record(
        &self,
        entry: Entry,
        actor: Option<&str>,
    ) -> Result<Written, GovernError> {
        let environment = &self.core.environment;
        Ok(Written::own(
            environment,
            &self.cell,
            entry,
            actor,
            Brought::Nothing,
        )?)
    }
}

fn placed(appended: &Appended) -> Option<Placed> {
    appended.new.map(Placed::from)
}

/// The writer answered without having run what it was given.
pub(super) fn lost() -> GovernError {
    GovernError::Unusable {
        reason: "the writer gave no answer".into(),
    }
}

/// Checks a name of an agent, an operator or a session.
pub(super) fn check_name(field: &str, name: &str) -> Result<(), GovernError> {
    use indelible_governance::limits::GOVERNED_NAME_BYTES_MAX as MOST;

    match (1..=MOST).contains(&name.len()) && !name.contains(char::is_control) {
        true => Ok(()),
        false => Err(GovernError::Field(FieldViolation {
            field: field.into(),
            problem: format!("must have 1 to {MOST} bytes and no control characters"),
        })),
    }
}
