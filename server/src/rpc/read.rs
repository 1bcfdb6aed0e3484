//! GetRecord and ListEvents.

use indelible_evidence::hash::ChainHash;
use indelible_ledger::{Access, Filter, Ledger, ReadError, RecordView};
use indelible_proto::v1::{self, ErrorReason, get_record_request};
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::{blocking, making_page},
    convert::{
        filter::{filter, query},
        record::{Disclosure, Evidence, wire},
        selection::selection,
    },
    opened::Opened,
    page::page_items,
    refusal::Refusal,
    transport::Room,
    wanted::unnamed,
};
use crate::limits::PAGE_BYTES_MAX;

pub(super) async fn get_record(
    gate: &Gate,
    request: Request<v1::GetRecordRequest>,
) -> Result<Response<v1::GetRecordResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::Read, Scope::Ledger(&request.ledger))?;
    let opening = opening(
        gate,
        &caller,
        &request.ledger,
        (Action::Decrypt, "get"),
        request.open_sealed,
        &request.purpose,
    )?;
    let ledger = permit.ledger()?;
    let opened = opening.as_ref().map(|_| Opened::begin(&ledger));
    let form = Form::new(opening, request.include_evidence);
    let record = blocking(move || {
        let view = ledger.record(sequence(&ledger, request.record)?)?;
        records(&ledger, vec![view], &form)
    });
    let answer = Response::new(v1::GetRecordResponse {
        record: record.await?.pop(),
    });
    Ok(Opened::attach(opened, answer))
}

fn sequence(ledger: &Ledger, record: Option<get_record_request::Record>) -> Result<u64, Refusal> {
    use get_record_request::Record;

    match record {
        Some(Record::Sequence(sequence)) => Ok(sequence),
        Some(Record::EventIdentity(identity)) => {
            if identity.source.is_empty() {
                return Err(Refusal::field("event_identity.source", "must be set"));
            }
            if identity.id.is_empty() {
                return Err(Refusal::field("event_identity.id", "must be set"));
            }
            ledger.find(&identity.source, &identity.id)?.ok_or_else(|| {
                Refusal::new(
                    ErrorReason::RecordUnknown,
                    "the ledger has no event with that source and id",
                )
            })
        }
        None => Err(Refusal::field(
            "record",
            "one of sequence and event_identity must be set",
        )),
    }
}

pub(super) async fn list_events(
    gate: &Gate,
    request: Request<v1::ListEventsRequest>,
) -> Result<Response<v1::ListEventsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::Read, Scope::Ledger(&request.ledger))?;
    let opening = opening(
        gate,
        &caller,
        &request.ledger,
        (Action::Decrypt, "list"),
        request.open_sealed,
        &request.purpose,
    )?;
    let about = request
        .filter
        .as_ref()
        .map(|filter| filter.data_subject.as_str());
    if opening.is_some() {
        unnamed("purpose", &request.purpose, about.unwrap_or_default())?;
    }
    let ledger = permit.ledger()?;
    let opened = opening.as_ref().map(|_| Opened::begin(&ledger));
    let form = Form::new(opening, request.include_evidence);
    let turn = match Room::current() {
        Some(room) => room.page().await,
        None => None,
    };
    let page = making_page(turn, move || page(&ledger, request, &form));
    let answer = Response::new(page.await?);
    Ok(Opened::attach(opened, answer))
}

