//! What a decision costs in the caller's task and in the writer: an AIGC policy with every part, a gate policy with budgets,
//! loops and rates, and the judgement of their claims.
//!
//! `cargo bench -p indelible-governance --bench evaluate --profile dev`

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it is a program that prints its figures, and ends with what goes wrong"
)]

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use indelible_governance::{
    SEMANTICS_VERSION,
    claim::Proposal,
    evaluate::{
        Bound,
        aigc::{Part, evaluate},
        propose,
    },
    json::Value,
    policy::{
        Compatibility,
        aigc::{Chain, Compiled},
        gate::GatePolicy,
    },
    record::Entry,
    redact::Redaction,
    request::{Action, ActionKind, Estimate, Invocation, Request},
    state::{Position, State},
};

/// Evaluations of a round.
const TIMES: u32 = 20_000;
/// Rounds, of which the median counts.
const ROUNDS: usize = 9;

const AIGC: &str = r#"
policy_version: "2.1"
description: every part of a policy
roles: [planner, verifier, synthesizer]
effective_date: "2026-01-01"
expiration_date: "2027-12-31"
conditions:
  is_enterprise: {type: boolean, default: false}
  audit_enabled: {type: boolean, required: true}
tools:
  allowed_tools:
    - {name: search, max_calls: 5}
    - {name: calculator, max_calls: 10}
retry_policy: {max_retries: 2, backoff_ms: 500}
risk:
  mode: strict
  threshold: 0.8
  factors:
    - {name: no_schema, weight: 0.3, condition: no_output_schema}
    - {name: broad, weight: 0.2, condition: broad_roles}
    - {name: external, weight: 0.2, condition: external_model}
    - {name: personal, weight: 0.3, condition: has_personal_data}
pre_conditions:
  required:
    session_id: {type: string, pattern: "^[a-z0-9-]+$"}
    tenant: {type: string, minLength: 2}
    amount: {type: number, minimum: 0, maximum: 100000}
post_conditions: {required: [output_schema_valid]}
output_schema:
  type: object
  required: [summary, confidence, sources]
  properties:
    summary: {type: string, minLength: 1, maxLength: 2000}
    confidence: {type: number, minimum: 0, maximum: 1}
    sources: {type: array, items: {type: string}, maxItems: 20}
  additionalProperties: false
guards:
  - when: {condition: is_enterprise and audit_enabled}
    then: {pre_conditions: {required: {contract: {type: string}}}}
  - when: {condition: role == verifier or amount > 50000}
    then: {tools: {allowed_tools: [{name: search, max_calls: 2}]}}
"#;

const GATE: &str = "version: '1'
budgets:
  - {name: day, by: agent, usd: 1000000, period: day}
  - {name: tokens, by: session, tokens: 1000000000, period: session}
loops: [{by: session_tool, max_calls: 1000}, {by: cycle, max_calls: 1000}]
rates: [{by: agent, per_minute: 100000}]
prices: [{model: gpt-4o, input_usd_per_million: 2.5, output_usd_per_million: 10}]
";

const INVOCATION: &str = r#"{"model_provider":"openai","model_identifier":"gpt-4o","role":"planner",
    "input":{"prompt":"Summarise the case and name the sources that you used."},
    "output":{"summary":"The customer asks for a refund of a double charge.","confidence":0.87,"sources":["case-17","ledger-4"]},
    "context":{"session_id":"s-1a2b3c","tenant":"acme","amount":1250.5,"is_enterprise":true,"audit_enabled":true,"contract":"c-9"},
    "tool_calls":[{"name":"search"},{"name":"search"},{"name":"calculator"}]}"#;

fn compiled(compatibility: Compatibility) -> Compiled {
    let chain = Chain::resolve("policy.yaml", AIGC.as_bytes(), &|_| None).expect("a policy");
    Compiled::new(&chain, compatibility).expect("a policy")
}

/// The median of rounds, for one of what is done in them.
fn measure(name: &str, mut run: impl FnMut()) {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            for _ in 0..TIMES {
                run();
            }
            began.elapsed() / TIMES
        })
        .collect();
    rounds.sort();
    println!("{name}: {:?}", rounds[ROUNDS / 2]);
}

fn main() {
    let invocation = Invocation::parse(INVOCATION.as_bytes(), true);
    let invocation = invocation
        .or_else(|_| Invocation::parse(INVOCATION.as_bytes(), false))
        .expect("an invocation");
    for compatibility in [Compatibility::Default, Compatibility::Aigc03] {
        let policy = compiled(compatibility);
        let found = evaluate(&policy, &invocation, None, Part::Whole);
        assert!(found.failure.is_none(), "{:?}", found.failure);
        measure(
            &format!("all gates of an AIGC policy, {compatibility:?}"),
            || {
                black_box(evaluate(black_box(&policy), &invocation, None, Part::Whole));
            },
        );
    }
    measure("reading the invocation", || {
        black_box(Invocation::parse(black_box(INVOCATION.as_bytes()), false))
            .expect("an invocation");
    });
    let bound = Bound {
        sequence: 2,
        aigc: Some(compiled(Compatibility::Default)),
        gate: Some(GatePolicy::read("gate", GATE.as_bytes()).expect("a policy")),
        aegis: None,
        risk: None,
        redaction: Redaction::new(&[]).expect("patterns"),
        shadow: false,
    };
    let request = request(invocation);
    measure("a proposal, with its digests and claims", || {
        black_box(propose(Some(black_box(&bound)), &request, b"salt"));
    });
    judged(&propose(Some(&bound), &request, b"salt"));
}

fn request(invocation: Invocation) -> Request {
    Request {
        source: "/agents".to_owned(),
        id: "1".to_owned(),
        principal: "a".to_owned(),
        agent: "a".to_owned(),
        session: Some("s-1".to_owned()),
        action: Action {
            kind: ActionKind::ModelCall,
            name: "gpt-4o".to_owned(),
            api: None,
            arguments: Value::Null,
        },
        invocation: Some(invocation),
        estimate: Estimate {
            input_tokens: Some(1_000),
            output_tokens: Some(500),
            cost: None,
        },
        approval: None,
        overriding: None,
        retry_of: None,
        malformed: None,
        aegis: None,
        labels: BTreeMap::new(),
    }
}

/// What the writer does: judge, and apply what is recorded.
fn judged(proposal: &Proposal) {
    let mut proposal = proposal.clone();
    // Nothing is bound in this state.
    proposal
        .claims
        .retain(|claim| !matches!(claim, indelible_governance::claim::Claim::Bound { .. }));
    let mut state = State::new();
    let mut position = Position {
        sequence: 1,
        time: 1_780_300_800_000_000_000,
    };
    let semantics = Entry::Semantics {
        version: SEMANTICS_VERSION,
    };
    state.apply(position, &semantics).expect("rules");
    measure("judging it and applying the decision", || {
        position.sequence += 1;
        position.time += 50_000_000;
        let decision = state.judge(position.time, black_box(&proposal));
        let entry = Entry::Decision(decision);
        state.apply(position, &entry).expect("a decision");
    });
    let decision = Entry::Decision(state.judge(position.time, &proposal));
    measure("encoding the record", || {
        black_box(black_box(&decision).encode()).expect("a record");
    });
}
