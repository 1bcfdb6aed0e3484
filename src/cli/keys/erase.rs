//! `indelible erase`: erasing a data subject, from one ledger or from all.

mod dry_run;

use std::fmt;

use clap::{ArgGroup, Args};
use indelible_compliance::reports::counted;
use indelible_interchange::hex;
use indelible_proto::v1::{
    EraseDataSubjectRequest, EraseDataSubjectResponse, ErasureResult, ErasureStep, Ledger,
    request_approval_request::Act,
};
use serde::Serialize;

use self::dry_run::{REMAINS, dry_run};
use crate::cli::{
    approvals::two_people::TwoPeople,
    error::CliError,
    keys::recorded::Recorded,
    privacy::{
        holding::{Holdings, UnaskedView, holdings},
        not_looked_at,
    },
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
    #[arg(long, conflicts_with_all = ["ledger", "request", "approved"])]
    all_ledgers: bool,
    /// Only show what would be erased, what would remain, who had it decrypted, and what would refuse it; the exit code is
    /// not 0 if the erasure would be refused
    #[arg(long, conflicts_with_all = ["request", "approved"])]
    dry_run: bool,
    #[command(flatten)]
    subject: Subject,
    /// The legal basis, for example "GDPR Art. 17(1)(a)"; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    basis: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    two_people: TwoPeople,
}

