//! The rows of what is in use.

use super::{Entry, Policy, Registry, Tool};
use crate::{
    conventions::PolicyKind,
    projections::table::{Cell, Table, rows_of},
};

impl Registry {
    pub(super) fn rows(&self) -> Vec<Table> {
        vec![
            Table {
                name: "registry.models",
                columns: &[
                    "model",
                    "model_version",
                    "released",
                    "approver_named",
                    "uses",
                    "records_released",
                    "records_used",
                ],
                rows: rows_of(&self.models, cells_of_model),
            },
            Table {
                name: "registry.policies",
                columns: &[
                    "policy",
                    "policy_version",
                    "kind",
                    "registered",
                    "approver_named",
                    "uses",
                    "records_registered",
                    "records_used",
                ],
                rows: rows_of(&self.policies, cells_of_policy),
            },
            Table {
                name: "registry.datasets",
                columns: &[
                    "dataset",
                    "dataset_version",
                    "purpose",
                    "registrations",
                    "records",
                ],
                rows: rows_of(&self.datasets, |entry| {
                    vec![entry.registered.count().into(), (&entry.registered).into()]
                }),
            },
            Table {
                name: "registry.tools",
                columns: &[
                    "tool",
                    "calls",
                    "errors",
                    "refusals",
                    "records",
                    "records_refusals",
                ],
                rows: rows_of(&self.tools, cells_of_tool),
            },
        ]
    }
}

/// The cells of a row on a policy.
fn cells_of_policy(policy: &Policy) -> Vec<Cell> {
    vec![
        policy.kind.0.map(PolicyKind::word).into(),
        (policy.registered.count() > 0).into(),
        policy.approver_named.into(),
        policy.used.count().into(),
        (&policy.registered).into(),
        (&policy.used).into(),
    ]
}

/// The cells of a row on a model.
fn cells_of_model(entry: &Entry) -> Vec<Cell> {
    vec![
        (entry.registered.count() > 0).into(),
        entry.approver_named.into(),
        entry.used.count().into(),
        (&entry.registered).into(),
        (&entry.used).into(),
    ]
}

/// The cells of a row on a tool.
fn cells_of_tool(tool: &Tool) -> Vec<Cell> {
    vec![
        tool.used.count().into(),
        tool.errors.count().into(),
        tool.refusals.count().into(),
        (&tool.used).into(),
        (&tool.refusals).into(),
    ]
}
