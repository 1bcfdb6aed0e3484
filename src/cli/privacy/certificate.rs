//! `indelible certificate`: what an erasure destroyed, what remains, and what proves it.

mod certified;
mod page;

use std::{fmt, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use clap::{Args, ValueEnum};
use indelible_compliance::reports::{counted, inert::inert_json};
use indelible_proto::v1::{
    Erasure, FollowRecordsRequest, GetLedgerRequest, GetReceiptRequest, Ledger, LedgerState,
    ListErasuresRequest,
};
use serde::Serialize;

use self::certified::{Certified, Counted, Proof};
use crate::cli::{
    connection::{Client, Connection},
    error::CliError,
    privacy::{backups, disposals::Disposals, opened::Decryptions},
    session::Session,
    ui::{
        file_form::{FileForms, NamedForm},
        pending_file::{Inputs, Readers},
        progress::{Progress, Unit},
        table::{Table, yes_or_no},
    },
};

const PAGE_SIZE: i32 = 1_000;

/// Write the certificate of an erasure: what was destroyed, what remains, what was not looked at, and the receipt of its record
///
/// It can be had at any time after the erasure. It names nobody: whom the erasure was about, the ledger does not know any
/// more. How many events there were is counted from their headers, which takes as long as reading the ledger up to the
/// erasure.
#[derive(Debug, Args)]
pub(crate) struct Certificate {
    /// Name or origin
    ledger: String,
    /// The erasure's record; `indelible erasures LEDGER` lists them
    sequence: u64,
    /// The record is one of the store's own ledger, since this one takes no records
    #[arg(long)]
    in_system: bool,
    #[command(flatten)]
    files: FileForms<Form>,
}

/// A form of the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For a terminal
    Text,
    /// For programs
    Json,
    /// A page to read and to print
    Html,
}

impl NamedForm for Form {
    const FOR_PEOPLE: Self = Self::Text;
    const FOR_PROGRAMS: Self = Self::Json;

    const ENDINGS: &'static [(&'static str, Self)] = &[
        ("txt", Self::Text),
        ("json", Self::Json),
        ("html", Self::Html),
        ("htm", Self::Html),
    ];
}

impl Certificate {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let forms = self.files.written(&session.output)?;
        let paths = forms.iter().filter_map(|(_, path)| *path);
        session.output.check(paths, &Inputs::NONE)?;
        let mut client = session.connection.open().await?;
        let request = session.connection.request(GetLedgerRequest {
            ledger: self.ledger.clone(),
        });
        let answer = client.get_ledger(request).await?.into_inner();
        let ledger = answer.ledger.ok_or(CliError::Answer("no ledger in it"))?;
        let erasure = find(session, &ledger, (self.sequence, self.in_system)).await?;
        let mut progress = Progress::new(&session.output, "counting", Unit::Records);
        let disposals = Disposals::read(session, &ledger.origin).await?;
        let of = (&ledger, &erasure, &disposals);
        let counted = count(&mut client, of, &mut progress).await?;
        progress.clear();
        let connection = &session.connection;
        let decryptions = Decryptions::read(session, [&ledger]).await?;
        let opened = decryptions.of(session, &mut client, &ledger, &counted.sequences);
        let opened = opened.await?;
        let recorded_in = recorded_in(session, &mut client, &ledger, &erasure).await?;
        let receipt = receipt(connection, &mut client, &recorded_in, erasure.sequence).await?;
        let backups = backups::of_erasure(session, &ledger.origin, &erasure).await?;
        let found = (&opened, backups);
        let of = (&ledger, &recorded_in);
        let certified = Certified::new(of, &erasure, &counted, found, receipt);
        for (form, path) in &forms {
            write(session, *form, *path, &certified)?;
        }
        let files: Vec<_> = forms
            .iter()
            .filter_map(|(_, path)| path.map(|path| path.display().to_string()))
            .collect();
        if files.is_empty() {
            return Ok(());
        }
        session.output.answer(&Written { files })
    }
}

/// The ledger whose record the erasure is: another one, if that takes no records.
async fn recorded_in(
    session: &Session,
    client: &mut Client,
    ledger: &Ledger,
    erasure: &Erasure,
) -> Result<Ledger, CliError> {
    if erasure.recorded_in_origin.is_empty() {
        return Ok(ledger.clone());
    }
    let request = session.connection.request(GetLedgerRequest {
        ledger: erasure.recorded_in_origin.clone(),
    });
    let answer = client.get_ledger(request).await?.into_inner();
    answer.ledger.ok_or(CliError::Answer("no ledger in it"))
}

