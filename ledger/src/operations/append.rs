//! Appending: events are prepared in the caller's task, counted in, and given to the writer.

use std::sync::{Arc, atomic::Ordering};

use indelible_evidence::FieldViolation;
use tokio::sync::oneshot;

use crate::{
    core::Ledger,
    operations::seal,
    state::{
        backlog::Load,
        error::AppendError,
        limits::{
            BATCH_BYTES_MAX, BATCH_EVENTS_MAX, INDEX_LAG_RECORDS_MAX, QUEUE_RETRY,
            WAITING_BYTES_MAX, WAITING_EVENTS_MAX,
        },
        prepare_error::PrepareError,
        shared::Availability,
    },
    write::{
        acknowledgement::{Appended, PendingAppend},
        conventions,
        event::{self, EventInput, Prepared},
        queue::Work,
        request::{Request, Submission},
        reserved,
        signature::{self, RefusedEvent, Signature},
    },
};

impl Ledger {
    /// Validates, encodes and, where it must be, seals an event in the caller's task; if its producer signed it, the
    /// signature is verified first. It can then be appended to this ledger, and to no other. Waits only where a data key
    /// must be fetched from its provider.
    ///
    /// # Errors
    /// What the client must fix, or why the event can't be sealed now.
    pub async fn prepare(&self, mut event: EventInput<'_>) -> Result<Prepared, PrepareError> {
        if let Some(signature) = Signature::of(&self.cell, 0, &mut event)? {
            signature.verify()?;
        }
        self.prepare_verified(event).await
    }

    /// The same for the events of one message, whose signatures are verified together, on all processors. The first
    /// that is wrong refuses all of them. `is_signed` tells which events to look at first: a signature that it hides is
    /// verified all the same.
    ///
    /// # Errors
    /// Which event is refused, and why.
    pub async fn prepare_all<T: Sync>(
        &self,
        events: &[T],
        is_signed: fn(&T) -> bool,
        input: fn(&T) -> Result<EventInput<'_>, FieldViolation>,
    ) -> Result<Vec<Prepared>, RefusedEvent> {
        let mut signatures = Vec::new();
        for (place, event) in events.iter().enumerate() {
            if is_signed(event) {
                let mut event = input(event).map_err(|wrong| (place, wrong.into()))?;
                let signature = Signature::of(&self.cell, place, &mut event);
                signatures.extend(signature.map_err(|error| (place, error))?);
            }
        }
        signature::verify_all(&self.core.environment, signatures).await?;
        let mut prepared = Vec::with_capacity(events.len());
        for (place, event) in events.iter().enumerate() {
            let is_verified = is_signed(event);
            let event = input(event).map_err(|wrong| (place, wrong.into()))?;
            let done = match is_verified {
                true => self.prepare_verified(event).await,
                false => self.prepare(event).await,
            };
            prepared.push(done.map_err(|error| (place, error))?);
        }
        Ok(prepared)
    }

    async fn prepare_verified(&self, event: EventInput<'_>) -> Result<Prepared, PrepareError> {
        reserved::check_client(&self.cell, &event)?;
        if self.cell.checks_events() {
            conventions::check(&event)?;
        }
        let prepared = self.prepare_checked(event).await;
        prepared.map_err(|error| self.refused_for_good(error))
    }

    async fn prepare_checked(&self, event: EventInput<'_>) -> Result<Prepared, PrepareError> {
        let scope = seal::scope(&self.cell, &event)?;
        let ended = scope.as_ref().and_then(|_| self.cell.keys().ended());
        match (scope, ended) {
            (None, _) => event::prepare(&self.core.environment, &self.cell, event),
            // Its keys are destroyed, and no new one must be made that nobody would destroy.
            (Some(_), Some(sequence)) => Err(PrepareError::Refused {
                state: Availability::Closed,
                reason: format!("record {sequence} ended it"),
            }),
            // Boxed, so that calls which seal nothing take no more memory for it.
            (Some(scope), None) => Box::pin(self.seal(scope, event)).await,
        }
    }

    /// A ledger whose index key is damaged has no key either, but waiting for one is no use.
    fn refused_for_good(&self, error: PrepareError) -> PrepareError {
        match (error, self.cell.state()) {
            (
                PrepareError::KeysAway(_),
                (state @ (Availability::Quarantined | Availability::Closed), reason),
            ) => PrepareError::Refused { state, reason },
            (error, _) => error,
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
        mut events: Vec<Prepared>,
        expected: Option<u64>,
    ) -> Result<PendingAppend, AppendError> {
        self.try_enqueue(&mut events, expected)
    }

    /// The same, for callers that wait where the queue is full: the events stay with them then, and need not be prepared
    /// again.
    ///
    /// # Errors
    /// Why they were not taken.
    pub fn try_enqueue(
        &self,
        events: &mut Vec<Prepared>,
        expected: Option<u64>,
    ) -> Result<PendingAppend, AppendError> {
        let (state, reason) = self.cell.state();
        if state != Availability::Open {
            return Err(AppendError::Refused { state, reason });
        }
        let load = check_batch(events)?;
        if self.is_ahead_of_its_followers() || !self.admit(load) {
            return Err(AppendError::QueueFull {
                retry_after: QUEUE_RETRY,
            });
        }
        let events = std::mem::take(events);
        self.submit(events, expected, load).inspect_err(|_| {
            self.cell.shares.release(&self.party, load);
            self.core.queue.backlog.release(load);
        })
    }

    /// Whether what is derived from the ledger is so far behind that it must be waited for.
    pub(super) fn is_ahead_of_its_followers(&self) -> bool {
        self.cell.index_lag() > INDEX_LAG_RECORDS_MAX
            || self.cell.projected.growth(self.cell.size()) > self.core.options.projection_lag
    }

    /// Counts a load in, for this ledger and for all. A ledger may have as much waiting as it leaves free for others: so
    /// none takes all places, and neither do many together. One for which nothing waits may have one append in any case.
    /// Within the ledger it is the same with those who append.
    pub(crate) fn admit(&self, load: Load) -> bool {
        let in_all = self.core.options.waiting_bytes;
        let waiting = self.core.queue.backlog.bytes() + load.bytes;
        let left = in_all.saturating_sub(waiting).max(load.bytes);
        let most = Load {
            events: WAITING_EVENTS_MAX,
            bytes: WAITING_BYTES_MAX.min(left),
        };
        let most_in_all = Load {
            events: usize::MAX,
            bytes: in_all,
        };
        if !self.cell.shares.admit(&self.party, load, most) {
            return false;
        }
        let admitted = self.core.queue.backlog.admit(load, most_in_all);
        if !admitted {
            self.cell.shares.release(&self.party, load);
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
            let ids: Vec<_> = events.iter().map(|event| event.id).collect();
            self.core.store.find_ids(self.cell.id, &ids, &mut known)?;
        }
        let (reply, receiver) = oneshot::channel();
        let submission = Submission {
            cell: Arc::clone(&self.cell),
            party: self.party.clone(),
            events,
            known,
            known_below,
            expected,
            load,
            queued: self.core.environment.elapsed(),
            reply,
        };
        self.core
            .queue
            .push(Work::Request(Request::Events(submission)))
            .map_err(|_closed| AppendError::Draining)?;
        Ok(PendingAppend(receiver))
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
