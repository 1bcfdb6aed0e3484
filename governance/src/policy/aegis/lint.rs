//! What a policy of AEGIS' kind asks for that is less than what is published, and what of it means nothing.

use super::{
    AegisPolicy,
    read::{
        COMPLEXITY_FLOOR, EPSILON_P, EPSILON_R, GAMMA, KAPPA, Key, LCB_ALPHA, MIGRATION_BUDGET,
        NOVELTY_K, NOVELTY_N0, NOVELTY_THRESHOLD, PHI_D, PHI_S, PROFIT_TRIGGER_FACTOR,
        QUALITY_MIN_SCORE, RATE, RATE_DEFAULT, RISK_TRIGGER_FACTOR, TAU_CRITICAL, TAU_WARNING,
        TRIGGER_CONFIDENCE, UTILITY_THRESHOLD, WINDOW_DAYS, WINDOW_DAYS_DEFAULT,
    },
};
use crate::{
    policy::{Compatibility, PolicyError, PolicyFault, fields::document},
    real::Real,
    yaml::Node,
};

impl AegisPolicy {
    /// What a document loosens of the published defaults, and what of it means nothing: each a line for whoever reads it.
    ///
    /// # Errors
    ///
    /// What is wrong with the document, and where.
    pub fn findings(name: &str, bytes: &[u8]) -> Result<Vec<PolicyError>, PolicyError> {
        let policy = Self::read(name, bytes, Compatibility::Default)?;
        let node = document(name, bytes)?;
        let weaker = policy.weaker_numbers().into_iter().map(|(key, value)| {
            let message = format!(
                "{} is {}, which asks for less than the published {}",
                key.name,
                value.get(),
                key.default
            );
            (key.name, message)
        });
        let weights = [GAMMA, KAPPA, PHI_S, PHI_D, MIGRATION_BUDGET];
        let weights = weights
            .into_iter()
            .filter(|key| node.member(key.name).is_some());
        let nothing = weights.map(|key| {
            let message = format!(
                "{} decides nothing: who asks brings the utility's mean and standard deviation",
                key.name
            );
            (key.name, message)
        });
        let found = weaker.chain(policy.weaker_rules()).chain(nothing);
        Ok(found
            .map(|(key, message)| at(&node, name, key, message))
            .collect())
    }

    /// Numbers by which a gate fails less often, or drift is found later, than by the published ones.
    fn weaker_numbers(&self) -> Vec<(Key, Real)> {
        // The least novelty score that passes is N0 + ln(t / (1 - t)) / k, so it falls with k where t is above one half, and
        // rises with k where it is below.
        let threshold = self.novelty_threshold.get();
        let steeper = self.novelty_k.get() - NOVELTY_K.default;
        let is_easier = steeper * (threshold - 0.5) > 0.0;
        let less = |key: Key, value: Real| {
            let is_weaker = value.get() < key.default;
            (key, value, is_weaker)
        };
        let more = |key: Key, value: Real| {
            let is_weaker = value.get() > key.default;
            (key, value, is_weaker)
        };
        let all = [
            more(EPSILON_R, self.epsilon_r),
            more(EPSILON_P, self.epsilon_p),
            less(NOVELTY_N0, self.novelty_n0),
            (NOVELTY_K, self.novelty_k, is_easier),
            less(NOVELTY_THRESHOLD, self.novelty_threshold),
            less(COMPLEXITY_FLOOR, self.complexity_floor),
            less(QUALITY_MIN_SCORE, self.quality_min_score),
            less(UTILITY_THRESHOLD, self.utility_threshold),
            more(RISK_TRIGGER_FACTOR, self.risk_trigger_factor),
            more(PROFIT_TRIGGER_FACTOR, self.profit_trigger_factor),
            more(TRIGGER_CONFIDENCE, self.trigger_confidence_prob),
            more(LCB_ALPHA, self.lcb_alpha),
            more(TAU_WARNING, self.tau_warning),
            more(TAU_CRITICAL, self.tau_critical),
        ];
        let weaker = all.into_iter().filter(|(.., is_weaker)| *is_weaker);
        weaker.map(|(key, value, _)| (key, value)).collect()
    }

    /// The same of what is no number, or of which none is off.
    fn weaker_rules(&self) -> Vec<(&'static str, String)> {
        let rate = match self.rate_per_minute {
            0 => format!(
                "{RATE} is 0, which is off: an agent may ask as often as it likes; published is {RATE_DEFAULT}"
            ),
            rate => {
                format!("{RATE} is {rate}, which asks for less than the published {RATE_DEFAULT}")
            }
        };
        let is_rate_weaker =
            self.rate_per_minute == 0 || u64::from(self.rate_per_minute) > RATE_DEFAULT;
        let all = [
            (is_rate_weaker, RATE, rate),
            (
                !self.quality_no_zero_subscore,
                "quality_no_zero_subscore",
                "quality_no_zero_subscore is false, so a subscore of zero passes; published is true".to_owned(),
            ),
            (
                self.posterior_predictive,
                "posterior_predictive",
                "posterior_predictive is true: the next observation is spread wider, so a change must be greater for a gate to \
                 fail; the default is false"
                    .to_owned(),
            ),
            (
                u64::from(self.window_days) < WINDOW_DAYS_DEFAULT,
                WINDOW_DAYS,
                format!(
                    "{WINDOW_DAYS} is {}, which looks for drift over less than the published {WINDOW_DAYS_DEFAULT} days",
                    self.window_days
                ),
            ),
        ];
        let weaker = all.into_iter().filter(|(is_weaker, ..)| *is_weaker);
        weaker.map(|(_, key, message)| (key, message)).collect()
    }
}

fn at(node: &Node, document: &str, key: &str, message: String) -> PolicyError {
    let place = node.member(key).map_or(node.place, |node| node.place);
    PolicyError::new(PolicyFault::Weakening, document, message).at(place)
}
