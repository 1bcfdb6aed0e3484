//! What is in use: models, policies, data sets, tools; and whether what was used was registered before.

mod in_use;
mod rows;

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{
        DatasetRegistered, Decision, Evaluation, Known, METRIC_PREFIX, ModelReleased, ModelRetired,
        Performance, PolicyKind, PolicyRegistered, ToolCall, ToolRegistered, ToolResult,
    },
    projections::{
        fold::Fold,
        measure::Measures,
        pieces::{Barred, Counted, Keyed, Last, Timeline, absorb_fields, joined},
        record::Record,
        table::Table,
    },
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Registry {
    datasets: Keyed<Entry>,
    datasets_not_readable: Counted,
    decisions_not_readable: Counted,
    evaluations: Counted,
    evaluations_not_readable: Counted,
    models: Keyed<Entry>,
    models_approved_by_author: Counted,
    /// Approved by somebody, and nobody says who recorded the release.
    models_author_unsaid: Counted,
    models_not_readable: Counted,
    models_without_approver: Counted,
    not_readable: Counted,
    policies: Keyed<Policy>,
    policies_not_readable: Counted,
    policies_without_approver: Counted,
    range: Timeline,
    releases: Counted,
    releases_not_readable: Counted,
    retirements_not_readable: Counted,
    tool_calls: Counted,
    tool_calls_not_readable: Counted,
    tool_errors: Counted,
    tool_refusals: Counted,
    tools: Keyed<Tool>,
    tools_not_readable: Counted,
    uses: Counted,
    uses_not_readable: Counted,
    /// Decisions and calls that name no model.
    uses_unnamed: Counted,
    /// Decisions and calls that name no model, or no version of it.
    uses_without_model: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Entry {
    approver_named: bool,
    evaluated: Counted,
    /// A digest ties a release of it to an impact assessment.
    impact_assessed: bool,
    /// When metrics of it were taken.
    measured: Timeline,
    /// Somebody says where it comes from, and a digest says what it is.
    origin_shown: bool,
    /// A release of it says who provides it.
    provider_named: bool,
    registered: Counted,
    retired: Counted,
    used: Counted,
    used_times: Timeline,
    uses: Barred,
    with_digest: bool,
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
    errors: Counted,
    refusals: Counted,
    registered: Counted,
    used: Counted,
}

absorb_fields!(Entry {
    registered,
    evaluated,
    impact_assessed,
    measured,
    retired,
    used,
    used_times,
    uses,
    approver_named,
    origin_shown,
    provider_named,
    with_digest
});
absorb_fields!(Policy {
    registered,
    used,
    approver_named,
    kind
});
absorb_fields!(Tool {
    registered,
    used,
    errors,
    refusals
});
absorb_fields!(Registry {
    not_readable,
    models,
    models_not_readable,
    models_without_approver,
    models_approved_by_author,
    models_author_unsaid,
    decisions_not_readable,
    releases,
    releases_not_readable,
    retirements_not_readable,
    policies,
    policies_not_readable,
    policies_without_approver,
    range,
    datasets,
    datasets_not_readable,
    evaluations,
    evaluations_not_readable,
    tools,
    tools_not_readable,
    tool_calls,
    tool_calls_not_readable,
    tool_errors,
    tool_refusals,
    uses,
    uses_not_readable,
    uses_unnamed,
    uses_without_model,
});

/// Whether something was used before it was first registered, or without that.
fn used_before(used: &Counted, registered: &Counted) -> bool {
    match (used.records().first(), registered.records().first()) {
        (Some(used), Some(registered)) => used < registered,
        (used, _) => used.is_some(),
    }
}

fn has_digest(record: &Record<'_>, component: &str) -> bool {
    record.body().is_some_and(|body| {
        let mut digests = body.digests.iter();
        digests.any(|digest| digest.component == component)
    })
}

/// Whether it gives a metric. Only reports on models have facts that begin so by the conventions.
fn has_metric(record: &Record<'_>) -> bool {
    matches!(record.known(), Some(Known::Performance(_)))
        && record.body().is_some_and(|body| {
            let mut facts = body.facts.iter();
            facts.any(|(name, _)| name.starts_with(METRIC_PREFIX))
        })
}

impl Entry {
    /// Whether metrics were taken all the time from its first use to its last, never farther apart than this.
    fn is_measured_every(&self, span: u64) -> bool {
        let ends = |timeline: &Timeline| {
            let first = timeline.first().map(|(_, time)| time);
            first.zip(timeline.last().map(|(_, time)| time))
        };
        let (Some((used, until)), Some((first, last))) =
            (ends(&self.used_times), ends(&self.measured))
        else {
            return false;
        };
        let silence = self
            .measured
            .silence()
            .map_or(0, |silence| silence.length.0);
        silence <= span && first.saturating_sub(used) <= span && until.saturating_sub(last) <= span
    }
}

impl Registry {
    fn model_used(&mut self, model: Option<&str>, version: Option<&str>, record: &Record<'_>) {
        let sequence = record.sequence();
        self.uses.see(sequence);
        if model.is_none() || version.is_none() {
            self.uses_without_model.see(sequence);
        }
        let Some(model) = model else {
            self.uses_unnamed.see(sequence);
            return;
        };
        if let Some(entry) = self
            .models
            .at(&joined(&[model, version.unwrap_or_default()]))
        {
            entry.used.see(sequence);
            entry.used_times.see(sequence, record.time());
            entry.uses.see(sequence);
            if has_metric(record) {
                entry.measured.see(sequence, record.time());
            }
        }
    }

    fn released(&mut self, event: &ModelReleased<'_>, record: &Record<'_>) {
        let sequence = record.sequence();
        self.releases.see(sequence);
        let actor = record.actor();
        let impact_assessed = has_digest(record, "impact_assessment");
        match event.approved_by {
            None => self.models_without_approver.see(sequence),
            approver if approver == actor => self.models_approved_by_author.see(sequence),
            Some(_) if actor.is_none() => self.models_author_unsaid.see(sequence),
            Some(_) => {}
        }
        if let Some(entry) = self.models.at(&joined(&[event.model, event.model_version])) {
            entry.registered.see(sequence);
            entry.uses.order(false);
            entry.approver_named |= event.approved_by.is_some();
            entry.impact_assessed |= impact_assessed;
            entry.provider_named |= event.provider.is_some();
        }
    }

    fn policy(&mut self, event: &PolicyRegistered<'_>, sequence: u64) {
        if event.approved_by.is_none() {
            self.policies_without_approver.see(sequence);
        }
        let key = joined(&[event.policy, event.policy_version]);
        if let Some(policy) = self.policies.at(&key) {
            policy.registered.see(sequence);
            policy.approver_named |= event.approved_by.is_some();
            policy.kind = Last(event.kind.or(policy.kind.0));
        }
    }

    fn dataset(&mut self, event: &DatasetRegistered<'_>, record: &Record<'_>) {
        let version = event.dataset_version.unwrap_or_default();
        let purpose = event.purpose.unwrap_or_default();
        let with_digest = has_digest(record, "dataset");
        if let Some(entry) = self
            .datasets
            .at(&joined(&[event.dataset, version, purpose]))
        {
            entry.registered.see(record.sequence());
            entry.with_digest |= with_digest;
            entry.origin_shown |= with_digest && event.origin.is_some();
        }
    }

    fn tool_called(&mut self, event: &ToolCall<'_>, sequence: u64) {
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
            tool.used.see(sequence);
            match event.result {
                ToolResult::Ok => {}
                ToolResult::Error => tool.errors.see(sequence),
                ToolResult::Refused => tool.refusals.see(sequence),
            }
        }
    }

    fn tool(&mut self, event: &ToolRegistered<'_>, sequence: u64) {
        if let Some(tool) = self.tools.at(event.tool) {
            tool.registered.see(sequence);
        }
    }

    fn known(&mut self, known: &Known<'_>, record: &Record<'_>) {
        let sequence = record.sequence();
        let model = |model, version| joined(&[model, version]);
        match known {
            Known::Decision(event) => {
                self.model_used(event.model, event.model_version, record);
                if let Some(policy) = event.policy {
                    let key = joined(&[policy, event.policy_version.unwrap_or_default()]);
                    if let Some(policy) = self.policies.at(&key) {
                        policy.used.see(sequence);
                    }
                }
            }
            Known::Performance(event) => {
                self.model_used(event.model, event.model_version, record);
            }
            Known::ModelReleased(event) => self.released(event, record),
            Known::ModelRetired(event) => {
                if let Some(entry) = self.models.at(&model(event.model, event.model_version)) {
                    entry.retired.see(sequence);
                    entry.uses.order(true);
                }
            }
            Known::Evaluation(event) => {
                self.evaluations.see(sequence);
                if let Some(entry) = self.models.at(&model(event.model, event.model_version)) {
                    entry.evaluated.see(sequence);
                }
            }
            Known::PolicyRegistered(event) => self.policy(event, sequence),
            Known::DatasetRegistered(event) => self.dataset(event, record),
            Known::ToolCall(event) => self.tool_called(event, sequence),
            Known::ToolRegistered(event) => self.tool(event, sequence),
            _ => {}
        }
    }
}

