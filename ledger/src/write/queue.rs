//! The bounded door between callers and the writer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indelible_evidence::IdentityTag;
use indelible_store::{Commit, LedgerId};
use tokio::sync::oneshot;

use crate::{
    keys::epoch::{OpenEpoch, OwnedStatement},
    state::{
        all_halted::AllHalted,
        backlog::{Backlog, Load},
        bell::Bell,
        error::AppendError,
        limits::{EVENT_IN_TURN_BYTES, GROUP_BYTES_MAX, GROUP_EVENTS_MAX, GROUPS_AHEAD_MAX},
        meters::Meters,
        party::Party,
        shared::LedgerState,
        tree_edge::EdgeGrowth,
    },
    write::{
        index_terms::TermsAhead,
        link::Tip,
        pace::Pace,
        place::Place,
        request::{Reply, Request, RotationWork},
        turns::Turns,
    },
};

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
    Request(Request),
    Adopt(Box<Adoption>),
    Certified(Box<Certified>),
    Retire(Retirement),
    /// The next place of a ledger is to be held free.
    Reserve(Reservation),
    /// It is not needed any more.
    Release(LedgerId),
}

impl Work {
    fn load(&self) -> Load {
        match self {
            Self::Request(request) => request.load(),
            Self::Adopt(_)
            | Self::Certified(_)
            | Self::Retire(_)
            | Self::Reserve(_)
            | Self::Release(_) => Load::default(),
        }
    }

    /// Whose work it is.
    fn ledger(&self) -> LedgerId {
        match self {
            Self::Request(request) => request.cell().id,
            Self::Adopt(adoption) => adoption.tip.cell.id,
            Self::Certified(certified) => certified.ledger,
            Self::Retire(retirement) => retirement.ledger,
            Self::Reserve(reservation) => reservation.cell.id,
            Self::Release(ledger) => *ledger,
        }
    }

    /// Who brought it, as far as those are kept apart.
    fn party(&self) -> Party {
        match self {
            Self::Request(request) => request.party(),
            _ => Party::Daemon,
        }
    }

    /// What it takes of its ledger's turn.
    fn cost(&self) -> usize {
        let load = self.load();
        load.bytes + load.events.max(1) * EVENT_IN_TURN_BYTES
    }
}

#[derive(Default)]
struct Waiting {
    work: Turns<Work>,
    /// Events in `work`.
    events: usize,
    /// Groups that are linked and not yet durable.
    groups: usize,
    progress: WriterProgress,
    closed: bool,
    pace: Pace,
}

impl Waiting {
    /// Whether the writer should take what waits. While a group is being synced it takes only what is worth
    /// linking ahead; the rest waits, so that few large groups share the syncs, not many small ones.
    fn is_due(&self) -> bool {
        let worth_linking_ahead =
            self.groups < GROUPS_AHEAD_MAX && self.events >= self.pace.events_worth_linking_ahead;
        !self.work.is_empty() && (self.groups == 0 || worth_linking_ahead)
    }
}

/// How much work was ever put into the queue, and how much of it the writer has taken: what lies between waits. Whoever looks
/// again and again knows for how long at least. Ledgers have turns, so the work of one that has much waiting may wait for
/// longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WriterProgress {
    /// Pieces of work that were put into the queue.
    pub queued: u64,
    /// Pieces of work that were taken out.
    pub taken: u64,
}

/// What the writer gets when it asks for work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taken {
    /// Some.
    Work {
        /// Groups that are linked and not yet durable.
        on_their_way: usize,
    },
    /// None is due now.
    Nothing,
    /// None will come any more.
    Closed,
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
    /// Wakes the writer: work is due, or none will come any more.
    pub(crate) due: Arc<Bell>,
    /// What is measured of what goes through.
    pub(crate) meters: Meters,
    /// Whether everything is halted in all ledgers, which a ledger's governance begins with.
    pub(crate) all_halted: AllHalted,
}

impl Queue {
    /// An empty queue whose writer works at this pace.
    pub(crate) fn new(pace: Pace) -> Self {
        let waiting = Waiting {
            pace,
            ..Waiting::default()
        };
        Self {
            waiting: Mutex::new(waiting),
            ..Self::default()
        }
    }

    /// Adds work, or gives it back when the queue is closed.
    #[expect(
        clippy::result_large_err,
        reason = "what is given back is what came, and a box would cost every append an allocation"
    )]
    pub(crate) fn push(&self, work: Work) -> Result<(), Work> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(work);
        }
        let was_due = waiting.is_due();
        waiting.events += work.load().events;
        let (ledger, cost) = (work.ledger(), work.cost());
        let party = work.party();
        waiting.work.push(ledger, party, cost, work);
        waiting.progress.queued += 1;
        let is_due = waiting.is_due();
        drop(waiting);
        if is_due && !was_due {
            self.due.ring();
        }
        Ok(())
    }

    /// Moves what is due to `out`, within the bounds of a group: the ledgers in turns, the parties of each in turns, and the
    /// work of each of those in its order.
    pub(crate) fn take(&self, out: &mut Vec<Work>) -> Taken {
        let mut waiting = self.lock();
        if !waiting.is_due() {
            return match waiting.closed && waiting.work.is_empty() {
                true => Taken::Closed,
                false => Taken::Nothing,
            };
        }
        let (mut events, mut bytes) = (0, 0);
        while let Some(work) = waiting.work.next_if(|work| {
            let load = work.load();
            events += load.events;
            bytes += load.bytes;
            out.is_empty() || (events <= GROUP_EVENTS_MAX && bytes <= GROUP_BYTES_MAX)
        }) {
            waiting.events -= work.load().events;
            waiting.progress.taken += 1;
            out.push(work);
        }
        Taken::Work {
            on_their_way: waiting.groups,
        }
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
            self.due.ring();
        }
    }

    /// How far the writer is.
    pub(crate) fn progress(&self) -> WriterProgress {
        self.lock().progress
    }

    /// Takes no more work; what is there is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.due.ring();
    }

    /// Takes no more work, and drops what is there: whoever waits for it is told that the writer is gone.
    pub(crate) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.events = 0;
        waiting.progress.taken = waiting.progress.queued;
        let abandoned = std::mem::take(&mut waiting.work);
        drop(waiting);
        self.due.ring();
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
            .push(Work::Request(Request::Rotation(Box::new(work))))
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
