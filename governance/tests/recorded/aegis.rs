//! AEGIS' published formulas.

use indelible_governance::{
    claim::aegis::{Gate, HumanReason},
    drift::relative_entropy,
    evaluate::aegis::{Posterior, evaluate, lower_bound, novelty},
    json::{Object, Value},
    policy::{Compatibility, aegis::AegisPolicy},
    request::{Figures, QuickRisk},
};

use crate::reading::{cases, document, member, text};

fn vectors() -> Value {
    document(include_str!("../vectors/aegis.json"))
}

fn of<'a>(vectors: &'a Value, what: &str) -> Vec<&'a Value> {
    let all = cases(vectors).iter();
    let of: Vec<_> = all
        .filter(|case| text(case, "id").starts_with(what))
        .collect();
    assert!(!of.is_empty(), "{what}");
    of
}

fn real(value: &Value, name: &str) -> f64 {
    match member(value, name) {
        Value::Number(number) => number.as_f64(),
        other => panic!("{name} is {other:?}"),
    }
}

fn truth(value: &Value, name: &str) -> bool {
    *member(value, name) == Value::Bool(true)
}

fn reals(value: &Value, name: &str) -> Vec<f64> {
    let elements = member(value, name).as_array().unwrap().iter();
    let number = |element: &Value| match element {
        Value::Number(number) => number.as_f64(),
        other => panic!("{other:?}"),
    };
    elements.map(number).collect()
}

fn near(case: &Value, found: f64, name: &str) {
    let expected = real(case, name);
    let tolerance = real(case, "tolerance");
    assert!(
        (found - expected).abs() <= tolerance,
        "{} {name}: {found}, {expected} is expected",
        text(case, "id")
    );
}

fn policy(text: &str) -> AegisPolicy {
    AegisPolicy::read("p", text.as_bytes(), Compatibility::Default).unwrap()
}

/// Figures with these members besides the summary.
fn figures(members: &[(&str, Value)]) -> Figures {
    let mut object = Object::default();
    object.set("proposal_summary", Value::Text("s".to_owned()));
    for (name, value) in members {
        object.set(name, value.clone());
    }
    Figures::from_value(&Value::Object(object), "a", None).unwrap()
}

fn passes(policy: &AegisPolicy, gate: Gate, figures: &Figures) -> bool {
    let evaluation = evaluate(policy, figures);
    assert!(evaluation.has(gate));
    !evaluation.has_failed(gate)
}

#[test]
fn the_posterior_of_a_change_is_the_published_one() {
    let vectors = vectors();
    for case in of(&vectors, "bayes") {
        let posterior = Posterior::of(real(case, "observed_delta"));
        let threshold = real(case, "threshold");
        near(case, posterior.mean, "mu_post");
        near(case, posterior.sd, "sigma_post");
        near(case, posterior.predictive_sd, "sigma_pred");
        near(case, posterior.at_least(threshold), "p_posterior");
        near(case, posterior.next_at_least(threshold), "p_predictive");
        // The same as a change of risk: an observed change of x is from 0 to x times the epsilon.
        let observed = real(case, "observed_delta");
        if observed < 0.0 {
            continue;
        }
        let proposed = document(&format!("{:?}", observed / 100.0));
        let figures = figures(&[("risk_proposed", proposed)]);
        let evaluation = evaluate(&policy("version: '1'"), &figures);
        let id = text(case, "id");
        assert_eq!(
            evaluation.has_failed(Gate::Risk),
            truth(case, "risk_triggers_at_0.95"),
            "{id}"
        );
        let needs_human = evaluation.human.contains(&HumanReason::RiskPosterior);
        assert_eq!(needs_human, truth(case, "needs_human_at_0.5"), "{id}");
    }
}

