//! `indelible access log`: what somebody did, and who read about a person.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use indelible_proto::{
    time::Timestamp,
    v1::{EventFilter, GetLedgerRequest, GetReceiptRequest, Ledger, LedgerRecord},
};
use serde::Serialize;

use crate::cli::{
    connection::Client,
    error::CliError,
    privacy::{
        holding::holdings,
        listing::Listing,
        trail::{count_in, sequences, text},
    },
    session::Session,
    ui::{
        columns::{Column, Columns, Row},
        pending_file::{Inputs, Readers},
        time,
    },
};

/// The store's own ledger.
const SYSTEM: &str = "_system";
/// Its types, and those of the access trails.
const SYSTEM_TYPES: &str = "indelible.system.";
const DECRYPTED: &str = "indelible.system.decrypted.v1";
const TRAIL: &str = "indelible.access.decrypted.v1";

const COLUMNS: &[Column] = &[
    Column::text("in"),
    Column::number("record"),
    Column::text("recorded"),
    Column::text("principal"),
    Column::text("what"),
    Column::text("call"),
    Column::text("ledger"),
    Column::text("outcome"),
    Column::text(""),
];

/// Show what somebody did, or who had records about a person decrypted
///
/// What somebody did stands in the store's own ledger, _system. Who read about a person stands there, too, and in the access
/// trails of the ledgers that keep one. Each line names the ledger and the number of its record.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whom").required(true).args(["principal", "person", "person_file"])))]
pub(crate) struct Log {
    /// What this principal did, and was refused, for example unix:alice
    #[arg(long, value_name = "PRINCIPAL")]
    principal: Option<String>,
    /// Who had records about this data subject decrypted. Other users of this machine can see the name here
    #[arg(long, value_name = "SUBJECT")]
    person: Option<String>,
    /// The same with the name in a file
    #[arg(long, value_name = "FILE")]
    person_file: Option<PathBuf>,
    /// Only what concerns this ledger; may be given more than once [default: all ledgers]
    #[arg(long = "ledger", value_name = "LEDGER")]
    ledgers: Vec<String>,
    /// Write the receipt of each record, and the record, to this directory
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
}

/// One record that says so.
#[derive(Debug, Serialize)]
struct Entry {
    /// The ledger that has it.
    recorded_in: String,
    sequence: u64,
    recorded_time: String,
    #[serde(skip)]
    for_people: String,
    principal: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    authentication: String,
    r#type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    call: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ledger: String,
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
}

impl Log {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let entries = match &self.principal {
            Some(principal) => self.deeds(session, principal).await?,
            None => self.readers(session).await?,
        };
        if let Some(directory) = &self.receipts {
            std::fs::create_dir_all(directory)
                .map_err(|source| CliError::file(directory, source))?;
        }
        let mut columns = Columns::new(COLUMNS);
        for entry in &entries {
            match session.output.is_json() {
                true => session.output.object_line(entry)?,
                false => columns.show(&mut session.output, &[entry.row()])?,
            }
            if let Some(directory) = &self.receipts {
                receipt(session, directory, entry).await?;
            }
        }
        if entries.is_empty() {
            session.output.remark("there is nothing on record");
        }
        Ok(())
    }

    /// What a principal did.
    async fn deeds(&self, session: &Session, principal: &str) -> Result<Vec<Entry>, CliError> {
        let mut client = session.connection.open().await?;
        let system = system(session, &mut client).await?;
        let filter = EventFilter {
            actor: principal.to_owned(),
            type_prefixes: vec![SYSTEM_TYPES.to_owned()],
            ..EventFilter::default()
        };
        let mut entries = Vec::new();
        let mut listing = Listing::new(
            &session.connection,
            &system.origin,
            system.size,
            filter,
            None,
        );
        while let Some(records) = listing.next(&mut client).await? {
            let found = records
                .iter()
                .filter_map(|record| Entry::of(SYSTEM, record));
            entries.extend(found.filter(|entry| self.concerns(&entry.ledger)));
        }
        Ok(entries)
    }

    /// Who had records about a person decrypted, as the access trails and the store's own ledger say.
    async fn readers(&self, session: &Session) -> Result<Vec<Entry>, CliError> {
        let person = self.person_named()?;
        let found = holdings(session, &person, &self.ledgers).await?;
        let mut client = session.connection.open().await?;
        let system = system(session, &mut client).await?;
        let mut entries = Vec::new();
        for holding in &found.found {
            let ledger = &holding.ledger;
            let theirs = sequences(&session.connection, &mut client, holding, &person).await?;
            if ledger.access_trail {
                let filter = of_type(TRAIL);
                let mut trail = Listing::new(
                    &session.connection,
                    &ledger.origin,
                    ledger.size,
                    filter,
                    None,
                );
                while let Some(records) = trail.next(&mut client).await? {
                    let opened = records.iter().filter_map(|record| {
                        Entry::of(&ledger.name, record)?.about(record, &theirs)
                    });
                    entries.extend(opened.map(|entry| Entry {
                        ledger: ledger.name.clone(),
                        ..entry
                    }));
                }
            }
            let filter = EventFilter {
                subject: ledger.name.clone(),
                ..of_type(DECRYPTED)
            };
            let mut opened = Listing::new(
                &session.connection,
                &system.origin,
                system.size,
                filter,
                None,
            );
            while let Some(records) = opened.next(&mut client).await? {
                let same = |record: &&LedgerRecord| {
                    fact(record, "origin").as_deref() == Some(ledger.origin.as_str())
                };
                let found = records
                    .iter()
                    .filter(same)
                    .filter_map(|record| Entry::of(SYSTEM, record)?.about(record, &theirs));
                entries.extend(found);
            }
        }
        found.check()?;
        Ok(entries)
    }

    fn person_named(&self) -> Result<String, CliError> {
        match (&self.person, &self.person_file) {
            (Some(person), _) => Ok(person.clone()),
            (None, Some(path)) => {
                let text =
                    std::fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (None, None) => Ok(String::new()),
        }
    }

    fn concerns(&self, ledger: &str) -> bool {
        self.ledgers.is_empty() || self.ledgers.iter().any(|wanted| wanted == ledger)
    }
}

