//! Ledgers that say what is not so: junk, links to nothing, facts left out. Each measure tells them from the real thing.

use super::story::{NOON, SECOND, Shown, Story, Told, event};
use crate::projections::measure::{Unread, Value};

const DAY: u64 = 86_400;

fn decision(correlation: &str, agent: &str) -> Told {
    event("ai.decision.v1", &[("system", "credit".into())])
        .with("result", "pass")
        .with("agent", agent)
        .correlated(correlation)
}

fn reviewed(correlation: &str, reviewer: &str) -> Told {
    event("ai.oversight.v1", &[("reviewer", reviewer.into())])
        .with("intervention", "annotate")
        .correlated(correlation)
}

fn overridden(correlation: &str, reviewer: &str) -> Told {
    event("ai.override.v1", &[("reviewer", reviewer.into())])
        .correlated(correlation)
        .with_digests(&["original_output", "final_output"])
}

fn declared(agent: &str, operator: &str) -> Told {
    event("ai.agent.declared.v1", &[("agent", agent.into())]).with("operator", operator)
}

fn halted(agent: &str, by: &str, by_kind: &str) -> Told {
    event("ai.agent.halted.v1", &[("agent", agent.into())])
        .with("by", by)
        .with("by_kind", by_kind)
}

fn called(agent: &str, approval: &str) -> Told {
    event("ai.tool_call.v1", &[("agent", agent.into())])
        .with("tool", "delete_customer")
        .with("result", "ok")
        .with("approval_id", approval)
}

fn incident(id: &str, status: &str, severity: &str) -> Told {
    event("ai.incident.v1", &[("incident_id", id.into())])
        .with("status", status)
        .with("severity", severity)
}

#[test]
fn an_agent_that_looks_after_itself_is_nobody_s_oversight() {
    let mut story = Story::new();
    story.tell(declared("bot-1", "bot-1")); // 0
    story.tell(declared("bot-2", "bot-1")); // 1
    story.tell(declared("bot-3", "olga")); // 2
    story.tell(decision("1", "bot-1")); // 3
    story.tell(decision("2", "bot-3").by("sender")); // 4
    story.tell(decision("3", "bot-3")); // 5
    story.tell(decision("4", "bot-3")); // 6
    story.tell(reviewed("1", "bot-1")); // 7: itself
    story.tell(reviewed("2", "sender")); // 8: whoever sent the decision
    story.tell(reviewed("3", "bot-2")); // 9: another agent
    story.tell(reviewed("3", "hana").by("bot-3")); // 10: in a human's name
    story.tell(overridden("no-such-decision", "hana")); // 11
    let told = story.told();
    told.share("oversight.share_decisions_reviewed", 0, 4);
    told.number("oversight.overrides_linked", 0);
    told.number("oversight.interventions_linked", 4);
    told.share("oversight.share_interventions_linked", 4, 5);
    told.number("oversight.interventions_unlinked", 1);
    told.counts("oversight.interventions_by_agents", &[7, 9, 10]);
    told.number("agents.declared_by_itself", 2);
    story.tell(reviewed("4", "hana")); // 12
    story.tell(overridden("4", "hana")); // 13: the same one again
    story.tell(overridden("3", "hana")); // 14
    story.tell(overridden("3", "ivo")); // 15
    let told = story.told();
    told.share("oversight.share_decisions_reviewed", 2, 4);
    told.share("oversight.share_decisions_reviewed_twice", 1, 4);
    assert_eq!(
        told.measure("oversight.decisions_reviewed").records,
        [12, 14]
    );
    // A declaration that can't be read may say that hana is an agent.
    story.tell(declared("hana", "olga").shown(Shown::Sealed));
    let least = story
        .told()
        .measure("oversight.share_decisions_reviewed")
        .least();
    assert!(matches!(least, Value::NotComputable(_)), "{least:?}");
}

