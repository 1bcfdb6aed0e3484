//! `indelible export-events`: records in forms that other systems read.

use std::{
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use indelible_compliance::reports::{counted, inert::inert_json};
use indelible_interchange::outgoing::{cloudevents, ocsf, rows};
use indelible_proto::{
    time::{Timestamp, unix_nano},
    v1::{
        EventFilter, FollowRecordsRequest, GetLedgerRequest, Ledger, LedgerRecord,
        ListEventsRequest, record_selection,
    },
};
use serde::Serialize;

use crate::cli::{
    connection::Connection,
    error::CliError,
    events::record_rows::Sealed,
    session::Session,
    ui::{
        data_subject::DataSubject,
        in_archive::InArchive,
        opening::Opening,
        pending_file::{Inputs, Readers},
        progress::{Progress, Unit},
        range::Bounds,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// A form of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EventForm {
    /// CloudEvents 1.0 in the JSON format; `append` takes it back as the very same events. Facts, digests
    /// and envelopes are texts that hold JSON, since CloudEvents has no objects.
    Cloudevents,
    /// OCSF 1.9.0: API Activity, Account Change and Entity Management, without payloads and data subjects.
    Ocsf,
    /// Flat rows for analysis, one JSON object a line, each fact as `fact.NAME`; without payloads and data subjects.
    Ndjson,
    /// The same columns as CSV with a line of names, and the facts as JSON in the last column.
    Csv,
}

/// Export events for other systems, one JSON object a line, or as CSV
///
/// They are not evidence: an auditor verifies what `indelible export` writes. Where the archive can't be read, events lack what is
/// in it, and the exit code is 6.
#[derive(Debug, Args)]
pub(crate) struct ExportEvents {
    /// Name or origin
    ledger: String,
    /// The form
    #[arg(long, value_enum)]
    form: EventForm,
    /// The file; it appears when it is complete. `-` is standard output
    #[arg(long, value_name = "FILE|-")]
    out: PathBuf,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    about: DataSubject,
    #[command(flatten)]
    opening: Opening,
}

/// What was written.
struct Written {
    /// What is encrypted, and was not opened.
    sealed: Sealed,
    events: u64,
    left_out: u64,
    /// Times and media types that CloudEvents does not allow.
    attributes_left_out: u64,
    /// Events of OCSF that stand at their recorded time, since their own could not be read.
    times_replaced: u64,
    /// What is in the archive, and could not be read there.
    in_archive: InArchive,
}

impl ExportEvents {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let progress = Progress::new(&session.output, "exporting", Unit::Records);
        let connection = session.connection.clone();
        if self.out.as_os_str() == "-" {
            let output = session.output.writer();
            let written = self
                .write(&connection, output, CliError::Output, progress)
                .await?;
            self.remark(session, &written);
            return written.in_archive.check("what was exported");
        }
        let inputs = Inputs::of(self.about.file());
        let file = session.output.create(&self.out, Readers::Owner, &inputs)?;
        let mut file = io::BufWriter::new(file);
        let failed = |source| CliError::file(&self.out, source);
        let written = self.write(&connection, &mut file, failed, progress).await?;
        let file = file
            .into_inner()
            .map_err(|problem| failed(problem.into_error()))?;
        file.finish()?;
        self.report(session, &self.out, &written)?;
        written.in_archive.check(&self.out.display().to_string())
    }

    async fn write(
        &self,
        connection: &Connection,
        output: &mut dyn Write,
        failed: impl Fn(io::Error) -> CliError,
        mut progress: Progress,
    ) -> Result<Written, CliError> {
        let bounds = self
            .bounds
            .selection()?
            .and_then(|selection| selection.bounds);
        let mut client = connection.open().await?;
        let request = connection.request(GetLedgerRequest {
            ledger: self.ledger.clone(),
        });
        let ledger = client
            .get_ledger(request)
            .await?
            .into_inner()
            .ledger
            .unwrap_or_default();
        if let Some(data_subject) = self.about.read()? {
            return self
                .write_theirs(connection, &ledger, data_subject, output, failed, progress)
                .await;
        }
        let (first, end) = sequences(bounds.as_ref(), ledger.size);
        let (since, until) = times(bounds.as_ref());
        let mut written = Written::new(self.opening.is_wanted());
        let mut next = first;
        if self.form == EventForm::Csv {
            write!(output, "{}", rows::csv_header()).map_err(&failed)?;
        }
        if next >= end {
            return Ok(written);
        }
        let request = FollowRecordsRequest {
            ledger: self.ledger.clone(),
            start_sequence: first,
            include_evidence: false,
            open_sealed: self.opening.is_wanted(),
            purpose: self.opening.purpose(),
        };
        let mut stream = client.follow_records(request).await?.into_inner();
        while let Some(message) = stream.message().await? {
            for record in &message.records {
                if record.sequence != next {
                    return Err(CliError::Answer("a record is missing or out of order"));
                }
                let recorded = nanoseconds(record.recorded_time.as_ref());
                let is_behind = until.is_some() && recorded >= until;
                if next >= end || is_behind {
                    return Ok(written);
                }
                if !record.unverified.is_empty() {
                    return Err(unverified(record));
                }
                next += 1;
                if recorded < since {
                    continue;
                }
                match self.line(&ledger.origin, record, &mut written) {
                    Some(line) => {
                        write!(output, "{line}").map_err(&failed)?;
                        written.events += 1;
                    }
                    None => written.left_out += 1,
                }
            }
            progress.set(next - first, Some(end - first));
            if next >= end {
                return Ok(written);
            }
        }
        Err(tonic::Status::unavailable("the daemon ended the stream").into())
    }

    /// Only the events about a data subject: nobody else's is decrypted, nor named in an access trail.
    async fn write_theirs(
        &self,
        connection: &Connection,
        ledger: &Ledger,
        data_subject: String,
        output: &mut dyn Write,
        failed: impl Fn(io::Error) -> CliError,
        mut progress: Progress,
    ) -> Result<Written, CliError> {
        let filter = EventFilter {
            data_subject,
            ..Default::default()
        };
        let mut client = connection.open().await?;
        let (mut written, mut page_token) = (Written::new(self.opening.is_wanted()), String::new());
        if self.form == EventForm::Csv {
            write!(output, "{}", rows::csv_header()).map_err(&failed)?;
        }
        loop {
            let request = connection.request(ListEventsRequest {
                ledger: ledger.origin.clone(),
                selection: self.bounds.selection()?,
                filter: Some(filter.clone()),
                page_size: PAGE_SIZE,
                page_token,
                include_evidence: false,
                open_sealed: self.opening.is_wanted(),
                purpose: self.opening.purpose(),
                newest_first: false,
            });
            let page = client.list_events(request).await?.into_inner();
            for record in &page.records {
                if !record.unverified.is_empty() {
                    return Err(unverified(record));
                }
                match self.line(&ledger.origin, record, &mut written) {
                    Some(line) => {
                        write!(output, "{line}").map_err(&failed)?;
                        written.events += 1;
                    }
                    None => written.left_out += 1,
                }
            }
            progress.set(written.events + written.left_out, None);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(written);
            }
        }
    }

    /// One line with its end; what it lacks is counted.
    fn line(&self, origin: &str, record: &LedgerRecord, written: &mut Written) -> Option<String> {
        written.sealed.see(record);
        written.in_archive.see(record);
        match self.form {
            EventForm::Cloudevents => {
                let line = cloudevents::line(origin, record)?;
                written.attributes_left_out += line.left_out.len() as u64;
                Some(ended(line.text))
            }
            EventForm::Ocsf => {
                written.times_replaced += u64::from(ocsf::time_is_replaced(record));
                Some(ended(inert_json(ocsf::event(origin, record).to_string())))
            }
            EventForm::Ndjson => Some(ended(rows::ndjson(record))),
            EventForm::Csv => Some(rows::csv_row(record)),
        }
    }

    fn remark(&self, session: &mut Session, written: &Written) {
        for lack in written.lacks() {
            session.output.remark(lack);
        }
        written.sealed.tell(&mut session.output);
    }

    fn report(
        &self,
        session: &mut Session,
        path: &Path,
        written: &Written,
    ) -> Result<(), CliError> {
        written.sealed.tell(&mut session.output);
        session.output.answer(&ExportAnswer {
            file: path.display().to_string(),
            events: written.events,
            left_out: written.left_out,
            attributes_left_out: written.attributes_left_out,
            times_replaced: written.times_replaced,
            records_lacking_archived: written.in_archive.count(),
            lacks: written.lacks().collect(),
        })
    }
}

