//! RotateDataKey.

use bytes::Bytes;
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    audit::act::{keys, sequence},
    authorise::{Action, Caller, Gate, Scope},
    refusal::Refusal,
    rotation_reason,
};

pub(super) async fn rotate(
    gate: &Gate,
    request: Request<v1::RotateDataKeyRequest>,
) -> Result<Response<v1::RotateDataKeyResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let reason = rotation_reason::reason(request.reason)?;
    let name = request.ledger;
    let permit = gate.authorise(&caller, Action::RotateKeys, Scope::Ledger(&name))?;
    let act = permit
        .begin("RotateDataKey", rotation_reason::facts(reason))
        .await?;
    // Not stopped between its steps by a client that goes: the thread runs to its end.
    let rotated = act.blocking(|act| {
        let (data_key, recorded) = act.ledger()?.rotate_data_key()?;
        let recorded = recorded
            .ok_or_else(|| Refusal::internal(&"a rotation that was asked for recorded nothing"))?;
        let mut facts = keys(&[data_key]);
        facts.push(sequence(&recorded));
        Ok(((data_key, recorded), facts))
    });
    let (data_key, recorded) = rotated.await?;
    tracing::info!(
        ledger = name,
        sequence = recorded.first,
        "rotated the data key"
    );
    Ok(Response::new(v1::RotateDataKeyResponse {
        data_key_id: Bytes::copy_from_slice(data_key.as_bytes()),
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}
