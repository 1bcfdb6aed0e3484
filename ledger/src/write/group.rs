//! A group: commits of several ledgers that share one sync of the store and one of the anchor, and who waits for them.

use std::{sync::Arc, time::Duration};

use indelible_store::{Commit, Term};

use crate::{
    state::{
        backlog::{Backlog, Load},
        error::AppendError,
        meters::GroupTimes,
        party::Party,
        shared::{Availability, LedgerState},
        tree_edge::EdgeGrowth,
    },
    write::{
        acknowledgement::Drafted,
        anchor::Anchored,
        index_terms::Run,
        link::Draft,
        request::{Reply, Request},
    },
};

/// What one caller is to be told, once it is true.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) result: Result<Drafted, AppendError>,
    /// What waits no longer, and whose it is.
    pub(crate) load: Load,
    pub(crate) party: Party,
    /// When it came to the queue, if it is a client's.
    pub(crate) queued: Option<Duration>,
}

impl Answer {
    /// Whatever caller this was for may be gone; it can ask again, since the event's identity is known.
    fn send(self, anchored: &Anchored<'_>, times: &GroupTimes) {
        let stages = times.of(self.queued);
        let result = self
            .result
            .map(|drafted| drafted.acknowledge(anchored, stages));
        let _gone = self.reply.send(result);
    }

    /// What was refused is refused; of all else nobody knows.
    fn send_failure(self, reason: &str) {
        let unknown = |_drafted| AppendError::Unknown {
            reason: reason.to_owned(),
        };
        let error = match self.result {
            Ok(drafted) => unknown(drafted),
            Err(error) => error,
        };
        let _gone = self.reply.send(Err(error));
    }
}

/// One ledger's part of a group.
pub(crate) struct Part {
    cell: Arc<LedgerState>,
    /// What readers see of it once it is durable; none if it does not grow.
    growth: Option<Growth>,
    answers: Vec<Answer>,
}

/// How a ledger grows: its commit's place in the group, and what that adds to the readers' tree.
struct Growth {
    place: usize,
    edge: EdgeGrowth,
}

impl Part {
    /// Answers for a ledger that does not grow.
    pub(crate) fn unchanged(cell: Arc<LedgerState>, answers: Vec<Answer>) -> Self {
        Self {
            cell,
            growth: None,
            answers,
        }
    }

    /// The same refusal for everybody.
    pub(crate) fn refused(
        cell: &Arc<LedgerState>,
        requests: Vec<Request>,
        error: &AppendError,
    ) -> Self {
        let refuse = |request: Request| Answer {
            load: request.load(),
            party: request.party(),
            queued: request.queued(),
            reply: request.into_reply(),
            result: Err(error.clone()),
        };
        let answers = requests.into_iter().map(refuse).collect();
        Self::unchanged(Arc::clone(cell), answers)
    }

    /// Lets readers see what is durable.
    pub(crate) fn publish(&mut self, anchored: &Anchored<'_>) {
        if let Some(Growth { place, edge }) = self.growth.take() {
            let head = anchored.group()[place].head.clone();
            self.cell.advance(|committed| {
                edge.apply(&mut committed.partial);
                committed.head = head;
            });
        }
    }

    /// Tells each caller. `waiting` is what waits for all ledgers.
    pub(crate) fn acknowledge(
        self,
        anchored: &Anchored<'_>,
        times: &GroupTimes,
        waiting: &Backlog,
    ) {
        self.answer(waiting, |answer| answer.send(anchored, times));
    }

    /// Tells each caller that nobody knows.
    pub(crate) fn fail(self, reason: &str, waiting: &Backlog) {
        self.answer(waiting, |answer| answer.send_failure(reason));
    }

    fn answer(self, waiting: &Backlog, send: impl Fn(Answer)) {
        for answer in self.answers {
            self.cell.shares.release(&answer.party, answer.load);
            waiting.release(answer.load);
            send(answer);
        }
    }
}

/// Records that are linked in memory, and what their callers will be told. Nothing has signed them.
pub(crate) struct Linked<'a> {
    pub(crate) draft: Draft<'a>,
    pub(crate) answers: Vec<Answer>,
}

impl Linked<'_> {
    /// Signs them. If the key fails, records are linked that nothing signs: the ledger stops, since its tip is no longer what
    /// is stored.
    pub(crate) fn sign(self, term: Term) -> Result<Signed, Part> {
        let Self {
            mut draft,
            mut answers,
        } = self;
        let cell = Arc::clone(&draft.tip().cell);
        let terms = draft.take_terms();
        match draft.seal(term, |_| Ok(Vec::new())) {
            Ok((commit, edge)) => {
                for drafted in answers.iter_mut().filter_map(|a| a.result.as_mut().ok()) {
                    drafted.cover(commit.head.size);
                }
                Ok(Signed {
                    cell,
                    commit,
                    edge,
                    terms,
                    answers,
                })
            }
            Err(error) => {
                let why = error.to_string();
                cell.set_state(Availability::Stopped, why.as_str());
                let error = AppendError::IdentityUnavailable { why };
                for answer in &mut answers {
                    answer.result = Err(error.clone());
                }
                Err(Part::unchanged(cell, answers))
            }
        }
    }
}

/// One ledger's commit, signed, and what its callers will be told.
pub(crate) struct Signed {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) commit: Commit,
    pub(crate) edge: EdgeGrowth,
    /// The index terms of its sealed events.
    pub(crate) terms: Run,
    pub(crate) answers: Vec<Answer>,
}

/// A group in the making.
#[derive(Default)]
pub(crate) struct Forming {
    commits: Vec<Commit>,
    parts: Vec<Part>,
}

impl Forming {
    /// Adds answers for a ledger that does not grow.
    pub(crate) fn answer(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Adds a signed commit.
    pub(crate) fn add(&mut self, signed: Signed) {
        let growth = Growth {
            place: self.commits.len(),
            edge: signed.edge,
        };
        self.commits.push(signed.commit);
        self.parts.push(Part {
            cell: signed.cell,
            growth: Some(growth),
            answers: signed.answers,
        });
    }

    /// Ends the making: nothing is added any more.
    pub(crate) fn into_group(self) -> Group {
        Group {
            commits: Arc::new(self.commits),
            parts: self.parts,
            times: GroupTimes::default(),
        }
    }
}

/// Signed commits of several ledgers, on their way to the disk.
pub(crate) struct Group {
    pub(crate) commits: Arc<Vec<Commit>>,
    pub(crate) parts: Vec<Part>,
    /// How far it is known.
    pub(crate) times: GroupTimes,
}

impl Group {
    /// Whether nobody waits for it, and nothing grows.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Records that it makes durable.
    pub(crate) fn records(&self) -> usize {
        self.commits.iter().map(|commit| commit.records.len()).sum()
    }
}
