//! GetProjections, QueryProjection and RebuildProjections.

mod asked;
mod query;
mod rebuild;

pub(super) use rebuild::{Rebuilding, rebuild};

use indelible_proto::v1;
use tonic::{Request, Response, Status};

use self::{asked::Asked, query::Query};
use super::{
    authorise::{Caller, Gate},
    blocking::blocking,
    convert::projection,
    slots::Slots,
};

pub(super) async fn get(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::GetProjectionsRequest>,
) -> Result<Response<v1::GetProjectionsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let asked = Asked::new(
        gate,
        &caller,
        &request.ledger,
        request.selection.as_ref(),
        (request.open_sealed, &request.purpose),
    )?;
    let slot = slots.projection()?;
    let answer = blocking(move || {
        let _until_it_is_made = slot;
        let answer = asked.ledger.project(&asked.projecting(), |holds, states| {
            v1::GetProjectionsResponse {
                coverage: Some(projection::coverage(&asked.origin, holds)),
                projections: projection::projections(states),
                sealed_event_count: states.sealed_events(),
            }
        });
        Ok(answer?)
    });
    Ok(Response::new(answer.await?))
}

pub(super) async fn query(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::QueryProjectionRequest>,
) -> Result<Response<v1::QueryProjectionResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let asked = Asked::new(
        gate,
        &caller,
        &request.ledger,
        request.selection.as_ref(),
        (request.open_sealed, &request.purpose),
    )?;
    let query = Query::new(&request)?;
    let slot = slots.projection()?;
    let page = blocking(move || {
        let _until_it_is_made = slot;
        query.answer(asked, &request.page_token)
    });
    Ok(Response::new(page.await?))
}
