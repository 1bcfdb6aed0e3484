//! What the daemon's own gate records, by lot, and what clients say that they did under it.

use serde_json::{Value, json};

use super::{
    random_attributes::{Step, pick, shown},
    story::{Fact, Story, Told},
};

const AGENTS: [&str; 3] = ["ada", "bob", "cy"];
const PEOPLE: [&str; 4] = ["hana", "ivo", "ada", "urn:indelible:gate"];
const STAGES: [&str; 5] = ["scope", "budgets", "loops", "halt", "approval"];

/// A record of the gate, if it is one.
pub(super) fn governed(story: &mut Story, step: Step, types: u8) -> bool {
    let (kind, who, what, how) = step;
    let (name, content) = match kind % types {
        53 | 54 => ("decision", decision(step)),
        55 if what % 2 == 0 => (
            "approval_opened",
            json!({
                "entry": "approval_opened",
                "agent": pick(&AGENTS, who),
                "principal": pick(&PEOPLE, how),
                "people": who % 3,
                "expires": (how % 3 > 0).then(|| (story.now() + u64::from(who) * 1_000_000_000_000).to_string()),
            }),
        ),
        55 | 56 => answer(story, step),
        57 if what % 3 == 0 => outcome(story, step),
        57 if what % 3 == 1 => {
            let operator = (who % 3 > 0).then(|| pick(&PEOPLE, what));
            let agent = pick(&AGENTS, how);
            (
                "agent",
                json!({"entry": "agent", "agent": agent, "operator": operator}),
            )
        }
        57 => order(step),
        _ => return false,
    };
    // One of another version may be any of them.
    let name = match (who ^ what) % 31 {
        0 => "another",
        _ => name,
    };
    let sequence = story.govern(name, &content, shown(how));
    if matches!(name, "decision" | "approval_opened") {
        story.gate.push(sequence);
    }
    true
}

fn decision((_, who, what, how): Step) -> Value {
    let verdict = pick(&["allow", "warn", "escalate", "deny"], how);
    let failure = (how % 4 > 1)
        .then(|| json!({"stage": pick(&STAGES, what), "code": pick(&["C", "NOT_THE_AGENT"], who)}));
    let of = match who % 2 {
        0 => json!({"agent": "ada"}),
        _ => json!({"session_tool": ["s", "mail"]}),
    };
    let period = match what % 3 {
        0 => json!("day"),
        1 => json!({"rolling": {"seconds": 60}}),
        _ => json!("session"),
    };
    let outcome = pick(&["granted", "refused", "warned", "not_judged"], who);
    let reserve = json!({
        "reserve": {
            "account": {"budget": "b", "of": of, "unit": "nano_usd", "period": period},
            "amount": 7,
            "cap": if who % 4 == 0 { json!("9007199254740993") } else { json!(100) },
            "seconds": 60,
            "on_expiry": "post",
        }
    });
    json!({
        "entry": "decision",
        "act": {"agent": pick(&AGENTS, who), "session": (how % 2 == 0).then_some("s"), "kind": pick(&["model_call", "tool_call"], how), "name": pick(&["mail", "pay"], what)},
        "policies": if what % 2 == 0 { json!(["p1"]) } else { json!([]) },
        "verdict": verdict,
        "failure": failure,
        "claims": [
            {"claim": "may_speak", "outcome": "granted"},
            {"claim": reserve, "outcome": outcome, "found": how, "left": what},
        ],
        "approval_used": who % 5 == 0,
        "shadow": (who ^ how) % 7 == 0,
    })
}

/// A record of the gate that another names: mostly one that there is.
fn named(story: &Story, number: u8) -> u64 {
    let places = story.gate.len().max(1);
    let known = story.gate.get(usize::from(number) % places);
    match number % 4 {
        0 => u64::from(number % 70),
        _ => known.copied().unwrap_or_default(),
    }
}

fn answer(story: &Story, (_, who, what, how): Step) -> (&'static str, Value) {
    let approval = named(story, who);
    match how % 5 {
        0 => (
            "approval_expired",
            json!({"entry": "approval_expired", "approval": approval}),
        ),
        _ => (
            "approval_answered",
            json!({
                "entry": "approval_answered",
                "approval": approval,
                "by": pick(&PEOPLE, what),
                "granted": how % 5 != 1,
            }),
        ),
    }
}

fn outcome(story: &Story, (_, who, what, how): Step) -> (&'static str, Value) {
    let decision = named(story, who);
    match how % 3 {
        0 => (
            "released",
            json!({"entry": "released", "decision": decision}),
        ),
        _ => (
            "completion",
            json!({
                "entry": "completion",
                "decision": decision,
                "used": {"tokens": what, "cost": how},
                "verdict": "allow",
                "late": what % 2 == 0,
                "overrun": what % 3 == 0,
            }),
        ),
    }
}

fn order((_, who, what, how): Step) -> (&'static str, Value) {
    let of = match what / 3 % 3 {
        0 => json!("everything"),
        1 => json!({"agent": pick(&AGENTS, who)}),
        _ => json!({"session": "s"}),
    };
    let by = pick(&PEOPLE, how);
    match (who ^ how) % 7 {
        6 => (
            "override_rejected",
            json!({"entry": "override_rejected", "by": by}),
        ),
        0 => (
            "override_signed",
            json!({"entry": "override_signed", "signer": by}),
        ),
        1 => ("succeeded", json!({"entry": "succeeded", "people": 1})),
        2 | 3 => ("resumed", json!({"entry": "resumed", "of": of, "by": by})),
        _ => (
            "halted",
            json!({"entry": "halted", "of": of, "by": by, "people": who % 3}),
        ),
    }
}

/// Some of what clients say that was done names a decision.
pub(super) fn under_gate(story: &Story, told: Told, (_, who, what, how): Step) -> Told {
    match told.event_type.as_str() {
        "ai.decision.v1" | "ai.tool_call.v1" if (who ^ what) % 3 > 0 => {
            told.with("gate_decision", Fact::Uint(named(story, what ^ how)))
        }
        _ => told,
    }
}
