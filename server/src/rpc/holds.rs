//! PlaceHold, ReleaseHold and ListHolds.

use bytes::Bytes;
use indelible_evidence::HoldId;
use indelible_ledger::{Hold, SystemFact};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    audit::act::{keys, sequence},
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    page::{page_items, page_of},
    page_token::QueryHasher,
    refusal::Refusal,
    wanted::unnamed,
};

pub(super) async fn place(
    gate: &Gate,
    request: Request<v1::PlaceHoldRequest>,
) -> Result<Response<v1::PlaceHoldResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::PlaceHold, Scope::Ledger(&request.ledger))?;
    let ledger = permit.target()?;
    if request.data_subject.as_deref() == Some("") {
        let problem = "must not be empty; leave it unset to hold the whole ledger";
        return Err(Refusal::field("data_subject", problem).into());
    }
    let about = request.data_subject.as_deref().unwrap_or_default();
    unnamed("reason", &request.reason, about)?;
    let v1::PlaceHoldRequest {
        data_subject,
        reason,
        ..
    } = request.clone();
    let of = data_subject.clone();
    let about = blocking(move || match of {
        Some(subject) => Ok(keys(&ledger.data_keys_of(&subject)?)),
        None => Ok(vec![("whole_ledger", SystemFact::Boolean(true))]),
    });
    let act = permit.begin("PlaceHold", about.await?).await?;
    let placed = act.blocking(move |act| {
        let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
        let (hold, recorded) = act.ledger()?.place_hold(data_subject.as_deref(), reason)?;
        let facts = vec![named(hold), sequence(&recorded)];
        Ok(((hold, recorded), facts))
    });
    let (hold, recorded) = placed.await?;
    Ok(Response::new(v1::PlaceHoldResponse {
        hold_id: Bytes::copy_from_slice(hold.as_bytes()),
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}

pub(super) async fn release(
    gate: &Gate,
    request: Request<v1::ReleaseHoldRequest>,
) -> Result<Response<v1::ReleaseHoldResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::ReleaseHold, Scope::Ledger(&request.ledger))?;
    let hold = hold_id(&request.hold_id)?;
    let act = permit.begin("ReleaseHold", vec![named(hold)]).await?;
    let released = act.blocking(move |act| {
        let recorded = act.ledger()?.release_hold(hold)?;
        let facts = vec![sequence(&recorded)];
        Ok((recorded, facts))
    });
    let recorded = released.await?;
    Ok(Response::new(v1::ReleaseHoldResponse {
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}

fn named(hold: HoldId) -> (&'static str, SystemFact) {
    ("hold", SystemFact::Text(hold.to_string()))
}

fn hold_id(bytes: &[u8]) -> Result<HoldId, Refusal> {
    HoldId::try_from(bytes).map_err(|_| {
        let problem = format!("has {} bytes; the id of a hold has 16", bytes.len());
        Refusal::field("hold_id", problem)
    })
}

pub(super) async fn list(
    gate: &Gate,
    request: Request<v1::ListHoldsRequest>,
) -> Result<Response<v1::ListHoldsResponse>, Status> {
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
    let query = QueryHasher::new("holds")
        .text(&ledger.summary().origin)
        .finish();
    let from = query.sequence(&request.page_token)?.unwrap_or_default();
    let items = page_items(request.page_size)?;
    let (holds, next) = page_of(ledger.holds(), |hold| hold.sequence, from, items);
    Ok(Response::new(v1::ListHoldsResponse {
        holds: holds.into_iter().map(wire).collect(),
        next_page_token: next.map(|next| query.token_at(next)).unwrap_or_default(),
    }))
}

pub(super) fn wire(hold: Hold) -> v1::Hold {
    v1::Hold {
        hold_id: Bytes::copy_from_slice(hold.id.as_bytes()),
        sequence: hold.sequence,
        recorded_time: Some(timestamp(hold.time)),
        whole_ledger: hold.data_keys.is_none(),
        data_key_ids: hold
            .data_keys
            .iter()
            .flatten()
            .map(|id| Bytes::copy_from_slice(id.as_bytes()))
            .collect(),
        reason: hold.reason.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use indelible_evidence::DataKeyId;

    use super::*;

    #[test]
    fn an_id_of_another_length_is_no_hold() {
        assert_eq!(hold_id(&[7; 16]).unwrap(), HoldId::from_bytes([7; 16]));
        for length in [0, 15, 17] {
            assert!(hold_id(&vec![7; length]).is_err());
        }
    }

    #[test]
    fn a_hold_without_keys_is_on_the_whole_ledger() {
        let hold = Hold {
            id: HoldId::from_bytes([1; 16]),
            sequence: 4,
            time: 5,
            data_keys: None,
            reason: None,
        };
        assert!(wire(hold.clone()).whole_ledger);
        let one = wire(Hold {
            data_keys: Some([DataKeyId::from_bytes([2; 16])].into()),
            ..hold
        });
        assert_eq!((one.whole_ledger, one.data_key_ids.len()), (false, 1));
    }
}
