//! Records that are imported as they are: CloudTrail, CloudEvents, and JSON.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use indelible_compliance::reports::inert::inert;
use indelible_interchange::import::{
    Format, Rules,
    ndjson::{FactField, Mapping, Origin},
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    events::{
        event_view::EventView,
        reading::{self, Incoming, Reading, WithoutSubject},
        refused::{RefusedArguments, Refusing, unnamed},
        unseen::Unseen,
        upload::{Tally, Upload},
    },
    session::Session,
    ui::{
        output::Output,
        progress::{Progress, Unit},
    },
};

/// What is imported, and where to.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Name or origin
    ledger: String,
    /// The records, packed with gzip or zstd or not; files are imported in this order. `-` is standard input
    #[arg(value_name = "FILE|-", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    refused: RefusedArguments,
    /// Keep a time that is not RFC 3339 as a fact of this name; without it such a record is refused
    #[arg(long, value_name = "NAME")]
    foreign_time: Option<String>,
    #[command(flatten)]
    without: WithoutSubject,
    /// Give a record that has no id one from the digest of its bytes; without it such a record is refused. Two records of
    /// the same bytes are one event then
    #[arg(long)]
    id_from_content: bool,
    /// The system that the records come from, as the fact imported_from of each; by default cloudtrail, cloudevents or
    /// ndjson
    #[arg(long, value_name = "SYSTEM", value_parser = NonEmptyStringValueParser::new())]
    imported_from: Option<String>,
    /// Show the events as JSON, and append nothing
    #[arg(long)]
    dry_run: bool,
}

/// What is imported, and which field is which attribute.
#[derive(Debug, Args)]
pub(crate) struct Ndjson {
    #[command(flatten)]
    input: Input,
    /// Field that identifies a record within its source
    #[arg(
        long,
        value_name = "FIELD",
        required_unless_present = "id_from_content"
    )]
    id_field: Option<String>,
    /// The source, the same for all
    #[arg(
        long,
        value_name = "SOURCE",
        required_unless_present = "source_field",
        conflicts_with = "source_field"
    )]
    source: Option<String>,
    /// Field that holds the source
    #[arg(long, value_name = "FIELD")]
    source_field: Option<String>,
    /// The type, the same for all
    #[arg(
        long = "type",
        value_name = "TYPE",
        required_unless_present = "type_field",
        conflicts_with = "type_field"
    )]
    event_type: Option<String>,
    /// Field that holds the type
    #[arg(long, value_name = "FIELD")]
    type_field: Option<String>,
    /// Field that holds the subject
    #[arg(long, value_name = "FIELD")]
    subject_field: Option<String>,
    /// Field that holds the time, in RFC 3339
    #[arg(long, value_name = "FIELD")]
    time_field: Option<String>,
    /// Field that says who acted
    #[arg(long, value_name = "FIELD")]
    actor_field: Option<String>,
    /// Field that connects records
    #[arg(long, value_name = "FIELD")]
    correlation_id_field: Option<String>,
    /// Field that names what caused the record
    #[arg(long, value_name = "FIELD")]
    causation_id_field: Option<String>,
    /// Field that names the person that the record is about
    #[arg(long, value_name = "FIELD")]
    data_subject_field: Option<String>,
    /// The class, the same for all
    #[arg(long)]
    classification: Option<String>,
    /// Field that becomes a fact, under its own name or another; may be given several times
    #[arg(long = "fact-field", value_name = "[NAME=]FIELD", value_parser = fact_field)]
    facts: Vec<FactField>,
}

impl Input {
    /// Imports records of a format.
    pub(crate) async fn run(self, format: Format, session: &mut Session) -> Result<(), CliError> {
        let mut refusing = self.refused.begin(&mut session.output, &self.files)?;
        let many = self.files.len() > 1;
        let system = self.imported_from;
        let rules = Rules {
            foreign_time: self.foreign_time,
            without_data_subject: self.without.rule(),
            id_from_content: self.id_from_content,
            ..Rules::importing(system.unwrap_or_else(|| format.system().to_owned()))
        };
        let unseen = Unseen::of(&format);
        let reading = Reading {
            format,
            rules,
            unseen: unseen.clone(),
        };
        if self.dry_run {
            let done = show(&mut session.output, self.files, reading, &mut refusing).await;
            warn_of(&unseen, &mut session.output);
            let listed = refusing.finish();
            return done.and(listed);
        }
        let client = session.connection.open().await?;
        let (incoming, meter) = reading::start(self.files, reading)?;
        let connection = session.connection.clone();
        let mut progress = Progress::new(&session.output, "importing", Unit::Records);
        let mut upload = Upload::new(client, &connection, self.ledger, &mut refusing, incoming);
        let done = upload
            .run(&mut |tally, _, _| {
                progress.set_by_input(tally.total(), &meter);
                Ok(())
            })
            .await;
        progress.clear();
        let tally = upload.tally;
        report(&mut session.output, &tally, many)?;
        warn_of(&unseen, &mut session.output);
        refusing.finish()?;
        done?;
        finished(&tally)
    }
}

