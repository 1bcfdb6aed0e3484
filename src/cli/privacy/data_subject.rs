//! `indelible subject`: what the ledgers have of a data subject.

use std::{fmt, path::PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use indelible_interchange::hex;
use indelible_proto::v1::{ErrorReason, GetDataSubjectRequest, GetDataSubjectResponse, Ledger};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    keys::subject::Subject,
    privacy::{dossier::Dossier, ledgers::ledgers},
    session::Session,
    ui::{table::Table, time},
};

/// Show or export what ledgers have of a data subject
#[derive(Debug, Subcommand)]
pub(crate) enum SubjectCommand {
    Show(Show),
    Export(Export),
}

/// Whom it is about, and where to look.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whom").required(true).args(["subject", "subject_file"])))]
pub(crate) struct Whom {
    #[command(flatten)]
    subject: Subject,
    /// Look in this ledger only, by name or origin; may be given more than once [default: all ledgers]
    #[arg(long = "ledger", value_name = "LEDGER", conflicts_with = "all_ledgers")]
    ledgers: Vec<String>,
    /// Look in all ledgers, closed ones too; so it is without --ledger
    #[arg(long)]
    all_ledgers: bool,
}

/// Show how many events ledgers have of a data subject, since when, and which holds keep them
///
/// Nothing is decrypted for it, and nothing is recorded. A name that no ledger has is an error: check how events spell it.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    whom: Whom,
}

/// Write all that ledgers have of a data subject to one archive: records as JSON, receipts, and a page for the person
///
/// The events are decrypted, and in a ledger with an access trail that is recorded: for this person alone, with the
/// purpose that is given. Each record has its receipt, which proves that it is in the ledger.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    whom: Whom,
    /// The archive, a tar; it appears when it is complete
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Why, for the access trail; auditors read it, so name no person in it
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "request of a data subject for access"
    )]
    purpose: String,
}

impl SubjectCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Show(command) => command.run(session).await,
            Self::Export(command) => command.run(session).await,
        }
    }
}

/// One ledger and what it has.
pub(crate) struct Holding {
    pub(crate) ledger: Ledger,
    pub(crate) found: GetDataSubjectResponse,
}

impl Whom {
    /// The ledgers that have something of the data subject.
    ///
    /// # Errors
    /// If none has anything: an empty answer would look like one.
    async fn holdings(&self, session: &Session) -> Result<(String, Vec<Holding>), CliError> {
        let data_subject = self.subject.read()?.unwrap_or_default();
        let holdings = holdings(session, &data_subject, &self.ledgers).await?;
        Ok((data_subject, holdings))
    }
}

/// The ledgers, among those named or among all, that have something of the data subject.
///
/// # Errors
/// If none has anything.
pub(crate) async fn holdings(
    session: &Session,
    data_subject: &str,
    named: &[String],
) -> Result<Vec<Holding>, CliError> {
    let mut client = session.connection.open_keys().await?;
    let mut holdings = Vec::new();
    let mut unknown = None;
    for ledger in ledgers(session, named).await? {
        let request = session.connection.request(GetDataSubjectRequest {
            ledger: ledger.origin.clone(),
            data_subject: data_subject.to_owned(),
        });
        match client.get_data_subject(request).await {
            Ok(answer) => holdings.push(Holding {
                ledger,
                found: answer.into_inner(),
            }),
            Err(status) => match CliError::from(status) {
                CliError::Daemon(refusal) if refusal.is(ErrorReason::DataSubjectUnknown) => {
                    unknown = Some(refusal);
                }
                error => return Err(error),
            },
        }
    }
    match unknown {
        Some(refusal) if holdings.is_empty() => Err(CliError::Daemon(refusal)),
        _ if holdings.is_empty() => {
            Err(CliError::Usage("there is no ledger to look in".to_owned()))
        }
        _ => Ok(holdings),
    }
}

impl Show {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let (_, holdings) = self.whom.holdings(session).await?;
        for (place, holding) in holdings.iter().enumerate() {
            if place > 0 && !session.output.is_json() {
                session.output.line("")?;
            }
            session.output.item(&HoldingView::new(holding))?;
        }
        Ok(())
    }
}

impl Export {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let (data_subject, holdings) = self.whom.holdings(session).await?;
        let dossier = Dossier::gather(session, &data_subject, &self.purpose, &holdings).await?;
        dossier.write(&self.out)?;
        session.output.answer(&Exported {
            file: self.out.display().to_string(),
            ledgers: holdings.len(),
            records: dossier.records(),
        })
    }
}

/// What was written.
#[derive(Serialize)]
struct Exported {
    file: String,
    ledgers: usize,
    records: usize,
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, records, ledgers) = (&self.file, self.records, self.ledgers);
        write!(f, "{file}: records {records}, ledgers {ledgers}")
    }
}

/// What one ledger has.
#[derive(Serialize)]
pub(crate) struct HoldingView<'a> {
    ledger: &'a str,
    origin: &'a str,
    events: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    first_recorded_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    last_recorded_time: String,
    types: Vec<TypeView<'a>>,
    data_keys: Vec<String>,
    holds: Vec<HeldView<'a>>,
}

#[derive(Serialize)]
struct TypeView<'a> {
    r#type: &'a str,
    events: u64,
}

#[derive(Serialize)]
struct HeldView<'a> {
    hold_id: String,
    whole_ledger: bool,
    reason: &'a str,
}

impl<'a> HoldingView<'a> {
    pub(crate) fn new(holding: &'a Holding) -> Self {
        let Holding { ledger, found } = holding;
        let types = found.types.iter().map(|of| TypeView {
            r#type: &of.r#type,
            events: of.count,
        });
        let holds = found.holds.iter().map(|hold| HeldView {
            hold_id: hex::encode(&hold.hold_id),
            whole_ledger: hold.whole_ledger,
            reason: &hold.reason,
        });
        Self {
            ledger: &ledger.name,
            origin: &ledger.origin,
            events: found.event_count,
            first: found.first_sequence,
            first_recorded_time: time::to_text(found.first_recorded_time.as_ref()),
            last: found.last_sequence,
            last_recorded_time: time::to_text(found.last_recorded_time.as_ref()),
            types: types.collect(),
            data_keys: found
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            holds: holds.collect(),
        }
    }
}

impl fmt::Display for HoldingView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ledger", self.ledger)
            .row("origin", self.origin)
            .row("events", self.events);
        for of in &self.types {
            table.row("", format!("{} {}", of.events, of.r#type));
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let (first_time, last_time) = (&self.first_recorded_time, &self.last_recorded_time);
            table
                .row("first", format!("record {first}, recorded {first_time}"))
                .row("last", format!("record {last}, recorded {last_time}"));
        }
        table.row("data keys", self.data_keys.join(", "));
        for hold in &self.holds {
            let whole = if hold.whole_ledger {
                " on the whole ledger"
            } else {
                ""
            };
            let text = format!("{}{whole} {}", hold.hold_id, hold.reason);
            table.row("held by", text.trim_end());
        }
        if self.holds.is_empty() {
            table.row("held by", "nothing");
        }
        table.fmt(f)
    }
}
