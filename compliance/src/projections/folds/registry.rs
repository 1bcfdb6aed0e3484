//! What is in use: models, policies, data sets, tools; and whether what was used was registered.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Known, PolicyKind, ToolResult},
    projections::{
        fold::Fold,
        measure::Measures,
        pieces::{Counted, Keyed, Last, absorb_fields, joined},
        record::Record,
        table::{Cell, Table, rows_of},
    },
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Registry {
    datasets: Keyed<Entry>,
    models: Keyed<Entry>,
    not_readable: Counted,
    policies: Keyed<Policy>,
    tool_calls: Counted,
    tool_errors: Counted,
    tool_refusals: Counted,
    tools: Keyed<Tool>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Entry {
    approver_named: bool,
    registered: Counted,
    used: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Policy {
    approver_named: bool,
    kind: Last<PolicyKind>,
    registered: Counted,
    used: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tool {
    calls: Counted,
    errors: Counted,
    refusals: Counted,
}

absorb_fields!(Entry {
    registered,
    used,
    approver_named
});
absorb_fields!(Policy {
    registered,
    used,
    approver_named,
    kind
});
absorb_fields!(Tool {
    calls,
    errors,
    refusals
});
absorb_fields!(Registry {
    not_readable,
    models,
    policies,
    datasets,
    tools,
    tool_calls,
    tool_errors,
    tool_refusals,
});

impl Registry {
    fn model_used(&mut self, model: Option<&str>, version: Option<&str>, sequence: u64) {
        let Some(model) = model else { return };
        if let Some(entry) = self
            .models
            .at(&joined(&[model, version.unwrap_or_default()]))
        {
            entry.used.see(sequence);
        }
    }

    fn known(&mut self, known: &Known<'_>, sequence: u64) {
        match known {
            Known::Decision(event) => {
                self.model_used(event.model, event.model_version, sequence);
                if let Some(policy) = event.policy {
                    let key = joined(&[policy, event.policy_version.unwrap_or_default()]);
                    if let Some(policy) = self.policies.at(&key) {
                        policy.used.see(sequence);
                    }
                }
            }
            Known::Performance(event) => {
                self.model_used(event.model, event.model_version, sequence);
            }
            Known::ModelReleased(event) => {
                if let Some(entry) = self.models.at(&joined(&[event.model, event.model_version])) {
                    entry.registered.see(sequence);
                    entry.approver_named |= event.approved_by.is_some();
                }
            }
            Known::PolicyRegistered(event) => {
                if let Some(policy) = self
                    .policies
                    .at(&joined(&[event.policy, event.policy_version]))
                {
                    policy.registered.see(sequence);
                    policy.approver_named |= event.approved_by.is_some();
                    policy.kind = Last(event.kind.or(policy.kind.0));
                }
            }
            Known::DatasetRegistered(event) => {
                let version = event.dataset_version.unwrap_or_default();
                let purpose = event.purpose.unwrap_or_default();
                if let Some(entry) = self
                    .datasets
                    .at(&joined(&[event.dataset, version, purpose]))
                {
                    entry.registered.see(sequence);
                }
            }
            Known::ToolCall(event) => {
                self.tool_calls.see(sequence);
                let tool = self.tools.at(event.tool);
                let counts = match event.result {
                    ToolResult::Ok => None,
                    ToolResult::Error => Some(&mut self.tool_errors),
                    ToolResult::Refused => Some(&mut self.tool_refusals),
                };
                if let Some(counted) = counts {
                    counted.see(sequence);
                }
                if let Some(tool) = tool {
                    tool.calls.see(sequence);
                    match event.result {
                        ToolResult::Ok => {}
                        ToolResult::Error => tool.errors.see(sequence),
                        ToolResult::Refused => tool.refusals.see(sequence),
                    }
                }
            }
            _ => {}
        }
    }

    fn policies_of(&self, kind: PolicyKind) -> Option<u64> {
        let registered =
            |policy: &Policy| policy.registered.count() > 0 && policy.kind.0 == Some(kind);
        let all = self.policies.all()?;
        Some(all.filter(|(_, policy)| registered(policy)).count() as u64)
    }
}

impl Fold for Registry {
    const NAME: &'static str = "registry";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        if let Some(known) = record.known() {
            self.known(known, sequence);
        } else if ["ai.policy.", "ai.dataset.", "ai.model.", "ai.tool_call."]
            .into_iter()
            .any(|family| record.is_unusable(family))
        {
            self.not_readable.see(sequence);
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("registry.not_readable", &self.not_readable);
        measures.names("registry.models_released", &self.models, |model| {
            model.registered.count() > 0
        });
        measures.names("registry.models_used", &self.models, |model| {
            model.used.count() > 0
        });
        measures.names("registry.models_used_unreleased", &self.models, |model| {
            model.used.count() > 0 && model.registered.count() == 0
        });
        measures.names("registry.policies_registered", &self.policies, |policy| {
            policy.registered.count() > 0
        });
        measures.names("registry.policies_used", &self.policies, |policy| {
            policy.used.count() > 0
        });
        measures.names(
            "registry.policies_used_unregistered",
            &self.policies,
            |policy| policy.used.count() > 0 && policy.registered.count() == 0,
        );
        for (name, kind) in [
            ("registry.policies_scope", PolicyKind::Scope),
            ("registry.policies_budget", PolicyKind::Budget),
            ("registry.policies_approval", PolicyKind::Approval),
            ("registry.policies_decision", PolicyKind::Decision),
            ("registry.policies_retention", PolicyKind::Retention),
        ] {
            measures.number(name, self.policies_of(kind));
        }
        measures.number("registry.datasets", self.datasets.count());
        measures.number("registry.tools", self.tools.count());
        measures.count("registry.tool_calls", &self.tool_calls);
        measures.count("registry.tool_errors", &self.tool_errors);
        measures.count("registry.tool_refusals", &self.tool_refusals);
    }

    fn tables(&self) -> Vec<Table> {
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
        tool.calls.count().into(),
        tool.errors.count().into(),
        tool.refusals.count().into(),
        (&tool.calls).into(),
        (&tool.refusals).into(),
    ]
}
