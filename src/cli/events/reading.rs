//! Reads records from an input and maps them to events, in a thread of its own.

use std::{fmt, io::BufRead, thread};

use indelible_interchange::import::{
    Format,
    documents::{Document, Documents},
};
use indelible_proto::v1::Event;
use serde::Serialize;
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::cli::{
    error::{CliError, Refusal},
    ui::source::Source,
};

/// Events read ahead.
const EVENTS_AHEAD_MAX: usize = 2_048;

/// Where a record stands in its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Place {
    /// The line, from 1.
    pub(crate) line: u64,
    /// Which record of that line's document, from 1, if it holds many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) element: Option<u64>,
}

impl Place {
    /// Before the first line: the verdict on the whole input.
    pub(crate) const VERDICT: Self = Self {
        line: 0,
        element: None,
    };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::VERDICT {
            return f.write_str("the verdict");
        }
        write!(f, "line {}", self.line)?;
        match self.element {
            None => Ok(()),
            Some(element) => write!(f, ", record {element}"),
        }
    }
}

/// One event and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its place.
    pub(crate) place: Place,
    /// The event.
    pub(crate) event: Event,
}

/// A record that did not become an event of the ledger.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RefusedRecord {
    /// The input's name.
    #[serde(skip)]
    pub(crate) input: String,
    /// Its place.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// Its id, as far as it was understood.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) id: String,
    /// Why.
    pub(crate) problem: String,
}

impl RefusedRecord {
    /// Refused by the daemon.
    #[must_use]
    pub(crate) fn by_daemon(item: &Item, refusal: &Refusal) -> Self {
        let unsaid = refusal.unsaid_violations();
        let fields = unsaid.map(|violation| format!("; {violation}"));
        Self {
            input: String::new(),
            place: item.place,
            id: item.event.id.clone(),
            problem: format!("{refusal}{}", fields.collect::<String>()),
        }
    }

    /// Refused by the mapping: the input must be fixed.
    #[must_use]
    pub(crate) fn to_error(&self) -> CliError {
        CliError::Input {
            name: self.input.clone(),
            problem: format!("{}: {}", self.place, self.problem),
        }
    }
}

impl fmt::Display for RefusedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if !self.id.is_empty() {
            write!(f, " (id {})", self.id)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// What comes out of an input.
#[expect(clippy::large_enum_variant, reason = "nearly all of them are events")]
#[derive(Debug)]
pub(crate) enum Incoming {
    /// An event.
    Event(Item),
    /// A record that is not an event.
    Refused(RefusedRecord),
    /// The input can't be read on.
    Failed(CliError),
}

/// Reads an input to its end, or until nobody listens any more.
///
/// A thread that is never joined does this: one that waits for a terminal can't be woken.
pub(crate) fn start(source: Source, format: Format) -> Receiver<Incoming> {
    let (sender, receiver) = mpsc::channel(EVENTS_AHEAD_MAX);
    thread::spawn(move || {
        let _nobody_listens = read(source.reader, &source.name, &format, &sender);
    });
    receiver
}

struct NobodyListens;

fn read(
    reader: impl BufRead,
    name: &str,
    format: &Format,
    sender: &Sender<Incoming>,
) -> Result<(), NobodyListens> {
    let send = |incoming| sender.blocking_send(incoming).map_err(|_| NobodyListens);
    for document in Documents::new(reader) {
        match document {
            Ok(document) => map(&document, name, format, &send)?,
            Err(problem) => send(Incoming::Failed(CliError::file(name, problem)))?,
        }
    }
    Ok(())
}

fn map(
    document: &Document,
    name: &str,
    format: &Format,
    send: &impl Fn(Incoming) -> Result<(), NobodyListens>,
) -> Result<(), NobodyListens> {
    let line = document.line;
    let refused = |place, problem: indelible_interchange::import::MapError| {
        Incoming::Refused(RefusedRecord {
            input: name.to_owned(),
            place,
            id: String::new(),
            problem: problem.to_string(),
        })
    };
    let records = match format.records(&document.json) {
        Ok(records) => records,
        Err(problem) => {
            let element = None;
            return send(refused(Place { line, element }, problem));
        }
    };
    // A document that is itself the record has no elements to number.
    let is_one = records.len() == 1 && records[0].len() == document.json.len();
    for (element, record) in (1..).zip(records) {
        let element = (!is_one).then_some(element);
        let place = Place { line, element };
        send(match format.event(record) {
            Ok(event) => Incoming::Event(Item { place, event }),
            Err(problem) => refused(place, problem),
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(input: &'static str, format: Format) -> Vec<String> {
        let source = Source {
            name: "input".to_owned(),
            reader: Box::new(input.as_bytes()),
        };
        let mut incoming = start(source, format);
        let mut found = Vec::new();
        while let Some(next) = incoming.blocking_recv() {
            found.push(match next {
                Incoming::Event(item) => format!("{}: event {}", item.place, item.event.id),
                Incoming::Refused(refused) => refused.to_string(),
                Incoming::Failed(failure) => failure.to_string(),
            });
        }
        found
    }

    #[test]
    fn every_record_is_told_with_its_place() {
        let input = concat!(
            r#"{"id":"1","source":"s","type":"t"}"#,
            "\n\nno json\n",
            r#"[{"id":"2","source":"s","type":"t"},{"id":"3","source":"s"}]"#,
            "\n"
        );
        let found = read_all(input, Format::CloudEvents);
        assert_eq!(found[0], "line 1: event 1");
        assert!(found[1].starts_with("line 3: not JSON: "), "{}", found[1]);
        assert_eq!(found[2], "line 4, record 1: event 2");
        assert_eq!(found[3], "line 4, record 2: field type is missing");
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn files_as_aws_delivers_them_are_taken_apart() {
        let input = r#"{"Records": [{"eventID":"1"}, {"eventID":"2"}, {}]}"#;
        let found = read_all(input, Format::CloudTrail);
        assert_eq!(found[0], "line 1, record 1: event 1");
        assert_eq!(found[2], "line 1, record 3: field eventID is missing");
    }
}
