//! Durability: each group is synced to the store, then to the anchor, and only then seen by readers and
//! acknowledged. A failure of either stops every ledger until a restart has read what is on disk.

use std::sync::{Arc, mpsc::Receiver};

use indelible_store::{Commit, Store};
use tracing::info;

use crate::{
    state::{
        append::Appended, backlog::Load, error::AppendError, shared::LedgerState,
        tree_edge::EdgeGrowth,
    },
    write::{
        anchor::{self, Anchorage},
        fail_stop::FailStop,
        queue::{Queue, Reply},
    },
};

/// What one caller is told once the group is durable.
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) result: Result<Appended, AppendError>,
    /// What waits no longer.
    pub(crate) load: Load,
}

/// One ledger's part of a group.
pub(crate) struct LedgerOutcome {
    pub(crate) cell: Arc<LedgerState>,
    /// Its commit's place in the group, and what that adds to the readers' tree.
    pub(crate) commit: Option<(usize, EdgeGrowth)>,
    pub(crate) outcomes: Vec<Outcome>,
}

/// Commits of several ledgers that share one sync of the store and one of the anchor.
pub(crate) struct Group {
    pub(crate) commits: Arc<Vec<Commit>>,
    pub(crate) ledgers: Vec<LedgerOutcome>,
}

impl Group {
    pub(crate) fn is_empty(&self) -> bool {
        self.ledgers.is_empty()
    }

    /// Records that it makes durable.
    pub(crate) fn events(&self) -> usize {
        self.commits.iter().map(|commit| commit.records.len()).sum()
    }
}

/// A group that the queue counts as on its way, until this is dropped.
struct Counted<'a>(&'a Queue);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        // After a panic nothing may be synced any more, so the group stays on its way for ever.
        if !std::thread::panicking() {
            self.0.end_group();
        }
    }
}

/// Makes groups durable, one after the other: on a thread of its own, or on the writer's when a group is
/// small and alone.
pub(crate) struct Committer {
    pub(crate) queue: Arc<Queue>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) anchor: Arc<Anchorage>,
    pub(crate) halt: FailStop,
}

impl Committer {
    /// Runs until the sequencer is gone.
    pub(crate) fn run(&self, groups: &Receiver<Group>) {
        while let Ok(group) = groups.recv() {
            self.complete(group);
        }
        info!("the writer has written everything it accepted");
    }

    /// Makes a group durable and answers those who wait for it. The queue has counted it.
    pub(crate) fn complete(&self, group: Group) {
        let _done = Counted(&self.queue);
        let outcome = if self.halt.is_stopped() {
            Err("an earlier write failed".to_owned())
        } else {
            self.make_durable(&group.commits)
                .inspect_err(|reason| self.halt.stop(reason))
        };
        for LedgerOutcome {
            cell,
            commit,
            outcomes,
        } in group.ledgers
        {
            if let (Some((place, growth)), Ok(())) = (commit, &outcome) {
                let head = group.commits[place].head.clone();
                cell.advance(|committed| {
                    growth.apply(&mut committed.partial);
                    committed.head = head;
                });
            }
            for Outcome {
                reply,
                result,
                load,
            } in outcomes
            {
                cell.backlog.release(load);
                self.queue.backlog.release(load);
                let result = match &outcome {
                    Ok(()) => result,
                    Err(reason) => result.and(Err(AppendError::Unknown {
                        reason: reason.clone(),
                    })),
                };
                // A caller that has gone away may ask again: the event's identity is known.
                let _gone = reply.send(result);
            }
        }
    }

    /// The store first, then the anchor: after a crash the anchor is never ahead of the store.
    fn make_durable(&self, commits: &[Commit]) -> Result<(), String> {
        if commits.is_empty() {
            return Ok(());
        }
        self.store
            .commit(commits)
            .map_err(|error| format!("the commit failed: {error}"))?;
        let entries: Vec<_> = commits
            .iter()
            .map(|commit| (commit.ledger, anchor::entry(&commit.head)))
            .collect();
        self.anchor
            .advance(&entries)
            .map_err(|error| format!("the anchor could not be advanced: {error}"))
    }
}
