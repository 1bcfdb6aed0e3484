//! ListErasures.

use bytes::Bytes;
use indelible_ledger::{ErasureRecord, ErasureScope};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    page::{page_items, page_of},
    page_token::QueryHasher,
    refusal::Refusal,
};

pub(super) async fn list(
    gate: &Gate,
    request: Request<v1::ListErasuresRequest>,
) -> Result<Response<v1::ListErasuresResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = gate
        .authorise(
            &caller,
            Action::ReadDataSubjects,
            Scope::Ledger(&request.ledger),
        )?
        .ledger()?;
    ledger.check_key_events().map_err(Refusal::from)?;
    let query = QueryHasher::new("erasures")
        .text(&ledger.summary().origin)
        .finish();
    let from = query.sequence(&request.page_token)?.unwrap_or_default();
    let items = page_items(request.page_size)?;
    let all = blocking(move || {
        let erasures = ledger.erasures()?.into_iter();
        let all = erasures.map(|(record, complete)| {
            let scope = ledger.scope_of(&record);
            (record, scope, complete)
        });
        let mut all: Vec<Listed> = all.collect();
        // Records of two ledgers may have one number. What comes later is at the end, so a place in the list stays.
        all.sort_by_key(|(record, ..)| record.time);
        let places = 0_u64..;
        Ok(places.zip(all).collect())
    });
    let (erasures, next) = page_of(all.await?, |(place, _): &(u64, Listed)| *place, from, items);
    let erasures = erasures.into_iter().map(|(_, listed)| wire(listed));
    Ok(Response::new(v1::ListErasuresResponse {
        erasures: erasures.collect(),
        next_page_token: next.map(|next| query.token_at(next)).unwrap_or_default(),
    }))
}

/// An erasure, what it is about beside a person, and whether it is complete.
type Listed = (ErasureRecord, ErasureScope, bool);

fn wire((record, scope, complete): Listed) -> v1::Erasure {
    v1::Erasure {
        sequence: record.sequence,
        recorded_time: Some(timestamp(record.time)),
        data_key_ids: record
            .data_keys
            .iter()
            .map(|id| Bytes::copy_from_slice(id.as_bytes()))
            .collect(),
        basis: record.basis,
        complete,
        end_sequence: scope.end,
        ledger_key_count: scope.ledger_keys,
        recorded_in_origin: record.recorded_in.unwrap_or_default(),
    }
}
