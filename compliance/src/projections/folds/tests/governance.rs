//! What the daemon's own gate recorded, worked out by hand.

use serde_json::{Value as Json, json};

use super::story::{SECOND, Shown, Story, event};
use crate::projections::{measure::Value, table::Cell};

fn decision(agent: &str, verdict: &str, stage: Option<&str>) -> Json {
    let failure = stage.map(|stage| json!({"stage": stage, "code": "CODE"}));
    json!({
        "entry": "decision",
        "act": {"agent": agent, "kind": "tool_call", "name": "pay"},
        "policies": ["p"],
        "verdict": verdict,
        "failure": failure,
        "claims": [],
    })
}

fn answered(approval: u64, by: &str, granted: bool) -> Json {
    json!({"entry": "approval_answered", "approval": approval, "by": by, "granted": granted})
}

fn opened(people: u64) -> Json {
    json!({
        "entry": "approval_opened",
        "agent": "loans",
        "principal": "token:1",
        "people": people,
    })
}

fn tool_call(decision: Option<u64>) -> super::story::Told {
    let call = event(
        "ai.tool_call.v1",
        &[
            ("agent", "loans".into()),
            ("tool", "pay".into()),
            ("result", "ok".into()),
        ],
    );
    match decision {
        Some(decision) => call.with("gate_decision", decision),
        None => call,
    }
}

fn tell(story: &mut Story, name: &str, content: &Json) -> u64 {
    story.govern(name, content, Shown::Open)
}

#[test]
fn decisions_of_the_gate_show_without_an_event_of_a_client() {
    let mut story = Story::new();
    tell(
        &mut story,
        "semantics",
        &json!({"entry": "semantics", "version": 1}),
    ); // 0
    tell(&mut story, "decision", &decision("loans", "allow", None)); // 1
    tell(
        &mut story,
        "decision",
        &decision("loans", "deny", Some("budgets")),
    ); // 2
    tell(
        &mut story,
        "decision",
        &decision("mails", "deny", Some("scope")),
    ); // 3
    tell(
        &mut story,
        "decision",
        &decision("loans", "escalate", Some("approval")),
    ); // 4
    let mut shadow = decision("loans", "deny", Some("scope"));
    shadow["shadow"] = json!(true);
    tell(&mut story, "decision", &shadow); // 5
    let ending = story.told();
    ending.counts("governance.decisions", &[1, 2, 3, 4]);
    ending.counts("governance.allowed", &[1]);
    ending.counts("governance.denied", &[2, 3]);
    ending.counts("governance.denied_budgets", &[2]);
    ending.counts("governance.denied_scope", &[3]);
    ending.counts("governance.escalated", &[4]);
    ending.counts("governance.shadows", &[5]);
    // They are nothing that a client says.
    ending.number("decisions.recorded", 0);
    ending.number("governance.acts_told", 0);
    ending.number("governance.not_readable", 0);
    let table = ending.projections.table("governance.agents").unwrap();
    assert_eq!(
        table.rows[0][..7],
        [
            "loans".into(),
            false.into(),
            Cell::None,
            3.into(),
            1.into(),
            1.into(),
            1.into()
        ]
    );
}

#[test]
fn whoever_rejects_an_override_said_no_as_whoever_denies_an_act() {
    let mut story = Story::new();
    tell(
        &mut story,
        "override_rejected",
        &json!({"entry": "override_rejected", "request": 7, "by": "hana"}),
    ); // 0
    // A call that was refused is nothing that somebody decided.
    tell(
        &mut story,
        "refused",
        &json!({"entry": "refused", "call": "complete", "principal": "ivo", "reason": "x", "count": 1}),
    ); // 1
    let ending = story.told();
    ending.counts("governance.overrides_rejected", &[0]);
    ending.number("governance.not_readable", 0);
    let people = ending.projections.table("governance.people").unwrap();
    assert_eq!(people.rows.len(), 1);
    assert_eq!(people.rows[0][..3], ["hana".into(), 0.into(), 1.into()]);
}

