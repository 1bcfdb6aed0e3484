//! What the gate writes is what a report reads.

use std::collections::BTreeMap;

use indelible_governance::{
    claim::Verdict as GateVerdict,
    digest::Digest,
    evaluate::{Bound, propose},
    json::Value,
    policy::{
        Compatibility, PolicyKind,
        binding::{Binding, Target},
        gate::GatePolicy,
    },
    record::{self as gate},
    redact::Redaction,
    request::{Action, ActionKind, Estimate, Metric, Request},
    state::{Position, State},
};

use super::*;

const SECOND: u64 = 1_000_000_000;
const START: u64 = 1_780_300_800 * SECOND;
const POLICY: &str = "version: '1'
scope: {allowed_tools: [search]}
budgets:
  - {name: day, by: agent, requests: 1}
  - {name: hour, by: session, tokens: 9, rolling_seconds: 3600}
default_max_tokens: 2
";

/// What a record of each kind must be read as. A new one must be put here, and read, or be called quiet.
fn wanted(entry: &gate::Entry) -> GateKind {
    use gate::Entry as Of;
    match entry {
        Of::Decision(_) => GateKind::Decision,
        Of::Completion(_) => GateKind::Completion,
        Of::Released { .. } => GateKind::Released,
        Of::ApprovalOpened(_) => GateKind::ApprovalOpened,
        Of::ApprovalAnswered { .. } => GateKind::ApprovalAnswered,
        Of::ApprovalExpired { .. } => GateKind::ApprovalExpired,
        Of::Agent(_) => GateKind::Agent,
        Of::Halted { .. } | Of::Succeeded { .. } => GateKind::Halted,
        Of::Resumed { .. } => GateKind::Resumed,
        Of::OverrideSigned(_) => GateKind::OverrideSigned,
        Of::OverrideRejected { .. } => GateKind::OverrideRejected,
        Of::Semantics { .. }
        | Of::Policy(_)
        | Of::Binding(_)
        | Of::Sign { .. }
        | Of::ApprovalClaimed { .. }
        | Of::ApprovalEscalated { .. }
        | Of::OverrideRequested(_)
        | Of::OverrideSigner(_)
        | Of::DriftBaseline(_)
        | Of::Proposed(_)
        | Of::Voted(_)
        | Of::ProposalMoved { .. }
        | Of::Refused(_)
        | Of::Snapshot { .. } => GateKind::Quiet,
    }
}

fn request(id: &str) -> Request {
    Request {
        source: "/agents".to_owned(),
        id: id.to_owned(),
        principal: "loans".to_owned(),
        agent: "loans".to_owned(),
        session: Some("s".to_owned()),
        action: Action {
            kind: ActionKind::ToolCall,
            name: "search".to_owned(),
            api: None,
            arguments: Value::Null,
        },
        invocation: None,
        estimate: Estimate::default(),
        approval: None,
        overriding: None,
        retry_of: None,
        malformed: None,
        aegis: None,
        labels: BTreeMap::new(),
    }
}

/// A decision that is allowed and one that the budget denies.
fn decisions() -> Vec<gate::Decision> {
    let bound = Bound {
        sequence: 1,
        aigc: None,
        aegis: None,
        gate: Some(GatePolicy::read("g", POLICY.as_bytes()).unwrap()),
        risk: None,
        redaction: Redaction::new(&[]).unwrap(),
        shadow: false,
    };
    let mut state = State::new();
    let mut place = 0;
    let mut apply = |state: &mut State, entry: &gate::Entry| {
        let time = START + place * SECOND;
        let sequence = place;
        place += 1;
        state.apply(Position { sequence, time }, entry).unwrap();
    };
    apply(&mut state, &gate::Entry::Semantics { version: 1 });
    let decided = ["1", "2"].map(|id| {
        let mut proposal = propose(Some(&bound), &request(id), b"salt");
        proposal
            .claims
            .retain(|claim| !matches!(claim, indelible_governance::claim::Claim::Bound { .. }));
        let decision = state.judge(START + 9 * SECOND, &proposal);
        apply(&mut state, &gate::Entry::Decision(decision.clone()));
        decision
    });
    decided.to_vec()
}

