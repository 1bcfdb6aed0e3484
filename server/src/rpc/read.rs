//! GetRecord and ListEvents.

use std::collections::BTreeMap;

use indelible_evidence::hash::ChainHash;
use indelible_ledger::{
    Access, FactWanted, Filter, Ledger, ReadError, RecordSelection, RecordView, Selection,
};
use indelible_proto::v1::{self, ErrorReason, fact_value::Value, get_record_request};
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    convert::{
        record::{Disclosure, Evidence, wire},
        selection::{numbers, selection},
    },
    opened::Opened,
    page::page_items,
    page_token::{Query, QueryHasher},
    refusal::Refusal,
};
use crate::limits::PAGE_BYTES_MAX;

/// Types that a filter may name.
const FILTER_TYPES_MAX: usize = 64;
/// Facts that a filter may name.
const FILTER_FACTS_MAX: usize = 32;

pub(super) async fn get_record(
    gate: &Gate,
    request: Request<v1::GetRecordRequest>,
) -> Result<Response<v1::GetRecordResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = gate
        .authorise(caller, Action::Read, Scope::Ledger(&request.ledger))?
        .ledger()?;
    let opening = opening(
        gate,
        caller,
        &request.ledger,
        "get",
        request.open_sealed,
        &request.purpose,
    )?;
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
    let ledger = gate
        .authorise(caller, Action::Read, Scope::Ledger(&request.ledger))?
        .ledger()?;
    let opening = opening(
        gate,
        caller,
        &request.ledger,
        "list",
        request.open_sealed,
        &request.purpose,
    )?;
    let opened = opening.as_ref().map(|_| Opened::begin(&ledger));
    let form = Form::new(opening, request.include_evidence);
    let answer = Response::new(blocking(move || page(&ledger, request, &form)).await?);
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
    let query = query(&summary.origin, &selection, &wanted);
    let next = query.sequence(&request.page_token)?;
    let (filter, first) = filter(wanted, &selection, summary.size)?;
    let items = page_items(request.page_size)?;
    let bytes_max = form.page_bytes(PAGE_BYTES_MAX);
    let page = ledger.list(&filter, next.unwrap_or(first), items, bytes_max)?;
    Ok(v1::ListEventsResponse {
        records: records(ledger, page.records, form)?,
        next_page_token: page
            .next
            .map(|next| query.token_at(next))
            .unwrap_or_default(),
    })
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
    caller: Caller,
    ledger: &str,
    call: &'static str,
    wanted: bool,
    purpose: &str,
) -> Result<Option<Access>, Status> {
    if !wanted {
        return Ok(None);
    }
    let permit = gate.authorise(caller, Action::Decrypt, Scope::Ledger(ledger))?;
    let access = Access::new(permit.principal(), call, purpose).map_err(Refusal::violation)?;
    Ok(Some(access))
}