#[test]
fn people_are_those_who_answered_halted_resumed_or_signed() {
    let mut story = Story::new();
    tell(
        &mut story,
        "agent",
        &json!({"entry": "agent", "agent": "loans", "operator": "lead"}),
    ); // 0
    tell(&mut story, "approval_opened", &opened(1)); // 1
    story.wait(40);
    tell(&mut story, "approval_answered", &answered(1, "hana", true)); // 2
    tell(&mut story, "approval_opened", &opened(2)); // 3
    story.wait(10);
    tell(&mut story, "approval_answered", &answered(3, "ivo", true)); // 4
    tell(&mut story, "approval_opened", &opened(1)); // 5
    tell(
        &mut story,
        "approval_expired",
        &json!({"entry": "approval_expired", "approval": 5}),
    ); // 6
    let halt =
        |by: &str| json!({"entry": "halted", "of": {"agent": "loans"}, "by": by, "people": 1});
    tell(&mut story, "halted", &halt("ivo")); // 7
    tell(
        &mut story,
        "resumed",
        &json!({"entry": "resumed", "of": {"agent": "loans"}, "by": "hana"}),
    ); // 8
    tell(&mut story, "halted", &halt("urn:indelible:gate")); // 9
    let ending = story.told();
    ending.counts("governance.people", &[2, 4]);
    ending.number("governance.operators", 1);
    ending.number("governance.agents_without_operator", 0);
    ending.counts("governance.approvals_opened", &[1, 3, 5]);
    ending.counts("governance.approvals_granted", &[1]);
    // The second takes two people.
    ending.counts("governance.approvals_unanswered", &[3]);
    ending.counts("governance.approvals_expired", &[5]);
    ending.share("governance.share_approvals_answered", 1, 3);
    ending.is(
        "governance.time_to_answer_longest",
        Value::Nanoseconds(40 * SECOND),
    );
    ending.counts("governance.halts", &[7, 9]);
    ending.counts("governance.halts_by_gate", &[9]);
    ending.counts("governance.halted_at_end", &[9]);
    ending.number("governance.grants_by_askers", 0);
}

#[test]
fn a_grant_by_whoever_asks_or_answers_for_the_agent_is_told() {
    for asker in ["loans", "token:1", "lead"] {
        let mut story = Story::new();
        tell(&mut story, "approval_opened", &opened(1)); // 0
        tell(&mut story, "approval_answered", &answered(0, asker, true)); // 1
        tell(
            &mut story,
            "agent",
            &json!({"entry": "agent", "agent": "loans", "operator": "lead"}),
        ); // 2
        story.told().counts("governance.grants_by_askers", &[1]);
    }
}

#[test]
fn an_act_that_both_tell_of_is_one_and_one_under_a_denial_is_told() {
    let mut story = Story::new();
    tell(&mut story, "decision", &decision("loans", "allow", None)); // 0
    tell(
        &mut story,
        "decision",
        &decision("loans", "deny", Some("budgets")),
    ); // 1
    story.tell(tool_call(Some(0))); // 2
    story.tell(tool_call(Some(1))); // 3
    story.tell(tool_call(None)); // 4
    story.tell(tool_call(Some(2))); // 5: no decision
    story.tell(tool_call(Some(9))); // 6: later
    let ending = story.told();
    ending.number("governance.acts_told", 5);
    ending.number("governance.acts_decided", 1);
    ending.share("governance.share_acts_decided", 1, 5);
    ending.counts("governance.acts_under_denial", &[3]);
    ending.counts("governance.acts_on_word", &[4]);
    ending.counts("governance.acts_of_no_decision", &[5, 6]);
    // Two that the gate decided, and three that only a client tells of.
    ending.number("governance.acts", 5);
    ending.number("governance.decisions_used_again", 0);
    story.tell(tool_call(Some(0))); // 7
    story.told().counts("governance.decisions_used_again", &[7]);
}

#[test]
fn what_was_kept_from_happening_is_no_act() {
    let mut story = Story::new();
    tell(
        &mut story,
        "decision",
        &decision("loans", "deny", Some("scope")),
    ); // 0
    story.tell(event(
        "ai.tool_call.v1",
        &[
            ("agent", "loans".into()),
            ("tool", "pay".into()),
            ("result", "refused".into()),
            ("gate_decision", 0_u64.into()),
        ],
    ));
    let ending = story.told();
    ending.number("governance.acts_under_denial", 0);
    ending.number("governance.acts", 1);
}

#[test]
fn a_denial_that_nobody_can_read_leaves_open_what_was_done_under_it() {
    for shown in [Shown::Erased, Shown::Withheld, Shown::Garbage] {
        let mut story = Story::new();
        story.govern("decision", &decision("loans", "deny", Some("scope")), shown); // 0
        story.tell(tool_call(Some(0))); // 1
        let ending = story.told();
        ending.counts("governance.not_readable", &[0]);
        let denied = ending.measure("governance.acts_under_denial");
        assert_eq!(denied.value, Value::Count(0));
        assert_eq!(denied.greatest(), Value::Count(1));
        let share = ending.measure("governance.share_acts_decided");
        assert!(matches!(share.greatest(), Value::NotComputable(_)));
        assert_eq!(share.least(), Value::Share { part: 0, whole: 1 });
    }
}

