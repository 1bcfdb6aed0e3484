use super::*;
use crate::{
    claim::{Claim, Failure, Stage, trail::Trail},
    day::SECOND_NS,
    evaluate::{Bound, propose},
    policy::gate::GatePolicy,
    redact::Redaction,
    request::tests::request,
};

const START: u64 = 1_780_300_800 * SECOND_NS;

const POLICY: &str = "version: '1'
scope: {allowed_tools: [search]}
budgets: [{name: day, by: agent, requests: 2}]
loops: [{by: session_tool, max_calls: 3}]
";

fn bound(policy: &str) -> Bound {
    Bound {
        sequence: 2,
        aigc: None,
        gate: Some(GatePolicy::read("g", policy.as_bytes()).unwrap()),
        aegis: None,
        risk: None,
        redaction: Redaction::new(&[]).unwrap(),
        shadow: false,
    }
}

/// The proposal without the claim on a binding, which these ledgers have none of.
fn proposed(policy: &str, id: u64) -> Proposal {
    let mut request = request(&id.to_string(), "a");
    request.principal = "a".to_owned();
    let mut proposal = propose(Some(&bound(policy)), &request, b"salt");
    proposal
        .claims
        .retain(|claim| !matches!(claim, Claim::Bound { .. }));
    proposal
}

/// A log of four decisions, of which the third and the fourth are denied.
fn log() -> Vec<(Position, Vec<u8>)> {
    let mut state = State::new();
    let mut log = Vec::new();
    let mut add = |state: &mut State, entry: Entry| {
        let sequence = log.len() as u64;
        let position = Position {
            sequence,
            time: START + sequence * SECOND_NS,
        };
        state.apply(position, &entry).unwrap();
        log.push((position, entry.encode().unwrap()));
    };
    add(&mut state, Entry::Semantics { version: 1 });
    for id in 1..5 {
        let decision = state.judge(START + id * SECOND_NS, &proposed(POLICY, id));
        assert_eq!(
            decision.verdict.is_allowed(),
            id < 3,
            "{:?}",
            decision.failure
        );
        add(&mut state, Entry::Decision(decision));
    }
    log
}

fn replayed(log: &[(Position, Vec<u8>)], propose: &Propose<'_>) -> Vec<Found> {
    let records = log.iter().map(|(position, content)| Record {
        position: *position,
        content,
    });
    let found = replay(&mut State::new(), records, propose);
    found.into_iter().map(|(_, found)| found).collect()
}

fn again(position: Position, _: &Decision) -> Option<Proposal> {
    Some(proposed(POLICY, position.sequence))
}

#[test]
fn what_was_recorded_is_identical_with_and_without_contents() {
    let log = log();
    for found in replayed(&log, &again) {
        assert_eq!(found, Found::Identical { pure: true });
    }
    let without = replayed(&log, &|_, _| None);
    assert_eq!(without[0], Found::Identical { pure: true });
    assert!(
        without[1..]
            .iter()
            .all(|found| *found == Found::Identical { pure: false })
    );
}

/// The decision of a record, changed.
fn changed(log: &mut [(Position, Vec<u8>)], at: usize, change: impl FnOnce(&mut Decision)) {
    let Ok(Entry::Decision(mut decision)) = Entry::decode(&log[at].1) else {
        panic!()
    };
    change(&mut decision);
    log[at].1 = Entry::Decision(decision).encode().unwrap();
}

fn difference(found: &Found) -> Option<Difference> {
    match found {
        Found::Differs { in_what, .. } => Some(*in_what),
        _ => None,
    }
}

#[test]
fn a_denial_that_was_recorded_as_allowed_differs_in_its_state() {
    let mut log = log();
    changed(&mut log, 3, |decision| {
        decision.verdict = Verdict::Allow;
        decision.failure = None;
    });
    let found = replayed(&log, &again);
    assert_eq!(difference(&found[3]), Some(Difference::State));
}

#[test]
fn another_policy_differs_in_the_policy() {
    let other = POLICY.replace("search", "other");
    let found = replayed(&log(), &|position, _| {
        Some(proposed(&other, position.sequence))
    });
    assert_eq!(difference(&found[1]), Some(Difference::Policy));
    let Found::Differs { decision, .. } = &found[1] else {
        panic!()
    };
    assert_eq!(
        decision.failure.as_ref().map(|failure| failure.stage),
        Some(Stage::Scope)
    );
}

#[test]
fn words_that_nobody_would_have_recorded_differ_in_the_record() {
    let mut log = log();
    changed(&mut log, 1, |decision| {
        decision.warnings.push("all is well".to_owned())
    });
    assert_eq!(
        difference(&replayed(&log, &again)[1]),
        Some(Difference::Record)
    );
}

#[test]
fn a_failure_that_the_policy_does_not_give_differs() {
    let mut log = log();
    let failure = Failure {
        stage: Stage::Scope,
        gate: "scope".to_owned(),
        code: "SCOPE_VIOLATION".to_owned(),
        message: "tool not whitelisted".to_owned(),
        field: None,
        redacted: Vec::new(),
    };
    changed(&mut log, 2, |decision| {
        decision.verdict = Verdict::Deny;
        decision.failure = Some(failure);
        decision.trail = Trail::default();
    });
    assert_eq!(
        difference(&replayed(&log, &again)[2]),
        Some(Difference::Policy)
    );
}

#[test]
fn what_does_not_fit_or_can_not_be_read_ends_the_replay() {
    let mut misfit = log();
    misfit[2].0.sequence = 1;
    let found = replayed(&misfit, &again);
    assert_eq!(found.last(), Some(&Found::Misfit(Misfit::Order)));
    assert_eq!(found.len(), 3);
    let mut unreadable = log();
    unreadable[1].1.push(b' ');
    assert!(matches!(
        replayed(&unreadable, &again).last(),
        Some(Found::Unreadable(_))
    ));
}
