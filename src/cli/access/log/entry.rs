//! One record of an access log, as it is shown.

use indelible_access::{Reach, ledger_name};
use indelible_proto::{
    time::Timestamp,
    v1::{Event, Ledger, LedgerRecord, LedgerState, fact_value::Value},
};
use serde::Serialize;

use super::done::Done;
use crate::cli::{
    privacy::trail::{count_in, text},
    ui::{
        columns::{Column, Row},
        time,
    },
};

/// The type of records of refusals.
const ACCESS_DENIED: &str = "indelible.system.access_denied.v1";

pub(super) const COLUMNS: &[Column] = &[
    Column::text("in"),
    Column::number("record"),
    Column::text("recorded"),
    Column::text("principal"),
    Column::text("what"),
    Column::text("call"),
    Column::text("ledger"),
    Column::text("outcome"),
    Column::text("details"),
];

/// One record that says so.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// The ledger that has it.
    recorded_in: String,
    /// Its origin, since one that was succeeded has the same name.
    pub(super) recorded_origin: String,
    /// Whether it is one of those.
    #[serde(skip)]
    is_closed: bool,
    pub(super) sequence: u64,
    recorded_time: String,
    #[serde(skip)]
    for_people: String,
    principal: String,
    /// Other names of the principal, as many as the record has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_names: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    authentication: String,
    r#type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    call: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ledger: String,
    /// Of refusals that are summed up: of several, as many as fit.
    #[serde(skip_serializing_if = "String::is_empty")]
    ledgers: String,
    /// Whether there were further ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_ledgers: bool,
    /// How many ledgers a backup holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger_count: Option<u64>,
    #[serde(skip)]
    origin: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    outcome: String,
    /// How many of the person's records.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<usize>,
    /// How many refusals it sums up.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    purpose: String,
    /// What was done to requests, tokens and keys.
    #[serde(flatten)]
    done: Done,
}

/// A fact of a record as text.
pub(super) fn fact(record: &LedgerRecord, name: &str) -> Option<String> {
    text(record.event.as_ref()?, name)
}

/// The names under `ledgers`, or the number: a refusal names ledgers there, and a backup counts them.
fn ledgers(event: &Event) -> (String, Option<u64>) {
    let fact = event.facts.get("ledgers");
    match fact.and_then(|fact| fact.value.as_ref()) {
        Some(Value::Text(names)) => (names.clone(), None),
        Some(Value::Uint(count)) => (String::new(), Some(*count)),
        Some(Value::Boolean(_)) | None => (String::new(), None),
    }
}

impl Entry {
    /// Of a record in this ledger; none if it is no event.
    pub(super) fn of(recorded_in: &Ledger, record: &LedgerRecord) -> Option<Self> {
        let event = record.event.as_ref()?;
        let fact = |name| text(event, name).unwrap_or_default();
        let time: Option<&Timestamp> = record.recorded_time.as_ref();
        let call = match fact("method") {
            method if !method.is_empty() => method,
            _ => match fact("call") {
                call if !call.is_empty() => call,
                _ => fact("actions"),
            },
        };
        let (ledgers, ledger_count) = ledgers(event);
        Some(Self {
            recorded_in: recorded_in.name.clone(),
            recorded_origin: recorded_in.origin.clone(),
            is_closed: recorded_in.state() == LedgerState::Closed,
            sequence: record.sequence,
            recorded_time: time::to_text(time),
            for_people: time::for_people(time),
            principal: fact("principal"),
            other_names: fact("other_names")
                .split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            authentication: fact("authentication"),
            r#type: event.r#type.clone(),
            call,
            ledger: fact("ledger"),
            ledgers,
            more_ledgers: fact("more_ledgers") == "true",
            ledger_count,
            origin: fact("origin"),
            outcome: fact("outcome"),
            records: None,
            count: fact("count").parse().ok(),
            purpose: fact("purpose"),
            done: Done::of(event),
        })
    }

    /// The same, if it is about some of these records.
    pub(super) fn about(self, record: &LedgerRecord, sequences: &[u64]) -> Option<Self> {
        let records = count_in(&fact(record, "sequences")?, sequences);
        (records > 0).then_some(Self {
            records: Some(records),
            ..self
        })
    }

