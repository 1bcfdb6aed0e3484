//! What can't be read never makes anything look better, nor worse than it is: it leaves open what it may change.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::{
    random_attributes::Step,
    random_stories::story,
    story::{Shown, Story},
};
use crate::projections::measure::{Measures, Value};

/// Measures of what speaks against a clause: mappings ask for little of them.
const AGAINST: &[&str] = &[
    "agents.acts_by_undeclared",
    "agents.acts_while_halted",
    "agents.acts_without_agent",
    "agents.declared_by_itself",
    "agents.declared_without_operator",
    "agents.halted_at_end",
    "agents.halts_by_others",
    "agents.longest_silence",
    "agents.resumed_without_human",
    "agents.seen_undeclared",
    "attempts.failed",
    "attempts.most_failures_in_a_day",
    "attempts.privileged",
    "breaches.high_risk_not_told",
    "breaches.late_60d",
    "breaches.late_72h",
    "breaches.late_72h_unexplained",
    "breaches.without_awareness",
    "budgets.days_over_cap",
    "budgets.sessions_over_cap",
    "consents.used_after_withdrawal",
    "consents.used_unknown",
    "decisions.greatest_risk_score",
    "decisions.share_failed",
    "decisions.without_correlation",
    "gaps.greatest_clock_distance",
    "gaps.jumps",
    "gaps.misfits",
    "gaps.number_faults",
    "gaps.numbers_backward",
    "gaps.numbers_repeated",
    "gaps.numbers_skipped",
    "gaps.sources_beginning_late",
    "gaps.sources_without_numbers",
    "gaps.times_backward",
    "gaps.times_unreadable",
    "imports.artifacts_forged",
    "governance.acts_of_no_decision",
    "governance.acts_on_word",
    "governance.acts_under_denial",
    "governance.agents_without_operator",
    "governance.approvals_unanswered",
    "governance.approvals_waiting",
    "governance.completions_late",
    "governance.decisions_used_again",
    "governance.grants_by_askers",
    "governance.halted_at_end",
    "governance.overruns",
    "governance.time_to_answer_longest",
    "incidents.critical_open_at_end",
    "incidents.open_at_end",
    "incidents.serious_open_at_end",
    "incidents.serious_told_late",
    "incidents.serious_without_awareness",
    "incidents.violations",
    "incidents.violations_not_prevented",
    "logging.failures",
    "logging.failures_open_at_end",
    "logging.sources_silent",
    "oversight.approvals_answered_early",
    "oversight.approvals_answered_twice",
    "oversight.approvals_unresolved",
    "oversight.approvals_used_after_expiry",
    "oversight.approvals_used_again",
    "oversight.approvals_used_outside",
    "oversight.approvals_used_unasked",
    "oversight.approvals_used_without_grant",
    "oversight.contests_of_decisions_outside",
    "oversight.contests_without_decision",
    "oversight.granted_after_expiry",
    "oversight.granted_operator_unknown",
    "oversight.interventions_before_decision",
    "oversight.interventions_by_agents",
    "oversight.interventions_on_decisions_outside",
    "oversight.interventions_unlinked",
    "oversight.override_rate",
    "oversight.overrides_before_decision",
    "oversight.overrides_of_decisions_outside",
    "oversight.self_approvals",
    "performance.drift_critical",
    "performance.error_share",
    "performance.latency_p95",
    "records.standstill",
    "registry.models_approved_by_author",
    "registry.models_released_without_approver",
    "registry.models_released_without_evaluation",
    "registry.models_used_after_retirement",
    "registry.models_used_before_release",
    "registry.models_used_unreleased",
    "registry.policies_used_before_registration",
    "registry.policies_without_approver",
    "registry.tools_used_unregistered",
    "registry.uses_without_model",
    "requests.access_late",
    "requests.late",
    "requests.open_at_end",
    "requests.refused_without_reason",
    "reviews.findings_without_incident",
    "reviews.longest_time_between",
    "subjects.in_the_clear",
    "subjects.without_known_basis",
    "uses.matches_without_correlation",
];

