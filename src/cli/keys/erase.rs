//! `indelible erase`: erasing a data subject, from one ledger or from all.

use std::fmt;

use clap::{ArgGroup, Args};
use indelible_interchange::hex;
use indelible_proto::v1::{
    EraseDataSubjectRequest, EraseDataSubjectResponse, ErasureResult, ErasureStep, LedgerState,
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    keys::recorded::Recorded,
    privacy::holding::{Holding, HoldingView, holdings},
    session::Session,
    ui::{
        confirm,
        data_subject::Subject,
        progress::{Progress, Unit},
        table::{Table, printable, yes_or_no},
    },
};

/// Erase a data subject
///
/// A record with the legal basis comes first, and names nobody. Then the subject's keys, and bodies, payloads and
/// index entries of all events under them, are destroyed and removed from every file of the data directory.
/// Events that name the person elsewhere than as their data subject, or in another spelling, stay. Every proof stays
/// valid. Once recorded, the erasure can't be undone, and the daemon completes it even if
/// this command ends early.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whom").required(true).args(["subject", "subject_file"])))]
pub(crate) struct Erase {
    /// Name or origin
    #[arg(required_unless_present = "all_ledgers")]
    ledger: Option<String>,
    /// Erase the subject from every ledger that has events of it. Each erasure stands alone: one that is refused stops none
    #[arg(long, conflicts_with = "ledger")]
    all_ledgers: bool,
    /// Only show what would be erased, and which holds would refuse it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    subject: Subject,
    /// The legal basis, for example "GDPR Art. 17(1)(a)"; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    basis: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Erase {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let data_subject = self.subject.read()?.unwrap_or_default();
        if self.dry_run || self.all_ledgers {
            let named: Vec<String> = self.ledger.iter().cloned().collect();
            let holdings = holdings(session, &data_subject, &named).await?;
            if self.dry_run {
                return dry_run(session, &holdings);
            }
            return self.erase_all(session, &data_subject, &holdings).await;
        }
        let ledger = self.ledger.clone().unwrap_or_default();
        if !self.yes {
            let what = format!("This erases a data subject from {ledger}.");
            self.confirm(session, &what, &ledger)?;
        }
        self.erase(session, ledger, &data_subject).await
    }

    /// Erases the subject from each of these ledgers. One that is refused stops none, and is named.
    async fn erase_all(
        &self,
        session: &mut Session,
        data_subject: &str,
        holdings: &[Holding],
    ) -> Result<(), CliError> {
        let open = holdings
            .iter()
            .filter(|holding| holding.ledger.state() != LedgerState::Closed);
        let closed = holdings.len() - open.clone().count();
        if !self.yes {
            let count = open.clone().count();
            let what = format!("This erases a data subject from {count} ledgers.");
            self.confirm(session, &what, &count.to_string())?;
        }
        let mut refused = Vec::new();
        for holding in open {
            let ledger = &holding.ledger;
            session
                .output
                .remark(format_args!("ledger {}", printable(&ledger.name)));
            if let Err(error) = self
                .erase(session, ledger.origin.clone(), data_subject)
                .await
            {
                session.output.remark(error.to_text());
                refused.push(ledger.name.clone());
            }
        }
        if closed > 0 {
            session.output.remark(format_args!(
                "{closed} closed ledgers have events of the subject, too; a closed ledger takes no erasure"
            ));
            let closed = holdings
                .iter()
                .filter(|holding| holding.ledger.state() == LedgerState::Closed);
            refused.extend(closed.map(|holding| holding.ledger.origin.clone()));
        }
        if refused.is_empty() {
            return Ok(());
        }
        Err(CliError::SomeNotErased { ledgers: refused })
    }

    async fn erase(
        &self,
        session: &mut Session,
        ledger: String,
        data_subject: &str,
    ) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let request = EraseDataSubjectRequest {
            ledger,
            data_subject: data_subject.to_owned(),
            basis: self.basis.clone().unwrap_or_default(),
        };
        let mut stream = client.erase_data_subject(request).await?.into_inner();
        let mut shown = Shown::default();
        loop {
            match stream.message().await {
                Ok(Some(message)) => {
                    shown.show(session, &message);
                    if let Some(result) = message.result {
                        return report(session, &result);
                    }
                }
                Ok(None) => return Err(CliError::Answer("it ended without a result")),
                Err(status) => {
                    shown.progress = None;
                    if let Some(sequence) = shown.recorded {
                        session.output.remark(format_args!(
                            "the erasure is recorded as {sequence} and will be completed; \
                             `indelible erasures` shows when it is"
                        ));
                    }
                    return Err(status.into());
                }
            }
        }
    }

    /// Somebody must say that this is meant, by typing `word`.
    fn confirm(&self, session: &mut Session, what: &str, word: &str) -> Result<(), CliError> {
        if self.subject.takes_standard_input() {
            return Err(confirm::nobody_to_ask());
        }
        match self.all_ledgers {
            true => confirm::number(&mut session.output, what, word),
            false => confirm::ledger(&mut session.output, what, word),
        }
    }
}

