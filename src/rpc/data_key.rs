//! RotateDataKey.

use bytes::Bytes;
use indelible_proto::v1;
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
};

pub(super) async fn rotate(
    gate: &Gate,
    request: Request<v1::RotateDataKeyRequest>,
) -> Result<Response<v1::RotateDataKeyResponse>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let ledger = gate
        .authorise(caller, Action::RotateKeys, Scope::Ledger(&name))?
        .ledger()?;
    // Not stopped between its steps by a client that goes: the thread runs to its end.
    let data_key = blocking(move || Ok(ledger.rotate_data_key()?)).await?;
    Ok(Response::new(v1::RotateDataKeyResponse {
        data_key: Bytes::copy_from_slice(&data_key),
        ..Default::default()
    }))
}
