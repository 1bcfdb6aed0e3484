//! The protocol between the writer and the disk, in its order. Each step takes what the step before made, so that none
//! can be left out:
//!
//! 1. **stage**: what waits for one ledger is put in order, or parked, or refused ([`Staged`]);
//! 2. **link**: it becomes records of the chain and leaves of the tree, in memory ([`Linked`]);
//! 3. **sign**: the epoch key signs one checkpoint over them ([`Signed`]), and the commits of all ledgers form a
//!    [`Group`];
//! 4. **commit**: the store writes the group and syncs it (`Committed`, which only a store can make);
//! 5. **anchor**: the anchor is advanced and synced ([`Anchored`], which only that makes). Store and anchor must still lie
//!    where they were opened;
//! 6. **publish**: readers see the new heads;
//! 7. **acknowledge**: what was drafted in step 2 becomes an acknowledgement, which takes an [`Anchored`].
//!
//! The sequencer does the first three, the committer the others while the sequencer is at the next group. A signature
//! leaves the process in step 4 at the earliest, and in front of a reader or a client in step 6. A failure in step 4 or 5
//! stops every ledger until a restart has read what is on disk.

use std::{sync::Arc, time::Duration};

use indelible_evidence::chain::ChainHasher;
use indelible_store::{Commit, Store};

use crate::{
    state::{bell::Followers, environment::Environment, error::AppendError, meters::GroupTimes},
    write::{
        admission::Admission,
        anchor::{Anchorage, Anchored},
        fail_stop::FailStop,
        group::{Answer, Forming, Group, Linked, Part, Signed},
        link::Draft,
        queue::{Queue, Work},
        request::Request,
        writer::{Staged, Writer},
    },
};

/// Steps 1 to 3, for all that is due.
pub(crate) fn sign_group(
    writer: &mut Writer,
    work: impl Iterator<Item = Work>,
    hasher: &mut ChainHasher,
) -> Group {
    let mut forming = Forming::default();
    for requests in writer.sort(work, &mut forming) {
        match sign_ledger(writer, requests, hasher) {
            Ok(Some(mut signed)) => {
                writer.keep_terms(&mut signed);
                forming.add(signed);
            }
            Ok(None) => {}
            Err(answered) => forming.answer(answered),
        }
    }
    writer.hand_out_places();
    let group = forming.into_group();
    writer.remember(&group);
    group
}

/// Steps 1 to 3, for one ledger: a signed commit; nothing if its requests are parked; or the answers where it does not
/// grow.
fn sign_ledger(
    writer: &mut Writer,
    requests: Vec<Request>,
    hasher: &mut ChainHasher,
) -> Result<Option<Signed>, Part> {
    let term = writer.term();
    let Some(staged) = writer.stage(requests)? else {
        return Ok(None);
    };
    let linked = link(staged, hasher)?;
    linked.sign(term).map(Some)
}

/// Step 2: the answers are the outcome if there is nothing new.
fn link<'a>(staged: Staged<'a>, hasher: &'a mut ChainHasher) -> Result<Linked<'a>, Part> {
    let Staged {
        tip,
        requests,
        certified,
        admission,
        time,
        records,
        bytes,
    } = staged;
    let cell = Arc::clone(&tip.cell);
    let mut draft = Draft::begin(tip, hasher, time);
    draft.reserve(records, bytes);
    if let Some((epoch, certificate)) = certified
        && let Err(error) = draft.adopt_epoch(epoch, &certificate)
    {
        let why = error.to_string();
        let error = AppendError::IdentityUnavailable { why };
        return Err(Part::refused(&cell, requests, &error));
    }
    let answers: Vec<_> = requests
        .into_iter()
        .map(|request| admit(&admission, &mut draft, request))
        .collect();
    match draft.len() {
        0 => Err(Part::unchanged(cell, answers)),
        _ => Ok(Linked { draft, answers }),
    }
}

/// Links one request, or tells why not.
fn admit(admission: &Admission<'_>, draft: &mut Draft<'_>, request: Request) -> Answer {
    let (load, party) = (request.load(), request.party());
    let queued = request.queued();
    let (reply, result) = match request {
        Request::Events(submission) => {
            let result = admission.append(draft, &submission);
            (submission.reply, result)
        }
        Request::KeyEvent(work) => {
            let result = admission.key_event(draft, &work);
            (work.reply, result)
        }
        Request::Governance(work) => {
            let result = admission.govern(draft, work.ask);
            (work.reply, result)
        }
        Request::Rotation(work) => {
            let result = admission.rotation(draft, &work.place, &work.identity, work.certified);
            draft.advance_time(admission.environment.now());
            (work.reply, result)
        }
    };
    Answer {
        reply,
        result,
        load,
        party,
        queued,
    }
}

/// What makes groups durable.
pub(crate) struct Disk {
    pub(crate) queue: Arc<Queue>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) anchor: Arc<Anchorage>,
    pub(crate) halt: FailStop,
    pub(crate) followers: Followers,
    pub(crate) environment: Environment,
}

impl Disk {
    /// Steps 4 to 7. A failure stops the engine before anybody is told of it: nobody knows what is on disk.
    pub(crate) fn complete(&self, group: Group) {
        let waiting = &self.queue.backlog;
        let mut times = group.times;
        match self.make_durable(&group.commits, &mut times) {
            Ok(anchored) => {
                for mut part in group.parts {
                    part.publish(&anchored);
                    part.acknowledge(&anchored, &times, waiting);
                }
                for commit in &*group.commits {
                    self.environment.note_recorded(commit.head.time);
                }
                if !group.commits.is_empty() {
                    self.followers.ring();
                }
            }
            Err(reason) => {
                for part in group.parts {
                    part.fail(&reason, waiting);
                }
            }
        }
    }

    /// Measures a group whose store was synced then, and whose anchor is by now.
    fn note_durable(&self, group: &[Commit], synced: Duration, times: &mut GroupTimes) {
        if group.is_empty() {
            return;
        }
        let meters = &self.queue.meters;
        let anchored = self.environment.elapsed().saturating_sub(synced);
        meters.anchored.observe(anchored);
        times.anchored = anchored;
        meters.groups.one();
        let records: usize = group.iter().map(|commit| commit.records.len()).sum();
        let bytes: usize = group.iter().map(|commit| commit.records.bytes()).sum();
        meters.records.add(records as u64);
        meters.bytes.add(bytes as u64);
    }

    /// Steps 4 and 5.
    fn make_durable<'g>(
        &self,
        group: &'g [Commit],
        times: &mut GroupTimes,
    ) -> Result<Anchored<'g>, String> {
        if self.halt.is_stopped() {
            return Err("an earlier write failed".to_owned());
        }
        let (meters, began) = (&self.queue.meters, self.environment.elapsed());
        let committed = self.store.commit(group);
        let synced = self.environment.elapsed();
        committed
            .map_err(|error| format!("the commit failed: {error}"))
            .and_then(|committed| {
                if !group.is_empty() {
                    times.committed = synced.saturating_sub(began);
                    meters.committed.observe(times.committed);
                }
                // What went into a directory that was taken away is lost, whatever a sync said.
                self.store
                    .check_place()
                    .map_err(|error| error.to_string())?;
                let anchored = self.anchor.seal(committed);
                anchored.map_err(|error| format!("the anchor could not be advanced: {error}"))
            })
            .inspect(|_| self.note_durable(group, synced, times))
            .inspect_err(|reason| self.halt.stop(reason))
    }
}
