//! AcceptClock: a person's word that the daemon's clock is right.

use indelible_ledger::SystemKind;
use indelible_proto::{
    time::{timestamp, unix_nano},
    v1,
};
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    refusal::Refusal,
};

pub(super) async fn accept(
    gate: &Gate,
    request: Request<v1::AcceptClockRequest>,
) -> Result<Response<v1::AcceptClockResponse>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::AcceptClock, Scope::Store)?;
    let engine = permit.engine()?.clone();
    let seen = request.get_ref().time.as_ref().and_then(unix_nano);
    let seen = seen.ok_or_else(|| Refusal::field("time", "must be a time"))?;
    let accepted = blocking(move || {
        engine
            .accept_clock(seen)
            .map_err(|moved| Refusal::field("time", moved.to_string()))
    });
    let accepted = accepted.await?;
    permit.note(SystemKind::ClockAccepted, "AcceptClock");
    Ok(Response::new(v1::AcceptClockResponse {
        time: Some(timestamp(accepted)),
    }))
}
