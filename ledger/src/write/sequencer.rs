//! The loop of the one logical writer: takes what is due, has it linked and signed, and hands the group to the
//! committer, which makes it durable while the next group is linked.

use std::{sync::Arc, time::Duration};

use indelible_evidence::chain::ChainHasher;

use crate::{
    state::{
        environment::Environment,
        meters::GroupTimes,
        steps::{Next, Outbox, Steps},
    },
    write::{
        committer::Committer,
        group::Group,
        pace::Pace,
        protocol,
        queue::{Queue, Taken, Work},
        writer::Writer,
    },
};

/// The sequencer. It ends when the queue is closed and empty, or the committer is gone.
pub(crate) struct Sequencer {
    queue: Arc<Queue>,
    writer: Writer,
    committer: Arc<Committer>,
    /// To the committer's own loop.
    groups: Outbox<Group>,
    /// Records up to which a group that is alone is synced here, which saves handing it over.
    lone_records_max: usize,
    /// Kept for its room.
    work: Vec<Work>,
    hasher: ChainHasher,
    environment: Environment,
}

impl Sequencer {
    pub(crate) fn new(
        queue: Arc<Queue>,
        writer: Writer,
        committer: Arc<Committer>,
        groups: Outbox<Group>,
        pace: Pace,
        environment: Environment,
    ) -> Self {
        Self {
            queue,
            writer,
            committer,
            groups,
            lone_records_max: pace.lone_records_max,
            work: Vec::new(),
            hasher: ChainHasher::new(),
            environment,
        }
    }

    /// Measures how long what was taken had waited.
    fn note_waits(&self, taken: Duration) {
        let waits = self.work.iter().filter_map(|work| match work {
            Work::Request(request) => request.queued(),
            _ => None,
        });
        for queued in waits {
            let waited = taken.saturating_sub(queued);
            self.queue.meters.queued.observe(waited);
        }
    }

    /// Answers what no certificate and no place will come for.
    fn end(&mut self) -> Next {
        if let Some(refusals) = self.writer.give_up_parked() {
            let _alone = self.queue.begin_group();
            self.committer.complete(refusals);
        }
        Next::Ended
    }
}

impl Steps for Sequencer {
    fn step(&mut self) -> Next {
        let on_their_way = match self.queue.take(&mut self.work) {
            Taken::Work { on_their_way } => on_their_way,
            Taken::Nothing => return Next::Waits,
            Taken::Closed => return self.end(),
        };
        self.writer.forget(on_their_way);
        let taken = self.environment.elapsed();
        self.note_waits(taken);
        let mut group =
            protocol::sign_group(&mut self.writer, self.work.drain(..), &mut self.hasher);
        let took = self.environment.elapsed().saturating_sub(taken);
        self.queue.meters.signed.observe(took);
        group.times = GroupTimes {
            taken,
            signed: took,
            ..GroupTimes::default()
        };
        if group.is_empty() {
            return Next::Worked;
        }
        let is_alone = self.queue.begin_group();
        if is_alone && group.records() <= self.lone_records_max {
            self.committer.complete(group);
        } else if !self.groups.send(group) {
            return Next::Ended;
        }
        Next::Worked
    }
}