#[test]
fn a_record_of_another_type_than_its_content_is_not_read() {
    let mut story = Story::new();
    tell(&mut story, "completion", &decision("loans", "allow", None)); // 0
    tell(&mut story, "decision.v2", &decision("loans", "allow", None)); // 1
    let ending = story.told();
    ending.counts("governance.not_readable", &[0, 1]);
    ending.number("governance.decisions", 0);
    // What this build does not know may be a decision.
    let decisions = ending.measure("governance.decisions");
    assert_eq!(decisions.greatest(), Value::Count(1));
}

#[test]
fn a_name_that_somebody_had_no_right_to_is_no_agent() {
    let mut story = Story::new();
    let mut ghost = decision("ghost", "deny", Some("principal"));
    ghost["failure"]["code"] = json!("NOT_THE_AGENT");
    tell(&mut story, "decision", &ghost); // 0
    let ending = story.told();
    ending.number("governance.agents", 0);
    ending.number("governance.agents_without_operator", 0);
    ending.counts("governance.not_the_agent", &[0]);
    ending.counts("governance.decisions", &[0]);
    // What somebody asks for who may speak for it shows that there is one.
    tell(
        &mut story,
        "decision",
        &decision("ghost", "deny", Some("scope")),
    ); // 1
    let ending = story.told();
    ending.counts("governance.agents_without_operator", &[1]);
}

#[test]
fn what_can_still_be_answered_is_left_out_of_what_was() {
    let mut story = Story::new();
    let until = |story: &Story, seconds: u64| {
        let mut opened = opened(1);
        opened["expires"] = json!((story.now() + seconds * SECOND).to_string());
        opened
    };
    let young = until(&story, 3_600);
    tell(&mut story, "approval_opened", &young); // 0
    let ending = story.told();
    ending.counts("governance.approvals_waiting", &[0]);
    ending.number("governance.approvals_unanswered", 0);
    ending.not_computable("governance.share_approvals_answered");
    assert_eq!(
        ending
            .measure("governance.share_approvals_answered")
            .population,
        Some(0)
    );
    let other = until(&story, 3_600);
    tell(&mut story, "approval_opened", &other); // 1
    tell(&mut story, "approval_answered", &answered(1, "hana", true)); // 2
    story
        .told()
        .share("governance.share_approvals_answered", 1, 1);
    // It expires, and no record says so.
    story.wait(3_600);
    tell(&mut story, "decision", &decision("loans", "allow", None)); // 3
    let ending = story.told();
    ending.number("governance.approvals_waiting", 0);
    ending.counts("governance.approvals_unanswered", &[0]);
    ending.share("governance.share_approvals_answered", 1, 2);
    assert_eq!(
        ending
            .measure("governance.share_approvals_answered")
            .lacking,
        Some(vec![0])
    );
}

/// A cap that was overrun when the act ended shows in what was used, whatever the last decision had set aside.
#[test]
fn what_acts_really_used_is_told_by_model_and_session() {
    let mut story = Story::new();
    let call = |session: &str| {
        let mut call = decision("loans", "allow", None);
        call["act"] =
            json!({"agent": "loans", "session": session, "kind": "model_call", "name": "gpt-5"});
        call
    };
    let used = |decision: u64, cost: u64, overrun: bool| {
        json!({
            "entry": "completion",
            "decision": decision,
            "used": {"tokens": 9, "cost": cost},
            "verdict": "allow",
            "overrun": overrun,
        })
    };
    tell(&mut story, "decision", &call("k")); // 0
    tell(&mut story, "decision", &call("m")); // 1
    tell(&mut story, "completion", &used(0, 5_000_000_000, true)); // 2
    let mut denied = call("k");
    denied["verdict"] = json!("deny");
    tell(&mut story, "decision", &denied); // 3
    let ending = story.told();
    let row = |name: &str, acts: u64, ended: u64, overruns: u64, tokens: u64, cost: u64| {
        [
            name.into(),
            acts.into(),
            ended.into(),
            overruns.into(),
            tokens.into(),
            cost.into(),
        ]
        .to_vec()
    };
    let models = ending.projections.table("governance.by_model").unwrap();
    assert_eq!(models.rows, [row("gpt-5", 2, 1, 1, 9, 5_000_000_000)]);
    let sessions = ending.projections.table("governance.by_session").unwrap();
    assert_eq!(
        sessions.rows,
        [row("k", 1, 1, 1, 9, 5_000_000_000), row("m", 1, 0, 0, 0, 0)]
    );
}
