//! What a policy of AEGIS' kind makes of a request: failures of its gates, and the claims on a human, an override, drift and
//! a rate.

use crate::{
    claim::{
        Claim, Failure, Of, Stage,
        aegis::{DriftClaim, Evaluation, Gate, HumanReason, Quick, code, paused},
    },
    evaluate::{aegis::evaluate, propose::Maker},
    policy::aegis::AegisPolicy,
    request::{Figures, FiguresError, QuickRisk},
};

impl Maker<'_> {
    pub(super) fn aegis(&mut self, policy: &AegisPolicy) {
        if policy.rate_per_minute > 0 {
            let of = Of::Agent(self.request.agent.clone());
            self.rate(of, policy.rate_per_minute);
        }
        let Some(value) = &self.request.aegis else {
            let message = "the policy looks at the figures of a proposal, and the request has none";
            return self.fail(Stage::Aegis, code::AEGIS_FIGURES, message);
        };
        if matches!(QuickRisk::from_value(value), Ok(Some(_))) {
            let message = "a quick check is not enough here: the policy asks for all six gates; send the figures of the proposal";
            return self.fail(Stage::Aegis, code::AEGIS_FIGURES, message);
        }
        let (agent, session) = (&self.request.agent, self.request.session.as_deref());
        match Figures::from_value(value, agent, session) {
            Err(error) => self.wrong_figures(&error),
            Ok(figures) => {
                let evaluation = evaluate(policy, &figures);
                self.gates(&evaluation);
                self.claims.push(Claim::Drift(DriftClaim {
                    policy: policy.digest,
                    observation: evaluation.observation,
                    tau_warning: policy.tau_warning,
                    tau_critical: policy.tau_critical,
                    window_days: policy.window_days,
                }));
                self.trail.aegis = Some(evaluation);
            }
        }
    }

    /// A quick check, where no policy asks for the six gates. Other figures mean nothing there.
    pub(super) fn quick(&mut self) {
        let value = self.request.aegis.as_ref();
        match value.map(QuickRisk::from_value) {
            None | Some(Ok(None)) => {}
            Some(Err(error)) => self.wrong_figures(&error),
            Some(Ok(Some(check))) => {
                let safe = check.risk_score < check.threshold;
                self.trail.quick = Some(Quick { check, safe });
                if !safe {
                    let message = format!(
                        "the risk score {} is not less than the threshold {}",
                        check.risk_score.get(),
                        check.threshold.get()
                    );
                    self.fail(Stage::Aegis, code::QUICK_RISK, message);
                }
            }
        }
    }

    fn wrong_figures(&mut self, error: &FiguresError) {
        self.failures.push(Failure {
            stage: Stage::Aegis,
            gate: Stage::Aegis.name().to_owned(),
            code: code::AEGIS_FIGURES.to_owned(),
            message: error.to_string(),
            field: Some(error.field.clone()),
            redacted: Vec::new(),
        });
    }

    fn gates(&mut self, evaluation: &Evaluation) {
        let failed = evaluation.failed();
        if failed.contains(&Gate::Complexity) {
            let message = "the complexity score is below the policy's floor, which nobody can override; make the proposal simpler";
            return self.fail(Stage::Aegis, code::AEGIS_HALT, message);
        }
        // Two people who signed for the gate of risk stand for the one who would grant it.
        let overriding = self.request.overriding;
        let of_risk = [HumanReason::RiskGateFailed, HumanReason::RiskPosterior];
        let is_open = |reason: &HumanReason| {
            let is_signed = overriding.is_some() && failed.contains(&Gate::Risk);
            !(is_signed && of_risk.contains(reason))
        };
        let needs_human = evaluation.human.iter().any(is_open);
        if needs_human {
            self.needs_approval();
        }
        let unsigned: Vec<_> = match overriding {
            // A human decides on the gate of risk.
            None => failed
                .into_iter()
                .filter(|gate| *gate != Gate::Risk)
                .collect(),
            Some(_) => failed,
        };
        if unsigned.is_empty() {
            return;
        }
        if overriding.is_none() && !needs_human {
            let message = paused(&unsigned);
            return self.fail(Stage::Aegis, code::AEGIS_PAUSE, message);
        }
        self.claims.push(Claim::Gates {
            failed: unsigned,
            number: overriding,
        });
    }
}
