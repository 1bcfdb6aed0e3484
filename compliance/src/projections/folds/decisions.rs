//! Decisions of AI systems: by system, model, policy, outcome and day.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Decision, DecisionResult, Known, MILLION},
    projections::{
        fold::Fold,
        measure::{Measures, Unread, Value},
        pieces::{Counted, Greatest, Keyed, Recurring, Sample, Sign, absorb_fields, joined},
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::Day,
};

/// How decisions are classified that no human has a part in.
const AUTOMATED: &str = "automated_decision";

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Decisions {
    /// Of the classification for decisions without a human in them.
    automated: Counted,
    combinations: Keyed<Results>,
    days: Keyed<Results>,
    escalated: Counted,
    failed: Counted,
    greatest_risk: Greatest,
    models: Keyed<Results>,
    /// Of the type, and not to be read or not fitting.
    not_readable: Counted,
    outcomes: Keyed<Results>,
    policies: Keyed<Results>,
    recorded: Counted,
    recurring: Recurring,
    systems: Keyed<Results>,
    with_actor: Counted,
    with_input: Counted,
    with_model: Counted,
    with_model_and_version: Counted,
    with_output: Counted,
    with_policy: Counted,
    with_policy_and_version: Counted,
    without_actor: Sample,
    without_correlation: Counted,
    without_input: Sample,
    without_model_and_version: Sample,
    without_output: Sample,
    without_policy_and_version: Sample,
}

/// Decisions, and those that were not let through.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Results {
    all: Counted,
    not_passed: Counted,
}

absorb_fields!(Results { all, not_passed });
absorb_fields!(Decisions {
    recorded,
    recurring,
    not_readable,
    failed,
    escalated,
    with_input,
    with_output,
    without_actor,
    without_correlation,
    without_input,
    without_model_and_version,
    without_output,
    without_policy_and_version,
    automated,
    with_actor,
    with_model,
    with_model_and_version,
    with_policy,
    with_policy_and_version,
    greatest_risk,
    systems,
    models,
    policies,
    outcomes,
    days,
    combinations,
});

impl Decisions {
    fn decision(&mut self, record: &Record<'_>, decision: &Decision<'_>) {
        let sequence = record.sequence();
        self.recorded.see(sequence);
        match decision.result {
            DecisionResult::Fail => self.failed.see(sequence),
            DecisionResult::Escalate => self.escalated.see(sequence),
            _ => {}
        }
        if let Some(body) = record.body() {
            let has = |component| {
                body.digests
                    .iter()
                    .any(|digest| digest.component == component)
            };
            match has("input") {
                true => self.with_input.see(sequence),
                false => self.without_input.see(sequence),
            }
            match has("output") {
                true => self.with_output.see(sequence),
                false => self.without_output.see(sequence),
            }
            if record.correlation().is_none() {
                self.without_correlation.see(sequence);
            }
            match record.actor().is_some() || decision.agent.is_some() {
                true => self.with_actor.see(sequence),
                false => self.without_actor.see(sequence),
            }
        }
        let (model, policy) = (decision.model, decision.policy);
        for (is_so, counted) in [
            (model.is_some(), &mut self.with_model),
            (
                model.and(decision.model_version).is_some(),
                &mut self.with_model_and_version,
            ),
            (policy.is_some(), &mut self.with_policy),
            (
                policy.and(decision.policy_version).is_some(),
                &mut self.with_policy_and_version,
            ),
            (
                record.classification() == Some(AUTOMATED),
                &mut self.automated,
            ),
        ] {
            if is_so {
                counted.see(sequence);
            }
        }
        if model.and(decision.model_version).is_none() {
            self.without_model_and_version.see(sequence);
        }
        if policy.and(decision.policy_version).is_none() {
            self.without_policy_and_version.see(sequence);
        }
        if let Some(risk) = decision.risk_score {
            self.greatest_risk.see(risk.0);
        }
        self.break_down(record, decision);
    }

    fn break_down(&mut self, record: &Record<'_>, decision: &Decision<'_>) {
        let sequence = record.sequence();
        let passed = decision.result == DecisionResult::Pass;
        let see = |map: &mut Keyed<Results>, key: &str| {
            if let Some(results) = map.at(key) {
                results.all.see(sequence);
                if !passed {
                    results.not_passed.see(sequence);
                }
            }
        };
        let model = decision.model.unwrap_or_default();
        let model_version = decision.model_version.unwrap_or_default();
        let policy = decision.policy.unwrap_or_default();
        let policy_version = decision.policy_version.unwrap_or_default();
        let result = decision.result.word();
        see(&mut self.systems, decision.system);
        see(&mut self.models, &joined(&[model, model_version]));
        see(&mut self.policies, &joined(&[policy, policy_version]));
        let failed_gate = decision.failed_gate.unwrap_or_default();
        let outcome = decision.outcome.unwrap_or_default();
        see(&mut self.outcomes, &joined(&[result, failed_gate, outcome]));
        see(&mut self.days, Day::of(record.time()).as_str());
        let combination = [
            decision.system,
            model,
            model_version,
            policy,
            policy_version,
            result,
        ];
        see(&mut self.combinations, &joined(&combination));
    }
}