/// Shows what an erasure would destroy, and what would refuse it.
fn dry_run(session: &mut Session, holdings: &[Holding]) -> Result<(), CliError> {
    for holding in holdings {
        session.output.item(&HoldingView::new(holding))?;
        let name = printable(&holding.ledger.name);
        let held = holding.found.holds.len();
        let events = holding.found.event_count;
        session.output.remark(match (holding.ledger.state(), held) {
            (LedgerState::Open, 0) => {
                let noun = if events == 1 { "event" } else { "events" };
                format!("{name}: bodies and payloads of {events} {noun} would be erased; nothing was erased")
            }
            (LedgerState::Open, _) => {
                let holds = if held == 1 { "hold is" } else { "holds are" };
                format!("{name}: the erasure would be refused, since {held} {holds} in force; nothing was erased")
            }
            _ => format!("{name}: the erasure would be refused, since the ledger is not open; nothing was erased"),
        });
    }
    Ok(())
}

/// How far it is, for the person who waits.
#[derive(Default)]
struct Shown {
    recorded: Option<u64>,
    step: Option<ErasureStep>,
    progress: Option<Progress>,
}

impl Shown {
    fn show(&mut self, session: &mut Session, message: &EraseDataSubjectResponse) {
        if self.recorded.is_none() {
            self.recorded = Some(message.sequence);
            session.output.remark(format_args!(
                "recorded as {}: from here on it can't be undone",
                message.sequence
            ));
        }
        let step = message.step();
        let (doing, unit) = match step {
            ErasureStep::Indexing => ("waiting for the index", Unit::Records),
            ErasureStep::Destroying => ("destroying", Unit::Records),
            ErasureStep::Purging => ("rewriting files", Unit::Bytes),
            ErasureStep::Releasing => ("waiting for readers of old files", Unit::Records),
            ErasureStep::Recorded | ErasureStep::Done | ErasureStep::Unspecified => {
                self.progress = None;
                return;
            }
        };
        if self.step != Some(step) {
            self.step = Some(step);
            self.progress = Some(Progress::new(&session.output, doing, unit));
        }
        if let Some(progress) = &mut self.progress {
            let total = (message.total > 0).then_some(message.total);
            progress.set(message.done, total);
        }
    }
}

fn report(session: &mut Session, result: &ErasureResult) -> Result<(), CliError> {
    session.output.answer(&Erased::new(result))?;
    if result.complete {
        return Ok(());
    }
    Err(CliError::NotErased {
        sequence: result.sequence,
        older_copies: result.older_copy_paths.clone(),
    })
}

/// What was erased, and what still holds it.
#[derive(Serialize)]
struct Erased<'a> {
    #[serde(flatten)]
    recorded: Recorded,
    data_keys: Vec<String>,
    events: u64,
    complete: bool,
    older_copies: &'a [String],
    /// Answers that ended with something on the way.
    answers_in_transit: u64,
    kek_id: String,
    backups: &'a str,
}

impl<'a> Erased<'a> {
    fn new(result: &'a ErasureResult) -> Self {
        Self {
            recorded: Recorded::new(result.sequence, result.recorded_time.as_ref()),
            data_keys: result
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            events: result.event_count,
            complete: result.complete,
            older_copies: &result.older_copy_paths,
            answers_in_transit: result.answers_in_transit,
            kek_id: hex::encode(&result.kek_id),
            backups: &result.backup_advice,
        }
    }
}

impl fmt::Display for Erased<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        self.recorded.rows(&mut table);
        table
            .row("data keys", self.data_keys.join(", "))
            .row("events", self.events)
            .row("complete", yes_or_no(self.complete));
        for directory in self.older_copies {
            table.row("older copy", printable(directory));
        }
        table.row("answers in transit", self.answers_in_transit);
        table.row("KEK", &self.kek_id).row("backups", self.backups);
        table.fmt(f)
    }
}
