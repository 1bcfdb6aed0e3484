//! RunRetention: a run on a thread of its own, which continues to its end whether or not the client listens.

use indelible_ledger::{Disposed, Disposing, ErasureProgress, SystemFact};
use indelible_proto::v1::{self, ErasureStep};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::wire;
use crate::rpc::{
    audit::act::{Act, Facts},
    authorise::{Action, Caller, Gate, Scope},
    backups::of_orders,
    refusal::Refusal,
    slots::Slots,
    teller::{MESSAGES_AHEAD_MAX, Progress, Teller, Tells},
};

type Message = Result<v1::RunRetentionResponse, Status>;

pub(crate) type Running = ReceiverStream<Message>;

pub(crate) async fn run(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::RunRetentionRequest>,
) -> Result<Response<Running>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let permit = gate.authorise(&caller, Action::ConfigureLedger, Scope::Ledger(&name))?;
    let target = permit.target()?;
    // Whoever disposes of something is told which backups hold it still, so that must be known.
    gate.known_backups()?;
    let slot = slots.erasure()?;
    let act = permit.begin("RunRetention", Vec::new()).await?;
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    let gate = gate.clone();
    tokio::task::spawn_blocking(move || {
        let backups = |orders: &[u64]| of_orders(&gate, &target, orders);
        carry_out(act, &backups, sender);
        drop(slot);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn carry_out(act: Act, backups: &dyn Fn(&[u64]) -> Vec<v1::Backup>, sender: mpsc::Sender<Message>) {
    let mut teller = Teller::new(sender);
    let disposed = match act.ledger() {
        Ok(ledger) => {
            let disposed = ledger.dispose(&mut |progress| tell(&mut teller, progress));
            disposed.map_err(Refusal::from)
        }
        Err(refusal) => Err(refusal),
    };
    let recorded = teller.recorded();
    teller.end(match disposed {
        Ok(disposed) => {
            act.done(facts(&disposed));
            let backups = backups(&disposed.carried_out);
            Ok(done(&disposed, recorded, backups))
        }
        Err(refusal) => {
            act.refused(&refusal);
            Err(refusal)
        }
    });
}

/// What is recorded of a run that ended.
fn facts(disposed: &Disposed) -> Facts {
    let mut facts = vec![
        (
            "disposals",
            SystemFact::Uint(disposed.sequences.len() as u64),
        ),
        ("events", SystemFact::Uint(disposed.records)),
        (
            "archived_events",
            SystemFact::Uint(disposed.archived.records),
        ),
    ];
    let last = disposed.sequences.last();
    facts.extend(last.map(|sequence| ("sequence", SystemFact::Uint(*sequence))));
    facts
}

impl Tells for v1::RunRetentionResponse {
    fn of(progress: Progress) -> Self {
        Self {
            step: progress.step.into(),
            sequence: progress.recorded,
            done: progress.done,
            total: progress.total,
            result: None,
        }
    }

    fn recorded(sequence: u64) -> String {
        format!(
            "a disposal is recorded as {sequence}, and will be completed with the next run or at the daemon's next start"
        )
    }

    fn complete(sequence: u64) -> String {
        format!("the disposal that is recorded as {sequence} is complete")
    }
}

/// A run is told of as the erasure that it is, once it has looked at the records. Archiving is a step of its own.
fn tell(teller: &mut Teller<v1::RunRetentionResponse>, progress: Disposing) {
    teller.tell(match progress {
        Disposing::Surveying => return,
        Disposing::Complete => return teller.complete(),
        Disposing::Archiving { .. } => return teller.tell_step(ErasureStep::Archiving, 0, 0),
        Disposing::Removing { done, total } => {
            return teller.tell_step(ErasureStep::Archiving, done, total);
        }
        Disposing::Recorded { sequence } => ErasureProgress::Recorded { sequence },
        Disposing::Indexing { left } => ErasureProgress::Indexing { left },
        Disposing::Destroying { done, total } => ErasureProgress::Destroying { done, total },
        Disposing::Purging(step) => ErasureProgress::Purging(step),
    });
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
            archive_files: disposed.archived.files.iter().map(wire::archive).collect(),
            archived_byte_count: disposed.archived.bytes,
            archived_record_count: disposed.archived.records,
        }),
    }
}
