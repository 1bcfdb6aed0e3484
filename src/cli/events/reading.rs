//! Reads records from an input and maps them to events, in a thread of its own.

use std::{fmt, path::PathBuf, sync::Arc, thread};

use clap::{Args, ValueEnum};
use indelible_compliance::reports::inert::inert;
use indelible_interchange::import::{
    Format, MapError, Rules, WithoutDataSubject,
    documents::{Document, Documents},
};
use indelible_proto::v1::Event;
use serde::Serialize;
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::cli::{
    error::{CliError, Refusal},
    events::unseen::Unseen,
    ui::source::{self, Meter, Source},
};

/// Events read ahead.
const EVENTS_AHEAD_MAX: usize = 2_048;

/// Where a record stands in its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Place {
    /// Which of the inputs, from 0.
    #[serde(skip)]
    pub(crate) file: u32,
    /// The line, from 1.
    pub(crate) line: u64,
    /// Which record of that line's document, from 1, if it holds many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) element: Option<u64>,
}

impl Place {
    /// Before the first line: the verdict on the whole input.
    #[must_use]
    pub(crate) fn verdict(file: u32) -> Self {
        let (line, element) = (0, None);
        Self {
            file,
            line,
            element,
        }
    }

    /// Whether it is that.
    #[must_use]
    pub(crate) fn is_verdict(&self) -> bool {
        self.line == 0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_verdict() {
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
    /// The input's name.
    pub(crate) input: Arc<str>,
    /// Its place.
    pub(crate) place: Place,
    /// The event.
    pub(crate) event: Event,
}

/// A record that did not become an event of the ledger.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RefusedRecord {
    /// The input's name.
    #[serde(rename = "file")]
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
            input: item.input.to_string(),
            place: item.place,
            id: item.event.id.clone(),
            problem: format!("{}{}", of_itself(refusal), fields.collect::<String>()),
        }
    }

    /// Refused before it was sent, since nobody takes so much.
    pub(crate) fn by_length(item: &Item, problem: String) -> Self {
        Self {
            input: item.input.to_string(),
            place: item.place,
            id: item.event.id.clone(),
            problem,
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

/// What a refusal says of the one event that was sent, whose number among others means nothing to a reader.
fn of_itself(refusal: &Refusal) -> String {
    let said = refusal.to_string();
    let (first, rest) = (format!("{FIRST} "), format!("{FIRST}: "));
    match (said.strip_prefix(&rest), said.strip_prefix(&first)) {
        (Some(problem), _) => problem.to_owned(),
        (None, Some(problem)) => format!("it {problem}"),
        (None, None) => said,
    }
}

/// How the daemon calls the first event of an append.
const FIRST: &str = "event 0";

impl fmt::Display for RefusedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if !self.id.is_empty() {
            write!(f, " (id {})", inert(&self.id))?;
        }
        write!(f, ": {}", inert(&self.problem))
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

/// How records are read, and what they are taken for.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The form of the records.
    pub(crate) format: Format,
    /// What is asked of each.
    pub(crate) rules: Rules,
    /// What no record has had.
    pub(crate) unseen: Unseen,
}

/// What becomes of records that name no data subject.
#[derive(Debug, Args)]
pub(crate) struct WithoutSubject {
    /// What becomes of a record without a data subject. By default it is refused where it has an empty place for one, or
    /// seems to name a person elsewhere; keep takes it, unencrypted; refuse takes none that names nobody
    #[arg(long, value_enum, value_name = "WHAT")]
    without_data_subject: Option<Without>,
}

/// What becomes of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Without {
    /// It is kept, unencrypted unless the ledger encrypts everything.
    Keep,
    /// It is refused.
    Refuse,
}

impl WithoutSubject {
    /// The rule.
    #[must_use]
    pub(crate) fn rule(&self) -> WithoutDataSubject {
        match self.without_data_subject {
            None => WithoutDataSubject::default(),
            Some(Without::Keep) => WithoutDataSubject::Keep,
            Some(Without::Refuse) => WithoutDataSubject::Refuse,
        }
    }
}

