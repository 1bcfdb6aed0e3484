//! ListProjections, QueryProjection and RebuildProjections.

mod query;
mod rebuild;

pub(super) use rebuild::{Rebuilding, rebuild};

use indelible_ledger::{Access, Ledger, Projecting, Selection};
use indelible_proto::v1::{
    self, list_projections_request::Selection as ListWanted,
    query_projection_request::Selection as QueryWanted,
};
use tonic::{Request, Response, Status};

use self::query::Query;
use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    convert::projection,
    export::{SelectionFields, selection},
    read::opening,
    refusal::Refusal,
    slots::Slots,
};

/// What opening sealed events for an answer is called in the access trail.
const CALL: &str = "projections";

/// Which records are asked about, and for whom, once the call was let in.
struct Asked {
    ledger: Ledger,
    origin: String,
    selection: Selection,
    as_of: Option<u64>,
    access: Option<Access>,
}

impl Asked {
    fn new(
        gate: &Gate,
        caller: Caller,
        ledger: &str,
        wanted: Option<SelectionFields>,
        as_of: Option<u64>,
        (open_sealed, purpose): (bool, &str),
    ) -> Result<Self, Status> {
        let permit = gate.authorise(caller, Action::Project, Scope::Ledger(ledger))?;
        let access = opening(gate, caller, ledger, CALL, open_sealed, purpose)?;
        let ledger = permit.ledger()?;
        if as_of == Some(0) {
            return Err(Refusal::field("as_of_size", "must be at least 1").into());
        }
        Ok(Self {
            origin: ledger.summary().origin,
            ledger,
            selection: selection(wanted)?,
            as_of,
            access,
        })
    }

    fn projecting(&self) -> Projecting<'_> {
        Projecting {
            selection: self.selection,
            as_of: self.as_of,
            access: self.access.as_ref(),
        }
    }
}

pub(super) async fn list(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::ListProjectionsRequest>,
) -> Result<Response<v1::ListProjectionsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let asked = Asked::new(
        gate,
        caller,
        &request.ledger,
        request.selection.map(|wanted| match wanted {
            ListWanted::Range(range) => SelectionFields::Range(range),
            ListWanted::Period(period) => SelectionFields::Period(period),
        }),
        request.as_of_size,
        (request.open_sealed, &request.purpose),
    )?;
    let slot = slots.projection()?;
    let listed = blocking(move || {
        let _until_it_is_made = slot;
        let answer = asked.ledger.project(&asked.projecting(), |holds, states| {
            v1::ListProjectionsResponse {
                holds_for: Some(projection::holds_for(&asked.origin, holds)),
                projections: projection::projections(states),
            }
        });
        Ok(answer?)
    });
    Ok(Response::new(listed.await?))
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
        caller,
        &request.ledger,
        request.selection.map(|wanted| match wanted {
            QueryWanted::Range(range) => SelectionFields::Range(range),
            QueryWanted::Period(period) => SelectionFields::Period(period),
        }),
        request.as_of_size,
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