/// Why there is no part of decisions where none counts. So many are recorded that can't be read or don't fit their type.
pub(super) fn nothing(unread: u64) -> &'static str {
    match unread {
        0 => "no client's event tells of a decision",
        _ => "no client's event that tells of a decision can be read and fits its type",
    }
}

impl Decisions {
    /// Puts the shares of decisions that say something, each with those that don't, where these are kept.
    fn shares(&self, measures: &mut Measures, none: &str) {
        let (read, unread) = (self.recorded.count(), self.not_readable.count());
        for (name, part, others) in [
            ("failed", &self.failed, None),
            (
                "with_input_digest",
                &self.with_input,
                Some(&self.without_input),
            ),
            (
                "with_output_digest",
                &self.with_output,
                Some(&self.without_output),
            ),
            ("with_model", &self.with_model, None),
            (
                "with_model_and_version",
                &self.with_model_and_version,
                Some(&self.without_model_and_version),
            ),
            ("with_policy", &self.with_policy, None),
            (
                "with_policy_and_version",
                &self.with_policy_and_version,
                Some(&self.without_policy_and_version),
            ),
            ("with_actor", &self.with_actor, Some(&self.without_actor)),
        ] {
            let others = others.map(Sample::records).unwrap_or_default();
            measures
                .share(
                    &format!("decisions.share_{name}"),
                    part.count(),
                    read,
                    part.records(),
                    none,
                )
                .lacking(others.to_vec())
                .of_family(read, unread);
        }
    }
}

impl Fold for Decisions {
    const NAME: &'static str = "decisions";
    const VERSION: u32 = 5;

    fn record(&mut self, record: &Record<'_>) {
        let sign = if let Some(Known::Decision(decision)) = record.known() {
            self.decision(record, decision);
            Sign::Certain
        } else if record.may_be(Decision::TYPE) {
            self.not_readable.see(record.sequence());
            Sign::Perhaps
        } else {
            Sign::None
        };
        self.recurring.see(record.sequence(), record.time(), sign);
    }

    fn reach(&mut self, time: u64) {
        self.recurring.reach(time);
    }

    fn measures(&self, measures: &mut Measures) {
        let (read, unread) = (self.recorded.count(), self.not_readable.count());
        let none = nothing(unread);
        measures.count("decisions.not_readable", &self.not_readable);
        for (name, counted) in [
            ("decisions.recorded", &self.recorded),
            ("decisions.failed", &self.failed),
            ("decisions.escalated", &self.escalated),
            ("decisions.without_correlation", &self.without_correlation),
            ("decisions.automated", &self.automated),
        ] {
            measures.count(name, counted).of_family(read, unread);
        }
        measures.recurring("decisions.recorded", &self.recurring);
        self.shares(measures, none);
        // A decimal is a share of one.
        let risk = self.greatest_risk.0.map_or_else(
            || Value::NotComputable("no client's decision names a risk score".to_owned()),
            |part| Value::Share {
                part,
                whole: MILLION,
            },
        );
        // One decision that can't be read may have any score.
        let any = Unread::default().many(unread);
        measures
            .put("decisions.greatest_risk_score", risk, &[])
            .of(read + unread)
            .unread(any);
        measures
            .number("decisions.systems", self.systems.count())
            .of_family(read, unread);
        // Decisions that name none are one row of the table, and no model.
        let models = self
            .models
            .count()
            .map(|names| names - u64::from(self.models.of(&joined(&["", ""])).is_some()));
        measures
            .number("decisions.models", models)
            .of_family(read, unread);
    }

    fn tables(&self) -> Vec<Table> {
        let cells = |results: &Results| -> Vec<Cell> {
            vec![
                results.all.count().into(),
                results.not_passed.count().into(),
                (&results.all).into(),
                (&results.not_passed).into(),
            ]
        };
        macro_rules! table {
            ($name:literal, $map:ident, [$($column:literal),*]) => {
                Table {
                    name: $name,
                    columns: &[$($column,)* "decisions", "not_passed", "records", "records_not_passed"],
                    rows: rows_of(&self.$map, cells),
                }
            };
        }
        vec![
            table!("decisions.by_system", systems, ["system"]),
            table!("decisions.by_model", models, ["model", "model_version"]),
            table!(
                "decisions.by_policy",
                policies,
                ["policy", "policy_version"]
            ),
            table!(
                "decisions.by_outcome",
                outcomes,
                ["result", "failed_gate", "outcome"]
            ),
            table!("decisions.by_day", days, ["day"]),
            table!(
                "decisions.by_combination",
                combinations,
                [
                    "system",
                    "model",
                    "model_version",
                    "policy",
                    "policy_version",
                    "result"
                ]
            ),
        ]
    }
}