#[test]
fn novelty_is_the_published_logistic_function() {
    let vectors = vectors();
    for case in of(&vectors, "novelty") {
        let score = real(case, "novelty_score");
        near(case, novelty(score, real(case, "N0"), real(case, "k")), "G");
        let figures = figures(&[("novelty_score", member(case, "novelty_score").clone())]);
        for (threshold, name) in [("0.6", "passes_at_0.6"), ("0.8", "passes_at_0.8")] {
            let policy = policy(&format!("novelty_threshold: {threshold}"));
            assert_eq!(
                passes(&policy, Gate::Novelty, &figures),
                truth(case, name),
                "{name} {score}"
            );
        }
    }
}

#[test]
fn complexity_and_quality_have_the_published_floors() {
    let vectors = vectors();
    let policy = policy("version: '1'");
    for case in of(&vectors, "complexity") {
        let score = member(case, "complexity_score").clone();
        let figures = figures(&[("complexity_score", score)]);
        let found = passes(&policy, Gate::Complexity, &figures);
        assert_eq!(found, truth(case, "passed"), "{}", text(case, "id"));
    }
    for case in of(&vectors, "quality") {
        let figures = figures(&[
            ("quality_score", member(case, "quality_score").clone()),
            ("quality_subscores", member(case, "subscores").clone()),
        ]);
        let found = passes(&policy, Gate::Quality, &figures);
        assert_eq!(found, truth(case, "passed"), "{}", text(case, "id"));
    }
}

#[test]
fn a_utility_is_judged_by_its_published_lower_bound() {
    let vectors = vectors();
    for case in of(&vectors, "utility") {
        let policy = policy(&format!("lcb_alpha: {:?}", real(case, "alpha")));
        near(case, policy.lcb_z.get(), "z");
        let (mean, sd) = (real(case, "mean"), real(case, "sd"));
        near(case, lower_bound(mean, sd, policy.lcb_z.get()), "lcb");
        let mut utility = Object::default();
        utility.set("mean", member(case, "mean").clone());
        utility.set("sd", member(case, "sd").clone());
        let figures = figures(&[("utility_result", Value::Object(utility))]);
        let found = passes(&policy, Gate::Utility, &figures);
        assert_eq!(found, truth(case, "passed"), "{}", text(case, "id"));
    }
}

#[test]
fn divergences_are_those_of_kullback_and_leibler() {
    let vectors = vectors();
    for case in of(&vectors, "kl") {
        let (shares, of_baseline) = (reals(case, "p"), reals(case, "q"));
        near(case, relative_entropy(&shares, &of_baseline), "kl_nats");
    }
}

#[test]
fn a_human_must_decide_by_the_published_rules() {
    let vectors = vectors();
    for case in of(&vectors, "human-approval") {
        let given = member(case, "in").as_object().unwrap();
        // What is given as a probability is tested with the posteriors.
        if given.get("p").is_some() {
            continue;
        }
        let names = [
            ("impact", "estimated_impact"),
            ("rev", "reversible"),
            ("req", "requires_human_approval"),
        ];
        let members: Vec<_> = names
            .iter()
            .filter_map(|(short, name)| Some((*name, given.get(short)?.clone())))
            .collect();
        let evaluation = evaluate(&policy("version: '1'"), &figures(&members));
        assert_eq!(
            !evaluation.human.is_empty(),
            truth(case, "requires_human_approval"),
            "{}",
            text(case, "id")
        );
    }
}

#[test]
fn a_quick_check_is_safe_below_its_threshold() {
    let vectors = vectors();
    for case in of(&vectors, "quick-risk") {
        let mut check = Object::default();
        check.set("risk_score", member(case, "risk_score").clone());
        check.set("threshold", member(case, "threshold").clone());
        let mut value = Object::default();
        value.set("quick_risk_check", Value::Object(check));
        let check = QuickRisk::from_value(&Value::Object(value))
            .unwrap()
            .unwrap();
        let found = check.risk_score < check.threshold;
        assert_eq!(found, truth(case, "safe"), "{}", text(case, "id"));
    }
}