/// Measures of what speaks for a clause: mappings ask for much of them.
const FOR: &[&str] = &[
    "agents.coverage",
    "agents.halts_by_human",
    "attempts.share_with_origin",
    "attempts.share_with_resource",
    "breaches.share_in_time",
    "breaches.share_notified_in_time",
    "breaches.share_told_in_time",
    "consents.share_naming_consent",
    "decisions.share_with_actor",
    "decisions.share_with_input_digest",
    "decisions.share_with_model_and_version",
    "decisions.share_with_policy_and_version",
    "gaps.share_numbered",
    "gaps.share_with_time",
    "governance.acts",
    "governance.acts_decided",
    "governance.allowed",
    "governance.approvals_denied",
    "governance.approvals_expired",
    "governance.approvals_granted",
    "governance.approvals_opened",
    "governance.approvals_used",
    "governance.declarations",
    "governance.decisions",
    "governance.denied",
    "governance.escalated",
    "governance.halts",
    "governance.halts_by_people",
    "governance.kept_184d",
    "governance.model_calls",
    "governance.not_the_agent",
    "governance.operators",
    "governance.overrides_rejected",
    "governance.overrides_signed",
    "governance.people",
    "governance.resumptions",
    "governance.share_acts_decided",
    "governance.share_approvals_answered",
    "governance.share_of_days_with_decisions",
    "governance.share_with_policy",
    "governance.tokens",
    "governance.tool_calls",
    "incidents.share_closed_serious_told_people",
    "incidents.share_serious_told",
    "oversight.decisions_reviewed",
    "oversight.reviewers",
    "oversight.interventions_linked",
    "oversight.overrides_linked",
    "oversight.share_approvals_used_rightly",
    "oversight.share_contested_looked_after",
    "oversight.share_decisions_reviewed",
    "oversight.share_decisions_reviewed_twice",
    "oversight.share_decisions_told",
    "oversight.share_interventions_linked",
    "oversight.share_resolved",
    "performance.metrics_followed",
    "records.share_with_actor",
    "registry.evaluations",
    "registry.share_datasets_with_origin",
    "registry.share_models_with_impact_assessment",
    "registry.share_models_with_provider",
    "registry.share_models_measured_30d",
    "registry.tools_registered",
    "requests.access_share_in_time",
    "requests.access_share_with_answer_digest",
    "requests.erasure_share_fulfilled_by_erasures",
    "requests.share_in_time",
    "retention.kept_184d",
    "reviews.days_with_review",
    "reviews.recorded",
    "reviews.share_of_days",
    "reviews.share_of_records",
    "subjects.share_with_known_basis",
    "uses.share_matches_confirmed_twice",
    "uses.share_matches_verified",
    "uses.share_matches_with_input",
    "uses.share_with_database",
    "uses.share_with_period",
];

/// How two values stand to each other; none if one of them is not known.
fn compared(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Count(left), Value::Count(right)) => Some(left.cmp(right)),
        (Value::Nanoseconds(left), Value::Nanoseconds(right)) => Some(left.cmp(right)),
        (
            Value::Share { part, whole },
            Value::Share {
                part: part_right,
                whole: whole_right,
            },
        ) => {
            let left = u128::from(*part) * u128::from(*whole_right);
            Some(left.cmp(&(u128::from(*part_right) * u128::from(*whole))))
        }
        _ => None,
    }
}

/// Names the measure that looks better in the second than in the first.
fn better(before: &Measures, after: &Measures) -> Option<String> {
    let worse_than = |name: &&str, worst: Ordering, upper: bool| {
        let (before, after) = (&before.0[*name], &after.0[*name]);
        let (old, new) = if upper {
            (before.greatest(), after.greatest())
        } else {
            (before.least(), after.least())
        };
        compared(&new, &old) == Some(worst)
    };
    // Neither bound moves inward: what is decided stays so, for a clause or against it. What is kept is measured by what
    // is there, so that closing takes some of it away for certain.
    let upper = |name: &&str| worse_than(name, Ordering::Less, true);
    let lower = |name: &&str| worse_than(name, Ordering::Greater, false);
    let mut all = AGAINST.iter().chain(FOR);
    let name = all.find(|name| !name.starts_with("retention.") && upper(name) || lower(name))?;
    Some(format!(
        "{name}: {:?}, then {:?}",
        before.0[*name], after.0[*name]
    ))
}

/// Names the measures that count more than one event more as unread where one more is.
fn counted_twice(before: &Measures, after: &Measures) -> Vec<String> {
    let pairs = before.0.iter().zip(after.0.values());
    let more =
        pairs.filter(|((_, before), after)| after.unread.count() > before.unread.count() + 1);
    let words = more.map(|((name, before), after)| {
        let (before, after) = (before.unread.count(), after.unread.count());
        format!("{name}: {before}, then {after}")
    });
    words.collect()
}

fn closed(story: &Story, which: impl Fn(usize) -> Option<Shown>) -> Measures {
    let mut closed = story.clone();
    closed.show(which);
    closed.told().projections.measures()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_can_t_be_read_never_makes_anything_look_better(
        steps in proptest::collection::vec((any::<Step>(), 0_u32..1_000_000), 1..60),
        first in any::<u64>(),
        second in any::<u64>(),
    ) {
        let story = story(&steps);
        const WAYS: [Shown; 5] = [Shown::Sealed, Shown::Erased, Shown::Withheld, Shown::Missing, Shown::Garbage];
        let way = |at: usize, closed: u64| (closed >> (at % 64) & 1 == 1).then(|| WAYS[at % WAYS.len()]);
        // Some are closed, then some more.
        let some = closed(&story, |at| way(at, first & second));
        let more = closed(&story, |at| way(at, first));
        prop_assert_eq!(better(&some, &more), None);
        let open = story.told().projections.measures();
        prop_assert_eq!(better(&open, &some), None);
        // And one alone, which is where a join comes apart.
        let one = usize::try_from(second).unwrap_or_default() % story.len();
        let one = closed(&story, |at| (at == one).then_some(Shown::Sealed));
        prop_assert_eq!(better(&open, &one), None);
        // What one event may change is several things, and it is one event.
        prop_assert_eq!(counted_twice(&open, &one), Vec::<String>::new());
    }
}
