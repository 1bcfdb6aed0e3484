//! Records as flat rows, for programs that analyse tables: NDJSON and CSV. Payloads and data subjects stay behind.

use indelible_compliance::{
    projections::table::Cell,
    reports::{
        forms::csv,
        inert::{inert, inert_json},
    },
};
use indelible_proto::{
    time::Timestamp as WireTime,
    v1::{Event, LedgerRecord, PartState},
};
use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Map, Value as Json};

use super::shown_fact;

/// The columns, in their order. In CSV another one follows, `facts`: all facts as one JSON object. In NDJSON each fact
/// is a member of its own, `fact.NAME`.
pub const COLUMNS: [&str; 14] = [
    "sequence",
    "kind",
    "recorded_time",
    "type",
    "source",
    "id",
    "event_time",
    "actor",
    "subject",
    "correlation_id",
    "causation_id",
    "classification",
    "body",
    "payload",
];

/// The column of CSV that holds all facts.
pub const FACTS: &str = "facts";
/// What the name of a fact begins with in NDJSON.
pub const FACT_PREFIX: &str = "fact.";

/// The line of column names that a CSV file begins with, with its end.
#[must_use]
pub fn csv_header() -> String {
    let columns: Vec<_> = COLUMNS.into_iter().chain([FACTS]).collect();
    csv::header(&columns)
}

/// One record as a row of CSV, with its end. Characters that turn the direction of text or can't be seen are written out,
/// as `\u{202e}`.
#[must_use]
pub fn csv_row(record: &LedgerRecord) -> String {
    let mut cells = Vec::from(cells(record));
    for cell in &mut cells {
        if let Cell::Text(text) = cell {
            *text = inert(text);
        }
    }
    cells.push(match facts(record) {
        facts if facts.is_empty() => Cell::None,
        facts => Cell::Text(inert_json(Json::Object(facts).to_string())),
    });
    csv::row(&cells)
}

/// One record as a JSON object on one line, without its end. Every row has every column; facts are there where the
/// event has them.
#[must_use]
pub fn ndjson(record: &LedgerRecord) -> String {
    // Text and numbers alone.
    inert_json(serde_json::to_string(&Row(record)).unwrap_or_default())
}

struct Row<'a>(&'a LedgerRecord);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        for (column, cell) in COLUMNS.into_iter().zip(cells(self.0)) {
            members.serialize_entry(column, &cell)?;
        }
        for (name, value) in facts(self.0) {
            members.serialize_entry(&format!("{FACT_PREFIX}{name}"), &value)?;
        }
        members.end()
    }
}

fn cells(record: &LedgerRecord) -> [Cell; COLUMNS.len()] {
    let nothing = Event::default();
    let event = record.event.as_ref().unwrap_or(&nothing);
    [
        record.sequence.into(),
        record.kind().name().into(),
        time(record.recorded_time.as_ref()),
        event.r#type.as_str().into(),
        event.source.as_str().into(),
        event.id.as_str().into(),
        event.time.as_str().into(),
        event.actor.as_str().into(),
        event.subject.as_str().into(),
        event.correlation_id.as_str().into(),
        event.causation_id.as_str().into(),
        event.classification.as_str().into(),
        state(record, record.body_state()),
        state(record, record.payload_state()),
    ]
}

/// RFC 3339 in UTC with nine digits, as reports have it.
fn time(recorded: Option<&WireTime>) -> Cell {
    let time = recorded.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok());
    time.map_or(Cell::None, |time| Cell::Text(format!("{time:.9}")))
}

/// What became of a part; a record of the ledger's own has none.
fn state(record: &LedgerRecord, state: PartState) -> Cell {
    if record.event.is_none() {
        return Cell::None;
    }
    Cell::from(state.name())
}

