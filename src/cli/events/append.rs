//! `indelible append`: events from a file, from standard input, or one from flags.

mod stream;

use std::{collections::BTreeMap, io::Read as _, path::PathBuf};

use clap::{Args, builder::NonEmptyStringValueParser};
use indelible_evidence::{
    attribute_text::{NOT_A_MEDIA_TYPE, NOT_A_TIME, is_media_type, is_time},
    limits::PAYLOAD_BYTES_MAX,
};
use indelible_interchange::import::{Rules, typed_fact};
use indelible_proto::v1::{AppendRequest, Event, FactValue, event::Payload, fact_value};

use self::stream::{Asked, stream};
use crate::cli::{
    error::{CliError, Refusal},
    events::{
        envelope::EncryptWith, reading::WithoutSubject, record_view::AcknowledgementView,
        refused::RefusedArguments, signing::SignWith,
    },
    session::Session,
};

/// Append events
///
/// Reads events in the JSON format of CloudEvents 1.0: one document, a batch, or one event a line, and sends
/// each as soon as it is read. With --id, --source and --type it appends one event made from flags. Appending
/// the same event again is safe: the ledger answers with its first acknowledgement. `--output json` shows the
/// acknowledgement of every event, with its id.
#[derive(Debug, Args)]
pub(crate) struct Append {
    /// Name or origin
    ledger: String,
    /// Where the events are, packed with gzip or zstd or not; `-` is standard input
    #[arg(value_name = "FILE|-", conflicts_with = "id")]
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
    /// When it happened, in RFC 3339 with an offset: 2026-11-28T09:30:00Z
    #[arg(long, requires = "id", value_parser = time)]
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
    // An empty one, as an unset variable of a shell gives, would leave the event unencrypted.
    #[arg(long, value_name = "SUBJECT", requires = "id", value_parser = NonEmptyStringValueParser::new())]
    data_subject: Option<String>,
    /// Its class
    #[arg(long, requires = "id")]
    classification: Option<String>,
    /// A fact; may be given several times. NAME=VALUE is text; NAME:=VALUE is JSON: a whole number from 0 on
    /// (latency_ms:=300), a truth value (error:=true), or text in quotes. A decimal is text: risk_score=0.35
    #[arg(long = "fact", value_name = "NAME=TEXT|NAME:=JSON", value_parser = fact, requires = "id")]
    facts: Vec<(String, FactValue)>,
    /// The payload; `-` is standard input
    #[arg(long, value_name = "FILE|-", requires = "id")]
    payload_file: Option<PathBuf>,
    #[command(flatten)]
    encrypt: EncryptWith,
    #[command(flatten)]
    sign: SignWith,
    /// Media type of the payload
    #[arg(long, value_name = "TYPE", requires = "id", value_parser = media_type)]
    content_type: Option<String>,
    /// Append only if the last event has this sequence number; 0 means that there must be no event yet
    #[arg(long, value_name = "SEQUENCE", requires = "id")]
    expected_sequence: Option<u64>,
    /// Show the acknowledgement of each event as it comes, also of many
    #[arg(long, visible_alias = "verbose", conflicts_with = "id")]
    each: bool,
    #[command(flatten)]
    refused: RefusedArguments,
    #[command(flatten)]
    without: WithoutSubject,
}

impl Append {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if self.id.is_some() {
            if self.refused.is_given() {
                let problem =
                    "--keep-going and --refused are for the events of a file, and --id appends one";
                return Err(CliError::Usage(problem.to_owned()));
            }
            return self.one(session).await;
        }
        let Some(file) = self.file else {
            let problem = "nothing to append: give FILE, or `-` for standard input, or one event with --id, --source and --type";
            return Err(CliError::Usage(problem.to_owned()));
        };
        stream(
            session,
            self.ledger,
            file,
            self.each,
            Asked {
                refused: &self.refused,
                without: &self.without,
                sign: &self.sign,
            },
        )
        .await
    }

    async fn one(self, session: &mut Session) -> Result<(), CliError> {
        let mut event = self.event()?;
        let rules = Rules {
            without_data_subject: self.without.rule(),
            ..Rules::default()
        };
        let checked = rules.check(&event);
        checked.map_err(|problem| CliError::Usage(problem.to_string()))?;
        if let Some(signer) = self.sign.signer(session, &self.ledger).await? {
            let signed = signer.sign(&mut event);
            signed.map_err(|problem| CliError::Usage(problem.to_string()))?;
        }
        let (ledger, sent) = (self.ledger.clone(), event.clone());
        let mut client = session.connection.open().await?;
        let request = session.connection.request(AppendRequest {
            ledger: self.ledger,
            event: Some(event),
            expected_sequence: self.expected_sequence,
        });
        let of_event = |status| Refusal::from(status).of_event(&ledger, &sent);
        let answer = client.append(request).await.map_err(of_event);
        let answer = answer
            .map_err(|refusal| CliError::Daemon(Box::new(refusal)))?
            .into_inner();
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

fn facts(pairs: &[(String, FactValue)]) -> Result<BTreeMap<String, FactValue>, CliError> {
    let mut facts = BTreeMap::new();
    for (name, value) in pairs {
        if facts.insert(name.clone(), value.clone()).is_some() {
            return Err(CliError::Usage(format!("fact {name} is given twice")));
        }
    }
    Ok(facts)
}

/// `NAME=TEXT`, or `NAME:=JSON`.
pub(super) fn fact(text: &str) -> Result<(String, FactValue), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("not of the form NAME=TEXT or NAME:=JSON")?;
    let (name, value) = match name.strip_suffix(':') {
        Some(name) => (
            name,
            typed_fact(name, value).map_err(|problem| problem.to_string())?,
        ),
        None => {
            let value = Some(fact_value::Value::Text(value.to_owned()));
            (name, FactValue { value })
        }
    };
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    Ok((name.to_owned(), value))
}

fn time(text: &str) -> Result<String, String> {
    match is_time(text) {
        true => Ok(text.to_owned()),
        false => Err(NOT_A_TIME.to_owned()),
    }
}

fn media_type(text: &str) -> Result<String, String> {
    match is_media_type(text) {
        true => Ok(text.to_owned()),
        false => Err(NOT_A_MEDIA_TYPE.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_text_or_what_their_json_says() {
        let of = |text: &str| fact(text).map(|(name, value)| (name, value.value));
        let text = |text: &str| Some(fact_value::Value::Text(text.to_owned()));
        for (given, name, value) in [
            ("latency_ms=300", "latency_ms", text("300")),
            ("a=b=c", "a", text("b=c")),
            ("a=:=b", "a", text(":=b")),
            ("a=", "a", text("")),
            (
                "latency_ms:=300",
                "latency_ms",
                Some(fact_value::Value::Uint(300)),
            ),
            (
                "error:=true",
                "error",
                Some(fact_value::Value::Boolean(true)),
            ),
            ("a:=\"300\"", "a", text("300")),
            ("risk:=0.35", "risk", text("0.35")),
        ] {
            assert_eq!(of(given), Ok((name.to_owned(), value)), "{given}");
        }
        for given in [
            "a",
            "=b",
            ":=1",
            "a:=yes",
            "a:=",
            "a:=null",
            "a:={}",
            "a:=\"\\ud83d\"",
        ] {
            assert!(of(given).is_err(), "{given}");
        }
    }
}
