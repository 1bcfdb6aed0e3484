//! The six gates over the figures of a proposal: AEGIS' published formulas, and ours where its pages leave something open.

use crate::{
    claim::aegis::{Evaluation, Gate, GateMessage, GateResult, HumanReason, Observation},
    policy::aegis::AegisPolicy,
    real::{Real, logistic, normal_above, sqrt},
    request::{Figures, Impact, Utility},
};

/// The prior of a change: its mean and its standard deviation.
const PRIOR: (f64, f64) = (0.0, 1.0);
/// The standard deviation of what is observed of a change.
const LIKELIHOOD_SD: f64 = 0.5;
/// The probability of too much risk from which on a human must decide.
const HUMAN_POSTERIOR: f64 = 0.5;

/// What is known of a change after one observation of it, and of the next observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// The standard deviation of the next observation.
    pub predictive_sd: f64,
}

impl Posterior {
    /// After an observation: normal prior, normal likelihood.
    pub fn of(observed: f64) -> Self {
        let (prior_mean, prior_sd) = PRIOR;
        let (prior_variance, variance) = (prior_sd * prior_sd, LIKELIHOOD_SD * LIKELIHOOD_SD);
        let posterior_variance = 1.0 / (1.0 / prior_variance + 1.0 / variance);
        Self {
            mean: posterior_variance * (prior_mean / prior_variance + observed / variance),
            sd: sqrt(posterior_variance),
            predictive_sd: sqrt(posterior_variance + variance),
        }
    }

    /// How likely the change itself is at least so great.
    pub fn at_least(&self, threshold: f64) -> f64 {
        normal_above((threshold - self.mean) / self.sd)
    }

    /// How likely the next observation is at least so great.
    pub fn next_at_least(&self, threshold: f64) -> f64 {
        normal_above((threshold - self.mean) / self.predictive_sd)
    }
}

/// The change of a figure, in parts of what it was: of so much at the least.
pub fn change(from: f64, to: f64, epsilon: f64) -> f64 {
    (to - from) / from.abs().max(epsilon)
}

/// How new a score is: the logistic function.
pub fn novelty(score: f64, n0: f64, k: f64) -> f64 {
    logistic(k * (score - n0))
}

/// The lower confidence bound of a utility.
pub fn lower_bound(mean: f64, sd: f64, z: f64) -> f64 {
    mean - z * sd
}

/// Evaluates all gates.
pub fn evaluate(policy: &AegisPolicy, figures: &Figures) -> Evaluation {
    let risk = likely(
        (Gate::Risk, policy.risk_trigger_factor),
        change(
            figures.risk_baseline.get(),
            figures.risk_proposed.get(),
            policy.epsilon_r.get(),
        ),
        policy,
    );
    // A loss is what must not be likely.
    let loss = -change(
        figures.profit_baseline.get(),
        figures.profit_proposed.get(),
        policy.epsilon_p.get(),
    );
    let profit = likely((Gate::Profit, policy.profit_trigger_factor), loss, policy);
    let new = novelty(
        figures.novelty_score.get(),
        policy.novelty_n0.get(),
        policy.novelty_k.get(),
    );
    let complexity = figures.complexity_score.get();
    let mut gates = vec![
        risk,
        profit,
        at_least(Gate::Novelty, new, policy.novelty_threshold, new),
        at_least(
            Gate::Complexity,
            complexity,
            policy.complexity_floor,
            complexity,
        ),
        quality(policy, figures),
    ];
    gates.extend(utility(policy, figures.utility));
    let confidences = gates.iter().map(|result| result.confidence.get());
    let confidence = Real::nearest(confidences.fold(1.0, f64::min));
    let human = human(figures, &gates[0]);
    Evaluation {
        phase: figures.phase,
        time_sensitive: figures.time_sensitive,
        gates,
        confidence,
        human,
        observation: Observation {
            metric: policy.drift_metric,
            value: figures.metric(policy.drift_metric),
        },
        halt_agent: policy.halt_agent,
    }
}

