//! `indelible subject`: what the ledgers have of a data subject.

use std::{fmt, path::PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use indelible_compliance::reports::counted;
use serde::Serialize;

use crate::cli::{
    error::CliError,
    privacy::{
        dossier,
        holding::{Holding, HoldingView, Holdings, holdings},
        opened::{Decryptions, Opened, Source},
        part::Wanted,
        trail::{self, Recipient},
        unasked::UnaskedView,
    },
    session::Session,
    ui::{data_subject::Subject, pending_file::Inputs, table::Table},
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
/// Where you may not see every ledger, or one can't be asked, that is said, and the exit code is 6.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    whom: Whom,
    /// Show also who had these events decrypted: by the ledger's access trail, or else by the store's own ledger, where you
    /// may read it; this reads the whole trail
    #[arg(long)]
    readers: bool,
}

/// Write all that ledgers have of a data subject to one archive: records as JSON, receipts, and a page for the person
///
/// It takes the right to read, to decrypt and to prove in each ledger (roles privacy-officer, decryptor and reader); what is
/// missing is said before anything is decrypted. The events are decrypted, and that is recorded: for this person alone, and in a
/// ledger with an access trail with the purpose that is given. Each record has its receipt, which proves that it is in the
/// ledger. Only its owner may read the archive. A ledger that can't be asked is named, and so it is said where you may not see every ledger, and how many
/// records lack contents because a ledger's archive can't be read; the exit code is 6 then.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    whom: Whom,
    /// The archive, a tar; it appears when it is complete
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Why, for the access trail. Auditors read it, and so does every person in whose archive this reading is told later: name
    /// no person in it
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
    /// What the ledgers have of the data subject.
    ///
    /// # Errors
    /// If all say that they have nothing: an empty answer would look like one.
    async fn holdings(&self, session: &Session) -> Result<(String, Holdings), CliError> {
        let data_subject = self.subject.read()?.unwrap_or_default();
        let holdings = holdings(session, &data_subject, &self.ledgers).await?;
        Ok((data_subject, holdings))
    }
}

impl Show {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let (data_subject, holdings) = self.whom.holdings(session).await?;
        let decryptions = match self.readers {
            true => {
                let ledgers = holdings.found.iter().map(|holding| &holding.ledger);
                Some(Decryptions::read(session, ledgers).await?)
            }
            false => None,
        };
        for (place, holding) in holdings.found.iter().enumerate() {
            if place > 0 && !session.output.is_json() {
                session.output.line("")?;
            }
            let opened = match &decryptions {
                Some(read) => Some(readers(session, read, holding, &data_subject).await?),
                None => None,
            };
            session
                .output
                .item(&Shown::new(holding, holdings.not_looked_at(), opened))?;
        }
        for (place, unasked) in holdings.unasked.iter().enumerate() {
            if place + holdings.found.len() > 0 && !session.output.is_json() {
                session.output.line("")?;
            }
            session.output.item(&UnaskedView::new(unasked))?;
        }
        if !session.output.is_json() {
            for place in holdings.not_looked_at() {
                session
                    .output
                    .line(format_args!("\nnot looked at: {place}"))?;
            }
        }
        holdings.check()
    }
}

/// Who had the person's events decrypted.
async fn readers(
    session: &Session,
    decryptions: &Decryptions,
    holding: &Holding,
    data_subject: &str,
) -> Result<Opened, CliError> {
    let connection = &session.connection;
    let mut client = connection.open().await?;
    let theirs = trail::sequences(connection, &mut client, holding, data_subject).await?;
    decryptions
        .of(session, &mut client, &holding.ledger, &theirs)
        .await
}

/// What one ledger has, and who read it.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    holding: HoldingView<'a>,
    /// Beside this ledger; for people it is said once, after the last.
    not_looked_at: &'static [&'static str],
    /// Nothing where it was not asked, or is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_by: Option<Vec<Recipient>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_by_as_told_by: Option<Source>,
    /// Why it is not known, or what is not among it.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_by_lack: Option<String>,
    #[serde(skip)]
    readers: Table,
}

impl<'a> Shown<'a> {
    fn new(
        holding: &'a Holding,
        not_looked_at: &'static [&'static str],
        opened: Option<Opened>,
    ) -> Self {
        let mut readers = Table::default();
        if let Some(opened) = &opened {
            opened.rows(&mut readers, "opened by");
        }
        let source = opened.as_ref().map(|opened| opened.source);
        let (opened_by, opened_by_lack) =
            opened.map_or((None, None), |opened| (opened.by, opened.lack));
        Self {
            holding: HoldingView::new(holding),
            not_looked_at,
            opened_by,
            opened_by_as_told_by: source,
            opened_by_lack,
            readers,
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.holding.fmt(f)?;
        match self.opened_by_as_told_by {
            None => Ok(()),
            Some(_) => write!(f, "\n{}", self.readers),
        }
    }
}

impl Export {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let (data_subject, holdings) = self.whom.holdings(session).await?;
        let inputs = Inputs::of(self.whom.subject.file());
        if holdings.found.is_empty() {
            return holdings.check();
        }
        let wanted = Wanted {
            data_subject: &data_subject,
            purpose: &self.purpose,
        };
        let (records, away) =
            dossier::write(session, &wanted, &holdings, &self.out, &inputs).await?;
        session.output.answer(&Exported {
            file: self.out.display().to_string(),
            ledgers: holdings.found.len(),
            records,
            records_lacking_archived: away.count(),
            not_asked: holdings.unasked.iter().map(UnaskedView::new).collect(),
            not_looked_at: holdings.not_looked_at(),
        })?;
        holdings.check()?;
        away.check(&self.out.display().to_string())
    }
}

/// What was written.
#[derive(Serialize)]
struct Exported<'a> {
    file: String,
    ledgers: usize,
    records: u64,
    /// Those with contents that are in a ledger's archive, and could not be read there.
    records_lacking_archived: u64,
    not_asked: Vec<UnaskedView<'a>>,
    not_looked_at: &'static [&'static str],
}

impl fmt::Display for Exported<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, records, ledgers) = (&self.file, self.records, self.ledgers);
        write!(f, "{file}: records {records}, ledgers {ledgers}")?;
        if self.records_lacking_archived > 0 {
            let lacking = counted(self.records_lacking_archived, "record", "records");
            write!(
                f,
                "\nnot whole: contents of {lacking} are in the archive and could not be read there"
            )?;
        }
        let mut unasked = self.not_asked.iter();
        unasked.try_for_each(|unasked| write!(f, "\n{}", unasked.sentence()))?;
        let mut places = self.not_looked_at.iter();
        places.try_for_each(|place| write!(f, "\nnot looked at: {place}"))
    }
}