impl Erase {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let data_subject = self.subject.read()?.unwrap_or_default();
        if self.dry_run || self.all_ledgers {
            let named: Vec<String> = self.ledger.iter().cloned().collect();
            let holdings = holdings(session, &data_subject, &named).await?;
            if self.dry_run {
                return dry_run(session, &data_subject, &holdings, self.all_ledgers).await;
            }
            return self.erase_all(session, &data_subject, &holdings).await;
        }
        let ledger = self.ledger.clone().unwrap_or_default();
        if self.two_people.asks() {
            return self.ask(session, ledger, data_subject).await;
        }
        if !self.yes {
            let what = format!("This erases a data subject from {ledger}.");
            self.confirm(session, &what, &ledger)?;
        }
        self.erase(session, ledger, &data_subject, None).await
    }

    /// Asks for the erasure. The approver says the data subject and the basis again, as they were said here.
    async fn ask(
        &self,
        session: &mut Session,
        ledger: String,
        data_subject: String,
    ) -> Result<(), CliError> {
        let file = self.subject.file().map(|file| file.display().to_string());
        let said = match &file {
            Some(file) => ("--subject-file", file.clone()),
            None => ("--subject", data_subject.clone()),
        };
        let basis = self.basis.clone().unwrap_or_default();
        let said = [(said.0, said.1.as_str()), ("--basis", basis.as_str())];
        let act = Act::EraseDataSubject(self.wanted(ledger, data_subject));
        self.two_people.ask(session, act, &said).await
    }

    fn wanted(&self, ledger: String, data_subject: String) -> EraseDataSubjectRequest {
        EraseDataSubjectRequest {
            ledger,
            data_subject,
            basis: self.basis.clone().unwrap_or_default(),
            approval_id: self.two_people.approval_id(),
        }
    }

    /// Erases the subject from each of these ledgers. One that is refused stops none, and is named.
    async fn erase_all(
        &self,
        session: &mut Session,
        data_subject: &str,
        holdings: &Holdings,
    ) -> Result<(), CliError> {
        if holdings.found.is_empty() {
            return holdings.check();
        }
        let open = holdings.found.iter().filter(|holding| !holding.is_closed());
        if !self.yes {
            let count = open.clone().count();
            let ledgers = counted(count as u64, "ledger", "ledgers");
            let what = format!("This erases a data subject from {ledgers}.");
            self.confirm(session, &what, &count.to_string())?;
        }
        let mut refused = Vec::new();
        for holding in open {
            let ledger = &holding.ledger;
            session
                .output
                .remark(format_args!("ledger {}", printable(&ledger.name)));
            if let Err(error) = self
                .erase(session, ledger.origin.clone(), data_subject, Some(ledger))
                .await
            {
                // One that is not complete was shown as a result already.
                let is_shown = matches!(error, CliError::NotErased { .. });
                if !(is_shown && session.output.is_json()) {
                    let said = error.to_text();
                    NotErased::new(ledger, error.to_string(), said).tell(session)?;
                }
                refused.push(ledger.name.clone());
            }
        }
        for closed in holdings.found.iter().filter(|holding| holding.is_closed()) {
            let why = "a closed ledger takes no erasure, and this one has events of the subject";
            let said = format!("{}: {why}", printable(&closed.ledger.origin));
            NotErased::new(&closed.ledger, why.to_owned(), said).tell(session)?;
            refused.push(closed.ledger.origin.clone());
        }
        not_looked_at::tell(session)?;
        for unasked in &holdings.unasked {
            let view = UnaskedView::new(unasked);
            match session.output.is_json() {
                true => session.output.object_line(&view)?,
                false => session.output.remark(view.sentence()),
            }
        }
        if refused.is_empty() {
            return holdings.check();
        }
        Err(CliError::SomeNotErased { ledgers: refused })
    }

    async fn erase(
        &self,
        session: &mut Session,
        ledger: String,
        data_subject: &str,
        one_of_many: Option<&Ledger>,
    ) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let named = ledger.clone();
        let request = self.wanted(ledger, data_subject.to_owned());
        let mut stream = client.erase_data_subject(request).await?.into_inner();
        let mut shown = Shown::default();
        loop {
            match stream.message().await {
                Ok(Some(message)) => {
                    shown.show(session, &message);
                    if let Some(result) = message.result {
                        return report(session, &named, one_of_many, &result);
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

fn report(
    session: &mut Session,
    named: &str,
    one_of_many: Option<&Ledger>,
    result: &ErasureResult,
) -> Result<(), CliError> {
    match one_of_many {
        None => session.output.answer(&Erased::new(named, None, result))?,
        Some(ledger) => {
            let origin = Some(ledger.origin.as_str());
            session
                .output
                .item(&Erased::new(&ledger.name, origin, result))?;
        }
    }
    if result.complete {
        return Ok(());
    }
    Err(CliError::NotErased {
        sequence: result.sequence,
        older_copies: result.older_copy_paths.clone(),
    })
}

/// A ledger that kept what was to be erased from all.
#[derive(Serialize)]
struct NotErased<'a> {
    ledger: &'a str,
    origin: &'a str,
    refused: String,
    #[serde(skip)]
    said: String,
}

impl<'a> NotErased<'a> {
    fn new(ledger: &'a Ledger, refused: String, said: String) -> Self {
        Self {
            ledger: &ledger.name,
            origin: &ledger.origin,
            refused,
            said,
        }
    }

    /// Among the results for programs, and beside them for people.
    fn tell(&self, session: &mut Session) -> Result<(), CliError> {
        if session.output.is_json() {
            return session.output.object_line(self);
        }
        session.output.remark(&self.said);
        Ok(())
    }
}

/// What was erased, and what still holds it.
#[derive(Serialize)]
struct Erased<'a> {
    ledger: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
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
    remains: [&'static str; 4],
    not_looked_at: [&'static str; 5],
}

impl<'a> Erased<'a> {
    fn new(ledger: &'a str, origin: Option<&'a str>, result: &'a ErasureResult) -> Self {
        Self {
            ledger,
            origin,
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
            remains: REMAINS,
            not_looked_at: match origin {
                None => not_looked_at::BY_ONE,
                Some(_) => not_looked_at::BY_ALL,
            },
        }
    }
}

impl fmt::Display for Erased<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row("ledger", self.ledger);
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
        // Of many it is said once, after the last.
        if self.origin.is_none() {
            for place in self.not_looked_at {
                table.row("not looked at", place);
            }
        }
        table.fmt(f)
    }
}
