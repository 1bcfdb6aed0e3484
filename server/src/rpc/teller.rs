//! What clients are told of an erasure, a run of retention or the end of a ledger while it goes on. Nobody is waited for: it
//! continues to its end whether or not the client listens.

use std::time::{Duration, Instant};

use indelible_ledger::ErasureProgress;
use indelible_proto::v1::ErasureStep;
use indelible_store::PurgeProgress;
use tokio::sync::mpsc;
use tonic::Status;

use super::refusal::Refusal;
use crate::limits::PROGRESS_INTERVAL_MS;

/// Messages that are ready before the client took them: more than there are steps, so that the first of each step finds
/// room.
pub(super) const MESSAGES_AHEAD_MAX: usize = 8;

/// How far it is.
pub(super) struct Progress {
    pub(super) step: ErasureStep,
    /// The record that says so, once there is one.
    pub(super) recorded: Option<u64>,
    pub(super) done: u64,
    pub(super) total: u64,
}

/// The messages of such a call.
pub(super) trait Tells: Sized {
    fn of(progress: Progress) -> Self;

    /// What is said of an error after the record: it is no refusal, and the caller must know that it will be completed.
    fn recorded(sequence: u64) -> String;

    /// What is said of an error once all that was recorded is carried out: nothing of it is left to be done.
    fn complete(sequence: u64) -> String {
        format!("what is recorded as {sequence} is complete")
    }
}

/// Tells of each step at once, and then now and then.
pub(super) struct Teller<M> {
    sender: mpsc::Sender<Result<M, Status>>,
    /// The step that was reported last, and when.
    told: Option<(ErasureStep, Instant)>,
    recorded: Option<u64>,
    /// Whether all that was recorded is carried out.
    is_complete: bool,
}

impl<M: Tells> Teller<M> {
    pub(super) fn new(sender: mpsc::Sender<Result<M, Status>>) -> Self {
        Self {
            sender,
            told: None,
            recorded: None,
            is_complete: false,
        }
    }

    /// The newest record that says what is done, once there is one.
    pub(super) fn recorded(&self) -> Option<u64> {
        self.recorded
    }

    pub(super) fn tell(&mut self, progress: ErasureProgress) {
        if let ErasureProgress::Recorded { sequence } = progress {
            self.recorded = Some(sequence);
            self.is_complete = false;
        }
        let (step, done, total) = step(progress);
        self.tell_step(step, done, total);
    }

    /// Remembers that all that was recorded is carried out. What fails after that leaves nothing of it to be done.
    pub(super) fn complete(&mut self) {
        self.is_complete = true;
    }

    /// Tells of a step that only a run of retention has.
    pub(super) fn tell_step(&mut self, step: ErasureStep, done: u64, total: u64) {
        let interval = Duration::from_millis(PROGRESS_INTERVAL_MS);
        let is_news = self
            .told
            .is_none_or(|(last, when)| last != step || when.elapsed() >= interval);
        if is_news {
            self.told = Some((step, Instant::now()));
            let progress = Progress {
                step,
                recorded: self.recorded,
                done,
                total,
            };
            let _unheard = self.sender.try_send(Ok(M::of(progress)));
        }
    }

    /// Says how it ended. A client that is gone needs no answer.
    pub(super) fn end(self, outcome: Result<M, Refusal>) {
        let message = outcome.map_err(|refusal| self.refused(refusal));
        let _gone = self.sender.blocking_send(message);
    }

    fn refused(&self, refusal: Refusal) -> Status {
        let Some(sequence) = self.recorded else {
            return refusal.into();
        };
        let said = match self.is_complete {
            true => M::complete(sequence),
            false => M::recorded(sequence),
        };
        refusal
            .but(said)
            .with("recorded", sequence)
            .with("complete", self.is_complete)
            .into()
    }
}

fn step(progress: ErasureProgress) -> (ErasureStep, u64, u64) {
    match progress {
        ErasureProgress::Recorded { .. } => (ErasureStep::Recorded, 0, 0),
        ErasureProgress::Indexing { left } => (ErasureStep::Indexing, 0, left),
        ErasureProgress::Destroying { done, total } => (ErasureStep::Destroying, done, total),
        ErasureProgress::Purging(PurgeProgress::WritingOut) => (ErasureStep::Purging, 0, 0),
        ErasureProgress::Purging(PurgeProgress::Rewriting {
            done_bytes,
            total_bytes,
        }) => (ErasureStep::Purging, done_bytes, total_bytes),
        ErasureProgress::Purging(PurgeProgress::WaitingForFiles { files }) => {
            (ErasureStep::Releasing, 0, files as u64)
        }
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::{EraseDataSubjectResponse, ErrorReason};
    use tonic_types::StatusExt as _;

    use super::*;

    type Message = EraseDataSubjectResponse;

    fn teller() -> (Teller<Message>, mpsc::Receiver<Result<Message, Status>>) {
        let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
        (Teller::new(sender), receiver)
    }

    #[test]
    fn each_step_is_told_at_once_and_then_now_and_then() {
        let (mut teller, mut receiver) = teller();
        teller.tell(ErasureProgress::Recorded { sequence: 7 });
        for done in 0..1_000 {
            teller.tell(ErasureProgress::Destroying { done, total: 1_000 });
        }
        teller.tell(ErasureProgress::Purging(PurgeProgress::WritingOut));
        drop(teller);
        let mut steps = Vec::new();
        while let Some(message) = receiver.blocking_recv() {
            let message = message.unwrap();
            assert_eq!(message.sequence, 7);
            steps.push(message.step());
        }
        let wanted = [
            ErasureStep::Recorded,
            ErasureStep::Destroying,
            ErasureStep::Purging,
        ];
        assert_eq!(steps, wanted);
    }

    #[test]
    fn nobody_is_waited_for() {
        let (mut teller, receiver) = teller();
        for sequence in 0..100 {
            teller.tell(ErasureProgress::Recorded { sequence });
            teller.tell(ErasureProgress::Indexing { left: sequence });
        }
        drop(receiver);
        teller.tell(ErasureProgress::Destroying { done: 0, total: 0 });
        teller.end(Err(Refusal::draining()));
    }

    #[test]
    fn an_error_after_the_record_says_that_it_is_recorded() {
        let (mut teller, _receiver) = teller();
        let plain = teller.refused(Refusal::draining());
        assert!(!plain.message().contains("recorded"), "{}", plain.message());
        teller.tell(ErasureProgress::Recorded { sequence: 7 });
        let status = teller.refused(Refusal::draining());
        assert!(
            status.message().contains("recorded as 7"),
            "{}",
            status.message()
        );
        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.metadata["recorded"].as_str()),
            (ErrorReason::Draining.name(), "7")
        );
        assert_eq!(info.metadata["complete"], "false");
    }

    #[test]
    fn what_is_complete_is_not_said_to_go_on_until_something_else_is_recorded() {
        let (mut teller, _receiver) = teller();
        teller.tell(ErasureProgress::Recorded { sequence: 7 });
        teller.complete();
        let status = teller.refused(Refusal::draining());
        let message = status.message();
        assert!(message.contains("recorded as 7 is complete"), "{message}");
        assert!(!message.contains("will be"), "{message}");
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.metadata["complete"], "true");
        teller.tell(ErasureProgress::Recorded { sequence: 9 });
        let status = teller.refused(Refusal::draining());
        let message = status.message();
        assert!(message.contains("will be completed"), "{message}");
    }
}