async fn system(session: &Session, client: &mut Client) -> Result<Ledger, CliError> {
    let request = session.connection.request(GetLedgerRequest {
        ledger: SYSTEM.to_owned(),
    });
    let answer = client.get_ledger(request).await?.into_inner();
    answer.ledger.ok_or(CliError::Answer("no ledger in it"))
}

fn of_type(name: &str) -> EventFilter {
    EventFilter {
        r#type: name.to_owned(),
        ..EventFilter::default()
    }
}

fn fact(record: &LedgerRecord, name: &str) -> Option<String> {
    text(record.event.as_ref()?, name)
}

impl Entry {
    fn of(recorded_in: &str, record: &LedgerRecord) -> Option<Self> {
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
        Some(Self {
            recorded_in: recorded_in.to_owned(),
            sequence: record.sequence,
            recorded_time: time::to_text(time),
            for_people: time::for_people(time),
            principal: fact("principal"),
            authentication: fact("authentication"),
            r#type: event.r#type.clone(),
            call,
            ledger: fact("ledger"),
            outcome: fact("outcome"),
            records: None,
            count: fact("count").parse().ok(),
            purpose: fact("purpose"),
        })
    }

    /// The same, if it is about some of these records.
    fn about(self, record: &LedgerRecord, sequences: &[u64]) -> Option<Self> {
        let records = count_in(&fact(record, "sequences")?, sequences);
        (records > 0).then_some(Self {
            records: Some(records),
            ..self
        })
    }

    fn row(&self) -> Row {
        let what = self.r#type.trim_start_matches("indelible.");
        let mut notes = Vec::new();
        notes.extend(self.records.map(|records| format!("records: {records}")));
        notes.extend(self.count.map(|count| format!("times: {count}")));
        if !self.purpose.is_empty() {
            notes.push(format!("for: {}", self.purpose));
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
                or_dash(&self.ledger),
                or_dash(&self.outcome),
                notes.join(", "),
            ],
            paint: None,
        }
    }
}

/// Writes the receipt of a record, and the record that it proves.
async fn receipt(
    session: &mut Session,
    directory: &std::path::Path,
    entry: &Entry,
) -> Result<(), CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetReceiptRequest {
        ledger: entry.recorded_in.clone(),
        sequence: entry.sequence,
        wait_for_publication: true,
        ..GetReceiptRequest::default()
    });
    let answer = client.get_receipt(request).await?.into_inner();
    let name =
        |kind: &str| directory.join(format!("{}-{}.{kind}", entry.recorded_in, entry.sequence));
    let output = &mut session.output;
    output.write_file(
        &name("receipt"),
        Readers::Usual,
        &Inputs::NONE,
        answer.receipt.as_bytes(),
    )?;
    output.write_file(
        &name("record"),
        Readers::Owner,
        &Inputs::NONE,
        &answer.record_file,
    )
}