/// Events in a file.
#[derive(Serialize)]
struct ExportAnswer {
    file: String,
    events: u64,
    left_out: u64,
    attributes_left_out: u64,
    times_replaced: u64,
    /// Those with contents that are in the archive, and could not be read there.
    records_lacking_archived: u64,
    #[serde(skip)]
    lacks: Vec<String>,
}

impl fmt::Display for ExportAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = counted(self.events, "event", "events");
        write!(f, "{}: {events}", self.file)?;
        self.lacks.iter().try_for_each(|lack| write!(f, "; {lack}"))
    }
}

/// Which records are read: the first, and the one behind the last.
fn sequences(bounds: Option<&record_selection::Bounds>, size: u64) -> (u64, u64) {
    match bounds {
        Some(record_selection::Bounds::SequenceRange(range)) if range.end > 0 => {
            (range.start, range.end.min(size))
        }
        Some(record_selection::Bounds::SequenceRange(range)) => (range.start, size),
        Some(record_selection::Bounds::RecordedTimeRange(_)) | None => (0, size),
    }
}

/// Between which times they must be recorded.
fn times(bounds: Option<&record_selection::Bounds>) -> (Option<u64>, Option<u64>) {
    match bounds {
        Some(record_selection::Bounds::RecordedTimeRange(range)) => (
            nanoseconds(range.start.as_ref()),
            nanoseconds(range.end.as_ref()),
        ),
        _ => (None, None),
    }
}

/// A file of rows has no place for a mark, so a record that can't be verified ends it.
fn unverified(record: &LedgerRecord) -> CliError {
    let problem = format!(
        "record {} is damaged: {}. Nothing is exported from it on; --from and --to export what comes before and after it",
        record.sequence, record.unverified
    );
    tonic::Status::data_loss(problem).into()
}

fn ended(mut line: String) -> String {
    line.push('\n');
    line
}

impl Written {
    fn new(is_opening: bool) -> Self {
        Self {
            sealed: Sealed::new(is_opening),
            events: 0,
            left_out: 0,
            attributes_left_out: 0,
            times_replaced: 0,
            in_archive: InArchive::default(),
        }
    }

    /// What people are told of what the lines lack.
    fn lacks(&self) -> impl Iterator<Item = String> {
        [
            (
                self.left_out,
                "records have no form in CloudEvents: the ledger's own, and those that can't be read",
            ),
            (
                self.attributes_left_out,
                "attributes (time, datacontenttype) are left out, since CloudEvents does not allow what they say",
            ),
            (
                self.times_replaced,
                "events stand at their recorded time, since their own is not an RFC 3339 time; it is in metadata.original_time",
            ),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
    }
}

/// None of a time that is not set.
fn nanoseconds(time: Option<&Timestamp>) -> Option<u64> {
    time.and_then(unix_nano)
}
