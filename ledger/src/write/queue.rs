//! The bounded door between callers and the writer.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use indelible_evidence::IdentityTag;
use indelible_store::{Commit, LedgerId};
use tokio::sync::oneshot;

use crate::{
    keys::epoch::{OpenEpoch, OwnedStatement},
    state::{
        append::Appended,
        backlog::{Backlog, Load},
        error::AppendError,
        limits::{EVENTS_WORTH_LINKING_AHEAD, GROUP_BYTES_MAX, GROUP_EVENTS_MAX, GROUPS_AHEAD_MAX},
        shared::LedgerState,
        tree_edge::EdgeGrowth,
    },
    write::{
        event::Prepared, index_terms::TermsAhead, key_event_kind::KeyEventKind, link::Tip,
        place::Place,
    },
};

/// Where a submission's outcome goes.
pub(crate) type Reply = oneshot::Sender<Result<Appended, AppendError>>;

/// Events of one caller, to be appended as one.
pub(crate) struct Submission {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) events: Vec<Prepared>,
    /// For each event, the record that has its identity according to the stored index.
    pub(crate) known: Vec<Option<u64>>,
    /// The stored index had been looked up for records below this.
    pub(crate) known_below: u64,
    pub(crate) expected: Option<u64>,
    /// What was counted in for it.
    pub(crate) load: Load,
    pub(crate) reply: Reply,
}

/// A key event of the daemon's own, signed already.
pub(crate) struct KeyEventWork {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) kind: KeyEventKind,
    pub(crate) signed: OwnedStatement,
    /// The record that introduced the identity which signed it.
    pub(crate) introduced: u64,
    pub(crate) reply: Reply,
}

/// A ledger whose first commit is built already: the writer takes it over.
pub(crate) struct Adoption {
    pub(crate) tip: Tip,
    pub(crate) commit: Commit,
    pub(crate) growth: EdgeGrowth,
    pub(crate) reply: Reply,
}

/// A certificate, or why there is none.
pub(crate) struct Certified {
    pub(crate) ledger: LedgerId,
    pub(crate) epoch: Result<(OpenEpoch, OwnedStatement), String>,
}

/// Identities that the stored index now covers.
pub(crate) struct Retirement {
    pub(crate) ledger: LedgerId,
    pub(crate) ids: Vec<IdentityTag>,
    pub(crate) indexed: u64,
}

/// What the writer does next.
pub(crate) enum Work {
    Append(Submission),
    KeyEvent(KeyEventWork),
    Adopt(Box<Adoption>),
    Certified(Box<Certified>),
    Retire(Retirement),
    /// The next place of a ledger is to be held free.
    Reserve(Reservation),
    /// It is not needed any more.
    Release(LedgerId),
    /// It is taken.
    Rotate(Box<RotationWork>),
}

impl Work {
    fn load(&self) -> Load {
        match self {
            Self::Append(submission) => submission.load,
            Self::KeyEvent(_)
            | Self::Adopt(_)
            | Self::Certified(_)
            | Self::Retire(_)
            | Self::Reserve(_)
            | Self::Release(_)
            | Self::Rotate(_) => Load::default(),
        }
    }
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Work>,
    /// Events in `work`.
    events: usize,
    /// Groups that are linked and not yet durable.
    groups: usize,
    closed: bool,
}

impl Waiting {
    /// Whether the writer should take what waits. While a group is being synced it takes only what is worth
    /// linking ahead; the rest waits, so that few large groups share the syncs, not many small ones.
    fn is_due(&self) -> bool {
        let worth_linking_ahead =
            self.groups < GROUPS_AHEAD_MAX && self.events >= EVENTS_WORTH_LINKING_AHEAD;
        !self.work.is_empty() && (self.groups == 0 || worth_linking_ahead)
    }
}

/// The queue itself. Its bound is the callers': what waits is counted before the door, for each
/// ledger and for all of them.
#[derive(Default)]
pub(crate) struct Queue {
    /// What waits for all ledgers.
    pub(crate) backlog: Backlog,
    /// Index terms of what is linked, on their way from the writer to the indexer.
    pub(crate) terms: TermsAhead,
    waiting: Mutex<Waiting>,
    due: Condvar,
}