fn page(
    ledger: &Ledger,
    request: v1::ListEventsRequest,
    form: &Form,
) -> Result<v1::ListEventsResponse, Refusal> {
    let summary = ledger.summary();
    let selection = selection(request.selection.as_ref()).map_err(Refusal::violation)?;
    let wanted = request.filter.unwrap_or_default();
    let newest_first = request.newest_first;
    let query = query(&summary.origin, &selection, &wanted, newest_first);
    let next = query.sequence(&request.page_token)?;
    let prefixes = wanted.type_prefixes.clone();
    let (mut filter, first) = filter(wanted, &selection, summary.size)?;
    let items = page_items(request.page_size)?;
    if !prefixes.is_empty() && !resolve(ledger, &prefixes, &mut filter)? {
        return Ok(v1::ListEventsResponse::default());
    }
    let bytes_max = form.page_bytes(PAGE_BYTES_MAX);
    let page = match newest_first {
        false => ledger.list(&filter, next.unwrap_or(first), items, bytes_max)?,
        true => {
            // The token names the newest that is left.
            let below = next.map(|next| next.saturating_add(1));
            ledger.list_newest_first(&filter, (first, below), items, bytes_max)?
        }
    };
    Ok(v1::ListEventsResponse {
        records: records(ledger, page.records, form)?,
        next_page_token: page
            .next
            .map(|next| query.token_at(next))
            .unwrap_or_default(),
    })
}

/// Puts the types that prefixes stand for beside those that are named. Whether any is left.
fn resolve(ledger: &Ledger, prefixes: &[String], filter: &mut Filter) -> Result<bool, Refusal> {
    if prefixes.iter().any(String::is_empty) {
        let problem = "must not be empty; without types all events are listed";
        return Err(Refusal::field("filter.type_prefixes", problem));
    }
    let held = ledger.types_beginning(prefixes)?;
    let Some(types) = held.types else {
        let problem = "the ledger has too many types to say which begin so; name types instead";
        return Err(Refusal::field("filter.type_prefixes", problem));
    };
    filter.types.extend(types);
    // A later record may be of a type that is not among them.
    filter.end = Some(filter.end.map_or(held.size, |end| end.min(held.size)));
    Ok(!filter.types.is_empty())
}

/// In which form a caller gets records.
#[derive(Debug, Clone)]
pub(super) struct Form {
    opening: Option<Access>,
    include_evidence: bool,
}

impl Form {
    /// Opened for whom, if at all, and with or without the evidence.
    pub(super) fn new(opening: Option<Access>, include_evidence: bool) -> Self {
        Self {
            opening,
            include_evidence,
        }
    }

    /// With the evidence, the content of a record is on the wire twice.
    pub(super) fn page_bytes(&self, bytes_max: usize) -> usize {
        if self.include_evidence {
            bytes_max / 2
        } else {
            bytes_max
        }
    }
}

/// Opening what is encrypted takes a permission of its own. None if nothing is to be opened.
pub(super) fn opening(
    gate: &Gate,
    caller: &Caller,
    ledger: &str,
    (action, call): (Action, &'static str),
    wanted: bool,
    purpose: &str,
) -> Result<Option<Access>, Status> {
    if !wanted {
        return Ok(None);
    }
    let permit = gate.authorise(caller, action, Scope::Ledger(ledger))?;
    let access = Access::new(permit.principal(), call, purpose).map_err(Refusal::violation)?;
    let names = permit.other_names();
    let access = access.also_named(names.text(), names.has_more());
    Ok(Some(access.shown_by(permit.authentication())))
}

/// Records for the wire. They are opened, if they are to be, and that is recorded, if it must be, before one of them is
/// converted; each is closed again after that.
pub(super) fn records(
    ledger: &Ledger,
    mut views: Vec<RecordView>,
    form: &Form,
) -> Result<Vec<v1::LedgerRecord>, Refusal> {
    let disclosure = match &form.opening {
        Some(access) => {
            ledger.open_for(access, &mut views)?;
            Disclosure::Opened
        }
        None => Disclosure::Sealed,
    };
    let mut records = Vec::with_capacity(views.len());
    for view in views {
        let evidence = match form.include_evidence {
            true => Evidence::After(previous(&view)?),
            false => Evidence::Omitted,
        };
        records.push(wire(&view, disclosure, evidence));
    }
    Ok(records)
}

/// The chain hash before a record. It is not known where the record before it is damaged.
fn previous(view: &RecordView) -> Result<ChainHash, ReadError> {
    view.previous_chain_hash()
        .ok_or_else(|| ReadError::Damaged {
            sequence: view.sequence(),
            what: "the record before it can't be read, so that it can't be given out as evidence"
                .into(),
        })
}
