//! RotateKek: a change of the KEK on a thread of its own, which continues to its end whether or not the client listens.

use std::time::{Duration, Instant};

use bytes::Bytes;
use indelible_ledger::{RewrapProgress, Rewrapped, RotationReason, SystemFact};
use indelible_proto::v1::{self, KekRotationStep};
use indelible_store::PurgeProgress;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    audit::act::Act,
    authorise::{Action, Caller, Gate, Scope},
    refusal::Refusal,
    rotation_reason,
};
use crate::limits::PROGRESS_INTERVAL_MS;

type Message = Result<v1::RotateKekResponse, Status>;

pub(super) type RotatingKek = ReceiverStream<Message>;

/// Messages that are ready before the client took them: more than there are steps, so that the first of each
/// step finds room.
const MESSAGES_AHEAD_MAX: usize = 8;

pub(super) async fn rotate(
    gate: &Gate,
    request: Request<v1::RotateKekRequest>,
) -> Result<Response<RotatingKek>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::RotateStoreKeys, Scope::Store)?;
    let reason = rotation_reason::reason(request.into_inner().reason)?;
    let act = permit
        .begin("RotateKek", rotation_reason::facts(reason))
        .await?;
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    tokio::task::spawn_blocking(move || rewrap(act, reason, &sender));
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn rewrap(act: Act, reason: Option<RotationReason>, sender: &mpsc::Sender<Message>) {
    let mut told: Option<(KekRotationStep, Instant)> = None;
    let outcome = act.engine().rewrap(reason, &mut |progress| {
        let (step, done, total) = step(progress);
        let interval = Duration::from_millis(PROGRESS_INTERVAL_MS);
        if told.is_none_or(|(last, when)| last != step || when.elapsed() >= interval) {
            told = Some((step, Instant::now()));
            // Progress waits for nobody.
            let _unheard = sender.try_send(Ok(v1::RotateKekResponse {
                step: step.into(),
                done,
                total,
                result: None,
            }));
        }
    });
    let message = match outcome {
        Ok(rewrapped) => {
            act.done(vec![
                ("kek", SystemFact::Text(rewrapped.kek.to_string())),
                ("keys_moved", SystemFact::Uint(rewrapped.moved)),
                ("keys_left", SystemFact::Uint(rewrapped.left)),
            ]);
            Ok(done(rewrapped))
        }
        Err(error) => {
            let refusal = Refusal::from(error);
            act.refused(&refusal);
            Err(refusal.into())
        }
    };
    // A client that is gone needs no answer.
    let _gone = sender.blocking_send(message);
}

fn step(progress: RewrapProgress) -> (KekRotationStep, u64, u64) {
    match progress {
        RewrapProgress::Moving { done, total } => (KekRotationStep::Moving, done, total),
        RewrapProgress::Checking => (KekRotationStep::Checking, 0, 0),
        RewrapProgress::Purging(PurgeProgress::WritingOut) => (KekRotationStep::Purging, 0, 0),
        RewrapProgress::Purging(PurgeProgress::Rewriting {
            done_bytes,
            total_bytes,
        }) => (KekRotationStep::Purging, done_bytes, total_bytes),
        RewrapProgress::Purging(PurgeProgress::WaitingForFiles { files }) => {
            (KekRotationStep::Releasing, 0, files as u64)
        }
    }
}

fn done(rewrapped: Rewrapped) -> v1::RotateKekResponse {
    let copies = rewrapped.evidence.iter();
    let retired = rewrapped.retired.iter();
    let retired = retired.map(|kek| Bytes::copy_from_slice(kek.as_bytes()));
    v1::RotateKekResponse {
        step: KekRotationStep::Done.into(),
        done: rewrapped.moved,
        total: rewrapped.moved + rewrapped.left,
        result: Some(v1::KekRotationResult {
            kek_id: Bytes::copy_from_slice(rewrapped.kek.as_bytes()),
            provider: rewrapped.provider.to_owned(),
            recorded_ledger_count: rewrapped.recorded,
            moved_key_count: rewrapped.moved,
            unmoved_key_count: rewrapped.already,
            remaining_key_count: rewrapped.left,
            remaining_reasons: rewrapped.reasons,
            retired_kek_ids: retired.collect(),
            older_copy_paths: copies.map(|copy| copy.display().to_string()).collect(),
        }),
    }
}
