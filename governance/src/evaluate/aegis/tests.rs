use proptest::prelude::*;

use super::*;
use crate::{
    json::{Object, Value},
    policy::Compatibility,
    request::Phase,
};

fn policy(text: &str) -> AegisPolicy {
    AegisPolicy::read("p", text.as_bytes(), Compatibility::Default).unwrap()
}

fn figures() -> Figures {
    let mut object = Object::default();
    object.set("proposal_summary", Value::Text("s".to_owned()));
    let figures = Figures::from_value(&Value::Object(object), "a", None).unwrap();
    Figures {
        novelty_score: Real::nearest(0.9),
        ..figures
    }
}

fn result(evaluation: &Evaluation, gate: Gate) -> &GateResult {
    let mut gates = evaluation.gates.iter();
    gates.find(|result| result.gate == gate).unwrap()
}

#[test]
fn a_gate_says_what_it_looked_at_and_the_least_confidence_counts() {
    let evaluation = evaluate(&policy("version: '1'"), &figures());
    assert_eq!(evaluation.failed(), []);
    assert_eq!(evaluation.gates.len(), 5, "no utility was brought");
    let complexity = result(&evaluation, Gate::Complexity);
    assert_eq!(complexity.margin.get(), 0.0);
    assert_eq!(evaluation.confidence.get(), 0.5);
    assert_eq!(evaluation.phase, Phase::Plan);
    let risk = result(&evaluation, Gate::Risk);
    assert!(risk.posterior.unwrap().get() < 1e-5);
}

#[test]
fn a_loss_fails_the_gate_of_profit_and_a_gain_does_not() {
    let policy = policy("version: '1'");
    let with = |from: f64, to: f64| {
        let figures = Figures {
            profit_baseline: Real::nearest(from),
            profit_proposed: Real::nearest(to),
            ..figures()
        };
        evaluate(&policy, &figures).has_failed(Gate::Profit)
    };
    assert!(!with(10.0, 100.0));
    assert!(!with(10.0, 9.0));
    assert!(with(10.0, -30.0));
    assert!(with(-10.0, -50.0));
    assert!(!with(0.0, 0.0));
}

#[test]
fn a_utility_that_the_policy_asks_for_must_be_brought() {
    let evaluation = evaluate(&policy("utility_required: true"), &figures());
    assert_eq!(evaluation.failed(), [Gate::Utility]);
    let utility = result(&evaluation, Gate::Utility);
    assert_eq!(utility.message, GateMessage::NoUtility);
    assert_eq!(evaluation.confidence.get(), 0.0);
}

#[test]
fn the_predictive_option_asks_for_more() {
    let figures = Figures {
        risk_proposed: Real::nearest(0.035),
        ..figures()
    };
    let mean = evaluate(&policy("version: '1'"), &figures);
    let next = evaluate(&policy("posterior_predictive: true"), &figures);
    assert!(mean.has_failed(Gate::Risk) && !next.has_failed(Gate::Risk));
}

#[test]
fn a_zero_subscore_fails_unless_the_policy_says_otherwise() {
    let figures = Figures {
        quality_subscores: vec![Real::nearest(0.9), Real::default()],
        ..figures()
    };
    let strict = evaluate(&policy("version: '1'"), &figures);
    assert_eq!(strict.failed(), [Gate::Quality]);
    let lenient = evaluate(&policy("quality_no_zero_subscore: false"), &figures);
    assert_eq!(lenient.failed(), []);
}

fn share() -> impl Strategy<Value = f64> {
    0.0..=1.0_f64
}

proptest! {
    #[test]
    fn better_figures_never_fail_a_gate_that_worse_ones_pass(
        risk in (share(), share(), share()),
        scores in (share(), share(), share(), share(), share(), share()),
        profit in (-1e6..1e6_f64, -1e6..1e6_f64, 0.0..1e6_f64),
    ) {
        let policy = policy("version: '1'");
        let (baseline, one, other) = risk;
        let worse = Figures {
            risk_baseline: Real::nearest(baseline),
            risk_proposed: Real::nearest(one.max(other)),
            profit_baseline: Real::nearest(profit.0),
            profit_proposed: Real::nearest(profit.1),
            novelty_score: Real::nearest(scores.0.min(scores.1)),
            complexity_score: Real::nearest(scores.2.min(scores.3)),
            quality_score: Real::nearest(scores.4.min(scores.5)),
            ..figures()
        };
        let better = Figures {
            risk_proposed: Real::nearest(one.min(other)),
            profit_proposed: Real::nearest(profit.1 + profit.2),
            novelty_score: Real::nearest(scores.0.max(scores.1)),
            complexity_score: Real::nearest(scores.2.max(scores.3)),
            quality_score: Real::nearest(scores.4.max(scores.5)),
            ..worse.clone()
        };
        let (worse, better) = (evaluate(&policy, &worse), evaluate(&policy, &better));
        for gate in better.failed() {
            prop_assert!(worse.has_failed(gate), "{gate:?}");
        }
        prop_assert!(better.human.len() <= worse.human.len());
        prop_assert!(better.confidence >= worse.confidence);
    }

    #[test]
    fn every_number_that_is_found_is_finite_and_reads_as_it_was_written(
        risk in (share(), share()),
        profit in (any::<f64>(), any::<f64>()),
        utility in (any::<f64>(), any::<f64>()),
    ) {
        let real = |number: f64| Real::new(number).unwrap_or_default();
        let figures = Figures {
            risk_baseline: real(risk.0),
            risk_proposed: real(risk.1),
            profit_baseline: real(profit.0),
            profit_proposed: real(profit.1),
            utility: Some(Utility { mean: real(utility.0), sd: real(utility.1.abs()) }),
            ..figures()
        };
        let evaluation = evaluate(&policy("version: '1'"), &figures);
        for result in &evaluation.gates {
            prop_assert!(result.value.get().is_finite() && result.margin.get().is_finite());
            prop_assert!((0.0..=1.0).contains(&result.confidence.get()));
        }
    }
}
