//! `indelible retention set`.

use std::{fmt, io::Read as _, path::PathBuf};

use clap::Args;
use indelible_proto::v1::{RetentionRule, SetRetentionRequest, request_approval_request::Act};
use serde::Serialize;

use super::rules::{self, RuleView};
use crate::cli::{
    approvals::two_people::TwoPeople,
    error::CliError,
    keys::recorded::Recorded,
    session::Session,
    ui::{
        confirm,
        rule::in_words,
        source::{Meter, Source},
        table::Table,
    },
};

/// Larger files are something else: the daemon takes 16 KiB.
const FILE_BYTES_MAX: u64 = 1_024 * 1_024;

/// Put rules of retention in force: these, and no others
///
/// What they cover is erased for good or moved to the archive once its time has come, as soon as the daemon looks, which it
/// does every day unless it is configured otherwise. `retention preview` says afterwards what that is. Holds keep what they cover.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Name or origin
    ledger: String,
    /// A file with one rule on each line, as JSON, or - for standard input: name, parts ("all" or "payloads"), after_days and
    /// basis, and perhaps action ("erase" or "archive"), clock ("recorded" or "event"), type and classification
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "none",
        conflicts_with = "none"
    )]
    rules: Option<PathBuf>,
    /// Dispose of nothing any more
    #[arg(long)]
    none: bool,
    /// Why; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    two_people: TwoPeople,
}

impl Set {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let rules = match &self.rules {
            Some(path) => read(path)?,
            None => Vec::new(),
        };
        let wanted = SetRetentionRequest {
            ledger: self.ledger.clone(),
            rules,
            reason: self.reason.clone().unwrap_or_default(),
            approval_id: self.two_people.approval_id()?,
        };
        if self.two_people.asks() {
            let reason = self.reason.iter();
            let said: Vec<_> = reason.map(|text| ("--reason", text.as_str())).collect();
            let act = Act::SetRetention(wanted);
            return self.two_people.ask(session, act, &said).await;
        }
        if !self.yes {
            let told = wanted
                .rules
                .iter()
                .map(|rule| format!("{}\n", in_words(rule)));
            let told: String = told.collect();
            let question = format!(
                "{told}This puts {} rules of retention of {} in force, and no others.",
                wanted.rules.len(),
                self.ledger
            );
            confirm::ledger(&mut session.output, &question, &self.ledger)?;
        }
        let shown: Vec<_> = wanted.rules.iter().map(RuleView::new).collect();
        let words = wanted.rules.iter().map(in_words).collect();
        let mut client = session.connection.open_retention().await?;
        let request = session.connection.request(wanted);
        let answer = client.set_retention(request).await?.into_inner();
        session.output.answer(&InForce {
            rules: shown,
            recorded: Recorded::new(answer.sequence, answer.recorded_time.as_ref()),
            words,
        })
    }
}

fn read(path: &std::path::Path) -> Result<Vec<RetentionRule>, CliError> {
    let source = Source::open(path, &Meter::default())?;
    let mut text = String::new();
    let read = source.reader.take(FILE_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| CliError::file(&source.name, error))?;
    rules::read(&source.name, &text)
}

/// What is in force from that record on.
#[derive(Serialize)]
struct InForce {
    rules: Vec<RuleView>,
    #[serde(flatten)]
    recorded: Recorded,
    #[serde(skip)]
    words: Vec<String>,
}

impl fmt::Display for InForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        if self.words.is_empty() {
            table.row("rules", "none: nothing is disposed of any more");
        }
        for words in &self.words {
            table.row("rule", words);
        }
        self.recorded.rows(&mut table);
        table.fmt(f)
    }
}
