//! RunRetention: a run on a thread of its own, which continues to its end whether or not the client listens.

use std::time::{Duration, Instant};

use indelible_ledger::{Disposed, Disposing, SystemFact};
use indelible_proto::v1::{self, ErasureStep};
use indelible_store::PurgeProgress;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::wire;
use crate::{
    limits::PROGRESS_INTERVAL_MS,
    rpc::{
        audit::act::{Act, Facts},
        authorise::{Action, Caller, Gate, Scope},
        backups::of_orders,
        refusal::Refusal,
        slots::Slots,
    },
};

type Message = Result<v1::RunRetentionResponse, Status>;

pub(crate) type Running = ReceiverStream<Message>;

/// Messages that are ready before the client took them: more than there are steps, so that the first of each step finds
/// room.
const MESSAGES_AHEAD_MAX: usize = 8;

pub(crate) async fn run(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::RunRetentionRequest>,
) -> Result<Response<Running>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let permit = gate.authorise(&caller, Action::ConfigureLedger, Scope::Ledger(&name))?;
    let origin = permit.target()?.summary().origin;
    // Whoever disposes of something is told which backups hold it still, so that must be known.
    gate.known_backups()?;
    let slot = slots.erasure()?;
    let act = permit.begin("RunRetention", Vec::new()).await?;
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    let gate = gate.clone();
    tokio::task::spawn_blocking(move || {
        let backups = |orders: &[u64]| of_orders(&gate, &origin, orders);
        carry_out(act, &backups, sender);
        drop(slot);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn carry_out(act: Act, backups: &dyn Fn(&[u64]) -> Vec<v1::Backup>, sender: mpsc::Sender<Message>) {
    let mut teller = Teller {
        sender,
        told: None,
        recorded: None,
    };
    let disposed = match act.ledger() {
        Ok(ledger) => {
            let disposed = ledger.dispose(&mut |progress| teller.tell(progress));
            disposed.map_err(Refusal::from)
        }
        Err(refusal) => Err(refusal),
    };
    let message = match disposed {
        Ok(disposed) => {
            act.done(facts(&disposed));
            let backups = backups(&disposed.carried_out);
            Ok(done(&disposed, teller.recorded, backups))
        }
        Err(refusal) => {
            act.refused(&refusal);
            Err(teller.refused(refusal))
        }
    };
    // A client that is gone needs no answer.
    let _gone = teller.sender.blocking_send(message);
}

/// What is recorded of a run that ended.
fn facts(disposed: &Disposed) -> Facts {
    let mut facts = vec![
        (
            "disposals",
            SystemFact::Uint(disposed.sequences.len() as u64),
        ),
        ("events", SystemFact::Uint(disposed.records)),
    ];
    let last = disposed.sequences.last();
    facts.extend(last.map(|sequence| ("sequence", SystemFact::Uint(*sequence))));
    facts
}

/// Reports progress and waits for nobody.
struct Teller {
    sender: mpsc::Sender<Message>,
    /// The step that was reported last, and when.
    told: Option<(ErasureStep, Instant)>,
    /// The newest disposal's record, once there is one.
    recorded: Option<u64>,
}

impl Teller {
    fn tell(&mut self, progress: Disposing) {
        if let Disposing::Recorded { sequence } = progress {
            self.recorded = Some(sequence);
        }
        let Some((step, done, total)) = step(progress) else {
            return;
        };
        let interval = Duration::from_millis(PROGRESS_INTERVAL_MS);
        let is_news = self
            .told
            .is_none_or(|(last, when)| last != step || when.elapsed() >= interval);
        if is_news {
            self.told = Some((step, Instant::now()));
            let _unheard = self.sender.try_send(Ok(v1::RunRetentionResponse {
                step: step.into(),
                sequence: self.recorded,
                done,
                total,
                result: None,
            }));
        }
    }

    /// An error after a record is no refusal: the caller must know that it will be completed.
    fn refused(&self, refusal: Refusal) -> Status {
        match self.recorded {
            None => refusal.into(),
            Some(sequence) => refusal
                .but(format_args!(
                    "a disposal is recorded as {sequence}, and will be completed with the next run or at the daemon's next \
                     start"
                ))
                .with("recorded", sequence)
                .into(),
        }
    }
}

fn step(progress: Disposing) -> Option<(ErasureStep, u64, u64)> {
    Some(match progress {
        Disposing::Surveying => return None,
        Disposing::Recorded { .. } => (ErasureStep::Recorded, 0, 0),
        Disposing::Indexing { left } => (ErasureStep::Indexing, 0, left),
        Disposing::Destroying { done, total } => (ErasureStep::Destroying, done, total),
        Disposing::Purging(PurgeProgress::WritingOut) => (ErasureStep::Purging, 0, 0),
        Disposing::Purging(PurgeProgress::Rewriting {
            done_bytes,
            total_bytes,
        }) => (ErasureStep::Purging, done_bytes, total_bytes),
        Disposing::Purging(PurgeProgress::WaitingForFiles { files }) => {
            (ErasureStep::Releasing, 0, files as u64)
        }
    })
}

fn done(
    disposed: &Disposed,
    recorded: Option<u64>,
    backups: Vec<v1::Backup>,
) -> v1::RunRetentionResponse {
    let older = disposed.evidence.iter();
    v1::RunRetentionResponse {
        step: ErasureStep::Done.into(),
        sequence: recorded,
        done: disposed.records,
        total: disposed.records,
        result: Some(v1::RetentionResult {
            sequences: disposed.sequences.clone(),
            record_count: disposed.records,
            surveys: disposed.surveys.iter().map(wire::survey).collect(),
            complete: disposed.evidence.is_empty(),
            older_copy_paths: older.map(|path| path.display().to_string()).collect(),
            backups,
        }),
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt as _;

    use super::*;

    #[test]
    fn an_error_after_a_record_says_that_it_is_recorded() {
        let (sender, mut receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
        let mut teller = Teller {
            sender,
            told: None,
            recorded: None,
        };
        teller.tell(Disposing::Surveying);
        assert!(
            !teller
                .refused(Refusal::draining())
                .message()
                .contains("recorded")
        );
        teller.tell(Disposing::Recorded { sequence: 7 });
        let status = teller.refused(Refusal::draining());
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.metadata["recorded"], "7");
        let first = receiver.blocking_recv().unwrap().unwrap();
        assert_eq!(
            (first.step(), first.sequence),
            (ErasureStep::Recorded, Some(7))
        );
    }
}
