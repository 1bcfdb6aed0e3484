//! RotateDataKey.

use bytes::Bytes;
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    refusal::Refusal,
};

pub(super) async fn rotate(
    gate: &Gate,
    request: Request<v1::RotateDataKeyRequest>,
) -> Result<Response<v1::RotateDataKeyResponse>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let ledger = gate
        .authorise(&caller, Action::RotateKeys, Scope::Ledger(&name))?
        .ledger()?;
    // Not stopped between its steps by a client that goes: the thread runs to its end.
    let (data_key, recorded) = blocking(move || Ok(ledger.rotate_data_key()?)).await?;
    let recorded = recorded
        .ok_or_else(|| Refusal::internal(&"a rotation that was asked for recorded nothing"))?;
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