impl Queue {
    /// Adds work, or gives it back when the queue is closed.
    pub(crate) fn push(&self, work: Work) -> Result<(), Work> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(work);
        }
        let was_due = waiting.is_due();
        waiting.events += work.load().events;
        waiting.work.push_back(work);
        let is_due = waiting.is_due();
        drop(waiting);
        if is_due && !was_due {
            self.due.notify_one();
        }
        Ok(())
    }

    /// Waits until work is due and moves what there is to `out`, within the bounds of a group. Returns how
    /// many groups are on their way; none when the queue is closed and empty.
    pub(crate) fn drain(&self, out: &mut Vec<Work>) -> Option<usize> {
        let mut waiting = self.lock();
        while !waiting.is_due() {
            if waiting.closed && waiting.work.is_empty() {
                return None;
            }
            waiting = self
                .due
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let (mut events, mut bytes) = (0, 0);
        while let Some(work) = waiting.work.front() {
            let load = work.load();
            events += load.events;
            bytes += load.bytes;
            if !out.is_empty() && (events > GROUP_EVENTS_MAX || bytes > GROUP_BYTES_MAX) {
                break;
            }
            waiting.events -= load.events;
            out.extend(waiting.work.pop_front());
        }
        Some(waiting.groups)
    }

    /// Counts a group that is linked. True if no other is on its way and nothing waits.
    pub(crate) fn begin_group(&self) -> bool {
        let mut waiting = self.lock();
        waiting.groups += 1;
        waiting.groups == 1 && waiting.work.is_empty()
    }

    /// Counts a group that is done with.
    pub(crate) fn end_group(&self) {
        let mut waiting = self.lock();
        waiting.groups -= 1;
        let wake = waiting.is_due() || waiting.closed;
        drop(waiting);
        if wake {
            self.due.notify_one();
        }
    }

    /// Takes no more work; what is there is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.due.notify_all();
    }

    /// Takes no more work, and drops what is there: whoever waits for it is told that the writer is gone.
    pub(crate) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.events = 0;
        let abandoned = std::mem::take(&mut waiting.work);
        drop(waiting);
        self.due.notify_all();
        drop(abandoned);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for a place.
pub(crate) struct Reservation {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) reply: oneshot::Sender<Result<HeldPlace, AppendError>>,
}

/// A place that is held free. Dropped, it is given up, and what waits goes on.
pub(crate) struct HeldPlace {
    place: Place,
    ledger: LedgerId,
    queue: Arc<Queue>,
    taken: bool,
}

impl HeldPlace {
    pub(crate) fn new(place: Place, ledger: LedgerId, queue: &Arc<Queue>) -> Self {
        Self {
            place,
            ledger,
            queue: Arc::clone(queue),
            taken: false,
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Takes the place: another identity, and its certificate after it.
    pub(crate) fn rotate(
        mut self,
        cell: &Arc<LedgerState>,
        identity: OwnedStatement,
        certified: (OpenEpoch, OwnedStatement),
        reply: Reply,
    ) -> Result<(), AppendError> {
        let work = RotationWork {
            cell: Arc::clone(cell),
            place: self.place.clone(),
            identity,
            certified,
            reply,
        };
        self.queue
            .push(Work::Rotate(Box::new(work)))
            .map_err(|_closed| AppendError::Draining)?;
        self.taken = true;
        Ok(())
    }
}

impl Drop for HeldPlace {
    fn drop(&mut self) {
        if !self.taken {
            // A closed queue means that the writer answers what is parked by itself.
            let _closed = self.queue.push(Work::Release(self.ledger));
        }
    }
}

/// Another identity, signed for its place, and the certificate that follows it.
pub(crate) struct RotationWork {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) place: Place,
    pub(crate) identity: OwnedStatement,
    pub(crate) certified: (OpenEpoch, OwnedStatement),
    pub(crate) reply: Reply,
}
