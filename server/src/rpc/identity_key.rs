//! RotateIdentityKey and RotateEpochKey.

use bytes::Bytes;
use indelible_ledger::{Engine, RecoverySignatures, RotatedIdentity};
use indelible_proto::{time::timestamp, v1};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    refusal::Refusal,
};

type Message = Result<v1::RotateIdentityKeyResponse, Status>;

pub(super) type Rotating = ReceiverStream<Message>;

/// Messages that are ready before the client took them.
const MESSAGES_AHEAD_MAX: usize = 4;

pub(super) async fn rotate_epoch(
    gate: &Gate,
    request: Request<v1::RotateEpochKeyRequest>,
) -> Result<Response<v1::RotateEpochKeyResponse>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let permit = gate.authorise(&caller, Action::RotateKeys, Scope::Ledger(&name))?;
    let engine = permit.engine()?.clone();
    let name = permit.name()?.to_owned();
    let recorded = blocking(move || Ok(engine.rotate_epoch(&name)?)).await?;
    Ok(Response::new(v1::RotateEpochKeyResponse {
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}

pub(super) async fn rotate_identity(
    gate: &Gate,
    request: Request<v1::RotateIdentityKeyRequest>,
) -> Result<Response<Rotating>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::RotateStoreKeys, Scope::Store)?;
    let engine = permit.engine()?.clone();
    let signatures = signatures(request.into_inner())?;
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    tokio::task::spawn_blocking(move || rotate(&engine, &signatures, &sender));
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn signatures(request: v1::RotateIdentityKeyRequest) -> Result<RecoverySignatures, Refusal> {
    request
        .recovery_signatures
        .into_iter()
        .enumerate()
        .map(|(index, given)| {
            let signature = given.signature.as_ref().try_into().map_err(|_| {
                let problem = format!(
                    "has {} bytes; an Ed25519 signature has 64",
                    given.signature.len()
                );
                Refusal::field(format!("recovery_signatures[{index}].signature"), problem)
            })?;
            Ok((given.origin, signature))
        })
        .collect()
}

/// Continues to its end whether or not the client listens.
fn rotate(engine: &Engine, signatures: &RecoverySignatures, sender: &mpsc::Sender<Message>) {
    let outcome = engine.rotate_identity(signatures, &mut |done, total| {
        let _unheard = sender.try_send(Ok(v1::RotateIdentityKeyResponse {
            done,
            total,
            result: None,
        }));
    });
    let message = outcome
        .map(|rotated| v1::RotateIdentityKeyResponse {
            done: rotated.rotated.len() as u64,
            total: rotated.rotated.len() as u64,
            result: Some(wire(rotated)),
        })
        .map_err(|error| Refusal::from(error).into());
    // A client that is gone needs no answer.
    let _gone = sender.blocking_send(message);
}

fn wire(rotated: RotatedIdentity) -> v1::IdentityRotationResult {
    v1::IdentityRotationResult {
        public_key: Bytes::copy_from_slice(&rotated.public),
        rotated_ledgers: rotated
            .rotated
            .into_iter()
            .map(|(origin, sequence)| v1::RotatedLedger { origin, sequence })
            .collect(),
        recovery_statements: rotated
            .awaiting
            .into_iter()
            .map(|awaits| v1::RecoveryStatement {
                origin: awaits.origin,
                message: awaits.message.into(),
            })
            .collect(),
        unrotated_ledgers: rotated
            .left
            .into_iter()
            .map(|(origin, reason)| v1::UnrotatedLedger { origin, reason })
            .collect(),
        retired_key_count: rotated.retired as u64,
    }
}
