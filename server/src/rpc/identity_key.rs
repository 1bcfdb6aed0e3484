//! RotateIdentityKey and RotateEpochKey.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use indelible_ledger::{RecoverySignatures, RotatedIdentity, RotationReason, SystemFact};
use indelible_proto::{time::timestamp, v1};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    audit::act::{Act, Unless, sequence},
    authorise::{Action, Caller, Gate, Scope},
    refusal::Refusal,
    rotation_reason,
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
    let request = request.into_inner();
    let reason = rotation_reason::reason(request.reason)?;
    let name = request.ledger;
    let permit = gate.authorise(&caller, Action::RotateKeys, Scope::Ledger(&name))?;
    let act = permit
        .begin("RotateEpochKey", rotation_reason::facts(reason))
        .await?;
    let ledger = name.clone();
    let rotated = act.blocking(move |act| {
        let recorded = act.engine().rotate_epoch(&ledger)?;
        let facts = vec![sequence(&recorded)];
        Ok((recorded, facts))
    });
    let recorded = rotated.await?;
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
    let request = request.into_inner();
    let reason = rotation_reason::reason(request.reason)?;
    let signatures = signatures(request)?;
    let facts = rotation_reason::facts(reason);
    let act = permit
        .begin_unless(Unless::IdentityIsLost, "RotateIdentityKey", facts)
        .await?;
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    tokio::task::spawn_blocking(move || rotate(act, (&signatures, reason), &sender));
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
fn rotate(
    act: Act,
    (signatures, reason): (&RecoverySignatures, Option<RotationReason>),
    sender: &mpsc::Sender<Message>,
) {
    let outcome = act
        .engine()
        .rotate_identity(signatures, reason, &mut |done, total| {
            let _unheard = sender.try_send(Ok(v1::RotateIdentityKeyResponse {
                done,
                total,
                result: None,
            }));
        });
    let message = match outcome {
        Ok(rotated) => {
            let ledgers = rotated.rotated.len() as u64;
            // The store's own ledger has its successor then, if its identity was lost: the next act may follow at once.
            act.done_on_record(vec![
                (
                    "public_key",
                    SystemFact::Text(HEXLOWER.encode(&rotated.public)),
                ),
                ("ledgers_rotated", SystemFact::Uint(ledgers)),
                (
                    "ledgers_left",
                    SystemFact::Uint((rotated.awaiting.len() + rotated.left.len()) as u64),
                ),
            ]);
            Ok(v1::RotateIdentityKeyResponse {
                done: ledgers,
                total: ledgers,
                result: Some(wire(rotated)),
            })
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
