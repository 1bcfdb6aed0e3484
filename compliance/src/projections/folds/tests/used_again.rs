//! Ids that are used again, names that are an agent's, and facts that say nothing or can't be.

use super::story::{Fact, NOON, SECOND, Shown, Story, Told, event};
use crate::projections::measure::Value;

const DAY: u64 = 86_400;

fn asked(id: &str, right: &str) -> Told {
    event("privacy.request.received.v1", &[("request_id", id.into())])
        .with("right", right)
        .with("received_at_ns", NOON)
}

fn answered(id: &str) -> Told {
    event("privacy.request.answered.v1", &[("request_id", id.into())]).with("outcome", "fulfilled")
}

fn incident(id: &str, status: &str) -> Told {
    event("ai.incident.v1", &[("incident_id", id.into())])
        .with("status", status)
        .with("severity", "high")
        .with("serious", true)
}

#[test]
fn a_request_under_the_id_of_an_answered_one_is_another() {
    let mut story = Story::new();
    story.tell(asked("r", "access")); // 0
    story.wait(DAY).tell(answered("r")); // 1
    story.wait(DAY).tell(
        event("privacy.request.received.v1", &[("request_id", "r".into())])
            .with("right", "erasure"),
    ); // 2
    story.wait(90 * DAY).tell(event("t", &[])); // 3
    let told = story.told();
    told.counts("requests.received", &[0, 2]);
    told.counts("requests.answered", &[1]);
    told.counts("requests.open_at_end", &[2]);
    told.counts("requests.erasure_late", &[2]);
    told.counts("requests.ids_used_again", &[2]);
    // Two under one id at once: one answer answers one of them.
    let mut story = Story::new();
    story.tell(asked("r", "access")); // 0
    story.tell(asked("r", "access")); // 1: told again
    story.tell(asked("r", "erasure")); // 2
    story.wait(DAY).tell(answered("r")); // 3
    story.wait(90 * DAY).tell(event("t", &[])); // 4
    let told = story.told();
    told.counts("requests.received", &[0, 2]);
    told.counts("requests.late", &[2]);
    told.counts("requests.ids_used_again", &[2]);
}

#[test]
fn an_answer_passes_for_the_first_request_that_came_in_before_it() {
    let mut story = Story::new();
    story.wait(DAY).tell(answered("r")); // 0
    story.wait(DAY).tell(
        event("privacy.request.received.v1", &[("request_id", "r".into())]).with("right", "access"),
    ); // 1
    story.tell(asked("r", "erasure")); // 2: came in before the answer
    let told = story.told();
    told.counts("requests.answered", &[0]);
    told.counts("requests.open_at_end", &[1]);
}

#[test]
fn a_request_told_again_may_be_another_if_an_answer_between_can_t_be_read() {
    let mut story = Story::new();
    story.tell(asked("r", "access")); // 0
    story.tell(answered("r")); // 1
    story.tell(asked("r", "access")); // 2
    story.tell(asked("q", "access")); // 3
    story.tell(answered("q")); // 4
    let received = |story: &Story| story.told().measure("requests.received").greatest();
    assert_eq!(received(&story), Value::Count(3));
    let mut closed = story.clone();
    closed.show(|at| (at == 1).then_some(Shown::Sealed));
    assert_eq!(received(&closed), Value::Count(2 + 1 + 1));
}

#[test]
fn an_incident_under_the_id_of_a_closed_one_is_another() {
    let mut story = Story::new();
    story.tell(incident("i", "opened").with("aware_at_ns", NOON)); // 0
    story.tell(
        event("ai.incident.reported.v1", &[("incident_id", "i".into())]).with("to", "authority"),
    ); // 1
    story.wait(DAY).tell(incident("i", "closed")); // 2
    story
        .wait(DAY)
        .tell(incident("i", "opened").with("aware_at_ns", NOON + DAY * SECOND)); // 3
    story.wait(60 * DAY).tell(incident("i", "updated")); // 4
    let told = story.told();
    told.counts("incidents.reported", &[0, 3]);
    told.counts("incidents.open_at_end", &[3]);
    told.counts("incidents.serious_told_late", &[3]);
    told.counts("incidents.ids_used_again", &[3]);
}

