//! `indelible erase` and `indelible erasures`: what is no longer to be readable.

use clap::{ArgGroup, Args};
use indelible_proto::v1::{
    EraseSubjectRequest, EraseSubjectResponse, Erasure, ErasureResult, ErasureStep,
    ListErasuresRequest,
};
use serde_json::json;

use crate::cli::{
    error::CliError,
    keys::subject::Subject,
    session::Session,
    ui::{
        confirm,
        progress::{Progress, Unit},
        table::{Table, hex, printable},
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// Erase a data subject for ever
///
/// A record with the legal basis comes first, and names nobody. Then the subject's keys, and bodies, payloads and
/// index entries of all events that name the subject, are destroyed and removed from every file of the data
/// directory. Every proof stays valid. Once it is recorded it can't be undone, and is completed whether or not
/// this command is still there.
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
    /// Do not ask whether it is meant
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
        let request = EraseSubjectRequest {
            ledger: self.ledger,
            data_subject,
            basis: self.basis,
        };
        let mut stream = client.erase_subject(request).await?.into_inner();
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
                             `indelible erasures` tells when it is"
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

/// How far it is, as whoever waits for it sees it.
#[derive(Default)]
struct Shown {
    recorded: Option<u64>,
    step: Option<ErasureStep>,
    progress: Option<Progress>,
}

impl Shown {
    fn show(&mut self, session: &mut Session, message: &EraseSubjectResponse) {
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
            ErasureStep::Purging => ("writing files anew", Unit::Bytes),
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
    let keys: Vec<_> = result.data_key_ids.iter().map(|id| hex(id)).collect();
    let recorded = time::to_text(result.recorded_time.as_ref());
    let value = json!({
        "sequence": result.sequence,
        "recorded_time": recorded,
        "data_keys": keys,
        "events": result.events,
        "complete": result.complete,
        "older_copies": result.older_copies,
        "kek_id": result.kek_id,
        "backups": result.backups,
    });
    let mut table = Table::default();
    table
        .row("sequence", result.sequence)
        .row("recorded", recorded)
        .row("data keys", keys.join(", "))
        .row("events", result.events)
        .row("complete", yes_or_no(result.complete));
    for directory in &result.older_copies {
        table.row("older copy", printable(directory));
    }
    table
        .row("KEK", &result.kek_id)
        .row("backups", &result.backups);
    session.output.result(&value, table)?;
    if result.complete {
        return Ok(());
    }
    Err(CliError::NotErased {
        sequence: result.sequence,
        older_copies: result.older_copies.clone(),
    })
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
                show(session, erasure)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }
}

fn show(session: &mut Session, erasure: &Erasure) -> Result<(), CliError> {
    let keys: Vec<_> = erasure.data_key_ids.iter().map(|id| hex(id)).collect();
    let recorded = time::to_text(erasure.recorded_time.as_ref());
    if session.output.is_json() {
        return session.output.object_line(&json!({
            "sequence": erasure.sequence,
            "recorded_time": recorded,
            "data_keys": keys,
            "basis": erasure.basis,
            "complete": erasure.complete,
        }));
    }
    let state = if erasure.complete {
        "complete"
    } else {
        "not complete"
    };
    session.output.line(format_args!(
        "{:>8}  {recorded:30}  {state:12}  {}  {}",
        erasure.sequence,
        printable(&erasure.basis),
        keys.join(" ")
    ))
}

fn yes_or_no(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}