/// The erasure of this record.
async fn find(
    session: &Session,
    ledger: &Ledger,
    (sequence, in_system): (u64, bool),
) -> Result<Erasure, CliError> {
    let is_meant = |erasure: &Erasure| {
        erasure.sequence == sequence && erasure.recorded_in_origin.is_empty() != in_system
    };
    let mut client = session.connection.open_keys().await?;
    let mut page_token = String::new();
    loop {
        let request = session.connection.request(ListErasuresRequest {
            ledger: ledger.origin.clone(),
            page_size: PAGE_SIZE,
            page_token,
        });
        let page = client.list_erasures(request).await?.into_inner();
        if let Some(erasure) = page.erasures.into_iter().find(is_meant) {
            return Ok(erasure);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            let problem = format!(
                "record {sequence} is not an erasure; `indelible erasures` lists those of a ledger, and --in-system takes those that \
                 are recorded in the store's own ledger"
            );
            return Err(tonic::Status::not_found(problem).into());
        }
    }
}

/// Reads the headers of all records before the erasure.
async fn count(
    client: &mut Client,
    (ledger, erasure, disposals): (&Ledger, &Erasure, &Disposals),
    progress: &mut Progress,
) -> Result<Counted, CliError> {
    let mut counted = Counted::default();
    let mut next = 0;
    // One that another ledger records comes after all records of this one.
    let end = match erasure.recorded_in_origin.is_empty() {
        true => erasure.sequence,
        false => ledger.size,
    };
    let request = FollowRecordsRequest {
        ledger: ledger.origin.clone(),
        ..Default::default()
    };
    let mut stream = client.follow_records(request).await?.into_inner();
    while next < end {
        let Some(message) = stream.message().await? else {
            return Err(tonic::Status::unavailable("the daemon ended the stream").into());
        };
        for record in &message.records {
            if record.sequence != next {
                return Err(CliError::Answer("a record is missing or out of order"));
            }
            if next >= end {
                break;
            }
            next += 1;
            if erasure.data_key_ids.contains(&record.data_key_id) {
                counted.add(record, (erasure, end), disposals);
            }
        }
        progress.set(next, Some(end));
    }
    Ok(counted)
}

async fn receipt(
    connection: &Connection,
    client: &mut Client,
    ledger: &Ledger,
    sequence: u64,
) -> Result<Proof, CliError> {
    let request = connection.request(GetReceiptRequest {
        ledger: ledger.origin.clone(),
        sequence,
        wait_for_publication: ledger.state() == LedgerState::Open,
        ..Default::default()
    });
    let answer = client.get_receipt(request).await?.into_inner();
    Ok(Proof {
        provisional: answer.provisional,
        receipt: answer.receipt,
        record_file: BASE64.encode(&answer.record_file),
    })
}

fn write(
    session: &mut Session,
    form: Form,
    path: Option<&Path>,
    certified: &Certified<'_>,
) -> Result<(), CliError> {
    let text = match form {
        Form::Text => format!("{certified}\n"),
        Form::Json => {
            let json = serde_json::to_string_pretty(certified);
            inert_json(json.map_err(|problem| CliError::Output(problem.into()))?) + "\n"
        }
        Form::Html => page::page(certified),
    };
    match path {
        None => session.output.bytes(text.as_bytes()),
        Some(path) => {
            let output = &mut session.output;
            output.write_file(path, Readers::OwnerAtFirst, &Inputs::NONE, text.as_bytes())
        }
    }
}

impl fmt::Display for Certified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ledger", self.ledger)
            .row("origin", self.origin)
            .row_if("caution", self.caution.unwrap_or_default())
            .row("erasure", format_args!("record {}", self.record()))
            .row("recorded", &self.recorded_for_people)
            .row("legal basis", self.legal_basis)
            .row("destroyed", self.whose());
        if let Some(end) = self.ledger_ended {
            let said =
                format!("the ledger ended, as record {end} says: this is not about one person");
            table.row("because", said);
        }
        table
            .row("complete", yes_or_no(self.complete))
            .row("events erased", self.events)
            .row("still readable", self.events_still_readable);
        for (event_type, count) in self.types {
            table.row("", format!("{count} {event_type}"));
        }
        for gone in &self.events_gone_before {
            let gone = format!(
                "{} {}",
                counted(gone.events, "event", "events"),
                gone.because
            );
            table.row("gone before", gone);
        }
        for remains in &self.remains {
            table.row("remains", remains);
        }
        for backup in &self.backups {
            table.row(backup.heading(), backup);
        }
        for place in self.not_looked_at {
            table.row("not looked at", place);
        }
        self.opened.rows(&mut table, "opened before");
        table.row(
            "proof",
            format_args!(
                "the certificate as a page or as JSON holds the receipt and the record, to be checked without the daemon: {}",
                self.how_to_check
            ),
        );
        table.fmt(f)
    }
}

/// What was written.
#[derive(Serialize)]
struct Written {
    files: Vec<String>,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.files.join("\n"))
    }
}
