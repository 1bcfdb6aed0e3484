//! A ledger whose own gate decides: one act that is allowed, and one that a human grants.

use serde_json::{Value, json};

use crate::ledger::{Shown, Told, governed, reports, subject_from, told};

fn decision(verdict: &str, approval_used: bool) -> Value {
    json!({
        "entry": "decision",
        "act": {"agent": "loans", "kind": "tool_call", "name": "pay"},
        "policies": ["p"],
        "verdict": verdict,
        "claims": [{
            "claim": {"reserve": {
                "account": {"budget": "day", "of": {"agent": "loans"}, "unit": "nano_usd", "period": "day"},
                "amount": 7,
                "cap": 100,
                "seconds": 60,
                "on_expiry": "post",
            }},
            "outcome": "granted",
            "found": 0,
            "left": 7,
        }],
        "approval_used": approval_used,
    })
}

/// A call that a client tells of.
fn call(decision: u64) -> Told {
    told(
        "ai.tool_call.v1",
        &[
            ("agent", "loans".into()),
            ("tool", "pay".into()),
            ("result", "ok".into()),
        ],
    )
    .and("gate_decision", decision)
}

fn completion(decision: u64) -> Value {
    json!({
        "entry": "completion",
        "decision": decision,
        "used": {"tokens": 9, "cost": 5},
        "verdict": "allow",
    })
}

/// The ledger.
pub(super) fn ledger() -> Vec<Told> {
    let agent = json!({"entry": "agent", "agent": "loans", "operator": "lead"});
    let opened = json!({
        "entry": "approval_opened",
        "agent": "loans",
        "principal": "token:1",
        "people": 1,
    });
    let answered = json!({
        "entry": "approval_answered",
        "approval": 5,
        "by": "unix:hana",
        "granted": true,
    });
    let order = |name: &str| json!({"entry": name, "of": {"agent": "loans"}, "by": "unix:ivo", "people": 1});
    let gate = |content| governed(content);
    vec![
        gate(agent),                       // 0
        gate(decision("allow", false)),    // 1
        call(1),                           // 2
        gate(completion(1)),               // 3
        gate(decision("escalate", false)), // 4
        gate(opened),                      // 5
        gate(answered),                    // 6
        gate(decision("allow", true)),     // 7
        call(7),                           // 8
        gate(completion(7)),               // 9
        gate(order("halted")),             // 10
        gate(order("resumed")),            // 11
    ]
}

#[test]
fn a_report_says_which_records_of_the_gate_nobody_can_read() {
    let mut ledger = ledger();
    for place in [4, 7] {
        ledger[place] = ledger[place].shown(Shown::Erased);
    }
    for report in reports(&subject_from(0, &ledger)) {
        let mut caveats = report.caveats.iter();
        let said = "The contents of 2 records of the ledger's own gate can't be read (the first is record 4), and what \
                    they may change is left open.";
        assert!(
            caveats.any(|caveat| caveat.text.ends_with(said)),
            "{}: {:?}",
            report.framework.id,
            report.caveats
        );
    }
}