fn facts(record: &LedgerRecord) -> Map<String, Json> {
    let facts = record.event.iter().flat_map(|event| &event.facts);
    facts
        .map(|(name, value)| (name.clone(), shown_fact(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use indelible_proto::{
        time::timestamp,
        v1::{FactValue, fact_value::Value},
    };

    use indelible_proto::v1::RecordKind;

    use super::*;

    fn record() -> LedgerRecord {
        let fact = |value| FactValue { value: Some(value) };
        LedgerRecord {
            sequence: 7,
            kind: RecordKind::Event.into(),
            recorded_time: Some(timestamp(1_000_000_001)),
            event: Some(Event {
                id: "1".to_owned(),
                source: "urn:s".to_owned(),
                r#type: "ai.decision.v1".to_owned(),
                actor: "=cmd()".to_owned(),
                data_subject: "erika".to_owned(),
                facts: BTreeMap::from([
                    ("result".to_owned(), fact(Value::Text("pass".to_owned()))),
                    ("latency_ms".to_owned(), fact(Value::Uint(12))),
                    ("sequence".to_owned(), fact(Value::Boolean(true))),
                ]),
                ..Event::default()
            }),
            body_state: PartState::Present.into(),
            payload_state: PartState::None.into(),
            ..LedgerRecord::default()
        }
    }

    #[test]
    fn a_row_has_every_column_and_each_fact_by_its_name() {
        assert_eq!(
            ndjson(&record()),
            "{\"sequence\":7,\"kind\":\"event\",\"recorded_time\":\"1970-01-01T00:00:01.000000001Z\",\
             \"type\":\"ai.decision.v1\",\"source\":\"urn:s\",\"id\":\"1\",\"event_time\":null,\
             \"actor\":\"=cmd()\",\"subject\":null,\"correlation_id\":null,\"causation_id\":null,\
             \"classification\":null,\"body\":\"present\",\"payload\":\"none\",\
             \"fact.latency_ms\":12,\"fact.result\":\"pass\",\"fact.sequence\":true}"
        );
    }

    #[test]
    fn csv_has_one_column_more_and_nothing_that_a_spreadsheet_runs() {
        let header = csv_header();
        assert!(header.ends_with(",payload,facts\r\n"));
        assert_eq!(header.split(',').count(), COLUMNS.len() + 1);
        assert_eq!(
            csv_row(&record()),
            "7,event,1970-01-01T00:00:01.000000001Z,ai.decision.v1,urn:s,1,,\"'=cmd()\",,,,,present,none,\
             \"{\"\"latency_ms\"\":12,\"\"result\"\":\"\"pass\"\",\"\"sequence\"\":true}\"\r\n"
        );
        let own = LedgerRecord {
            kind: RecordKind::Genesis.into(),
            recorded_time: Some(timestamp(0)),
            ..LedgerRecord::default()
        };
        let expected = format!(
            "0,genesis,1970-01-01T00:00:00.000000000Z{}\r\n",
            ",".repeat(12)
        );
        assert_eq!(csv_row(&own), expected);
    }

    #[test]
    fn no_row_turns_text_or_hides_some() {
        let mut record = record();
        let event = record.event.as_mut().unwrap();
        event.actor = "mk\u{202e}nimda".to_owned();
        event.subject = "admin\u{200b}".to_owned();
        let text = FactValue {
            value: Some(Value::Text("a\u{2066}b".to_owned())),
        };
        event.facts.insert("f".to_owned(), text);
        let (json, csv) = (ndjson(&record), csv_row(&record));
        let steering = |row: &str| {
            row.trim_end()
                .chars()
                .any(indelible_compliance::reports::inert::steers)
        };
        assert!(!steering(&json) && !steering(&csv), "{json}{csv}");
        let read: Json = serde_json::from_str(&json).unwrap();
        assert_eq!(read["actor"], "mk\u{202e}nimda");
        assert_eq!(read["fact.f"], "a\u{2066}b");
        assert!(csv.contains(",mk\\u{202e}nimda,admin\\u{200b},"), "{csv}");
    }

    #[test]
    fn whose_data_it_is_stays_behind() {
        for row in [ndjson(&record()), csv_row(&record())] {
            assert!(!row.contains("erika"), "{row}");
        }
    }
}