#[test]
fn an_approval_under_a_used_id_is_another_and_is_for_the_agent_that_asked_and_for_what_it_asked() {
    let ask = |agent: &str| {
        event("ai.approval.requested.v1", &[("approval_id", "a".into())])
            .with("agent", agent)
            .with("operator", "o.perator")
            .with("tool", "pay")
            .with_digests(&["action"])
    };
    let grant = || {
        event("ai.approval.granted.v1", &[("approval_id", "a".into())])
            .with("reviewer", "r.eviewer")
            .with_digests(&["action"])
    };
    let using = |agent: &str| {
        event("ai.tool_call.v1", &[("agent", agent.into())])
            .with("tool", "pay")
            .with("result", "ok")
            .with("approval_id", "a")
    };
    let share = "oversight.share_approvals_used_rightly";
    let mut story = Story::new();
    for told in [ask("bot"), grant(), using("bot")] {
        story.tell(told);
    }
    story.told().share(share, 1, 1);
    for told in [ask("bot"), grant(), using("bot")] {
        story.tell(told);
    }
    story.told().share(share, 2, 2);
    story
        .told()
        .counts("oversight.approvals_ids_used_again", &[3]);
    let mut by_another = Story::new();
    for told in [ask("bot"), grant(), using("other")] {
        by_another.tell(told);
    }
    by_another.told().share(share, 0, 1);
    assert_eq!(by_another.told().measure(share).records, [2]);
    let mut asked_again = Story::new();
    for told in [ask("bot"), ask("other"), grant(), using("bot")] {
        asked_again.tell(told);
    }
    asked_again.told().share(share, 0, 1);
    asked_again
        .told()
        .counts("oversight.approvals_unresolved", &[1]);
    // What the agent itself sends in a human's name is its own word.
    let mut sent = Story::new();
    for told in [ask("bot"), grant().by("bot"), using("bot")] {
        sent.tell(told);
    }
    sent.told().share(share, 0, 1);
    sent.told().counts("oversight.self_approvals", &[1]);
}

#[test]
fn what_decided_or_is_present_is_no_reviewer() {
    let review = |by: &str| {
        event("ai.oversight.v1", &[("reviewer", by.into())])
            .with("intervention", "review")
            .correlated("case")
    };
    let decision = || {
        event(
            "ai.decision.v1",
            &[("system", "s".into()), ("result", "pass".into())],
        )
    };
    let present = event(
        "ai.agent.present.v1",
        &[("agent", "bot".into()), ("state", "idle".into())],
    );
    for is_before in [true, false] {
        let mut story = Story::new();
        story.tell(decision().by("gate").correlated("case")); // 0
        if is_before {
            story.tell(present.clone()); // 1
        }
        let by = story.tell(review("bot"));
        if !is_before {
            story.tell(present.clone());
        }
        let told = story.told();
        told.counts("oversight.interventions_by_agents", &[by]);
        told.number("oversight.decisions_reviewed", 0);
    }
    // Its agent, or whoever sent it, is nobody else.
    for deciding in [decision().with("agent", "bot"), decision().by("bot")] {
        let mut story = Story::new();
        story.tell(deciding.correlated("case")); // 0
        let by = story.tell(review("bot"));
        story.tell(review("j.doe"));
        let told = story.told();
        told.counts("oversight.interventions_by_deciders", &[by]);
        told.number("oversight.decisions_reviewed", 1);
    }
    // Whoever sends it speaks.
    let mut story = Story::new();
    story.tell(present); // 0
    let by = story.tell(review("j.doe").by("bot"));
    story
        .told()
        .counts("oversight.interventions_by_agents", &[by]);
}

