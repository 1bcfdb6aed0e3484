use super::*;
use crate::policy::{Compatibility, PolicyFault};

fn read(text: &str) -> Result<AegisPolicy, crate::policy::PolicyError> {
    AegisPolicy::read("aegis.yaml", text.as_bytes(), Compatibility::Default)
}

#[test]
fn what_is_left_out_has_the_published_default() {
    let policy = read("version: '1'").unwrap();
    let numbers = [
        (policy.epsilon_r, 0.01),
        (policy.epsilon_p, 0.01),
        (policy.risk_trigger_factor, 2.0),
        (policy.profit_trigger_factor, 2.0),
        (policy.trigger_confidence_prob, 0.95),
        (policy.novelty_n0, 0.7),
        (policy.novelty_k, 10.0),
        (policy.novelty_threshold, 0.6),
        (policy.complexity_floor, 0.5),
        (policy.quality_min_score, 0.7),
        (policy.lcb_alpha, 0.05),
        (policy.utility_threshold, 0.0),
        (policy.utility_weights.gamma, 0.3),
        (policy.utility_weights.kappa, 1.0),
        (policy.utility_weights.phi_s, 100.0),
        (policy.utility_weights.phi_d, 2_000.0),
        (policy.utility_weights.migration_budget, 5_000.0),
        (policy.tau_warning, 0.3),
        (policy.tau_critical, 0.5),
    ];
    for (found, expected) in numbers {
        assert_eq!(found.get(), expected);
    }
    assert_eq!((policy.window_days, policy.rate_per_minute), (30, 60));
    assert!(policy.quality_no_zero_subscore && !policy.halt_agent);
}

#[test]
fn unknown_keys_are_refused_and_mean_nothing_under_aegis() {
    let text = "version: '1'\nnovelty_treshold: 0.9\n";
    let error = read(text).unwrap_err();
    assert_eq!(error.fault, PolicyFault::UnknownKey);
    assert!(error.to_string().contains("line 2"), "{error}");
    let lenient = AegisPolicy::read("p", text.as_bytes(), Compatibility::Aegis).unwrap();
    assert_eq!(lenient.novelty_threshold.get(), 0.6);
}

#[test]
fn numbers_out_of_their_range_are_refused_with_their_place() {
    for text in [
        "complexity_floor: 1.5",
        "trigger_confidence_prob: 1",
        "epsilon_R: 0",
        "novelty_k: '10'",
        "window_days: 367",
        "mcp_rate_limit: -1",
        "quality_no_zero_subscore: 1",
        "drift_metric: other",
        "tau_warning: 0.6\ntau_critical: 0.5",
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.fault, PolicyFault::Shape, "{text}");
        assert!(error.place.is_some(), "{text}");
    }
}

#[test]
fn what_asks_for_less_than_is_published_is_found() {
    let found = |text: &str| AegisPolicy::findings("p", text.as_bytes()).unwrap();
    assert!(found("novelty_threshold: 0.8\ncomplexity_floor: 0.6\n").is_empty());
    let weak = found("complexity_floor: 0.4\ntrigger_confidence_prob: 0.99\ngamma: 1\n");
    let lines: Vec<_> = weak.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains("published 0.5"), "{lines:?}");
    assert!(lines[2].contains("decides nothing"), "{lines:?}");
}

/// Every value that makes a gate fail less often than the published one, or drift later.
#[test]
fn every_value_that_asks_for_less_is_named() {
    for (weak, strict) in [
        ("epsilon_R: 1", "epsilon_R: 0.001"),
        ("epsilon_P: 1", "epsilon_P: 0.001"),
        ("risk_trigger_factor: 3", "risk_trigger_factor: 1"),
        ("profit_trigger_factor: 3", "profit_trigger_factor: 1"),
        (
            "trigger_confidence_prob: 0.99",
            "trigger_confidence_prob: 0.9",
        ),
        ("posterior_predictive: true", "posterior_predictive: false"),
        ("novelty_N0: 0", "novelty_N0: 0.8"),
        ("novelty_k: 100", "novelty_k: 5"),
        ("novelty_threshold: 0.5", "novelty_threshold: 0.8"),
        ("complexity_floor: 0.4", "complexity_floor: 0.6"),
        ("quality_min_score: 0.6", "quality_min_score: 0.8"),
        (
            "quality_no_zero_subscore: false",
            "quality_no_zero_subscore: true",
        ),
        ("lcb_alpha: 0.1", "lcb_alpha: 0.01"),
        ("utility_threshold: -1", "utility_threshold: 1"),
        ("tau_warning: 0.4", "tau_warning: 0.2"),
        ("tau_critical: 0.6", "tau_critical: 0.4"),
        ("window_days: 29", "window_days: 31"),
        ("mcp_rate_limit: 0", "mcp_rate_limit: 1"),
        ("mcp_rate_limit: 61", "mcp_rate_limit: 59"),
    ] {
        let found = |text: &str| AegisPolicy::findings("p", text.as_bytes()).unwrap();
        let named = found(weak);
        let key = weak.split(':').next().unwrap();
        assert_eq!(named.len(), 1, "{weak}: {named:?}");
        assert!(named[0].message.starts_with(key), "{named:?}");
        assert!(found(strict).is_empty(), "{strict}: {:?}", found(strict));
    }
    // Where the threshold is below one half, it is the other way round.
    let steep = |k| format!("novelty_threshold: 0.4\nnovelty_k: {k}\n");
    let found = |k| {
        AegisPolicy::findings("p", steep(k).as_bytes())
            .unwrap()
            .len()
    };
    assert_eq!((found(5), found(20)), (2, 1));
}
