//! The bounded door between callers and the writer.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use indelible_store::Commit;
use tokio::sync::oneshot;

use super::{
    append::Appended,
    backlog::{Backlog, Load},
    cell::LedgerCell,
    edge::EdgeGrowth, error::AppendError, event::Prepared,
    identity::IdHash, link::Tip,
};

/// Where a submission's outcome goes.
pub(crate) type Reply = oneshot::Sender<Result<Appended, AppendError>>;

/// Events of one caller, to be appended as one.
pub(crate) struct Submission {
    pub(crate) cell: Arc<LedgerCell>,
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

/// A ledger whose first commit is built already: the writer takes it over.
pub(crate) struct Adoption {
    pub(crate) tip: Tip,
    pub(crate) commit: Commit,
    pub(crate) growth: EdgeGrowth,
    pub(crate) reply: Reply,
}

/// Identities that the stored index now covers.
pub(crate) struct Retirement {
    pub(crate) ledger: indelible_store::LedgerId,
    pub(crate) ids: Vec<IdHash>,
    pub(crate) indexed: u64,
}

/// What the writer does next.
pub(crate) enum Work {
    Append(Submission),
    Adopt(Box<Adoption>),
    Retire(Retirement),
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Work>,
    closed: bool,
}

/// The queue itself. Its bound is the callers': what waits is counted before the door, for each
/// ledger and for all of them.
#[derive(Default)]
pub(crate) struct Queue {
    /// What waits for all ledgers.
    pub(crate) backlog: Backlog,
    waiting: Mutex<Waiting>,
    ready: Condvar,
}

impl Queue {
    /// Adds work, or gives it back when the queue is closed.
    pub(crate) fn push(&self, work: Work) -> Result<(), Work> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(work);
        }
        let was_empty = waiting.work.is_empty();
        waiting.work.push_back(work);
        drop(waiting);
        if was_empty {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Waits for work and moves what there is to `out`, as long as `take` says so of the next piece. False
    /// when the queue is closed and empty.
    pub(crate) fn drain(&self, out: &mut Vec<Work>, mut take: impl FnMut(&Work) -> bool) -> bool {
        let mut waiting = self.lock();
        while waiting.work.is_empty() {
            if waiting.closed {
                return false;
            }
            waiting = self
                .ready
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
        while let Some(work) = waiting.work.pop_front() {
            if !out.is_empty() && !take(&work) {
                waiting.work.push_front(work);
                break;
            }
            if out.is_empty() {
                take(&work);
            }
            out.push(work);
        }
        true
    }

    /// Takes no more work; what is there is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }

    /// Takes no more work, and drops what is there: whoever waits for it is told that the writer is gone.
    pub(crate) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        let abandoned = std::mem::take(&mut waiting.work);
        drop(waiting);
        self.ready.notify_all();
        drop(abandoned);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
