use std::collections::BTreeMap;

use super::*;
use crate::{
    evaluate::{Bound, propose},
    json::Value,
    policy::gate::GatePolicy,
    record::Entry,
    redact::Redaction,
    request::{Action, ActionKind, Estimate, Request},
    state::{Position, State},
};

const SECOND: u64 = 1_000_000_000;
const START: u64 = 1_780_300_800 * SECOND;
const POLICY: &str = "version: '1'
scope: {allowed_tools: [search]}
budgets:
  - {name: day, by: agent, usd: '0.10'}
";

fn request(id: &str, tool: &str) -> Request {
    Request {
        source: "/agents".to_owned(),
        id: id.to_owned(),
        principal: "loans".to_owned(),
        agent: "loans".to_owned(),
        session: None,
        action: Action {
            kind: ActionKind::ToolCall,
            name: tool.to_owned(),
            api: None,
            arguments: Value::Null,
        },
        invocation: None,
        estimate: Estimate {
            cost: Some(NanoUsd::from_nano(60_000_000)),
            ..Estimate::default()
        },
        approval: None,
        overriding: None,
        retry_of: None,
        malformed: None,
        aegis: None,
        labels: BTreeMap::new(),
    }
}

/// Decisions on requests for these tools, one after the other.
fn decided(tools: &[&str], is_bound: bool) -> Vec<Decision> {
    let bound = Bound {
        sequence: 1,
        aigc: None,
        aegis: None,
        gate: Some(GatePolicy::read("g", POLICY.as_bytes()).unwrap()),
        risk: None,
        redaction: Redaction::new(&[]).unwrap(),
        shadow: false,
    };
    let bound = is_bound.then_some(&bound);
    let mut state = State::new();
    let at = |sequence: u64| Position {
        sequence,
        time: START + sequence * SECOND,
    };
    state
        .apply(at(0), &Entry::Semantics { version: 1 })
        .unwrap();
    let decide = |(sequence, tool): (u64, &&str)| {
        let mut proposal = propose(bound, &request(&sequence.to_string(), tool), b"salt");
        proposal
            .claims
            .retain(|claim| !matches!(claim, Claim::Bound { .. }));
        let decision = state.judge(at(sequence).time, &proposal);
        let entry = Entry::Decision(decision.clone());
        state.apply(at(sequence), &entry).unwrap();
        decision
    };
    (1..).zip(tools).map(decide).collect()
}

fn found(explanation: &Explanation, stage: &str) -> Vec<String> {
    let steps = explanation.steps.iter();
    let of_stage = steps.filter(|step| step.stage == stage);
    of_stage.map(|step| step.found.clone()).collect()
}

#[test]
fn an_allowed_act_is_explained_by_what_it_passed_and_took() {
    let [decision] = decided(&["search"], true).try_into().unwrap();
    let explained = decision.explain();
    assert_eq!(
        explained.verdict,
        "loans asked for search, and it was allowed, since every step was passed"
    );
    assert_eq!(
        found(&explained, "budgets"),
        [
            "holds: the budget day has room for 0.06 USD under its cap of 0.1 USD; found 0 USD; now 0.06 USD"
        ]
    );
    assert_eq!(found(&explained, "halt").len(), 1);
}

#[test]
fn a_denial_names_the_step_that_failed_and_what_it_found() {
    let [_, denied] = decided(&["search", "search"], true).try_into().unwrap();
    let explained = denied.explain();
    assert!(
        explained.verdict.starts_with(
            "loans asked for search, and it was denied, since the step budgets failed with BUDGET_"
        ),
        "{explained}"
    );
    let budget = found(&explained, "budgets");
    assert!(
        budget[0].starts_with("does not hold: the budget day"),
        "{explained}"
    );
    assert!(budget[0].contains("found 0.06 USD"), "{explained}");
}

/// What comes after the step that decided was not judged, and so explains nothing.
#[test]
fn what_was_not_judged_is_left_out() {
    let [decision] = decided(&["rm"], true).try_into().unwrap();
    let explained = decision.explain();
    assert!(
        explained.verdict.contains("the step scope failed with"),
        "{explained}"
    );
    assert!(found(&explained, "budgets").is_empty(), "{explained}");
}

#[test]
fn an_act_without_a_binding_is_denied_for_that() {
    let [decision] = decided(&["search"], false).try_into().unwrap();
    let explained = decision.explain();
    assert!(explained.verdict.contains("NO_BINDING"), "{explained}");
}
