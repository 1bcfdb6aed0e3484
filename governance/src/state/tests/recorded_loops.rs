//! Loops as Code Atelier Governance was recorded to find them.

use super::*;
use crate::{
    claim::{Calls, LoopAction},
    json::{Limits, Value, read},
    policy::gate::GatePolicy,
};

fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.as_object().unwrap().get(name).unwrap_or(&Value::Null)
}

fn number(value: &Value, name: &str) -> Option<u64> {
    match member(value, name) {
        Value::Number(number) => number.as_u64(),
        _ => None,
    }
}

#[test]
fn loops_are_found_where_code_atelier_finds_them() {
    let text = include_str!("../../../tests/vectors/loops.json");
    let limits = Limits {
        bytes: text.len(),
        levels: 16,
    };
    let file = read(text.as_bytes(), limits).unwrap();
    let mut compared = 0;
    for case in member(&file, "cases").as_array().unwrap() {
        let id = member(case, "id").as_text().unwrap();
        let Some(calls) = member(case, "calls").as_array() else {
            let rule = member(case, "rule").as_object().unwrap();
            let rule: Vec<_> = rule
                .members()
                .map(|(name, value)| {
                    format!(
                        "{name}: {}",
                        value.as_text().map_or_else(
                            || String::from_utf8(value.aigc_bytes()).unwrap(),
                            str::to_owned
                        )
                    )
                })
                .collect();
            let yaml = format!(
                "version: '1'\nloops: [{{by: session_tool, {}}}]\n",
                rule.join(", ")
            );
            // Halting the agent is what we offer besides.
            let taken = id == "loop-policy-bad-action";
            assert_eq!(
                GatePolicy::read("g", yaml.as_bytes()).is_ok(),
                taken,
                "{id}"
            );
            continue;
        };
        let (window_seconds, max_calls) = (
            number(case, "window_seconds").unwrap(),
            number(case, "max_calls").unwrap() as u32,
        );
        let mut ledger = Ledger::new();
        for (call, found) in calls.iter().zip(member(case, "found").as_array().unwrap()) {
            // There, an agent without a rule and a look without a call are told apart; here both are other requests.
            let (Some(tool), Some("a")) = (
                member(call, "tool").as_text(),
                member(call, "agent").as_text(),
            ) else {
                continue;
            };
            ledger.time = START + number(call, "ms").unwrap() * 1_000_000;
            let of = Of::SessionTool("s-1".to_owned(), tool.to_owned());
            let claim = Claim::Calls(Calls {
                of,
                window_seconds,
                max_calls,
                action: LoopAction::Deny,
            });
            let (_, decision) = ledger.decide(&proposal("a", tool, vec![claim]));
            assert_eq!(&Value::Bool(!decision.verdict.is_allowed()), found, "{id}");
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared}");
}
