//! GetDataSubject.

use bytes::Bytes;
use indelible_ledger::{DataSubject, Ledger};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    backups::of_erasure,
    blocking::blocking,
    erase::{Copies, backup_advice},
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
    let asked = gate.clone();
    let found = blocking(move || {
        let found = ledger.data_subject(&request.data_subject)?;
        // Where there is no event yet, a backup can have a key at most.
        let first = found
            .extent
            .first
            .map_or(u64::MAX, |(sequence, _)| sequence);
        let backups_unknown = asked.known_backups().is_err();
        let (backups, backup_advice) = elsewhere(&asked, &ledger, first)?;
        Ok(v1::GetDataSubjectResponse {
            clock_unconfirmed,
            backups,
            backup_advice,
            backups_unknown,
            ..wire(origin, found)
        })
    });
    Ok(Response::new(found.await?))
}

/// What an erasure of now would say of backups: which may hold what it destroys, whose first event is this, and what to do about
/// them. As long as that is not known, it says so: then nothing is erased either.
fn elsewhere(
    gate: &Gate,
    ledger: &Ledger,
    first: u64,
) -> Result<(Vec<v1::Backup>, String), Refusal> {
    let known = match gate.known_backups() {
        Ok(known) => known,
        Err(unread) => return Ok((Vec::new(), unread.message().to_owned())),
    };
    let Some(kek) = ledger.kek() else {
        return Ok(Default::default());
    };
    let summary = ledger.summary();
    // Its record would be the next.
    let mut backups = of_erasure(gate, ledger, summary.size);
    for backup in &mut backups {
        let same = known
            .iter()
            .find(|known| known.id.as_str() == backup.backup_id && known.target == backup.place_id);
        backup.key_alone = same.is_some_and(|known| known.ends_before(&summary.origin, first));
    }
    let copies = Copies {
        of_keys: ledger.has_had_copies().map_err(Refusal::from)?,
        backups: gate.backups().are_any(),
    };
    Ok((backups, backup_advice(&kek, copies)))
}

fn wire(ledger_origin: String, found: DataSubject) -> v1::GetDataSubjectResponse {
    let DataSubject {
        data_keys,
        extent,
        holds,
    } = found;
    let (of_other_types, empty) = (extent.of_other_types, extent.empty);
    let archived = extent.archived;
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
        empty_event_count: empty,
        archived_event_count: archived,
        // The ledger does not know these.
        clock_unconfirmed: false,
        backups: Vec::new(),
        backup_advice: String::new(),
        backups_unknown: false,
    }
}
