//! From a document to a policy of AEGIS' kind.

use crate::{
    digest::Digest,
    limits::{DRIFT_WINDOW_DAYS_MAX, RATE_PER_MINUTE_MAX},
    policy::{
        Compatibility, PolicyError,
        aegis::{AegisPolicy, UtilityWeights},
        fields::{Fields, document},
    },
    real::{Real, normal_exceeded_with},
    request::Metric,
};

/// A key whose value is a number: its published default, or ours, and its limits.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) default: f64,
    limits: (f64, f64),
}

const fn key(name: &'static str, default: f64, limits: (f64, f64)) -> Key {
    Key {
        name,
        default,
        limits,
    }
}

/// A share.
const SHARE: (f64, f64) = (0.0, 1.0);
/// Anything that is more than nothing.
const POSITIVE: (f64, f64) = (1e-9, 1e12);
/// A weight.
const WEIGHT: (f64, f64) = (0.0, 1e12);

pub(super) const EPSILON_R: Key = key("epsilon_R", 0.01, (1e-9, 1.0));
pub(super) const EPSILON_P: Key = key("epsilon_P", 0.01, (1e-9, 1e12));
pub(super) const RISK_TRIGGER_FACTOR: Key = key("risk_trigger_factor", 2.0, POSITIVE);
pub(super) const PROFIT_TRIGGER_FACTOR: Key = key("profit_trigger_factor", 2.0, POSITIVE);
// At 1 the gates would never fail.
pub(super) const TRIGGER_CONFIDENCE: Key = key("trigger_confidence_prob", 0.95, (0.5, 0.9999));
pub(super) const NOVELTY_N0: Key = key("novelty_N0", 0.7, SHARE);
pub(super) const NOVELTY_K: Key = key("novelty_k", 10.0, (1e-3, 1e3));
pub(super) const NOVELTY_THRESHOLD: Key = key("novelty_threshold", 0.6, SHARE);
pub(super) const COMPLEXITY_FLOOR: Key = key("complexity_floor", 0.5, SHARE);
pub(super) const QUALITY_MIN_SCORE: Key = key("quality_min_score", 0.7, SHARE);
pub(super) const LCB_ALPHA: Key = key("lcb_alpha", 0.05, (1e-6, 0.5));
pub(super) const UTILITY_THRESHOLD: Key = key("utility_threshold", 0.0, (-1e12, 1e12));
pub(super) const GAMMA: Key = key("gamma", 0.3, WEIGHT);
pub(super) const KAPPA: Key = key("kappa", 1.0, WEIGHT);
pub(super) const PHI_S: Key = key("phi_S", 100.0, WEIGHT);
pub(super) const PHI_D: Key = key("phi_D", 2_000.0, WEIGHT);
pub(super) const MIGRATION_BUDGET: Key = key("migration_budget", 5_000.0, WEIGHT);
pub(super) const TAU_WARNING: Key = key("tau_warning", 0.3, (1e-6, 100.0));
pub(super) const TAU_CRITICAL: Key = key("tau_critical", 0.5, (1e-6, 100.0));
pub(super) const WINDOW_DAYS: &str = "window_days";
pub(super) const WINDOW_DAYS_DEFAULT: u64 = 30;
pub(super) const RATE: &str = "mcp_rate_limit";
pub(super) const RATE_DEFAULT: u64 = 60;

const KEYS: &[&str] = &[
    "version",
    "description",
    EPSILON_R.name,
    EPSILON_P.name,
    RISK_TRIGGER_FACTOR.name,
    PROFIT_TRIGGER_FACTOR.name,
    TRIGGER_CONFIDENCE.name,
    "posterior_predictive",
    NOVELTY_N0.name,
    NOVELTY_K.name,
    NOVELTY_THRESHOLD.name,
    COMPLEXITY_FLOOR.name,
    QUALITY_MIN_SCORE.name,
    "quality_no_zero_subscore",
    LCB_ALPHA.name,
    UTILITY_THRESHOLD.name,
    "utility_required",
    GAMMA.name,
    KAPPA.name,
    PHI_S.name,
    PHI_D.name,
    MIGRATION_BUDGET.name,
    "drift_metric",
    TAU_WARNING.name,
    TAU_CRITICAL.name,
    WINDOW_DAYS,
    RATE,
    "halt_agent",
];

