//! `indelible subject`: what the ledgers have of a data subject.

use std::{fmt, path::PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    privacy::{
        dossier::Dossier,
        holding::{Holding, HoldingView, holdings},
        page,
    },
    session::Session,
    ui::data_subject::Subject,
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
        dossier.write(&self.out, &page::page(&dossier))?;
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
