use super::*;
use crate::{
    policy::{
        Compatibility, PolicyKind,
        binding::{Binding, Selector, Target},
    },
    record::PolicyRegistered,
    state::{BindingRefusal, refusal::code},
};

#[test]
fn a_snapshot_is_taken_up_by_its_digest_only() {
    let mut ledger = Ledger::new();
    ledger.decide(&proposal("a", "call", vec![reserve("a", 5, 9)]));
    let bytes = ledger.state.snapshot().unwrap();
    let digest = Digest::of(&bytes);
    assert_eq!(State::restore(&bytes, &digest).as_ref(), Ok(&ledger.state));
    let other = Digest::of(b"other");
    assert!(matches!(
        State::restore(&bytes, &other),
        Err(SnapshotError::Digest { .. })
    ));
    let spaced = [&bytes[..], b" "].concat();
    let found = State::restore(&spaced, &Digest::of(&spaced));
    assert!(matches!(found, Err(SnapshotError::Form(_))));
    let sequence = ledger.state.last().unwrap().sequence;
    ledger.wait(100_000);
    assert_eq!(
        ledger.tried(Entry::Snapshot {
            digest: other,
            sequence,
            semantics: SEMANTICS_VERSION,
        }),
        Err(Misfit::Snapshot)
    );
    let earlier = Entry::Snapshot {
        digest,
        sequence: sequence - 1,
        semantics: SEMANTICS_VERSION,
    };
    assert_eq!(ledger.tried(earlier), Err(Misfit::Snapshot));
    let (made, entry) = ledger.state.recorded_snapshot().unwrap().unwrap();
    assert_eq!(made, bytes);
    ledger.apply(entry);
}

#[test]
fn records_come_in_their_order() {
    let mut ledger = Ledger::new();
    let sign = Entry::Sign {
        agent: "a".to_owned(),
    };
    let last = ledger.state.last().unwrap();
    assert_eq!(ledger.state.apply(last, &sign), Err(Misfit::Order));
    let earlier = Position {
        sequence: last.sequence + 1,
        time: last.time - 1,
    };
    assert_eq!(ledger.state.apply(earlier, &sign), Err(Misfit::Order));
    assert_eq!(
        ledger.tried(Entry::Semantics {
            version: SEMANTICS_VERSION + 1
        }),
        Err(Misfit::Semantics)
    );
}

#[test]
fn a_decision_of_other_rules_or_a_verdict_beside_its_failure_does_not_fit() {
    let mut ledger = Ledger::new();
    let decision = ledger
        .state
        .judge(ledger.time, &proposal("a", "call", Vec::new()));
    let other = Decision {
        semantics: SEMANTICS_VERSION + 1,
        ..decision.clone()
    };
    assert_eq!(
        ledger.tried(Entry::Decision(other)),
        Err(Misfit::OtherSemantics)
    );
    let denied = Decision {
        verdict: Verdict::Deny,
        ..decision
    };
    assert_eq!(ledger.tried(Entry::Decision(denied)), Err(Misfit::Verdict));
}

fn binding(name: &str, agent: Selector, gate: Digest) -> Binding {
    Binding {
        name: name.to_owned(),
        target: Target {
            agent,
            ..Target::default()
        },
        aigc: None,
        aegis: None,
        gate: Some(gate),
        compatibility: Compatibility::Default,
        strict_mode: false,
        redaction: Vec::new(),
        shadow: false,
    }
}

/// helio 341, cmcp 490: which policy decided? A decision is under the binding that is in force at its place, or denied.
#[test]
fn a_binding_that_is_replaced_in_between_denies() {
    let mut ledger = Ledger::new();
    let policy = Digest::of(b"gate");
    let all = binding("all", Selector::Any, policy);
    assert_eq!(
        ledger.state.check_binding(&all),
        Err(BindingRefusal::UnknownPolicy { digest: policy })
    );
    let documents = vec![("gate.yaml".to_owned(), policy)];
    ledger.apply(Entry::Policy(PolicyRegistered {
        digest: policy,
        kind: PolicyKind::Gate,
        documents,
    }));
    let first = ledger.apply(Entry::Binding(all.clone()));
    let ask = |binding| proposal("a", "call", vec![Claim::Bound { binding }]);
    assert!(ledger.decide(&ask(first)).1.verdict.is_allowed());
    let second = ledger.apply(Entry::Binding(all));
    assert_eq!(
        failed(&ledger.decide(&ask(first)).1),
        Some(code::POLICY_CHANGED)
    );
    assert!(ledger.decide(&ask(second)).1.verdict.is_allowed());
    let equal = binding("another", Selector::Any, policy);
    assert!(matches!(
        ledger.state.check_binding(&equal),
        Err(BindingRefusal::Equal { .. })
    ));
    assert_eq!(
        ledger.tried(Entry::Binding(equal)),
        Err(Misfit::EqualBinding)
    );
    let special = ledger.apply(Entry::Binding(binding(
        "special",
        Selector::Exact("a".to_owned()),
        policy,
    )));
    assert_eq!(
        ledger
            .state
            .binding("a", "p", "x")
            .map(|(sequence, _)| sequence),
        Some(special)
    );
    assert_eq!(
        ledger
            .state
            .binding("b", "p", "x")
            .map(|(sequence, _)| sequence),
        Some(second)
    );
}

#[test]
fn a_policy_is_in_force_on_its_days_alone() {
    let mut ledger = Ledger::new();
    let today = crate::day::Day::of(ledger.time);
    let until = proposal(
        "a",
        "call",
        vec![Claim::InDate {
            from: Some(today),
            to: Some(today),
        }],
    );
    assert!(ledger.decide(&until).1.verdict.is_allowed());
    assert_eq!(
        failed(&ledger.wait(86_400).decide(&until).1),
        Some(code::NOT_IN_DATE)
    );
    ledger.time = START;
    let early = ledger.state.judge(START + 86_400 * SECOND_NS, &until);
    assert_eq!(failed(&early), Some(code::NOT_IN_DATE));
}