impl AegisPolicy {
    /// Reads a document. Under the compatibility `aegis` it may have other keys, which mean nothing.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn read(
        name: &str,
        bytes: &[u8],
        compatibility: Compatibility,
    ) -> Result<Self, PolicyError> {
        let node = document(name, bytes)?;
        let fields = match compatibility {
            Compatibility::Aegis => Fields::with_others(name, &node)?,
            Compatibility::Default | Compatibility::Aigc03 => Fields::new(name, &node, KEYS)?,
        };
        let policy = parameters(&fields, Digest::of(bytes))?;
        if policy.tau_critical < policy.tau_warning {
            let node = fields.member(TAU_CRITICAL.name).unwrap_or(fields.node);
            return Err(fields.wrong(node, "tau_critical must not be less than tau_warning"));
        }
        Ok(policy)
    }
}

fn parameters(fields: &Fields<'_>, digest: Digest) -> Result<AegisPolicy, PolicyError> {
    let number = |key: &Key| -> Result<Real, PolicyError> {
        let given = fields.real(key.name, key.limits)?;
        Ok(given.unwrap_or_else(|| Real::nearest(key.default)))
    };
    let truth = |key: &str, default| Ok::<_, PolicyError>(fields.truth(key)?.unwrap_or(default));
    let days = fields.count(WINDOW_DAYS, u64::from(DRIFT_WINDOW_DAYS_MAX))?;
    let rate = fields.integer(RATE, 0, u64::from(RATE_PER_MINUTE_MAX))?;
    let small =
        |number: Option<u64>, default| u32::try_from(number.unwrap_or(default)).unwrap_or(u32::MAX);
    let metrics = Metric::ALL.map(|metric| (metric.name(), metric));
    let lcb_alpha = number(&LCB_ALPHA)?;
    let _text = fields.text("description")?;
    Ok(AegisPolicy {
        digest,
        version: fields.text("version")?.map(str::to_owned),
        epsilon_r: number(&EPSILON_R)?,
        epsilon_p: number(&EPSILON_P)?,
        risk_trigger_factor: number(&RISK_TRIGGER_FACTOR)?,
        profit_trigger_factor: number(&PROFIT_TRIGGER_FACTOR)?,
        trigger_confidence_prob: number(&TRIGGER_CONFIDENCE)?,
        posterior_predictive: truth("posterior_predictive", false)?,
        novelty_n0: number(&NOVELTY_N0)?,
        novelty_k: number(&NOVELTY_K)?,
        novelty_threshold: number(&NOVELTY_THRESHOLD)?,
        complexity_floor: number(&COMPLEXITY_FLOOR)?,
        quality_min_score: number(&QUALITY_MIN_SCORE)?,
        quality_no_zero_subscore: truth("quality_no_zero_subscore", true)?,
        lcb_alpha,
        lcb_z: Real::nearest(normal_exceeded_with(lcb_alpha.get())),
        utility_threshold: number(&UTILITY_THRESHOLD)?,
        utility_required: truth("utility_required", false)?,
        utility_weights: UtilityWeights {
            gamma: number(&GAMMA)?,
            kappa: number(&KAPPA)?,
            phi_s: number(&PHI_S)?,
            phi_d: number(&PHI_D)?,
            migration_budget: number(&MIGRATION_BUDGET)?,
        },
        drift_metric: fields
            .choice("drift_metric", &metrics)?
            .unwrap_or(Metric::RiskProposed),
        tau_warning: number(&TAU_WARNING)?,
        tau_critical: number(&TAU_CRITICAL)?,
        window_days: small(days, WINDOW_DAYS_DEFAULT),
        rate_per_minute: small(rate, RATE_DEFAULT),
        halt_agent: truth("halt_agent", false)?,
    })
}