/// A gate that fails where a change is too likely.
fn likely((gate, threshold): (Gate, Real), observed: f64, policy: &AegisPolicy) -> GateResult {
    let posterior = Posterior::of(observed);
    let probability = match policy.posterior_predictive {
        true => posterior.next_at_least(threshold.get()),
        false => posterior.at_least(threshold.get()),
    };
    let passed = probability <= policy.trigger_confidence_prob.get();
    GateResult {
        gate,
        passed,
        value: Real::nearest(observed),
        threshold,
        margin: Real::nearest(threshold.get() - observed),
        confidence: Real::nearest(1.0 - probability),
        posterior: Some(Real::nearest(probability)),
        message: match passed {
            true => GateMessage::Passed,
            false => GateMessage::TooLikely,
        },
    }
}

/// A gate that fails where a value is below a threshold.
fn at_least(gate: Gate, value: f64, threshold: Real, confidence: f64) -> GateResult {
    let passed = value >= threshold.get();
    GateResult {
        gate,
        passed,
        value: Real::nearest(value),
        threshold,
        margin: Real::nearest(value - threshold.get()),
        confidence: Real::nearest(confidence.clamp(0.0, 1.0)),
        posterior: None,
        message: match passed {
            true => GateMessage::Passed,
            false => GateMessage::BelowThreshold,
        },
    }
}

fn quality(policy: &AegisPolicy, figures: &Figures) -> GateResult {
    let score = figures.quality_score.get();
    let result = at_least(Gate::Quality, score, policy.quality_min_score, score);
    let mut subscores = figures.quality_subscores.iter();
    let has_zero = subscores.any(|subscore| subscore.get() == 0.0);
    match policy.quality_no_zero_subscore && has_zero {
        false => result,
        true => GateResult {
            passed: false,
            confidence: Real::default(),
            message: GateMessage::ZeroSubscore,
            ..result
        },
    }
}

fn utility(policy: &AegisPolicy, utility: Option<Utility>) -> Option<GateResult> {
    let threshold = policy.utility_threshold;
    let Some(Utility { mean, sd }) = utility else {
        let missing = || GateResult {
            passed: false,
            message: GateMessage::NoUtility,
            ..at_least(Gate::Utility, threshold.get(), threshold, 0.0)
        };
        return policy.utility_required.then(missing);
    };
    let bound = lower_bound(mean.get(), sd.get(), policy.lcb_z.get());
    let above = mean.get() - threshold.get();
    // How likely the utility is greater than the threshold.
    let confidence = match sd.get() > 0.0 {
        true => normal_above(-above / sd.get()),
        false => f64::from(u8::from(above > 0.0)),
    };
    let passed = bound > threshold.get();
    let result = at_least(Gate::Utility, bound, threshold, confidence);
    Some(GateResult {
        passed,
        message: match passed {
            true => GateMessage::Passed,
            false => GateMessage::BelowThreshold,
        },
        ..result
    })
}

/// Why a human must decide.
fn human(figures: &Figures, risk: &GateResult) -> Vec<HumanReason> {
    let posterior = risk.posterior.map_or(1.0, Real::get);
    let reasons = [
        (
            figures.estimated_impact == Impact::High,
            HumanReason::ImpactHigh,
        ),
        (
            figures.estimated_impact == Impact::Critical,
            HumanReason::ImpactCritical,
        ),
        (!figures.reversible, HumanReason::NotReversible),
        (figures.requires_human_approval, HumanReason::Requested),
        (!risk.passed, HumanReason::RiskGateFailed),
        (posterior >= HUMAN_POSTERIOR, HumanReason::RiskPosterior),
    ];
    let held = reasons.into_iter().filter(|(holds, _)| *holds);
    held.map(|(_, reason)| reason).collect()
}

#[cfg(test)]
mod tests;
