//! What was decided is what is decided again.

use indelible_governance::{
    claim::{Proposal, aegis::Gate},
    evaluate::propose,
    policy::{Compatibility, aegis::AegisPolicy},
    record::{Decision, Entry},
    replay::{Difference, Found, Record, replay},
    state::{Position, State},
};

use crate::ledger::{Ledger, SALT};

fn recorded() -> Ledger {
    let mut ledger = Ledger::new("window_days: 7\nmcp_rate_limit: 40", None, false);
    ledger.baseline();
    for value in 0..50 {
        let value = f64::from(value) / 50.0;
        ledger.time += 1_000_000_000;
        ledger.decide(&format!("{{\"risk_proposed\": {value}}}"));
    }
    ledger.decide(r#"{"complexity_score": 0.1}"#);
    ledger.decide(r#"{"novelty_score": 0.1, "utility_result": {"mean": 0.3, "sd": 0.1}}"#);
    ledger
}

fn replayed(ledger: &Ledger, propose: &dyn Fn(&Decision) -> Option<Proposal>) -> Vec<Found> {
    let records = ledger.log.iter().map(|(position, content)| Record {
        position: *position,
        content,
    });
    let again = |_: Position, decision: &Decision| propose(decision);
    let found = replay(&mut State::new(), records, &again);
    found.into_iter().map(|(_, found)| found).collect()
}

#[test]
fn every_decision_is_identical_with_and_without_the_figures() {
    let ledger = recorded();
    let again = |decision: &Decision| {
        let request = ledger.requests.get(&decision.act.id)?;
        Some(propose(Some(&ledger.bound), request, SALT))
    };
    for (at, found) in replayed(&ledger, &again).iter().enumerate() {
        assert_eq!(*found, Found::Identical { pure: true }, "record {at}");
    }
    for (at, found) in replayed(&ledger, &|_| None).iter().enumerate() {
        assert!(
            matches!(found, Found::Identical { .. }),
            "record {at}: {found:?}"
        );
    }
}

#[test]
fn another_threshold_differs_in_the_policy() {
    let mut ledger = recorded();
    let text = "window_days: 7\nmcp_rate_limit: 40\ncomplexity_floor: 0.9\n";
    let other = AegisPolicy::read("p", text.as_bytes(), Compatibility::Default).unwrap();
    // Of the same digest, as a build that evaluates otherwise would have it.
    let digest = ledger.policy();
    ledger.bound.aegis = Some(AegisPolicy { digest, ..other });
    let again = |decision: &Decision| {
        let request = ledger.requests.get(&decision.act.id)?;
        Some(propose(Some(&ledger.bound), request, SALT))
    };
    let found = replayed(&ledger, &again);
    let differs = |found: &Found| {
        matches!(
            found,
            Found::Differs {
                in_what: Difference::Policy,
                ..
            }
        )
    };
    assert!(found.iter().any(differs));
}

#[test]
fn a_conclusion_that_was_changed_differs() {
    let mut ledger = recorded();
    let last = ledger.log.len() - 1;
    let Ok(Entry::Decision(mut decision)) = Entry::decode(&ledger.log[last].1) else {
        panic!("the last record is a decision")
    };
    let conclusion = decision.aegis.as_mut().unwrap();
    assert!(conclusion.failing_gates.contains(&Gate::Novelty));
    conclusion.failing_gates.clear();
    ledger.log[last].1 = Entry::Decision(decision).encode().unwrap();
    let found = replayed(&ledger, &|_| None);
    assert!(
        matches!(
            found[last],
            Found::Differs {
                in_what: Difference::Record,
                ..
            }
        ),
        "{:?}",
        found[last]
    );
}