impl Fold for Registry {
    const NAME: &'static str = "registry";
    const VERSION: u32 = 4;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        self.range.see(record.sequence(), record.time());
        if let Some(known) = record.known() {
            self.known(known, record);
            return;
        }
        let (policy, dataset) = (PolicyRegistered::TYPE, DatasetRegistered::TYPE);
        let (released, retired) = (ModelReleased::TYPE, ModelRetired::TYPE);
        let registered = [policy, dataset, released, retired, ToolCall::TYPE];
        for (types, counted) in [
            (&registered[..], &mut self.not_readable),
            (&[policy], &mut self.policies_not_readable),
            (&[dataset], &mut self.datasets_not_readable),
            (&[released, retired], &mut self.models_not_readable),
            (&[released], &mut self.releases_not_readable),
            (&[retired], &mut self.retirements_not_readable),
            (&[Evaluation::TYPE], &mut self.evaluations_not_readable),
            (&[ToolRegistered::TYPE], &mut self.tools_not_readable),
            (&[ToolCall::TYPE], &mut self.tool_calls_not_readable),
            (&[Decision::TYPE], &mut self.decisions_not_readable),
            (
                &[Decision::TYPE, Performance::TYPE],
                &mut self.uses_not_readable,
            ),
        ] {
            if record.may_be_any(types) {
                counted.see(record.sequence());
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("registry.not_readable", &self.not_readable);
        self.of_models(measures);
        self.of_policies(measures);
        self.of_datasets_and_tools(measures);
    }

    fn tables(&self) -> Vec<Table> {
        self.rows()
    }
}
