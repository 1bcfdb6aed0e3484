//! GetProjections, QueryProjection and RebuildProjections.

mod query;
mod rebuild;

pub(super) use rebuild::{Rebuilding, rebuild};

use indelible_ledger::{Access, Ledger, Projecting, RecordSelection};
use indelible_proto::v1;
use tonic::{Request, Response, Status};

use self::query::Query;
use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    convert::{projection, selection::selection},
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
    selection: RecordSelection,
    access: Option<Access>,
}

impl Asked {
    fn new(
        gate: &Gate,
        caller: Caller,
        ledger: &str,
        records: Option<&v1::RecordSelection>,
        (open_sealed, purpose): (bool, &str),
    ) -> Result<Self, Status> {
        let permit = gate.authorise(caller, Action::Project, Scope::Ledger(ledger))?;
        let access = opening(gate, caller, ledger, CALL, open_sealed, purpose)?;
        let ledger = permit.ledger()?;
        Ok(Self {
            origin: ledger.summary().origin,
            ledger,
            selection: selection(records).map_err(Refusal::violation)?,
            access,
        })
    }

    fn projecting(&self) -> Projecting<'_> {
        Projecting {
            selection: self.selection,
            access: self.access.as_ref(),
        }
    }
}

pub(super) async fn get(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::GetProjectionsRequest>,
) -> Result<Response<v1::GetProjectionsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let asked = Asked::new(
        gate,
        caller,
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
        caller,
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