#[test]
fn a_halted_agent_acts_by_any_name_and_in_any_way() {
    let mut story = Story::new();
    story.tell(halted("bot-1", "hana", "human")); // 0
    story.tell(halted("bot-9", "bot-9", "human")); // 1: by itself
    story.tell(halted("bot-8", "hana", "human").by("bot-8")); // 2: by itself, in a human's name
    story.tell(halted("bot-7", "watchdog", "agent")); // 3
    story.tell(decision("1", "bot-1")); // 4
    let mut unnamed = decision("2", "").by("bot-1");
    unnamed.facts.retain(|(name, _)| name != "agent");
    story.tell(unnamed); // 5: only the sender says it
    story.tell(event("ai.performance.v1", &[("system", "credit".into())]).with("agent", "bot-1")); // 6
    story.tell(event("ai.agent.present.v1", &[("agent", "bot-1".into())]).with("state", "live")); // 7
    story.tell(event("ai.agent.present.v1", &[("agent", "bot-1".into())]).with("state", "stopped")); // 8: no act
    story.tell(decision("3", "bot-2").by("bot-1")); // 9: in another's name
    let told = story.told();
    told.counts("agents.acts_while_halted", &[4, 5, 6, 7, 9]);
    assert_eq!(told.measure("agents.acts_while_halted").population, Some(4));
    told.counts("agents.halts_by_human", &[0]);
    told.number("agents.halts_by_others", 3);
    told.counts("agents.acts_by_undeclared", &[4, 6, 7, 9]);
    told.counts("agents.acts_without_agent", &[5]);
    // A range that begins later does not know of the halt, and says so.
    let late = super::ending::Ending {
        projections: story.fold(4..10),
    };
    late.number("agents.acts_while_halted", 0);
    let greatest = late.measure("agents.acts_while_halted").greatest();
    assert_eq!(greatest, Value::Count(6));
}

#[test]
fn an_approval_that_nobody_asked_for_is_none() {
    let mut story = Story::new();
    story.tell(declared("bot-1", "alice")); // 0
    let asked = |id: &str| {
        event("ai.approval.requested.v1", &[("approval_id", id.into())]).with("agent", "bot-1")
    };
    let granted = |id: &str, reviewer: &str| {
        event("ai.approval.granted.v1", &[("approval_id", id.into())]).with("reviewer", reviewer)
    };
    story.tell(called("bot-1", "invented")); // 1
    story.tell(granted("unasked", "hana")); // 2
    story.tell(called("bot-1", "unasked")); // 3
    story.tell(asked("own")); // 4: names no operator
    story.tell(granted("own", "alice")); // 5: who is the operator
    story.tell(called("bot-1", "own")); // 6
    story.tell(asked("short").with("expires_at_ns", NOON + SECOND)); // 7
    story.tell(granted("short", "hana")); // 8
    story.tell(called("bot-1", "short")); // 9
    story.wait(5);
    story.tell(called("bot-1", "short")); // 10: again, and too late
    story.tell(asked("right")); // 11
    story.tell(granted("right", "hana")); // 12
    story.tell(called("bot-1", "right")); // 13
    let told = story.told();
    told.counts("oversight.self_approvals", &[5]);
    told.counts("oversight.approvals_used_outside", &[1]);
    told.counts("oversight.approvals_used_unasked", &[1, 3]);
    told.counts("oversight.approvals_used_after_expiry", &[9]);
    told.counts("oversight.approvals_used_again", &[10]);
    told.counts("oversight.granted_operator_unknown", &[]);
    told.share("oversight.share_approvals_used_rightly", 1, 5);
}

#[test]
fn a_use_that_can_t_be_read_may_be_the_second() {
    let asked = event("ai.approval.requested.v1", &[("approval_id", "a".into())]);
    let granted = event("ai.approval.granted.v1", &[("approval_id", "a".into())]);
    let mut story = Story::new();
    story.tell(asked.with("agent", "bot-1").with("operator", "olga"));
    story.tell(granted.with("reviewer", "hana"));
    story.tell(called("bot-1", "a"));
    let name = "oversight.share_approvals_used_rightly";
    story.told().share(name, 1, 1);
    story.tell(called("bot-1", "a").shown(Shown::Sealed));
    let least = story.told().measure(name).least();
    assert_eq!(least, Value::Share { part: 0, whole: 2 });
}

