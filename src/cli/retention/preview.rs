//! `indelible retention preview`.

use std::fmt;

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_proto::v1::{
    PreviewRetentionRequest, RetentionAction, RetentionSurvey, RetentionTouched,
};
use serde::Serialize;

use super::{rules::RuleView, show::none_in_force};
use crate::cli::{
    error::CliError,
    exit::Exit,
    privacy::caution,
    session::Session,
    ui::{rule::in_words, size::bytes_for_people, table::Table, time},
};

/// Show what each rule in force would touch now: how many records, of which ages, how many bytes, and what a hold keeps.
/// Nothing is touched
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// Name or origin
    ledger: String,
}

impl Preview {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_retention().await?;
        let request = session.connection.request(PreviewRetentionRequest {
            ledger: self.ledger.clone(),
        });
        let answer = client.preview_retention(request).await?.into_inner();
        show(session, &answer.surveys)?;
        let nothing = none_in_force(caution::warn(session, &self.ledger).await?);
        check(&answer.surveys)?;
        if answer.surveys.is_empty() {
            session.output.remark(nothing);
        }
        Ok(())
    }
}

/// Shows what rules touch, one after the other.
pub(super) fn show(session: &mut Session, surveys: &[RetentionSurvey]) -> Result<(), CliError> {
    for view in surveys.iter().filter_map(SurveyView::new) {
        session.output.item(&view)?;
    }
    Ok(())
}

/// Refuses to call whole what could not be judged: the daemon can't tell now whether the time of some records has come.
pub(super) fn check(surveys: &[RetentionSurvey]) -> Result<(), CliError> {
    let problems = surveys.iter().map(|survey| survey.problem.as_str());
    let problems: Vec<_> = problems.filter(|problem| !problem.is_empty()).collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(CliError::Serve {
            exit: Exit::Unavailable,
            problem: problems.join("; "),
        }),
    }
}

/// What a rule touches.
#[derive(Serialize)]
pub(super) struct SurveyView {
    rule: RuleView,
    due: TouchedView,
    held: TouchedView,
    /// In files of the archive that can't go yet.
    waiting: TouchedView,
    undated_records: u64,
    /// Whose own time is in the archive, which can't be read now.
    unjudged_records: u64,
    #[serde(skip)]
    words: String,
    #[serde(skip)]
    due_label: &'static str,
}

/// Some records, and what of them.
#[derive(Serialize)]
struct TouchedView {
    records: u64,
    bytes: u64,
    first_sequence: Option<u64>,
    last_sequence: Option<u64>,
    oldest_time: String,
    newest_time: String,
    #[serde(skip)]
    ages: String,
}

impl SurveyView {
    pub(super) fn new(survey: &RetentionSurvey) -> Option<Self> {
        let rule = survey.rule.as_ref()?;
        let none = RetentionTouched::default();
        Some(Self {
            rule: RuleView::new(rule),
            due: TouchedView::new(survey.due.as_ref().unwrap_or(&none)),
            held: TouchedView::new(survey.held.as_ref().unwrap_or(&none)),
            waiting: TouchedView::new(survey.waiting.as_ref().unwrap_or(&none)),
            undated_records: survey.undated_count,
            unjudged_records: survey.unjudged_count,
            words: in_words(rule),
            due_label: match rule.action() {
                RetentionAction::Archive => "goes to the archive",
                _ => "past its time",
            },
        })
    }
}

impl SurveyView {
    /// Whether there are records of which it can't be said whether their time has come.
    pub(super) fn is_unjudged(&self) -> bool {
        self.unjudged_records > 0
    }

    /// What is past its time under the rule and stays all the same, and why; none if nothing does.
    pub(super) fn staying(&self) -> Option<String> {
        let waiting = match self.waiting.records {
            0 => None,
            1 => Some("1 record waits for the rest of its file of the archive".to_owned()),
            many => Some(format!(
                "{many} records wait for the rest of their files of the archive"
            )),
        };
        let held = match self.held.records {
            0 => None,
            1 => Some("1 record is kept by a hold".to_owned()),
            many => Some(format!("{many} records are kept by a hold")),
        };
        let said: Vec<_> = waiting.into_iter().chain(held).collect();
        (!said.is_empty()).then(|| format!("under {:?} {}", self.rule.name(), said.join(", and ")))
    }
}

impl TouchedView {
    fn new(touched: &RetentionTouched) -> Self {
        let (oldest, newest) = (touched.oldest_time.as_ref(), touched.newest_time.as_ref());
        Self {
            records: touched.record_count,
            bytes: touched.byte_count,
            first_sequence: touched.first_sequence,
            last_sequence: touched.last_sequence,
            oldest_time: time::to_text(oldest),
            newest_time: time::to_text(newest),
            ages: format!(
                "{} to {}",
                time::for_people(oldest),
                time::for_people(newest)
            ),
        }
    }
}

impl fmt::Display for TouchedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} records, {}",
            self.records,
            bytes_for_people(self.bytes)
        )?;
        match (self.first_sequence, self.last_sequence) {
            (Some(first), Some(last)) => {
                write!(f, ", among records {first} to {last}, from {}", self.ages)
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for SurveyView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("rule", &self.words)
            .row(self.due_label, &self.due);
        if self.held.records > 0 {
            table.row("kept by holds", &self.held);
        }
        if self.waiting.records > 0 {
            table.row("waits for the rest of its file", &self.waiting);
        }
        if self.undated_records > 0 {
            let text = format!("{} records, which stay", self.undated_records);
            table.row("without a time", text);
        }
        if self.unjudged_records > 0 {
            let records = counted(self.unjudged_records, "record", "records");
            let text =
                format!("{records}, whose own time is in the archive and can't be read there now");
            table.row("can't be judged", text);
        }
        table.fmt(f)
    }
}
