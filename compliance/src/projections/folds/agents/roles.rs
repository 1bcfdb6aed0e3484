//! What is done in other roles than an agent's: reviews, approvals, registrations, uses. A halted agent may not do that
//! either.

use super::standing::Standings;
use crate::{
    conventions::{
        ApprovalDenied, ApprovalGranted, DatasetRegistered, Evaluation, Known, LogReview,
        ModelReleased, ModelRetired, Override, Oversight, PolicyRegistered, ToolRegistered, Use,
    },
    projections::record::Record,
};

/// The types of it.
pub(super) const TYPES: [&str; 12] = [
    ApprovalDenied::TYPE,
    ApprovalGranted::TYPE,
    DatasetRegistered::TYPE,
    Evaluation::TYPE,
    LogReview::TYPE,
    ModelReleased::TYPE,
    ModelRetired::TYPE,
    Override::TYPE,
    Oversight::TYPE,
    PolicyRegistered::TYPE,
    ToolRegistered::TYPE,
    Use::TYPE,
];

/// Takes in who did it, and who sent it.
pub(super) fn see(known: &Known<'_>, record: &Record<'_>, standings: &mut Standings) {
    let by = match known {
        Known::ApprovalDenied(event) => Some(event.reviewer),
        Known::ApprovalGranted(event) => Some(event.reviewer),
        Known::LogReview(event) => Some(event.reviewer),
        Known::Override(event) => Some(event.reviewer),
        Known::Oversight(event) => Some(event.reviewer),
        Known::Use(event) => event.reviewer,
        Known::ModelReleased(event) => event.approved_by,
        Known::ModelRetired(event) => event.approved_by,
        Known::PolicyRegistered(event) => event.approved_by,
        Known::ToolRegistered(event) => event.approved_by,
        Known::DatasetRegistered(_) | Known::Evaluation(_) => None,
        _ => return,
    };
    let actor = record.actor().filter(|actor| by != Some(*actor));
    for name in [by, actor].into_iter().flatten() {
        standings.role(name, record);
    }
}