#[test]
fn a_halted_agent_acts_in_whatever_role() {
    let mut story = Story::new();
    story.tell(
        event("ai.agent.halted.v1", &[("agent", "bot".into())])
            .with("by", "j.doe")
            .with("by_kind", "human"),
    ); // 0
    story.tell(
        event("ai.approval.granted.v1", &[("approval_id", "a".into())]).with("reviewer", "bot"),
    ); // 1
    story.tell(
        event(
            "ai.use.v1",
            &[("use_id", "u".into()), ("system", "s".into())],
        )
        .with("state", "started")
        .by("bot"),
    ); // 2
    story.told().counts("agents.acts_while_halted", &[1, 2]);
}

#[test]
fn what_is_blank_says_nothing_and_names_are_the_same_with_white_space_around_them() {
    let mut story = Story::new();
    story.tell(asked("r", "access"));
    story.tell(
        event("privacy.request.answered.v1", &[("request_id", "r".into())])
            .with("outcome", "refused")
            .with("reason", "\u{2003} "),
    ); // 1
    story.told().counts("requests.refused_without_reason", &[1]);
    let mut story = Story::new();
    story.tell(
        event(
            "ai.decision.v1",
            &[("system", "s".into()), ("result", "pass".into())],
        )
        .correlated("case"),
    );
    for by in ["j.doe", " j.doe", "j.doe "] {
        story.tell(
            event("ai.oversight.v1", &[("reviewer", by.into())])
                .with("intervention", "review")
                .correlated("case "),
        );
    }
    story
        .tell(event("ai.oversight.v1", &[("reviewer", " ".into())]).with("intervention", "review"));
    story.told().number("oversight.reviewers", 1);
    story.told().number("oversight.interventions", 3);
    story.told().number("gaps.misfits", 1);
}

#[test]
fn a_time_that_was_still_to_come_is_none() {
    let later = |days: u64| Fact::Uint(NOON + days * DAY * SECOND);
    let mut story = Story::new();
    story.tell(event(
        "privacy.breach.v1",
        &[("breach_id", "b".into()), ("aware_at_ns", later(300))],
    )); // 0
    story.tell(
        event("privacy.request.received.v1", &[("request_id", "r".into())])
            .with("right", "access")
            .with("received_at_ns", NOON + 300 * DAY * SECOND),
    ); // 1
    story.tell(incident("i", "opened").with("aware_at_ns", NOON + 300 * DAY * SECOND)); // 2
    let told = story.told();
    told.counts("breaches.without_awareness", &[0]);
    told.counts("requests.without_received_at", &[1]);
    told.counts("incidents.serious_without_awareness", &[2]);
}

#[test]
fn one_that_did_harm_and_is_called_not_serious_may_be_either() {
    let mut story = Story::new();
    story.tell(
        event("ai.incident.v1", &[("incident_id", "i".into())])
            .with("status", "opened")
            .with("severity", "critical")
            .with("serious", false)
            .with("harm", "death"),
    ); // 0
    let told = story.told();
    told.counts("incidents.serious_unsaid", &[0]);
    assert_eq!(told.measure("incidents.serious").unread.unsaid, 1);
}

#[test]
fn an_override_that_puts_the_same_output_there_is_none() {
    let mut story = Story::new();
    story.tell(
        event(
            "ai.decision.v1",
            &[("system", "s".into()), ("result", "pass".into())],
        )
        .correlated("case"),
    );
    let same = event("ai.override.v1", &[("reviewer", "j.doe".into())])
        .with_digests(&["original_output", "final_output"])
        .correlated("case")
        .changing_nothing();
    story.tell(same); // 1
    let told = story.told();
    told.counts("oversight.overrides", &[]);
    told.counts("oversight.overrides_changing_nothing", &[1]);
    told.number("oversight.decisions_reviewed", 0);
}
