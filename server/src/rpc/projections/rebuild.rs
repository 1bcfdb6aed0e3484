//! A rebuild, with its progress.

use std::time::{Duration, Instant};

use indelible_ledger::Ledger;
use indelible_proto::v1;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::{
    limits::PROGRESS_INTERVAL_MS,
    rpc::{
        audit::act::Act,
        authorise::{Action, Caller, Gate, Scope},
        convert::projection,
        refusal::Refusal,
        slots::Slots,
    },
};

type Answer = Result<v1::RebuildProjectionsResponse, Status>;

pub(crate) type Rebuilding = ReceiverStream<Answer>;

pub(crate) async fn rebuild(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::RebuildProjectionsRequest>,
) -> Result<Response<Rebuilding>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let permit = gate.authorise(&caller, Action::RebuildProjections, Scope::Ledger(&name))?;
    let slot = slots.rebuild()?;
    let act = permit.begin("RebuildProjections", Vec::new()).await?;
    let ledger = act.ledger()?.clone();
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        run(act, &ledger, &sender);
        drop(slot);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn run(act: Act, ledger: &Ledger, sender: &mpsc::Sender<Answer>) {
    let interval = Duration::from_millis(PROGRESS_INTERVAL_MS);
    let (mut told, mut last) = (Instant::now(), (0, 0));
    let rebuilt = ledger.rebuild_projections(&mut |done, total| {
        last = (done, total);
        if told.elapsed() >= interval {
            told = Instant::now();
            // Progress never waits for a client that does not read it.
            let _unheard = sender.try_send(Ok(message((done, total), None)));
        }
    });
    let answer = match rebuilt {
        Ok(rebuilt) => {
            let origin = ledger.summary().origin;
            warn_of_difference(&origin, &rebuilt);
            act.done(Vec::new());
            let result = projection::rebuilt(&origin, rebuilt);
            Ok(message(last, Some(result)))
        }
        Err(error) => {
            let refusal = Refusal::from(error);
            act.refused(&refusal);
            Err(refusal.into())
        }
    };
    // The result does wait. A client that is gone needs none.
    let _gone = sender.blocking_send(answer);
}

/// The client that started the rebuild may be gone, so a difference goes to the log too.
fn warn_of_difference(origin: &str, rebuilt: &indelible_ledger::Rebuilt) {
    for [before, after] in &rebuilt.folds {
        if before != after {
            tracing::error!(
                ledger = origin,
                fold = after.name,
                before = before.digest.0,
                after = after.digest.0,
                "a stored state was not what the records say; it was made again from the records"
            );
        }
    }
}

fn message(
    (done, total): (u64, u64),
    result: Option<v1::RebuildResult>,
) -> v1::RebuildProjectionsResponse {
    v1::RebuildProjectionsResponse {
        done,
        total,
        result,
    }
}
