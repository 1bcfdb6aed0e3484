//! `indelible append`: events from a file, from standard input, or one from flags.

use std::{collections::BTreeMap, fmt, io::Read as _, path::PathBuf};

use clap::Args;
use indelible_evidence::limits::PAYLOAD_BYTES_MAX;
use indelible_interchange::import::Format;
use indelible_proto::v1::{AppendRequest, Event, FactValue, event::Payload, fact_value};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    events::{
        envelope::EncryptWith,
        reading::{self, Incoming},
        record_view::AcknowledgementView,
        upload::Upload,
    },
    session::Session,
    ui::source::Source,
};

/// Append events
///
/// Reads events in the JSON format of CloudEvents 1.0: one document, a batch, or one event a line, and sends
/// each as soon as it is read. With --id, --source and --type it appends one event made from flags. Appending
/// the same event again is safe: the ledger answers with its first acknowledgement.
#[derive(Debug, Args)]
pub(crate) struct Append {
    /// Name or origin
    ledger: String,
    /// Where the events are; `-` is standard input
    #[arg(
        value_name = "FILE|-",
        required_unless_present = "id",
        conflicts_with = "id"
    )]
    file: Option<PathBuf>,
    /// The event's id; an event with the same id and the same source is the same event
    #[arg(long, requires = "source", requires = "event_type")]
    id: Option<String>,
    /// The event's source
    #[arg(long, requires = "id")]
    source: Option<String>,
    /// The event's type
    #[arg(long = "type", value_name = "TYPE", requires = "id")]
    event_type: Option<String>,
    /// What the event is about
    #[arg(long, requires = "id")]
    subject: Option<String>,
    /// When it happened, in RFC 3339
    #[arg(long, requires = "id")]
    time: Option<String>,
    /// Who acted
    #[arg(long, requires = "id")]
    actor: Option<String>,
    /// What connects it with other events
    #[arg(long, value_name = "ID", requires = "id")]
    correlation_id: Option<String>,
    /// The event that caused it
    #[arg(long, value_name = "ID", requires = "id")]
    causation_id: Option<String>,
    /// The person that the event is about: body and payload are encrypted under that person's own key. Other users
    /// of this machine can see a command line; in a file they can't see it
    #[arg(long, value_name = "SUBJECT", requires = "id")]
    data_subject: Option<String>,
    /// Its class
    #[arg(long, requires = "id")]
    classification: Option<String>,
    /// A fact, as text; may be given several times
    #[arg(long = "fact", value_name = "NAME=VALUE", value_parser = fact, requires = "id")]
    facts: Vec<(String, String)>,
    /// The payload; `-` is standard input
    #[arg(long, value_name = "FILE|-", requires = "id")]
    payload_file: Option<PathBuf>,
    #[command(flatten)]
    encrypt: EncryptWith,
    /// Media type of the payload
    #[arg(long, value_name = "TYPE", requires = "id")]
    content_type: Option<String>,
    /// Append only if the last event has this sequence number; 0 means that there must be no event yet
    #[arg(long, value_name = "SEQUENCE", requires = "id")]
    expected_sequence: Option<u64>,
    /// Do not stop at an event that is refused
    #[arg(long, conflicts_with = "id")]
    keep_going: bool,
}

impl Append {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match &self.file {
            Some(file) => {
                let source = Source::open(file)?;
                stream(session, self.ledger, source, self.keep_going).await
            }
            None => self.one(session).await,
        }
    }

    async fn one(self, session: &mut Session) -> Result<(), CliError> {
        let event = self.event()?;
        let mut client = session.connection.open().await?;
        let request = session.connection.request(AppendRequest {
            ledger: self.ledger,
            event: Some(event),
            expected_sequence: self.expected_sequence,
        });
        let answer = client.append(request).await?.into_inner();
        let acknowledgement = answer
            .acknowledgement
            .ok_or(CliError::Answer("no acknowledgement in it"))?;
        let view = AcknowledgementView::from(&acknowledgement);
        session.output.answer(&view)
    }

    fn event(&self) -> Result<Event, CliError> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let event = Event {
            id: text(&self.id),
            source: text(&self.source),
            r#type: text(&self.event_type),
            subject: text(&self.subject),
            time: text(&self.time),
            datacontenttype: text(&self.content_type),
            actor: text(&self.actor),
            correlation_id: text(&self.correlation_id),
            causation_id: text(&self.causation_id),
            data_subject: text(&self.data_subject),
            classification: text(&self.classification),
            facts: facts(&self.facts)?,
            ..Event::default()
        };
        let payload = match self.payload()? {
            None => None,
            Some(bytes) => Some(match self.encrypt.seal(&event, &bytes)? {
                None => Payload::Plaintext(bytes.into()),
                Some(envelope) => Payload::Envelope(envelope),
            }),
        };
        Ok(Event { payload, ..event })
    }

    fn payload(&self) -> Result<Option<Vec<u8>>, CliError> {
        let Some(path) = &self.payload_file else {
            return Ok(None);
        };
        let failed = |source| CliError::file(path, source);
        let mut bytes = Vec::new();
        let limit = PAYLOAD_BYTES_MAX as u64 + 1;
        if path.as_os_str() == "-" {
            std::io::stdin().take(limit).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
        }
        .map_err(failed)?;
        if bytes.len() > PAYLOAD_BYTES_MAX {
            return Err(CliError::Input {
                name: path.display().to_string(),
                problem: format!("a payload has at most {PAYLOAD_BYTES_MAX} bytes"),
            });
        }
        Ok(Some(bytes))
    }
}

fn facts(pairs: &[(String, String)]) -> Result<BTreeMap<String, FactValue>, CliError> {
    let mut facts = BTreeMap::new();
    for (name, value) in pairs {
        let value = FactValue {
            value: Some(fact_value::Value::Text(value.clone())),
        };
        if facts.insert(name.clone(), value).is_some() {
            return Err(CliError::Usage(format!("fact {name} is given twice")));
        }
    }
    Ok(facts)
}

fn fact(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("not of the form NAME=VALUE")?;
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// One of many acknowledgements: for programs as it is, for people with the event's id on one line.
#[derive(Serialize)]
#[serde(transparent)]
struct Appended<'a> {
    #[serde(skip)]
    id: &'a str,
    acknowledgement: AcknowledgementView,
}

impl fmt::Display for Appended<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sequence, id) = (self.acknowledgement.sequence, self.id);
        let repeated = match self.acknowledgement.repeated {
            true => "  (repeated)",
            false => "",
        };
        write!(f, "{sequence:>8}  {id}{repeated}")
    }
}

/// Appends what a source holds, and shows each acknowledgement as it comes.
async fn stream(
    session: &mut Session,
    ledger: String,
    source: Source,
    keep_going: bool,
) -> Result<(), CliError> {
    let client = session.connection.open().await?;
    let incoming: tokio::sync::mpsc::Receiver<Incoming> =
        reading::start(source, Format::CloudEvents);
    let connection = session.connection.clone();
    let mut upload = Upload::new(client, &connection, ledger, keep_going, incoming);
    let output = &mut session.output;
    let done = upload
        .run(&mut |_, item, acknowledgement| {
            output.item(&Appended {
                id: &item.event.id,
                acknowledgement: acknowledgement.into(),
            })?;
            output.flush()
        })
        .await;
    let tally = upload.tally;
    done?;
    for refused in &tally.refusals {
        output.remark(refused);
    }
    if tally.refused > 0 {
        return Err(CliError::Incomplete {
            refused: tally.refused,
            total: tally.total(),
        });
    }
    Ok(())
}
