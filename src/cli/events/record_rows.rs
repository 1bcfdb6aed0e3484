//! Records in a list for people: one row each.

use indelible_proto::v1::{LedgerRecord, PartState, RecordKind, event::Payload};

use crate::cli::ui::{
    columns::{Column, Row},
    output::Output,
    paint::Paint,
    size::bytes_for_people,
    time,
};

/// The columns of a list of records.
pub(crate) const RECORD_COLUMNS: &[Column] = &[
    Column::number("record"),
    Column::text("recorded"),
    Column::text("type"),
    Column::text("id"),
    Column::text("actor"),
    Column::text("subject"),
    Column::number("payload"),
    Column::text(""),
];

/// What stands where nothing is.
const NOTHING: &str = "-";

/// The row of a record.
pub(crate) fn record_row(record: &LedgerRecord) -> Row {
    let mut cells = vec![
        record.sequence.to_string(),
        time::for_people(record.recorded_time.as_ref()),
    ];
    let or_nothing = |text: &str| match text {
        "" => NOTHING.to_owned(),
        text => text.to_owned(),
    };
    match &record.event {
        Some(event) => {
            let words = [&event.r#type, &event.id, &event.actor, &event.subject];
            cells.extend(words.map(|word| or_nothing(word)));
        }
        None => {
            cells.push(record.kind().name().to_owned());
            cells.extend([NOTHING; 3].map(str::to_owned));
        }
    }
    cells.push(payload(record));
    let (note, paint) = note(record);
    cells.push(note);
    Row { cells, paint }
}

fn payload(record: &LedgerRecord) -> String {
    let payload = record
        .event
        .as_ref()
        .and_then(|event| event.payload.as_ref());
    match payload {
        Some(Payload::Plaintext(bytes)) => bytes_for_people(bytes.len() as u64),
        Some(Payload::Envelope(envelope)) => bytes_for_people(envelope.ciphertext.len() as u64),
        None => NOTHING.to_owned(),
    }
}

fn note(record: &LedgerRecord) -> (String, Option<Paint>) {
    if !record.unverified.is_empty() {
        let note = format!("NOT VERIFIED: {}", record.unverified);
        return (note, Some(Paint::Bad));
    }
    match record.body_state() {
        PartState::Sealed | PartState::Erased | PartState::Archived => (
            format!("({})", record.body_state().name()),
            Some(Paint::Faint),
        ),
        _ if record.kind() != RecordKind::Event && record.event.is_some() => {
            (record.kind().name().to_owned(), None)
        }
        _ => (String::new(), None),
    }
}

/// What was shown without being opened, and whether anybody asked for that.
pub(crate) struct Sealed {
    is_opening: bool,
    records: u64,
}

impl Sealed {
    /// With or without `--decrypt`.
    pub(crate) fn new(is_opening: bool) -> Self {
        let records = 0;
        Self {
            is_opening,
            records,
        }
    }

    /// Takes in a record that is shown.
    pub(crate) fn see(&mut self, record: &LedgerRecord) {
        let states = [record.body_state(), record.payload_state()];
        self.records += u64::from(states.contains(&PartState::Sealed));
    }

    /// Says how to open what was not asked for.
    pub(crate) fn tell(&self, output: &mut Output) {
        if self.records > 0 && !self.is_opening {
            output.remark(format_args!(
                "encrypted records that are given here without their contents: {}; --decrypt opens them, for those who may",
                self.records
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::Event;

    use super::*;

    #[test]
    fn a_row_has_a_cell_for_each_column_and_says_what_is_wrong() {
        let event = Event {
            id: "e1".into(),
            r#type: "ai.decision.v1".into(),
            payload: Some(Payload::Plaintext(vec![0; 1_234].into())),
            ..Event::default()
        };
        let record = LedgerRecord {
            sequence: 7,
            kind: RecordKind::Event.into(),
            event: Some(event),
            ..LedgerRecord::default()
        };
        let row = record_row(&record);
        assert_eq!(
            row.cells,
            ["7", "", "ai.decision.v1", "e1", "-", "-", "1.2 kB", ""]
        );
        let damaged = LedgerRecord {
            unverified: "its link".into(),
            event: None,
            ..record.clone()
        };
        let row = record_row(&damaged);
        assert_eq!(row.cells.len(), RECORD_COLUMNS.len());
        assert_eq!(
            (row.cells[7].as_str(), row.paint),
            ("NOT VERIFIED: its link", Some(Paint::Bad))
        );
        let sealed = LedgerRecord {
            body_state: PartState::Sealed.into(),
            ..record
        };
        assert_eq!(record_row(&sealed).paint, Some(Paint::Faint));
    }
}
