//! Durability: each group is synced to the store, then to the anchor, and only then seen by readers and acknowledged, one
//! group after the other. A failure of either stops every ledger until a restart has read what is on disk.

use std::sync::Arc;

use tracing::info;

use crate::{
    state::steps::{Inbox, Next, Received, Steps},
    write::{group::Group, protocol::Disk, queue::Queue},
};

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

/// Makes groups durable, one after the other: in a loop of its own, or in the writer's when a group is
/// small and alone.
pub(crate) struct Committer {
    pub(crate) disk: Disk,
}

impl Committer {
    /// Makes a group durable and answers those who wait for it. The queue has counted it.
    pub(crate) fn complete(&self, group: Group) {
        let _done = Counted(&self.disk.queue);
        self.disk.complete(group);
    }
}

/// The committer's own loop. It ends when the sequencer is gone.
pub(crate) struct Commits {
    pub(crate) committer: Arc<Committer>,
    pub(crate) groups: Inbox<Group>,
}

impl Steps for Commits {
    fn step(&mut self) -> Next {
        match self.groups.take() {
            Received::One(group) => {
                self.committer.complete(group);
                Next::Worked
            }
            Received::Nothing => Next::Waits,
            Received::Closed => {
                info!("the writer has written everything it accepted");
                Next::Ended
            }
        }
    }
}
