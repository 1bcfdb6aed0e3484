//! `indelible erase`: erasing a data subject, from one ledger or from all.

mod dry_run;
mod of_all;

use std::fmt;

use clap::{ArgGroup, Args};
use indelible_evidence::data_subject::names;
use indelible_interchange::hex;
use indelible_proto::v1::{
    EraseDataSubjectRequest, EraseDataSubjectResponse, ErasureResult, Ledger,
    request_approval_request::Act,
};
use serde::Serialize;

use self::dry_run::{dry_run, remains};
use crate::cli::{
    approvals::two_people::TwoPeople,
    error::CliError,
    keys::recorded::Recorded,
    privacy::{backups::HoldingBackup, holding::holdings, not_looked_at},
    session::Session,
    ui::{
        confirm,
        data_subject::Subject,
        erasing::{Erasing, Step, complete, follow},
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
#[command(group(ArgGroup::new("where").required(true).args(["ledger", "all_ledgers"])))]
pub(crate) struct Erase {
    /// Name or origin
    ledger: Option<String>,
    /// Erase the subject from every ledger that has events of it. Each erasure stands alone: one that is refused stops none.
    /// With --request, each has a request of its own, and --approved is given once for each
    #[arg(long)]
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
        self.check_basis(&data_subject)?;
        if self.dry_run || self.all_ledgers {
            let named: Vec<String> = self.ledger.iter().cloned().collect();
            let holdings = holdings(session, &data_subject, &named).await?;
            if self.dry_run {
                return dry_run(session, &data_subject, &holdings, self.all_ledgers).await;
            }
            return match self.two_people.asks() {
                true => self.ask_for_all(session, data_subject, &holdings).await,
                false => self.erase_all(session, &data_subject, &holdings).await,
            };
        }
        let approval = self.two_people.approval_id()?;
        let ledger = self.ledger.clone().unwrap_or_default();
        if self.two_people.asks() {
            return self.ask(session, ledger, data_subject).await;
        }
        if !self.yes {
            let what = format!("This erases a data subject from {ledger}.");
            self.confirm(session, &what, &ledger)?;
        }
        let request = self.wanted(ledger, data_subject, approval);
        self.erase(session, request, None).await
    }

    /// Refuses a basis that names the person: it stays when everything else of them is gone.
    fn check_basis(&self, data_subject: &str) -> Result<(), CliError> {
        let basis = self.basis.as_deref().unwrap_or_default();
        match names(basis, data_subject) {
            true => Err(CliError::Unusable {
                problem: "the basis names the data subject, and the ledger keeps it for ever, also after the erasure"
                    .to_owned(),
                advice: "say it without the name, for example --basis \"GDPR Art. 17(1)(a)\"; what is personal about the request \
                         belongs in your own files",
            }),
            false => Ok(()),
        }
    }

    /// Asks for the erasure. The approver says the data subject and the basis again, as they were said here.
    async fn ask(
        &self,
        session: &mut Session,
        ledger: String,
        data_subject: String,
    ) -> Result<(), CliError> {
        let (option, value) = self.said(&data_subject);
        let basis = self.basis.clone().unwrap_or_default();
        let said = [(option, value.as_str()), ("--basis", basis.as_str())];
        let act = Act::EraseDataSubject(self.wanted(ledger, data_subject, String::new()));
        self.two_people.ask(session, act, &said).await
    }

    /// By which option an approver says the data subject again, and with which value.
    fn said(&self, data_subject: &str) -> (&'static str, String) {
        match self.subject.file() {
            Some(file) => ("--subject-file", file.display().to_string()),
            None => ("--subject", data_subject.to_owned()),
        }
    }

    fn wanted(
        &self,
        ledger: String,
        data_subject: String,
        approval_id: String,
    ) -> EraseDataSubjectRequest {
        EraseDataSubjectRequest {
            ledger,
            data_subject,
            basis: self.basis.clone().unwrap_or_default(),
            approval_id,
        }
    }

    async fn erase(
        &self,
        session: &mut Session,
        request: EraseDataSubjectRequest,
        one_of_many: Option<OneOfMany<'_>>,
    ) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let named = request.ledger.clone();
        let stream = client.erase_data_subject(request).await?.into_inner();
        let result = follow(&mut session.output, stream).await?;
        report(session, &named, one_of_many, &result)
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

/// One of all ledgers that somebody is erased from.
#[derive(Clone, Copy)]
struct OneOfMany<'a> {
    ledger: &'a Ledger,
    /// Whether there may be ledgers that the caller is not told of.
    may_be_more: bool,
}

impl Erasing for EraseDataSubjectResponse {
    type Result = ErasureResult;

    fn told(self) -> Step<ErasureResult> {
        Step {
            step: self.step(),
            recorded: Some(self.sequence),
            done: self.done,
            total: self.total,
            result: self.result,
        }
    }

    fn goes_on(sequence: u64) -> String {
        format!(
            "the erasure is recorded as {sequence} and will be completed; `indelible erasures` shows when it is"
        )
    }
}

fn report(
    session: &mut Session,
    named: &str,
    one_of_many: Option<OneOfMany<'_>>,
    result: &ErasureResult,
) -> Result<(), CliError> {
    match one_of_many {
        None => session.output.answer(&Erased::new(named, None, result))?,
        Some(one) => {
            let name = &one.ledger.name;
            session
                .output
                .item(&Erased::new(name, one_of_many, result))?;
        }
    }
    complete(result.complete, result.sequence, &result.older_copy_paths)
}

/// What was erased, and what still holds it.
#[derive(Serialize)]
struct Erased<'a> {
    ledger: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(flatten)]
    recorded: Recorded,
    /// The ledger whose record it is, where that is another one.
    #[serde(skip_serializing_if = "str::is_empty")]
    recorded_in: &'a str,
    data_keys: Vec<String>,
    events: u64,
    complete: bool,
    older_copies: &'a [String],
    /// Answers that ended with something on the way.
    answers_in_transit: u64,
    kek_id: String,
    backups: &'a str,
    /// Backups that may still hold what was erased.
    in_backups: Vec<HoldingBackup>,
    remains: Vec<&'static str>,
    not_looked_at: &'static [&'static str],
}

