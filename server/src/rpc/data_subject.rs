//! GetDataSubject.

use bytes::Bytes;
use indelible_ledger::DataSubject;
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    holds,
    refusal::Refusal,
};

pub(super) async fn get(
    gate: &Gate,
    request: Request<v1::GetDataSubjectRequest>,
) -> Result<Response<v1::GetDataSubjectResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let scope = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ReadDataSubjects, scope)?;
    let ledger = permit.ledger()?;
    let clock_unconfirmed = permit.engine()?.clock().unconfirmed;
    if request.data_subject.is_empty() {
        return Err(Refusal::field("data_subject", "must be set").into());
    }
    ledger.check_key_events().map_err(Refusal::from)?;
    let origin = ledger.summary().origin;
    let found = blocking(move || Ok(ledger.data_subject(&request.data_subject)?)).await?;
    Ok(Response::new(v1::GetDataSubjectResponse {
        clock_unconfirmed,
        ..wire(origin, found)
    }))
}

fn wire(ledger_origin: String, found: DataSubject) -> v1::GetDataSubjectResponse {
    let DataSubject {
        data_keys,
        extent,
        holds,
    } = found;
    let (of_other_types, empty) = (extent.of_other_types, extent.empty);
    let types = extent.types.into_iter();
    v1::GetDataSubjectResponse {
        ledger_origin,
        event_count: extent.events,
        first_sequence: extent.first.map(|(sequence, _)| sequence),
        first_recorded_time: extent.first.map(|(_, time)| timestamp(time)),
        last_sequence: extent.last.map(|(sequence, _)| sequence),
        last_recorded_time: extent.last.map(|(_, time)| timestamp(time)),
        types: types
            .map(|(r#type, count)| v1::EventTypeCount { r#type, count })
            .collect(),
        data_key_ids: data_keys
            .iter()
            .map(|id| Bytes::copy_from_slice(id.as_bytes()))
            .collect(),
        holds: holds.into_iter().map(holds::wire).collect(),
        other_types_event_count: of_other_types,
        // The ledger does not know it.
        clock_unconfirmed: false,
        empty_event_count: empty,
    }
}