/// Reads files to their end, one after the other, or until nobody listens any more. The meter says how much was read.
///
/// A thread that is never joined does this: one that waits for a terminal can't be woken.
///
/// # Errors
///
/// When one of the files can't be opened.
pub(crate) fn start(
    files: Vec<PathBuf>,
    reading: Reading,
) -> Result<(Receiver<Incoming>, Meter), CliError> {
    source::named(&files)?;
    let meter = Meter::of(files.iter().map(PathBuf::as_path), 1);
    let (sender, receiver) = mpsc::channel(EVENTS_AHEAD_MAX);
    let reads = meter.clone();
    thread::spawn(move || {
        for (file, path) in (0..).zip(files) {
            let read = match Source::open(&path, &reads) {
                Ok(source) => read(source, file, &reading, &sender),
                Err(failure) => send(&sender, Incoming::Failed(failure)),
            };
            if read.is_err() {
                break;
            }
        }
    });
    Ok((receiver, meter))
}

struct NobodyListens;

fn send(sender: &Sender<Incoming>, incoming: Incoming) -> Result<(), NobodyListens> {
    sender.blocking_send(incoming).map_err(|_| NobodyListens)
}

fn read(
    source: Source,
    file: u32,
    reading: &Reading,
    sender: &Sender<Incoming>,
) -> Result<(), NobodyListens> {
    let input: Arc<str> = source.name.into();
    for document in Documents::new(source.reader) {
        match document {
            Ok(document) => map(&document, &input, file, reading, sender)?,
            Err(problem) => {
                let failure = CliError::file(&*input, problem);
                send(sender, Incoming::Failed(failure))?;
            }
        }
    }
    Ok(())
}

fn map(
    document: &Document,
    input: &Arc<str>,
    file: u32,
    reading: &Reading,
    sender: &Sender<Incoming>,
) -> Result<(), NobodyListens> {
    let line = document.line;
    let place = |element| Place {
        file,
        line,
        element,
    };
    let refused = |place, problem: MapError| {
        Incoming::Refused(RefusedRecord {
            input: input.to_string(),
            place,
            id: String::new(),
            problem: problem.to_string(),
        })
    };
    let Reading {
        format,
        rules,
        unseen,
    } = reading;
    let json = match &document.json {
        Ok(json) => json,
        Err(too_long) => return send(sender, refused(place(None), too_long.clone())),
    };
    let records = match format.records(json) {
        Ok(records) => records,
        Err(problem) => return send(sender, refused(place(None), problem)),
    };
    // A document that is itself the record has no elements to number.
    let is_one = matches!(&records[..], [Ok(record)] if record.len() == json.len());
    for (element, record) in (1..).zip(records) {
        let place = place((!is_one).then_some(element));
        let event = record.and_then(|record| {
            unseen.see(&record);
            format.event(&record, rules)
        });
        let incoming = match event {
            Ok(event) => Incoming::Event(Item {
                input: Arc::clone(input),
                place,
                event,
            }),
            Err(problem) => refused(place, problem),
        };
        send(sender, incoming)?;
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
        let (sender, mut incoming) = mpsc::channel(EVENTS_AHEAD_MAX);
        let reading = Reading {
            format,
            rules: Rules::default(),
            unseen: Unseen::default(),
        };
        thread::spawn(move || {
            let _nobody_listens = read(source, 0, &reading, &sender);
        });
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
    fn what_is_read_of_aws_logs_keeps_its_line() {
        let input = "{\"Records\":[{\"eventID\":\"1\"},{\"eventID\":7}]}{\"Records\":[{\"eventID\":\"2\"}]}\n{\n\"eventID\": \"3\"\n}\n";
        let found = read_all(input, Format::CloudTrail);
        assert_eq!(
            found,
            [
                "line 1, record 1: event 1",
                "line 1, record 2: field eventID is not text",
                "line 1, record 1: event 2",
                "line 2: event 3"
            ]
        );
    }

    #[test]
    fn files_as_aws_delivers_them_are_taken_apart() {
        let input = r#"{"Records": [{"eventID":"1"}, {"eventID":"2"}, {}]}"#;
        let found = read_all(input, Format::CloudTrail);
        assert_eq!(found[0], "line 1, record 1: event 1");
        assert_eq!(found[2], "line 1, record 3: field eventID is missing");
    }
}