#[test]
fn what_is_used_before_it_is_released_was_not_released() {
    let release = |version: &str| {
        event("ai.model.released.v1", &[("model", "m1".into())]).with("model_version", version)
    };
    let used = |version: &str| {
        decision("1", "bot-1")
            .with("model", "m1")
            .with("model_version", version)
    };
    let evaluated = event("ai.evaluation.v1", &[("model", "m1".into())])
        .with("model_version", "2")
        .with_digests(&["report"]);
    let mut story = Story::new();
    story.tell(used("1")); // 0
    story.tell(release("1").with("approved_by", "carla").by("carla")); // 1
    story.tell(evaluated); // 2
    story.tell(release("2").with("approved_by", "hana").by("carla")); // 3
    story.tell(used("2")); // 4
    story.tell(decision("2", "bot-1")); // 5: of no model
    story.tell(event("ai.model.retired.v1", &[("model", "m1".into())]).with("model_version", "2")); // 6
    story.tell(used("2")); // 7
    story.tell(release("3")); // 8
    let told = story.told();
    told.number("registry.models_used_unreleased", 0);
    told.number("registry.models_used_before_release", 1);
    assert_eq!(
        told.measure("registry.models_used_before_release").unread,
        Unread::once(1).unsaid(1)
    );
    told.counts("registry.uses_without_model", &[5]);
    told.counts("registry.models_approved_by_author", &[1]);
    told.counts("registry.models_released_without_approver", &[8]);
    told.number("registry.models_released_without_evaluation", 2);
    told.number("registry.models_used_after_retirement", 1);
    told.share("decisions.share_with_model_and_version", 3, 4);
}

#[test]
fn facts_that_are_left_out_count_as_unknown() {
    let mut story = Story::new();
    for _ in 0..3 {
        let call = event("ai.performance.v1", &[("system", "credit".into())]);
        story.tell(call.with("provider_status", "error:timeout")); // 0, 1, 2
    }
    let call = event("ai.performance.v1", &[("system", "credit".into())]);
    story.tell(call.with("error", false)); // 3
    story.tell(incident("i1", "opened", "critical")); // 4
    let told = story.told();
    told.share("performance.error_share", 0, 1);
    let errors = told.measure("performance.error_share");
    assert_eq!(errors.greatest(), Value::Share { part: 3, whole: 4 });
    told.counts("performance.calls_unsaid", &[0, 1, 2]);
    told.number("incidents.serious_open_at_end", 0);
    let serious = told.measure("incidents.serious_open_at_end");
    assert_eq!(serious.greatest(), Value::Count(1));
    told.counts("incidents.critical_open_at_end", &[4]);
    // What does not fit is not away.
    story.tell(incident("i2", "opened", "sev1").with("serious", true)); // 5
    let serious = story.told().measure("incidents.serious_open_at_end");
    assert_eq!(serious.greatest(), Value::Count(2));
    // What stood open before a range is not known in it.
    let late = super::ending::Ending {
        projections: story.fold(1..5),
    };
    let open = late.measure("incidents.open_at_end").greatest();
    assert!(matches!(open, Value::NotComputable(_)), "{open:?}");
}

#[test]
fn serious_incidents_are_told_within_days_by_what_they_did() {
    let serious = |id: &str, harm: &str| {
        incident(id, "opened", "critical")
            .with("serious", true)
            .with("harm", harm)
            .with("aware_at_ns", NOON)
    };
    let told_of = |id: &str, to: &str| {
        event("ai.incident.reported.v1", &[("incident_id", id.into())]).with("to", to)
    };
    let mut story = Story::new();
    story.tell(serious("grid", "infrastructure")); // 0
    story.tell(serious("death", "death")); // 1
    story.tell(serious("rights", "rights")); // 2
    story.tell(told_of("rights", "insurer")); // 3: is not an authority
    story.wait(3 * DAY);
    story.tell(told_of("grid", "authority")); // 4
    story.tell(told_of("death", "authority")); // 5
    story.tell(told_of("never opened", "authority")); // 6
    let told = story.told();
    told.counts("incidents.serious_told_late", &[0]);
    // There are twelve days left to tell of the third.
    told.share("incidents.share_serious_told", 2, 2);
    told.number("incidents.reported", 3);
    let mut later = told.projections.clone();
    later.reach(NOON + 16 * DAY * SECOND);
    let measures = later.measures();
    let share = Value::Share { part: 2, whole: 3 };
    assert_eq!(measures.0["incidents.share_serious_told"].value, share);
    let late = &measures.0["incidents.serious_told_late"];
    assert_eq!(
        (&late.value, &late.records[..]),
        (&Value::Count(2), &[0, 2][..])
    );
}