impl<'a> Erased<'a> {
    fn new(ledger: &'a str, one_of_many: Option<OneOfMany<'a>>, result: &'a ErasureResult) -> Self {
        Self {
            ledger,
            origin: one_of_many.map(|one| one.ledger.origin.as_str()),
            recorded: Recorded::new(result.sequence, result.recorded_time.as_ref()),
            recorded_in: &result.recorded_in_origin,
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
            in_backups: result.backups.iter().map(HoldingBackup::new).collect(),
            remains: remains(
                one_of_many.map(|one| one.ledger.access_trail),
                !result.recorded_in_origin.is_empty(),
            ),
            not_looked_at: match one_of_many {
                None => not_looked_at::BY_ONE,
                Some(one) => not_looked_at::by_all(one.may_be_more),
            },
        }
    }
}

impl Erased<'_> {
    /// What it means that another ledger has the record.
    fn elsewhere(&self) -> String {
        match self.recorded_in {
            "" => String::new(),
            origin => format!(
                "{origin}, since this ledger takes no records: what was encrypted stays in it, and nobody has the keys"
            ),
        }
    }
}

impl fmt::Display for Erased<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row("ledger", self.ledger);
        self.recorded.rows(&mut table);
        table
            .row_if("recorded in", &self.elsewhere())
            .row("data keys", self.data_keys.join(", "))
            .row("events", self.events)
            .row("complete", yes_or_no(self.complete));
        for directory in self.older_copies {
            table.row("older copy", printable(directory));
        }
        table.row("answers in transit", self.answers_in_transit);
        table.row("KEK", &self.kek_id).row("backups", self.backups);
        for backup in &self.in_backups {
            table.row(backup.heading(), backup);
        }
        // Of many it is said once, after the last.
        if self.origin.is_none() {
            for place in self.not_looked_at {
                table.row("not looked at", place);
            }
        }
        table.fmt(f)
    }
}
