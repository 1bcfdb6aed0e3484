//! The score. Doubles are added in the order of the factors, as AIGC adds them.

use crate::{
    claim::{
        Failure, Stage,
        trail::{Basis, RiskScore},
    },
    evaluate::aigc::{Names, Run, failure},
    json::Value,
    policy::{
        Compatibility,
        aigc::{Effective, Risk, RiskMode},
    },
};

const RISK: Names = Names {
    stage: Stage::Risk,
    gate: "risk_scoring",
    code: "RISK_THRESHOLD_EXCEEDED",
};

impl Run<'_> {
    pub(super) fn score(&mut self) -> Result<(), Box<Failure>> {
        let Some(block) = self.block() else {
            return Ok(());
        };
        let Some(own) = self.held.last() else {
            return Ok(());
        };
        let score = self.scored(&block, own);
        self.trail.gates.push("risk_scoring".to_owned());
        let (value, threshold) = (score.score, score.threshold);
        let exceeded = score.exceeded;
        self.trail.risk = Some(score);
        match (exceeded, block.mode) {
            (true, RiskMode::Strict) => {
                let message = format!(
                    "Risk score {value:.3} exceeds threshold {threshold:.3} in strict mode"
                );
                Err(failure(RISK, message))
            }
            (true, RiskMode::WarnOnly) => {
                let warning = format!("risk score {value:.3} exceeds threshold {threshold:.3}");
                self.trail.warnings.push(warning);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The block that counts. To AIGC it is the binding's or that of the policy without guards. In the default mode every
    /// level and every guard that matches may make it stricter, and never weaker.
    fn block(&self) -> Option<Risk> {
        if self.policy.compatibility == Compatibility::Aigc03 {
            let own = || self.policy.own().plain.risk.clone();
            return self.risk.cloned().or_else(own);
        }
        let of_policy = self.held.iter().filter_map(|held| held.risk.as_ref());
        match self.risk {
            // The binding's takes the place of all of them.
            Some(risk) => Some(risk.clone()),
            None => of_policy.fold(None, |block: Option<Risk>, risk| match block {
                None => Some(risk.clone()),
                Some(block) => Some(block.restricted(risk)),
            }),
        }
    }

    fn scored(&self, block: &Risk, effective: &Effective) -> RiskScore {
        let mut sum = 0.0;
        let mut basis = Vec::with_capacity(block.factors.len());
        for factor in &block.factors {
            let triggered = self.is_triggered(&factor.condition, effective);
            let contribution = if triggered { factor.weight } else { 0.0 };
            sum += contribution;
            basis.push(Basis {
                name: factor.name.clone(),
                weight: factor.weight,
                triggered,
                contribution,
            });
        }
        let score = f64::clamp(sum, 0.0, 1.0);
        RiskScore {
            score,
            threshold: block.threshold,
            mode: block.mode.name().to_owned(),
            basis,
            exceeded: score > block.threshold,
        }
    }

    fn is_triggered(&self, condition: &str, effective: &Effective) -> bool {
        match condition {
            "no_output_schema" | "broad_roles" | "no_preconditions" | "high_tool_count"
            | "missing_guards" => effective.triggered.contains(&condition),
            "external_model" => self.invocation.model_provider != "internal",
            name => self
                .invocation
                .context
                .get(name)
                .is_some_and(Value::is_truthy),
        }
    }
}