    /// The same of an access trail, which is about its own ledger.
    pub(super) fn of_trail(self) -> Self {
        Self {
            ledger: self.recorded_in.clone(),
            ..self
        }
    }

    /// What files with its receipt are called.
    pub(super) fn file_name(&self, kind: &str) -> String {
        let (name, sequence) = (&self.recorded_in, self.sequence);
        let suffix = self.recorded_origin.rsplit('/').next();
        match suffix.filter(|_| self.is_closed) {
            Some(suffix) => format!("{name}-{suffix}-{sequence}.{kind}"),
            None => format!("{name}-{sequence}.{kind}"),
        }
    }

    /// Whether it is of refusals and names no place: of calls about a ledger that was not there.
    pub(super) fn is_unplaced(&self) -> bool {
        let named = [&self.ledger, &self.origin, &self.ledgers];
        self.r#type == ACCESS_DENIED
            && self.done.place().is_empty()
            && !self.more_ledgers
            && named.iter().all(|text| text.is_empty())
    }

    /// Whether it concerns a ledger of this name or origin, or may: refusals that are summed up name as many as fit.
    pub(super) fn may_concern(&self, ledger: &str) -> bool {
        let named = self.ledgers.split(',').any(|name| name == ledger);
        // A refusal for a prefix, or for the store, concerns each of its ledgers.
        let place = Reach::parse(self.done.place()).ok();
        let covered = place.is_some_and(|place| place.covers_ledger(ledger_name(ledger)));
        self.ledger == ledger || self.origin == ledger || named || covered || self.more_ledgers
    }

    pub(super) fn row(&self) -> Row {
        let what = self.r#type.trim_start_matches("indelible.");
        let mut notes = Vec::new();
        notes.extend(self.records.map(|records| format!("records: {records}")));
        notes.extend(self.count.map(|count| format!("times: {count}")));
        notes.extend(self.ledger_count.map(|count| format!("ledgers: {count}")));
        notes.extend(self.done.notes());
        if !self.purpose.is_empty() {
            notes.push(format!("for: {}", self.purpose));
        }
        if !self.other_names.is_empty() {
            notes.push(format!("by the names {}", self.other_names.join(", ")));
        }
        let or_dash = |text: &str| match text {
            "" => "-".to_owned(),
            text => text.to_owned(),
        };
        Row {
            cells: vec![
                self.recorded_in.clone(),
                self.sequence.to_string(),
                self.for_people.clone(),
                or_dash(&self.principal),
                what.to_owned(),
                or_dash(&self.call),
                or_dash(
                    [self.ledger.as_str(), self.done.place(), &self.ledgers]
                        .into_iter()
                        .find(|text| !text.is_empty())
                        .unwrap_or_default(),
                ),
                or_dash(&self.outcome),
                notes.join(", "),
            ],
            paint: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::FactValue;

    use super::*;

    fn entry(ledgers: Value) -> Entry {
        let value = Some(ledgers);
        let record = LedgerRecord {
            event: Some(Event {
                facts: [("ledgers".to_owned(), FactValue { value })].into(),
                ..Event::default()
            }),
            ..LedgerRecord::default()
        };
        Entry::of(&Ledger::default(), &record).expect("an event")
    }

    /// The cells under `ledger` and `details`.
    fn shown(entry: &Entry) -> [String; 2] {
        let cells = entry.row().cells;
        assert_eq!(cells.len(), COLUMNS.len());
        [cells[6].clone(), cells[8].clone()]
    }

    #[test]
    fn a_number_of_ledgers_is_not_the_name_of_one() {
        let backup = entry(Value::Uint(5));
        assert_eq!(shown(&backup), ["-", "ledgers: 5"]);
        assert!(!backup.may_concern("5"), "no ledger of this name");
        let refusals = entry(Value::Text("5,hr".to_owned()));
        assert_eq!(shown(&refusals), ["5,hr", ""]);
        assert!(refusals.may_concern("5"));
    }
}
