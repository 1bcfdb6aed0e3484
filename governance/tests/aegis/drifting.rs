//! Drift: a figure is judged where its decision gets its place in the log.

use indelible_governance::{
    claim::{
        Verdict,
        aegis::{DriftResult, DriftStatus},
        conclusion::{Constraint, Rationale, Status},
    },
    day::DAY_NS,
    digest::Digest,
    record::Decision,
    state::State,
};

use crate::ledger::{Ledger, code};

const POLICY: &str = "mcp_rate_limit: 0\nrisk_trigger_factor: 1000000\nwindow_days: 3\n";

fn drift(decision: &Decision) -> &DriftResult {
    decision.aegis.as_ref().unwrap().drift.as_ref().unwrap()
}

/// Figures like those of the baseline.
fn usual(ledger: &mut Ledger, times: u32) {
    for value in 0..times {
        let value = f64::from(value % 30) / 100.0;
        ledger.decide(&format!("{{\"risk_proposed\": {value}}}"));
    }
}

#[test]
fn a_window_with_too_few_figures_finds_no_drift() {
    let mut ledger = Ledger::new(POLICY, None, false);
    ledger.baseline();
    for count in 1..30 {
        let decision = ledger.decide(r#"{"risk_proposed": 0.9}"#);
        assert_eq!(
            (drift(&decision).status, drift(&decision).values),
            (DriftStatus::TooFew, count)
        );
    }
    let thirtieth = ledger.decide(r#"{"risk_proposed": 0.9}"#);
    assert_eq!(drift(&thirtieth).status, DriftStatus::Critical);
}

#[test]
fn usual_figures_are_normal_and_far_ones_warn_then_escalate() {
    let mut ledger = Ledger::new(POLICY, None, false);
    ledger.baseline();
    usual(&mut ledger, 60);
    let mut seen = Vec::new();
    let mut last = 0.0;
    for _ in 0..120 {
        let decision = ledger.decide(r#"{"risk_proposed": 0.95}"#);
        let (status, kl) = (drift(&decision).status, drift(&decision).kl.unwrap().get());
        assert!(kl >= last, "far figures only bring it further away");
        last = kl;
        let conclusion = decision.aegis.as_ref().unwrap();
        match status {
            DriftStatus::Normal => assert_eq!(decision.verdict, Verdict::Allow),
            DriftStatus::Warning => {
                assert_eq!(
                    (decision.verdict, conclusion.status),
                    (Verdict::Warn, Status::Proceed)
                );
                assert!(conclusion.constraints.contains(&Constraint::WatchDrift));
                assert!(conclusion.rationale.contains(&Rationale::DriftWarning));
            }
            DriftStatus::Critical => {
                assert_eq!(
                    (decision.verdict, conclusion.status),
                    (Verdict::Escalate, Status::Escalate)
                );
                assert_eq!(code(&decision), Some("APPROVAL_NEEDED"));
            }
            other => panic!("{other:?}"),
        }
        if !seen.contains(&status) {
            seen.push(status);
        }
    }
    assert_eq!(
        seen,
        [
            DriftStatus::Normal,
            DriftStatus::Warning,
            DriftStatus::Critical
        ]
    );
}

#[test]
fn a_figure_counts_for_the_days_of_the_window_and_denied_ones_count_too() {
    let mut ledger = Ledger::new(POLICY, None, false);
    ledger.baseline();
    for _ in 0..40 {
        let denied = ledger.decide(r#"{"risk_proposed": 0.9, "quality_score": 0.1}"#);
        assert_eq!(denied.verdict, Verdict::Deny);
    }
    assert_eq!(drift(&ledger.decide("{}")).values, 41);
    ledger.time += 2 * DAY_NS;
    assert_eq!(drift(&ledger.decide("{}")).values, 42);
    ledger.time += DAY_NS;
    assert_eq!(
        drift(&ledger.decide("{}")).values,
        2,
        "the first day has left"
    );
}

#[test]
fn a_shadow_decision_counts_nothing_and_records_what_it_saw() {
    let mut ledger = Ledger::new(POLICY, None, true);
    ledger.baseline();
    for _ in 0..3 {
        let decision = ledger.decide(r#"{"risk_proposed": 0.5}"#);
        assert_eq!(drift(&decision).values, 1);
        let shadow = decision.aegis.as_ref().unwrap().shadow.as_ref().unwrap();
        let values: Vec<_> = shadow
            .observation_values
            .iter()
            .map(|value| value.get())
            .collect();
        assert_eq!(values, [0.5]);
        assert_eq!(shadow.baseline, drift(&decision).baseline);
        assert!(shadow.baseline.is_some());
    }
}

#[test]
fn another_baseline_begins_anew() {
    let mut ledger = Ledger::new(POLICY, None, false);
    ledger.baseline();
    usual(&mut ledger, 10);
    ledger.baseline();
    assert_eq!(drift(&ledger.decide("{}")).values, 1);
}

#[test]
fn another_figure_than_the_policy_s_is_not_measured() {
    let policy = format!("{POLICY}drift_metric: novelty_score\n");
    let mut ledger = Ledger::new(&policy, None, false);
    ledger.baseline();
    let decision = ledger.decide("{}");
    assert_eq!(drift(&decision).status, DriftStatus::OtherMetric);
    let conclusion = decision.aegis.as_ref().unwrap();
    assert!(
        conclusion
            .constraints
            .contains(&Constraint::DriftNotMeasured)
    );
}

#[test]
fn the_state_is_the_same_wherever_the_fold_is_cut() {
    let mut ledger = Ledger::new(POLICY, None, false);
    ledger.baseline();
    usual(&mut ledger, 35);
    let whole = ledger.state.snapshot().unwrap();
    for cut in [6, 12, 30] {
        let mut state = State::new();
        for (at, (position, content)) in ledger.log.iter().enumerate() {
            if at == cut {
                let bytes = state.snapshot().unwrap();
                state = State::restore(&bytes, &Digest::of(&bytes)).unwrap();
            }
            let entry = indelible_governance::record::Entry::decode(content).unwrap();
            state.apply(*position, &entry).unwrap();
        }
        assert_eq!(state.snapshot().unwrap(), whole, "cut at {cut}");
    }
}

/// What to do about either is another thing: record a baseline, or wait.
#[test]
fn no_baseline_and_too_few_figures_are_told_apart() {
    let mut ledger = Ledger::new(POLICY, None, false);
    let constraints = |decision: &indelible_governance::record::Decision| {
        decision.aegis.as_ref().unwrap().constraints.clone()
    };
    let without = ledger.decide("{}");
    assert_eq!(constraints(&without), [Constraint::DriftNotMeasured]);
    ledger.baseline();
    let early = ledger.decide("{}");
    assert_eq!(drift(&early).status, DriftStatus::TooFew);
    assert_eq!(constraints(&early), [Constraint::DriftTooFew]);
}
