//! `indelible erase` and `indelible erasures`: erasing data subjects.

use std::fmt;

use clap::{ArgGroup, Args};
use indelible_interchange::hex;
use indelible_proto::v1::{
    EraseDataSubjectRequest, EraseDataSubjectResponse, Erasure, ErasureResult, ErasureStep,
    ListErasuresRequest,
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    keys::{recorded::Recorded, subject::Subject},
    session::Session,
    ui::{
        confirm,
        progress::{Progress, Unit},
        table::{Table, printable, yes_or_no},
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// Erase a data subject for ever
///
/// A record with the legal basis comes first, and names nobody. Then the subject's keys, and bodies, payloads and
/// index entries of all events under these keys, are destroyed and removed from every file of the data directory.
/// Events that name the person elsewhere than as their data subject, or in another spelling, stay. Every proof stays valid. Once recorded, the erasure can't be undone, and the daemon completes it even if
/// this command ends early.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whom").required(true).args(["subject", "subject_file"])))]
pub(crate) struct Erase {
    /// Name or origin
    ledger: String,
    #[command(flatten)]
    subject: Subject,
    /// The legal basis, for example "GDPR Art. 17(1)(a)"; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT")]
    basis: String,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// List the erasures on record, and whether each is complete
#[derive(Debug, Args)]
pub(crate) struct Erasures {
    /// Name or origin
    ledger: String,
}

impl Erase {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let data_subject = self.subject.read()?.unwrap_or_default();
        if !self.yes {
            self.confirm(session)?;
        }
        let mut client = session.connection.open_keys().await?;
        let request = EraseDataSubjectRequest {
            ledger: self.ledger,
            data_subject,
            basis: self.basis,
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

    /// Somebody must say that this ledger is meant.
    fn confirm(&self, session: &mut Session) -> Result<(), CliError> {
        if self.subject.takes_standard_input() {
            return Err(confirm::nobody_to_ask());
        }
        let what = format!("This erases a data subject from {} for ever.", self.ledger);
        confirm::ledger(&mut session.output, &what, &self.ledger)
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

impl Erasures {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListErasuresRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_erasures(request).await?.into_inner();
            for erasure in &page.erasures {
                session.output.item(&ErasureView::new(erasure))?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }
}

/// An erasure on record.
#[derive(Serialize)]
struct ErasureView<'a> {
    sequence: u64,
    recorded_time: String,
    data_keys: Vec<String>,
    basis: &'a str,
    complete: bool,
}

impl<'a> ErasureView<'a> {
    fn new(erasure: &'a Erasure) -> Self {
        Self {
            sequence: erasure.sequence,
            recorded_time: time::to_text(erasure.recorded_time.as_ref()),
            data_keys: erasure
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            basis: &erasure.basis,
            complete: erasure.complete,
        }
    }
}

impl fmt::Display for ErasureView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.complete {
            true => "complete",
            false => "not complete",
        };
        let (sequence, recorded) = (self.sequence, &self.recorded_time);
        let (basis, keys) = (printable(self.basis), self.data_keys.join(" "));
        write!(
            f,
            "{sequence:>8}  {recorded:30}  {state:12}  {basis}  {keys}"
        )
    }
}
