//! EraseDataSubject: an erasure on a thread of its own, which continues to its end whether or not the client listens.

use std::time::{Duration, Instant};

use bytes::Bytes;
use indelible_keystore::KekId;
use indelible_ledger::{Erased, ErasureProgress, Ledger, SystemFact};
use indelible_proto::{
    time::timestamp,
    v1::{self, ErasureStep},
};
use indelible_store::PurgeProgress;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    audit::act::{Act, keys},
    authorise::{Action, Caller, Gate, Scope, Wish},
    backups::of_erasure,
    refusal::Refusal,
    slots::Slots,
    wanted,
};
use crate::limits::PROGRESS_INTERVAL_MS;

type Message = Result<v1::EraseDataSubjectResponse, Status>;

pub(super) type Erasing = ReceiverStream<Message>;

/// Messages that are ready before the client took them: more than there are steps, so that the first of each
/// step finds room.
const MESSAGES_AHEAD_MAX: usize = 8;

pub(super) async fn erase_data_subject(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::EraseDataSubjectRequest>,
) -> Result<Response<Erasing>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let what = (Action::Erase, Scope::Ledger(&request.ledger));
    // Nobody can be erased so: it is how a dry run asks what stands against an erasure.
    let wish = match request.data_subject.is_empty() && request.approval_id.is_empty() {
        true => Wish::Look,
        false => Wish::Act(&request.approval_id),
    };
    let permit = gate.authorise_act(&caller, what, wish)?;
    let ledger = permit.target()?;
    // Whoever erases is told which backups hold the person still, so that must be known.
    gate.known_backups()?;
    let slot = slots.erasure()?;
    let (wanted, data_keys) = wanted::erasure(&permit, ledger, &request).await?;
    let begun = permit.begin_wanted("EraseDataSubject", keys(&data_keys), &wanted);
    let act = begun.await?;
    let ledger = act.ledger()?.clone();
    let request = request.clone();
    let gate = gate.clone();
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    tokio::task::spawn_blocking(move || {
        let origin = ledger.summary().origin;
        let backups = |erasure| of_erasure(&gate, &origin, erasure);
        erase(act, (&ledger, &request), &backups, sender);
        drop(slot);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn erase(
    act: Act,
    (ledger, request): (&Ledger, &v1::EraseDataSubjectRequest),
    backups: &dyn Fn(u64) -> Vec<v1::Backup>,
    sender: mpsc::Sender<Message>,
) {
    let mut teller = Teller {
        sender,
        told: None,
        recorded: None,
    };
    let outcome = ledger.erase(&request.data_subject, &request.basis, &mut |progress| {
        teller.tell(progress);
    });
    let message = match outcome {
        Ok(erased) => {
            let mut facts = keys(&erased.data_keys);
            facts.push(("sequence", SystemFact::Uint(erased.sequence)));
            facts.push(("events", SystemFact::Uint(erased.events)));
            act.done(facts);
            let backups = backups(erased.sequence);
            Ok(done(erased, backups))
        }
        Err(error) => {
            let refusal = Refusal::from(error);
            act.refused(&refusal);
            Err(teller.refused(refusal))
        }
    };
    // A client that is gone needs no answer.
    let _gone = teller.sender.blocking_send(message);
}

/// Reports progress and waits for nobody.
struct Teller {
    sender: mpsc::Sender<Message>,
    /// The step that was reported last, and when.
    told: Option<(ErasureStep, Instant)>,
    /// The erasure's record, once there is one.
    recorded: Option<u64>,
}

impl Teller {
    fn tell(&mut self, progress: ErasureProgress) {
        if let ErasureProgress::Recorded { sequence } = progress {
            self.recorded = Some(sequence);
        }
        let (step, done, total) = step(progress);
        let interval = Duration::from_millis(PROGRESS_INTERVAL_MS);
        let is_news = self
            .told
            .is_none_or(|(last, when)| last != step || when.elapsed() >= interval);
        if is_news {
            self.told = Some((step, Instant::now()));
            let _unheard = self.sender.try_send(Ok(v1::EraseDataSubjectResponse {
                step: step.into(),
                sequence: self.recorded.unwrap_or_default(),
                done,
                total,
                result: None,
            }));
        }
    }

    /// An error after the record is no refusal: the caller must know that it will be completed.
    fn refused(&self, refusal: Refusal) -> Status {
        match self.recorded {
            None => refusal.into(),
            Some(sequence) => refusal
                .but(format_args!(
                    "the erasure is recorded as {sequence}, and will be completed at the daemon's next start"
                ))
                .with("recorded", sequence)
                .into(),
        }
    }
}

pub(super) fn step(progress: ErasureProgress) -> (ErasureStep, u64, u64) {
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

fn done(erased: Erased, backups: Vec<v1::Backup>) -> v1::EraseDataSubjectResponse {
    let result = v1::ErasureResult {
        sequence: erased.sequence,
        recorded_time: Some(timestamp(erased.time)),
        data_key_ids: erased
            .data_keys
            .iter()
            .map(|id| Bytes::copy_from_slice(id.as_bytes()))
            .collect(),
        event_count: erased.events,
        complete: erased.evidence.is_empty(),
        older_copy_paths: erased
            .evidence
            .iter()
            .map(|directory| directory.display().to_string())
            .collect(),
        kek_id: Bytes::copy_from_slice(erased.kek.as_bytes()),
        backup_advice: backup_advice(&erased.kek),
        answers_in_transit: erased.answers_in_transit,
        backups,
    };
    v1::EraseDataSubjectResponse {
        step: ErasureStep::Done.into(),
        sequence: result.sequence,
        done: result.event_count,
        total: result.event_count,
        result: Some(result),
    }
}

/// What the erasure can't reach. Every answer says it, so that nobody believes that backups are erased too.
fn backup_advice(kek: &KekId) -> String {
    format!(
        "backups made before this erasure still hold the destroyed keys, wrapped under KEK {kek}, or under an earlier \
         KEK if they are older than a rotation of the KEK. Whoever has such a backup and its KEK can read the data. \
         Delete those backups, or destroy that KEK once nothing needs it"
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use indelible_proto::v1::ErrorReason;
    use tonic_types::StatusExt as _;

    use super::*;

    fn teller() -> (Teller, mpsc::Receiver<Message>) {
        let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
        let teller = Teller {
            sender,
            told: None,
            recorded: None,
        };
        (teller, receiver)
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
    }

    #[test]
    fn older_copies_keep_an_erasure_from_being_complete() {
        let erased = |evidence| Erased {
            sequence: 7,
            time: 8,
            data_keys: vec![indelible_evidence::DataKeyId::from_bytes([9; 16])],
            events: 3,
            evidence,
            answers_in_transit: 2,
            kek: KekId::from_bytes([10; 16]),
        };
        let result = |evidence| done(erased(evidence), Vec::new()).result.unwrap();
        assert!(result(Vec::new()).complete);
        let with_copy = result(vec![PathBuf::from("/data/store-0001")]);
        assert_eq!(
            (with_copy.complete, with_copy.older_copy_paths.as_slice()),
            (false, &["/data/store-0001".to_owned()][..])
        );
        assert_eq!(with_copy.kek_id.as_ref(), [10; 16]);
        assert_eq!(with_copy.answers_in_transit, 2);
        assert!(with_copy.backup_advice.contains(&"0a".repeat(16)));
    }
}
