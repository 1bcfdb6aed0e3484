//! What the state says of drift, and of gates that failed.

use crate::{
    claim::{
        LoopAction,
        aegis::{DriftClaim, DriftResult, DriftStatus, Gate, paused},
    },
    state::{
        judge::{
            Judge,
            finding::{Finding, holds, refuses},
        },
        refusal::code,
    },
};

impl Judge<'_> {
    pub(super) fn drift_of(&self, claim: &DriftClaim) -> DriftResult {
        self.state.drift.result(claim, self.time)
    }

    pub(super) fn drifting(&self, claim: &DriftClaim) -> Finding {
        let result = self.drift_of(claim);
        let found = Some(result.values.saturating_sub(1));
        let action = match result.status {
            DriftStatus::Warning => LoopAction::Warn,
            DriftStatus::Critical => LoopAction::Escalate,
            _ => return holds(found),
        };
        let kl = result.kl.unwrap_or_default().get();
        let message = format!(
            "{} of the last {} days is {kl:.4} nats from its baseline; {} is a warning, from {} on a human must decide",
            claim.observation.metric.name(),
            claim.window_days,
            claim.tau_warning.get(),
            claim.tau_critical.get()
        );
        Finding {
            found,
            action,
            ..refuses(code::DRIFT, message)
        }
    }

    pub(super) fn gates(&self, failed: &[Gate], number: Option<u64>) -> Finding {
        let Some(number) = number else {
            return refuses(code::AEGIS_PAUSE, paused(failed));
        };
        let (now, act) = (self.time, &self.proposal.act.digest);
        match self.state.overrides.check_use(now, number, act, failed) {
            Ok(()) => holds(None),
            Err(refusal) => refuses(code::OVERRIDE, refusal.to_string()),
        }
    }
}
