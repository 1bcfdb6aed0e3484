use super::*;
use crate::{
    policy::PolicyKind,
    real::Real,
    record::{DriftBaseline, PolicyRegistered},
    request::Metric,
    state::refusal::code,
};

fn registered(kind: PolicyKind) -> PolicyRegistered {
    let digest = Digest::of(b"aegis");
    PolicyRegistered {
        digest,
        kind,
        documents: vec![("aegis.yaml".to_owned(), digest)],
    }
}

fn baseline() -> DriftBaseline {
    DriftBaseline {
        policy: Digest::of(b"aegis"),
        metric: Metric::RiskProposed,
        values: Digest::of(b"values"),
        bounds: vec![Real::nearest(0.1), Real::nearest(0.7)],
        counts: vec![10, 10, 10],
    }
}

#[test]
fn version_1_knows_no_policy_of_aegis_kind_and_goes_on_as_it_was() {
    let mut state = State::new();
    let mut at = 1;
    let mut apply = |state: &mut State, entry: &Entry| {
        at += 1;
        let position = Position {
            sequence: at,
            time: START,
        };
        state.apply(position, entry)
    };
    apply(&mut state, &Entry::Semantics { version: 1 }).unwrap();
    let entry = Entry::Policy(registered(PolicyKind::Aegis));
    assert_eq!(apply(&mut state.clone(), &entry), Err(Misfit::Semantics));
    let decision = state.judge(START, &proposal("a", "call", Vec::new()));
    assert!(decision.verdict.is_allowed());
    assert_eq!(decision.semantics, 1);
    let snapshot = String::from_utf8(state.snapshot().unwrap()).unwrap();
    assert!(!snapshot.contains("drift") && !snapshot.contains("signers"));
    apply(&mut state, &Entry::Semantics { version: 2 }).unwrap();
    apply(&mut state, &entry).unwrap();
    let back = Entry::Semantics { version: 1 };
    assert_eq!(apply(&mut state, &back), Err(Misfit::Semantics));
}

#[test]
fn a_version_that_this_build_does_not_know_decides_nothing() {
    let mut ledger = Ledger::new();
    let unknown = SEMANTICS_VERSION + 1;
    assert_eq!(
        ledger.tried(Entry::Semantics { version: unknown }),
        Err(Misfit::Semantics)
    );
    let none = State::new().judge(START, &proposal("a", "call", Vec::new()));
    assert_eq!(failed(&none), Some(code::SEMANTICS));
}

#[test]
fn a_baseline_is_of_a_policy_of_aegis_kind_and_its_counts_fit() {
    let mut ledger = Ledger::new();
    let tried = ledger.tried(Entry::DriftBaseline(baseline()));
    assert_eq!(tried, Err(Misfit::Baseline), "no policy");
    ledger.apply(Entry::Policy(registered(PolicyKind::Aegis)));
    let wrong = [
        DriftBaseline {
            counts: vec![10, 10, 9],
            ..baseline()
        },
        DriftBaseline {
            counts: vec![15, 15],
            ..baseline()
        },
        DriftBaseline {
            bounds: vec![Real::nearest(0.7), Real::nearest(0.1)],
            ..baseline()
        },
        DriftBaseline {
            policy: Digest::of(b"other"),
            ..baseline()
        },
    ];
    for baseline in wrong {
        assert!(ledger.state.check_baseline(&baseline).is_err());
    }
    let number = ledger.apply(Entry::DriftBaseline(baseline()));
    let policy = Digest::of(b"aegis");
    assert_eq!(ledger.state.baselines(), [(policy, number)].into());
}
