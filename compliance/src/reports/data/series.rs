//! What happened over time, coarse enough for a page: the numbers that charts are drawn from.

use serde::{Deserialize, Serialize};

use super::budgets::Budget;
use crate::{
    frameworks::Span,
    projections::{
        measure::{Measures, Value},
        pieces::SUM_MAX,
    },
};

/// How many bars a chart has at most.
pub const BARS_MAX: usize = 120;

/// Numbers over time, by recorded time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// How many days each bar is about: as few as make at most [`BARS_MAX`] bars of the range.
    pub days_per_bar: u64,
    /// The bars, ascending. Those in which nothing of all this was recorded are left out.
    pub bars: Vec<Bar>,
    /// How long things took.
    pub waits: Vec<Wait>,
    /// What agents used of their budgets: the fullest.
    pub budgets: Vec<Budget>,
    /// How many more budgets there are.
    pub budgets_omitted: u64,
}

/// What was recorded in some days in a row. Events are counted by their types, which stand in their headers; so those
/// whose contents were not read are among them, and those that don't fit their type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// The first day, `2026-03-01`, UTC.
    pub first_day: String,
    /// Decisions: `ai.decision.v1`.
    pub decisions: u64,
    /// Of these, those whose contents were not read or don't fit their type. Criteria don't count them.
    pub decisions_unread: u64,
    /// Decisions that people replaced: `ai.override.v1`.
    pub overrides: u64,
    /// Of these, those whose contents were not read or don't fit their type. Criteria don't count them.
    pub overrides_unread: u64,
    /// Other interventions of people: `ai.oversight.v1`.
    pub interventions: u64,
    /// Of these, those whose contents were not read or don't fit their type. Criteria don't count them.
    pub interventions_unread: u64,
    /// Events about incidents, of which one incident may have several: `ai.incident.v1`.
    pub incidents: u64,
    /// Of these, those whose contents were not read or don't fit their type. Criteria don't count them.
    pub incidents_unread: u64,
    /// Halts of agents: `ai.agent.halted.v1`.
    pub halts: u64,
    /// Of these, those whose contents were not read or don't fit their type. Criteria don't count them.
    pub halts_unread: u64,
    /// Calls of models: `ai.performance.v1`.
    pub calls: u64,
    /// Of these, those whose contents were not read or don't fit their type. Criteria don't count them.
    pub calls_unread: u64,
    /// Of these, those that say that they failed.
    pub calls_failed: u64,
    /// Of these, those that don't say whether they failed, or could not be read.
    pub calls_unsaid: u64,
    /// Measurements of drift: `ai.performance.v1` with `drift` or `drift_status`.
    pub drift_measured: u64,
    /// Of these, those whose status is `warning`.
    pub drift_warnings: u64,
    /// Of these, those whose status is `critical`.
    pub drift_critical: u64,
    /// Measurements without a status, and events that could not be read, each of which may hold any.
    pub drift_unsaid: u64,
}

/// How long something took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// The measures' name before `_p50`, `_p95` and `_longest`.
    pub measure: String,
    /// Half of them took no longer.
    pub p50: Span,
    /// Of 100, 95 took no longer.
    pub p95: Span,
    /// The longest.
    pub longest: Span,
    /// How many more could not be read, each of which may have taken any time.
    pub unread: u64,
}

/// What people wait for, or are waited for.
const WAITS: [&str; 5] = [
    "oversight.time_to_override",
    "oversight.time_to_intervene",
    "oversight.time_to_decide",
    "incidents.time_to_tell",
    "incidents.time_to_close",
];

/// How long things took, where that is known.
pub(crate) fn waits(measures: &Measures) -> Vec<Wait> {
    let wait = |name: &&str| {
        let of = |rank: &str| measures.0.get(&format!("{name}_{rank}"));
        let span = |rank: &str| match of(rank)?.value {
            Value::Nanoseconds(span) => Some(Span::of(span)),
            _ => None,
        };
        Some(Wait {
            measure: (*name).to_owned(),
            p50: span("p50")?,
            p95: span("p95")?,
            longest: span("longest")?,
            unread: of("longest")?.unread.count().min(SUM_MAX),
        })
    };
    WAITS.iter().filter_map(wait).collect()
}