impl Ndjson {
    /// Imports the objects.
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let (input, mapping) = self.mapping();
        input.run(Format::Ndjson(Box::new(mapping)), session).await
    }

    fn mapping(self) -> (Input, Mapping) {
        let origin = |value: Option<String>, field: Option<String>| match field {
            Some(field) => Origin::Field(field),
            None => Origin::Value(value.unwrap_or_default()),
        };
        let mapping = Mapping {
            id: self.id_field,
            source: origin(self.source, self.source_field),
            event_type: origin(self.event_type, self.type_field),
            subject: self.subject_field,
            time: self.time_field,
            actor: self.actor_field,
            correlation_id: self.correlation_id_field,
            causation_id: self.causation_id_field,
            data_subject: self.data_subject_field,
            classification: self.classification,
            facts: self.facts,
        };
        (self.input, mapping)
    }
}

/// An event is never corrected, so that whoever misspelt a name should know before there are many.
fn warn_of(unseen: &Unseen, output: &mut Output) {
    for field in unseen.left() {
        output.warn(format_args!(
            "no record has a value in the field {field}, which an option names"
        ));
    }
}

/// The events that would be appended, one a line.
async fn show(
    output: &mut Output,
    files: Vec<PathBuf>,
    reading: Reading,
    refusing: &mut Refusing,
) -> Result<(), CliError> {
    let (mut incoming, _) = reading::start(files, reading)?;
    let mut tally = Tally::default();
    while let Some(next) = incoming.recv().await {
        match next {
            Incoming::Event(item) => {
                tally.appended += 1;
                output.object_line(&EventView::new(&item.event))?;
            }
            Incoming::Refused(refused) => {
                refusing.write(&refused)?;
                if !refusing.keeps_going() {
                    return Err(refused.to_error());
                }
                output.remark(&refused);
                tally.refuse(refused, false);
            }
            Incoming::Failed(failure) => return Err(failure),
        }
    }
    finished(&tally)
}

fn finished(tally: &Tally) -> Result<(), CliError> {
    if tally.refused == 0 {
        return Ok(());
    }
    Err(CliError::Incomplete {
        refused: tally.refused,
        total: tally.total(),
    })
}

#[derive(Serialize)]
struct Report<'a> {
    imported: u64,
    repeated: u64,
    /// Those of the repeated ones that were erased since.
    erased: u64,
    refused: u64,
    first_sequence: Option<u64>,
    last_sequence: Option<u64>,
    refusals: &'a [reading::RefusedRecord],
}

/// What became of the records. Where there are many files, each refused record is named with its own.
fn report(output: &mut Output, tally: &Tally, many: bool) -> Result<(), CliError> {
    if output.is_json() {
        return output.object(&Report {
            imported: tally.appended,
            repeated: tally.repeated,
            erased: tally.erased,
            refused: tally.refused,
            first_sequence: tally.first_sequence,
            last_sequence: tally.last_sequence,
            refusals: &tally.refusals,
        });
    }
    for refused in &tally.refusals {
        match many {
            true => output.line(format_args!(
                "refused: {}: {refused}",
                inert(&refused.input)
            ))?,
            false => output.line(format_args!("refused: {refused}"))?,
        }
    }
    let more = tally.refused - tally.refusals.len() as u64;
    if more > 0 {
        output.line(unnamed(more))?;
    }
    let span = match (tally.first_sequence, tally.last_sequence) {
        (Some(first), Some(last)) => format!("; sequence numbers {first} to {last}"),
        _ => String::new(),
    };
    output.line(format_args!(
        "imported {}, repeated {}, refused {}{span}",
        tally.appended,
        tally.repeated_for_people(),
        tally.refused
    ))
}

fn fact_field(text: &str) -> Result<FactField, String> {
    let (name, field) = text.split_once('=').unwrap_or((text, text));
    if name.is_empty() || field.is_empty() {
        return Err("not of the form FIELD or NAME=FIELD".to_owned());
    }
    Ok(FactField {
        name: name.to_owned(),
        field: field.to_owned(),
    })
}
