//! A disposal, put on record.

use std::sync::Arc;

use indelible_evidence::key_event::{Archive, Disposal, Span};
use tracing::info;

use super::survey::RuleSurvey;
use crate::{
    core::Core,
    operations::record_key_event::{self, Statement},
    state::{error::KeyEventError, shared::LedgerState},
};

/// Puts a disposal on record; durable when this returns.
pub(super) fn record(
    core: &Core,
    cell: &Arc<LedgerState>,
    survey: &RuleSurvey,
    spans: &[Span],
    archive: Option<Archive>,
) -> Result<u64, KeyEventError> {
    let rule = &survey.rule;
    let statement = Statement::Disposal {
        statement: Disposal {
            origin: cell.origin().clone(),
            rule: rule.name.clone(),
            spans: spans.to_vec(),
            archive,
        },
        rule: Box::new(rule.clone()),
    };
    let recorded = record_key_event::record(core, cell, &statement)?;
    info!(ledger = %cell.origin(), sequence = recorded.first, name = rule.name, "a disposal is recorded");
    Ok(recorded.first)
}