fn query(origin: &str, selection: &RecordSelection, filter: &v1::EventFilter) -> Query {
    let mut hasher = QueryHasher::new("events");
    hasher
        .text(origin)
        .text(&filter.r#type)
        .text(&filter.source)
        .text(&filter.subject)
        .text(&filter.actor)
        .text(&filter.correlation_id)
        .text(&filter.data_subject)
        .text(&filter.classification);
    hasher.number(filter.types.len() as u64);
    for event_type in &filter.types {
        hasher.text(event_type);
    }
    let mut facts: Vec<_> = filter.facts.iter().collect();
    facts.sort_unstable_by_key(|(name, _)| *name);
    for (name, fact) in facts {
        hasher.text(name);
        match &fact.value {
            None => hasher.text(""),
            Some(Value::Text(text)) => hasher.number(1).text(text),
            Some(Value::Uint(number)) => hasher.number(2).number(*number),
            Some(Value::Boolean(truth)) => hasher.number(3).number(u64::from(*truth)),
        };
    }
    for number in numbers(selection) {
        hasher.number(number);
    }
    hasher.finish()
}

/// What events must be like, and the sequence number to begin with.
fn filter(
    filter: v1::EventFilter,
    selection: &RecordSelection,
    size: u64,
) -> Result<(Filter, u64), Refusal> {
    if let Some(as_of) = selection.as_of.filter(|as_of| *as_of > size) {
        let problem = format!("the ledger does not have size {as_of} yet: its size is {size}");
        return Err(Refusal::new(ErrorReason::SizeOutOfRange, problem)
            .with("asked", as_of)
            .with("size", size));
    }
    let (first, end, from_time, to_time) = match selection.bounds {
        Selection::Whole => (0, None, None, None),
        Selection::Range { from, to } => (from, to, None, None),
        Selection::Period { from, to } => (0, None, Some(from), to),
    };
    let set = |text: String| (!text.is_empty()).then_some(text);
    if filter.types.len() > FILTER_TYPES_MAX {
        let problem = format!("names more than {FILTER_TYPES_MAX} types");
        return Err(Refusal::field("filter.types", problem));
    }
    let types = filter.types.into_iter().chain(set(filter.r#type));
    let filter = Filter {
        types: types.collect(),
        data_subject: set(filter.data_subject),
        classification: set(filter.classification),
        facts: facts(filter.facts)?,
        source: set(filter.source),
        subject: set(filter.subject),
        actor: set(filter.actor),
        correlation_id: set(filter.correlation_id),
        from_time,
        to_time,
        end: [end, selection.as_of].into_iter().flatten().min(),
    };
    Ok((filter, first))
}

fn facts(wanted: BTreeMap<String, v1::FactValue>) -> Result<BTreeMap<String, FactWanted>, Refusal> {
    if wanted.len() > FILTER_FACTS_MAX {
        let problem = format!("names more than {FILTER_FACTS_MAX} facts");
        return Err(Refusal::field("filter.facts", problem));
    }
    let facts = wanted.into_iter().map(|(name, fact)| {
        let wanted = match fact.value {
            Some(Value::Text(text)) => FactWanted::Text(text),
            Some(Value::Uint(number)) => FactWanted::Uint(number),
            Some(Value::Boolean(truth)) => FactWanted::Boolean(truth),
            None => {
                let field = format!("filter.facts[{name:?}]");
                return Err(Refusal::field(field, "has no value"));
            }
        };
        Ok((name, wanted))
    });
    facts.collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: RecordSelection = RecordSelection {
        bounds: Selection::Period {
            from: 1,
            to: Some(2),
        },
        as_of: Some(3),
    };

    fn every_field() -> v1::EventFilter {
        v1::EventFilter {
            r#type: "t".into(),
            source: "s".into(),
            subject: "u".into(),
            actor: "a".into(),
            correlation_id: "c".into(),
            types: vec!["t2".into()],
            data_subject: "d".into(),
            classification: "k".into(),
            facts: [("f".to_owned(), fact(7))].into(),
        }
    }

    fn fact(number: u64) -> v1::FactValue {
        v1::FactValue {
            value: Some(Value::Uint(number)),
        }
    }

    #[test]
    fn every_field_of_a_filter_counts() {
        let wanted = Filter {
            types: ["t".to_owned(), "t2".to_owned()].into(),
            data_subject: Some("d".into()),
            classification: Some("k".into()),
            facts: [("f".to_owned(), FactWanted::Uint(7))].into(),
            source: Some("s".into()),
            subject: Some("u".into()),
            actor: Some("a".into()),
            correlation_id: Some("c".into()),
            from_time: Some(1),
            to_time: Some(2),
            end: Some(3),
        };
        assert_eq!(filter(every_field(), &PERIOD, 3).unwrap(), (wanted, 0));
        let all = filter(v1::EventFilter::default(), &RecordSelection::default(), 3).unwrap();
        assert_eq!(all, (Filter::default(), 0));
    }

    #[test]
    fn a_list_ends_where_its_range_or_its_size_does() {
        let end = |to, as_of| {
            let bounds = Selection::Range { from: 2, to };
            let selection = RecordSelection { bounds, as_of };
            let (filter, first) = filter(v1::EventFilter::default(), &selection, 9).unwrap();
            assert_eq!(first, 2);
            filter.end
        };
        assert_eq!(end(None, None), None);
        assert_eq!(end(Some(5), None), Some(5));
        assert_eq!(end(Some(5), Some(4)), Some(4));
        assert_eq!(end(Some(5), Some(9)), Some(5));
        assert!(filter(v1::EventFilter::default(), &PERIOD, 2).is_err());
    }

    #[test]
    fn every_field_of_a_query_binds_the_token() {
        let token = query("o", &PERIOD, &every_field()).token_at(9);
        assert_eq!(
            query("o", &PERIOD, &every_field())
                .sequence(&token)
                .unwrap(),
            Some(9)
        );
        let changes: [fn(&mut v1::EventFilter); 9] = [
            |filter| filter.types.push("t3".into()),
            |filter| filter.data_subject.push('x'),
            |filter| filter.classification.clear(),
            |filter| drop(filter.facts.insert("f".into(), fact(8))),
            |filter| filter.r#type.clear(),
            |filter| filter.source.push('x'),
            |filter| filter.subject.clear(),
            |filter| filter.actor.clear(),
            |filter| filter.correlation_id.clear(),
        ];
        for change in changes {
            let mut other = every_field();
            change(&mut other);
            let other = query("o", &PERIOD, &other);
            assert!(other.sequence(&token).is_err(), "{other:?}");
        }
        let others = [("p", PERIOD), ("o", RecordSelection::default())];
        for (origin, selection) in others {
            let other = query(origin, &selection, &every_field());
            assert!(other.sequence(&token).is_err(), "{origin} {selection:?}");
        }
    }
}
