//! Calibration: a draft of a policy with thresholds of drift taken from days that were recorded. Nothing of it is in force
//! before somebody registers and binds it.

use std::fmt::Write as _;

use crate::{limits::DRIFT_VALUES_MIN, policy::aegis::AegisPolicy, real::Real};

/// The shares of days that are below the two thresholds.
const WARNING_SHARE: f64 = 0.90;
const CRITICAL_SHARE: f64 = 0.99;

/// How far the figures of one day are from the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyDivergence {
    /// The day, counted from 1970 UTC.
    pub day: u64,
    /// How many figures it has.
    pub values: u64,
    /// The divergence, in nats.
    pub kl: Real,
}

/// Thresholds that days gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibration {
    /// Nine of ten days are below it.
    pub tau_warning: Real,
    /// Ninety-nine of a hundred days are below it.
    pub tau_critical: Real,
    /// How many days they are taken from.
    pub days: usize,
}

/// There are not enough days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a calibration takes figures of {DRIFT_VALUES_MIN} days or more, and there are {days}")]
pub struct TooFewDays {
    /// How many there are.
    pub days: usize,
}

impl Calibration {
    /// The thresholds that days give: the 90th and the 99th percentile of their divergences.
    ///
    /// # Errors
    ///
    /// Too few days.
    pub fn of(days: &[DailyDivergence]) -> Result<Self, TooFewDays> {
        let mut sorted: Vec<f64> = days.iter().map(|day| day.kl.get()).collect();
        sorted.sort_by(f64::total_cmp);
        if sorted.len() < DRIFT_VALUES_MIN {
            return Err(TooFewDays { days: sorted.len() });
        }
        Ok(Self {
            tau_warning: percentile(&sorted, WARNING_SHARE),
            tau_critical: percentile(&sorted, CRITICAL_SHARE),
            days: sorted.len(),
        })
    }
}

/// What a share of sorted numbers is below, on the line between two neighbours.
fn percentile(sorted: &[f64], share: f64) -> Real {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor();
    let at = below as usize;
    let above = sorted.get(at + 1).unwrap_or(&sorted[at]);
    Real::nearest(sorted[at] + (place - below) * (above - sorted[at]))
}

impl AegisPolicy {
    /// A document of this policy with other thresholds of drift: a draft for people to look at.
    pub fn draft(&self, calibration: &Calibration) -> String {
        let mut text = format!(
            "# A draft: tau_warning and tau_critical are the 90th and the 99th percentile of {} days.\n",
            calibration.days
        );
        if let Some(version) = &self.version {
            // Text of JSON is text of YAML.
            let version = serde_json::Value::from(format!("{version}-draft"));
            let _infallible = writeln!(text, "version: {version}");
        }
        let weights = &self.utility_weights;
        let numbers = [
            ("epsilon_R", self.epsilon_r),
            ("epsilon_P", self.epsilon_p),
            ("risk_trigger_factor", self.risk_trigger_factor),
            ("profit_trigger_factor", self.profit_trigger_factor),
            ("trigger_confidence_prob", self.trigger_confidence_prob),
            ("novelty_N0", self.novelty_n0),
            ("novelty_k", self.novelty_k),
            ("novelty_threshold", self.novelty_threshold),
            ("complexity_floor", self.complexity_floor),
            ("quality_min_score", self.quality_min_score),
            ("lcb_alpha", self.lcb_alpha),
            ("utility_threshold", self.utility_threshold),
            ("gamma", weights.gamma),
            ("kappa", weights.kappa),
            ("phi_S", weights.phi_s),
            ("phi_D", weights.phi_d),
            ("migration_budget", weights.migration_budget),
            ("tau_warning", calibration.tau_warning),
            ("tau_critical", calibration.tau_critical),
        ];
        for (key, value) in numbers {
            let _infallible = writeln!(text, "{key}: {}", value.get());
        }
        let truths = [
            ("posterior_predictive", self.posterior_predictive),
            ("quality_no_zero_subscore", self.quality_no_zero_subscore),
            ("utility_required", self.utility_required),
            ("halt_agent", self.halt_agent),
        ];
        for (key, value) in truths {
            let _infallible = writeln!(text, "{key}: {value}");
        }
        let (days, rate) = (self.window_days, self.rate_per_minute);
        let metric = self.drift_metric.name();
        let _infallible = writeln!(
            text,
            "drift_metric: {metric}\nwindow_days: {days}\nmcp_rate_limit: {rate}"
        );
        text
    }
}