#[expect(clippy::too_many_lines, reason = "a table of every kind of record")]
fn others() -> Vec<gate::Entry> {
    use gate::Entry as Of;
    let digest = Digest::of(b"it");
    let name = || "name".to_owned();
    vec![
        Of::Semantics { version: 1 },
        Of::Policy(gate::PolicyRegistered {
            digest,
            kind: PolicyKind::Gate,
            documents: Vec::new(),
        }),
        Of::Binding(Binding {
            name: name(),
            target: Target::default(),
            aigc: None,
            gate: Some(digest),
            aegis: None,
            compatibility: Compatibility::default(),
            strict_mode: false,
            redaction: Vec::new(),
            shadow: false,
        }),
        Of::Agent(gate::AgentDeclared {
            agent: name(),
            operator: Some("lead".to_owned()),
            speakers: vec![name()],
        }),
        Of::Sign { agent: name() },
        Of::Completion(gate::Completion {
            decision: u64::MAX,
            used: gate::Used {
                tokens: Some(u64::MAX),
                cost: None,
            },
            verdict: GateVerdict::Warn,
            failure: None,
            trail: None,
            tools: Vec::new(),
            output: Some(digest),
            late: true,
            overrun: false,
            attempt: None,
        }),
        Of::Released { decision: 7 },
        Of::ApprovalOpened(gate::ApprovalOpened {
            decision: 7,
            act: digest,
            agent: name(),
            principal: name(),
            expires: START,
            people: 2,
            low_risk: true,
            asked: gate::Asked {
                kind: ActionKind::ModelCall,
                name: name(),
                session: None,
                cost: Some(1),
                tokens: None,
                binding: None,
                policies: vec![digest],
                reason: name(),
            },
        }),
        Of::ApprovalClaimed {
            approval: 8,
            by: name(),
        },
        Of::ApprovalEscalated {
            approval: 8,
            by: name(),
            to: Some(name()),
        },
        Of::ApprovalAnswered {
            approval: 8,
            by: name(),
            granted: true,
        },
        Of::ApprovalExpired { approval: 8 },
        Of::Halted {
            of: gate::HaltOf::Session(name()),
            by: name(),
            people: 2,
        },
        Of::Resumed {
            of: gate::HaltOf::Everything,
            by: name(),
        },
        Of::OverrideSigned(gate::OverrideSigned {
            request: 9,
            role: name(),
            signer: "hana".to_owned(),
            message: digest,
            key: name(),
            signature: name(),
        }),
        Of::OverrideSigner(gate::OverrideSigner {
            signer: name(),
            role: Some(name()),
            key: name(),
        }),
        Of::OverrideRejected {
            request: 9,
            by: name(),
        },
        Of::DriftBaseline(gate::DriftBaseline {
            policy: digest,
            metric: Metric::RiskProposed,
            values: digest,
            bounds: Vec::new(),
            counts: Vec::new(),
        }),
        Of::Refused(gate::RefusedCalls {
            call: gate::RefusedCall::Complete,
            principal: name(),
            agent: None,
            decision: Some(7),
            reason: name(),
            detail: None,
            count: 3,
        }),
        Of::Succeeded { people: 1 },
        Of::Snapshot {
            digest,
            sequence: 9,
            semantics: 1,
        },
    ]
}

#[test]
fn every_record_that_the_gate_writes_is_read_or_is_quiet() {
    let decided = decisions().into_iter().map(gate::Entry::Decision);
    let mut seen = Vec::new();
    for entry in others().into_iter().chain(decided) {
        let kind = GateKind::of(entry.record_type());
        assert_eq!(kind, wanted(&entry), "{}", entry.record_type());
        let read = Entry::read(&entry.encode().unwrap());
        let is_quiet = kind == GateKind::Quiet;
        assert_eq!(read.as_ref().map(Entry::kind), (!is_quiet).then_some(kind));
        seen.extend(read);
    }
    let completion = seen.iter().find_map(|entry| match entry {
        Entry::Completion(completion) => Some(*completion),
        _ => None,
    });
    let completion = completion.unwrap();
    assert_eq!(completion.decision, u64::MAX);
    assert_eq!(completion.used.tokens, Some(u64::MAX));
    assert!(completion.late && !completion.overrun);
    assert!(seen.iter().any(|entry| matches!(
        entry,
        Entry::Halted { of: HaltOf::Session(name), people: 2, .. } if name == "name"
    )));
}

#[test]
fn a_decision_that_was_judged_is_read_with_its_budgets() {
    let [allowed, denied] = decisions().try_into().unwrap();
    let read = |decision: gate::Decision| {
        let bytes = gate::Entry::Decision(decision).encode().unwrap();
        match Entry::read(&bytes) {
            Some(Entry::Decision(decision)) => *decision,
            other => panic!("{other:?}"),
        }
    };
    let (allowed, denied) = (read(allowed), read(denied));
    assert_eq!(
        (allowed.verdict, denied.verdict),
        (Verdict::Allow, Verdict::Deny)
    );
    assert_eq!(denied.failure.unwrap().stage, "budgets");
    assert_eq!(allowed.act.name, "search");
    assert_eq!(allowed.policies.len(), 1);
    let budgets = |claims: &[Judged]| -> Vec<_> {
        let budgets = claims.iter().filter_map(|judged| match &judged.claim {
            Claim::Budget { reserve } => Some((
                reserve.account.budget.clone(),
                reserve.account.period.clone(),
                judged.outcome,
                judged.left,
            )),
            Claim::Other(_) => None,
        });
        budgets.collect()
    };
    let [day, hour] = budgets(&allowed.claims).try_into().unwrap();
    assert_eq!(
        day,
        ("day".to_owned(), Period::Day, Outcome::Granted, Some(1))
    );
    assert_eq!(hour.1, Period::Rolling { seconds: 3_600 });
    assert!(
        budgets(&denied.claims)
            .iter()
            .any(|(name, _, outcome, _)| name == "day" && *outcome == Outcome::Refused)
    );
}
