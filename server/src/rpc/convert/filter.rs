//! Which events a list is asked for, and what a page token of it is bound to.

use std::collections::BTreeMap;

use indelible_ledger::{FactWanted, Filter, RecordSelection, Selection};
use indelible_proto::v1::{self, ErrorReason, fact_value::Value};

use super::selection::numbers;
use crate::rpc::{
    page_token::{Query, QueryHasher},
    refusal::Refusal,
};

/// Types that a filter may name.
const FILTER_TYPES_MAX: usize = 64;
/// Facts that a filter may name.
const FILTER_FACTS_MAX: usize = 32;

/// What a page token is bound to. The order counts: a place in one direction is none in the other.
pub(crate) fn query(
    origin: &str,
    selection: &RecordSelection,
    filter: &v1::EventFilter,
    newest_first: bool,
) -> Query {
    let mut hasher = QueryHasher::new(if newest_first {
        "newest events"
    } else {
        "events"
    });
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
    hasher.number(filter.type_prefixes.len() as u64);
    for prefix in &filter.type_prefixes {
        hasher.text(prefix);
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
pub(crate) fn filter(
    filter: v1::EventFilter,
    selection: &RecordSelection,
    size: u64,
) -> Result<(Filter, u64), Refusal> {
    if let Some(as_of) = selection.as_of.filter(|as_of| *as_of > size) {
        let problem = format!("the ledger does not have size {as_of}: its size is {size}");
        return Err(Refusal::new(ErrorReason::SizeOutOfRange, problem)
            .with("asked", as_of)
            .with("size", size));
    }
    let (first, end, from_time, to_time) = match selection.bounds {
        Selection::Whole => (0, None, None, None),
        Selection::Range { from, to } => (from, to, None, None),
        Selection::Period { from, to } => (0, None, Some(from), to),
    };
    // What they stand for was put beside the types that are named.
    if filter.type_prefixes.len() > FILTER_TYPES_MAX {
        let problem = format!("names more than {FILTER_TYPES_MAX} prefixes");
        return Err(Refusal::field("filter.type_prefixes", problem));
    }
    let set = |text: String| (!text.is_empty()).then_some(text);
    if filter.types.len() > FILTER_TYPES_MAX {
        let problem = format!("names more than {FILTER_TYPES_MAX} types");
        return Err(Refusal::field("filter.types", problem));
    }
    if filter.types.iter().any(String::is_empty) {
        return Err(Refusal::field(
            "filter.types",
            "must not name an empty type",
        ));
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
    if wanted.contains_key("") {
        return Err(Refusal::field(
            "filter.facts",
            "must not name a fact without a name",
        ));
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
            type_prefixes: vec!["p.".into()],
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
    fn what_is_there_and_empty_is_refused_where_the_wire_tells_it() {
        for wrong in [
            v1::EventFilter {
                types: vec!["t".into(), String::new()],
                ..v1::EventFilter::default()
            },
            v1::EventFilter {
                facts: [(String::new(), fact(7))].into(),
                ..v1::EventFilter::default()
            },
        ] {
            assert!(filter(wrong, &RecordSelection::default(), 3).is_err());
        }
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
        let token = query("o", &PERIOD, &every_field(), false).token_at(9);
        assert_eq!(
            query("o", &PERIOD, &every_field(), false)
                .sequence(&token)
                .unwrap(),
            Some(9)
        );
        let changes: [fn(&mut v1::EventFilter); 10] = [
            |filter| filter.type_prefixes.clear(),
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
            let other = query("o", &PERIOD, &other, false);
            assert!(other.sequence(&token).is_err(), "{other:?}");
        }
        let backwards = query("o", &PERIOD, &every_field(), true);
        assert!(backwards.sequence(&token).is_err());
        let others = [("p", PERIOD), ("o", RecordSelection::default())];
        for (origin, selection) in others {
            let other = query(origin, &selection, &every_field(), false);
            assert!(other.sequence(&token).is_err(), "{origin} {selection:?}");
        }
    }
}
