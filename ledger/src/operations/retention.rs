//! Retention: rules that say how long bodies and payloads are kept, what they would touch now, and what was disposed of
//! under them.
//!
//! The rules are settings of the ledger, so its chain says them. A disposal is a record first, and only then destroys what
//! that record names ([`dispose`]).

mod archive;
mod disposal;
mod dispose;
mod disposing;
mod run;
mod schedule;
mod survey;

use indelible_evidence::{
    body::FieldViolation,
    key_event::{
        RetentionAction, RetentionParts, RetentionRule, SettingsChange, check_statement_text,
    },
    limits::{ATTRIBUTE_BYTES_MAX, NAME_BYTES_MAX, RETENTION_RULES_MAX},
};
use tracing::info;

pub use archive::Archived;
pub use dispose::Disposed;
pub(crate) use dispose::resume;
pub use disposing::{Disposing, OnDisposal};
pub(crate) use schedule::Schedule;
pub use survey::{RuleSurvey, Touched};

use crate::{
    core::Ledger,
    operations::{
        destroying::check_all_is_known,
        first_settings,
        record_key_event::{self, Statement},
    },
    read::erasure_mark,
    state::{
        append::NewRange,
        error::{AppendError, KeyEventError, ReadError},
        limits::SETTINGS_BYTES_MAX,
        orders::DisposalRecord,
    },
};

impl Ledger {
    /// The rules of retention in force, by their names.
    pub fn retention(&self) -> Vec<RetentionRule> {
        self.cell.settings().retention
    }

    /// Puts rules of retention in force, from the record on: these, and no others. What was disposed of under earlier
    /// rules stays so. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn set_retention(
        &self,
        rules: Vec<RetentionRule>,
        reason: Option<String>,
    ) -> Result<NewRange, KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        let rules = checked(rules)?;
        if rules
            .iter()
            .any(|rule| rule.action == RetentionAction::Archive)
        {
            archive::check_place(core)?;
        }
        if let Some(reason) = &reason {
            check_statement_text("reason", reason)?;
        }
        if cell.keys().settings().is_none() {
            // Another identity must not come between its signature and the record.
            let _one_at_a_time = core.await_rotating();
            first_settings::record(core, cell)?;
        }
        // A statement has all settings, so two changes must not both begin with the same.
        let _one_at_a_time = cell.rotating();
        let mut settings = cell.settings();
        settings.retention = rules;
        let change = SettingsChange {
            origin: cell.origin().clone(),
            settings,
            reason,
        };
        check_room("rules", &change)?;
        let statement = Statement::Settings(Box::new(change));
        let recorded = record_key_event::record(core, cell, &statement)?;
        let ledger = cell.origin().as_str();
        info!(
            ledger,
            sequence = recorded.first,
            "other rules of retention are in force"
        );
        Ok(recorded)
    }

    /// Whether rules can be put in force, as far as these rules alone say.
    ///
    /// # Errors
    /// Which field of which rule is wrong.
    pub fn check_retention(rules: Vec<RetentionRule>) -> Result<(), KeyEventError> {
        Ok(checked(rules).map(drop)?)
    }

    /// What each rule in force would touch now. Nothing is changed, and nothing is recorded. Reads the whole ledger, as far
    /// as a rule can reach. Blocking.
    ///
    /// # Errors
    /// If the clock is not confirmed, records or keys can't be read, or the start missed records or key events.
    pub fn preview_retention(&self) -> Result<Vec<RuleSurvey>, KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        check_all_is_known(cell)?;
        let now = core
            .environment
            .confirmed_now()
            .map_err(AppendError::from)?;
        survey::survey(core, cell, now)
    }

    /// The disposals on record, oldest first, and whether each is complete.
    ///
    /// # Errors
    /// If the store fails.
    pub fn disposals(&self) -> Result<Vec<(DisposalRecord, bool)>, ReadError> {
        let size = self.cell.size();
        let mut disposals = self.cell.keys().disposals().to_vec();
        // What is linked and not durable yet is not there.
        disposals.retain(|disposal| disposal.sequence < size);
        disposals
            .into_iter()
            .map(|record| {
                let store = &*self.core().store;
                let complete = erasure_mark::is_complete(store, &self.cell, record.sequence)?;
                Ok((record, complete))
            })
            .collect()
    }
}

/// Rules in the order in which a statement has them. This version does not take a body and leave its payload, so it does
/// not promise to.
fn checked(mut rules: Vec<RetentionRule>) -> Result<Vec<RetentionRule>, FieldViolation> {
    let violation = |field: String, problem: String| FieldViolation { field, problem };
    if rules.len() > RETENTION_RULES_MAX {
        let problem = format!(
            "has {} rules, at most {RETENTION_RULES_MAX} are allowed",
            rules.len()
        );
        return Err(violation("rules".into(), problem));
    }
    for (at, rule) in rules.iter().enumerate() {
        let field = |name: &str| format!("rules[{at}].{name}");
        check_text(field("name"), &rule.name, NAME_BYTES_MAX)?;
        check_statement_text(&field("basis"), &rule.basis)?;
        for (name, text) in [
            ("type", &rule.event_type),
            ("classification", &rule.classification),
        ] {
            if let Some(text) = text {
                check_text(field(name), text, ATTRIBUTE_BYTES_MAX)?;
            }
        }
        if !(1..=AFTER_DAYS_MAX).contains(&rule.after_days) {
            let problem = format!("must be between 1 and {AFTER_DAYS_MAX}");
            return Err(violation(field("after_days"), problem));
        }
        if rule.parts == RetentionParts::Bodies {
            let problem = "must be payloads or all: without its body, a payload could not be read";
            return Err(violation(field("parts"), problem.to_owned()));
        }
    }
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(pair) = rules.windows(2).find(|pair| pair[0].name == pair[1].name) {
        let problem = format!("names two rules {:?}", pair[0].name);
        return Err(violation("rules".into(), problem));
    }
    Ok(rules)
}

/// Whether settings have room in a record's header, with the signature beside them.
pub(super) fn check_room(field: &str, change: &SettingsChange) -> Result<(), FieldViolation> {
    let bytes = change.encode().len();
    if bytes <= SETTINGS_BYTES_MAX {
        return Ok(());
    }
    Err(FieldViolation {
        field: field.to_owned(),
        problem: format!(
            "makes all settings of the ledger {bytes} bytes long together, at most {SETTINGS_BYTES_MAX} have room in a \
             record; use fewer or shorter texts"
        ),
    })
}

/// A thousand years: so that no sum of times needs more digits than times have.
const AFTER_DAYS_MAX: u64 = 365_250;

fn check_text(field: String, text: &str, bytes_max: usize) -> Result<(), FieldViolation> {
    let problem = match text {
        "" => "must be set".to_owned(),
        text if text.len() > bytes_max => {
            format!("has {} bytes, at most {bytes_max} are allowed", text.len())
        }
        text if text.chars().any(char::is_control) => "holds a control character".to_owned(),
        _ => return Ok(()),
    };
    Err(FieldViolation { field, problem })
}
