//! What a decision comes to in AEGIS' words.

use crate::{
    claim::{
        Claim, Failure, Proposal, Stage,
        aegis::{DriftResult, DriftStatus, Evaluation, Gate},
        conclusion::{Conclusion, Constraint, NextStep, Rationale, Shadow, Status, Traced},
    },
    record::{Judged, Outcome},
    request::Phase,
    state::{overrides::ROLES, refusal::code},
};

/// All that a conclusion is drawn from.
pub(super) struct Concluding<'a> {
    pub(super) evaluation: &'a Evaluation,
    pub(super) proposal: &'a Proposal,
    pub(super) failure: Option<&'a Failure>,
    pub(super) claims: &'a [Judged],
    pub(super) drift: Option<DriftResult>,
    pub(super) is_allowed: bool,
    pub(super) escalates: bool,
    pub(super) has_retry: bool,
}

impl Concluding<'_> {
    pub(super) fn conclusion(self) -> Conclusion {
        let failing_gates = self.evaluation.failed();
        let status = self.status();
        let failed = failing_gates.len();
        let override_eligible = failed > 0 && !failing_gates.contains(&Gate::Complexity);
        let shadow = self.proposal.shadow.then(|| Shadow {
            observation_values: vec![self.evaluation.observation.value],
            baseline: self.drift.as_ref().and_then(|drift| drift.baseline),
        });
        let count = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        Conclusion {
            status,
            confidence: self.evaluation.confidence,
            gates_passed: count(self.evaluation.gates.len() - failed),
            gates_failed: count(failed),
            rationale: self.rationale(),
            next_steps: self.next_steps(status),
            constraints: self.constraints(),
            override_eligible,
            override_requires: match override_eligible {
                true => ROLES.map(str::to_owned).to_vec(),
                false => Vec::new(),
            },
            trace: self.trace(status),
            shadow,
            failing_gates,
            drift: self.drift,
        }
    }

    fn code(&self) -> Option<&str> {
        self.failure.map(|failure| &*failure.code)
    }

    fn status(&self) -> Status {
        let waits = self
            .failure
            .is_some_and(|failure| failure.stage == Stage::Approval);
        match self.code() {
            _ if self.is_allowed => Status::Proceed,
            _ if self.escalates => Status::Escalate,
            Some(code::AEGIS_PAUSE) => Status::Pause,
            // What another rule refuses for now is put off.
            _ if self.has_retry || waits => Status::Pause,
            _ => Status::Halt,
        }
    }

    fn drift_is(&self, status: DriftStatus) -> bool {
        self.drift
            .as_ref()
            .is_some_and(|drift| drift.status == status)
    }

    fn holds(&self, claim: impl Fn(&Claim) -> bool) -> bool {
        let mut claims = self.claims.iter();
        claims.any(|judged| judged.outcome == Outcome::Granted && claim(&judged.claim))
    }

    fn is_granted(&self) -> bool {
        self.holds(|claim| *claim == Claim::Approved)
    }

    fn is_overridden(&self) -> bool {
        self.holds(|claim| matches!(claim, Claim::Gates { .. }))
    }

    fn rationale(&self) -> Vec<Rationale> {
        let failed = !self.evaluation.failed().is_empty();
        let of_aegis = [
            code::AEGIS_HALT,
            code::AEGIS_PAUSE,
            code::APPROVAL_NEEDED,
            code::APPROVAL_PENDING,
        ];
        let is_other = self.code().is_some_and(|code| !of_aegis.contains(&code));
        let human = self
            .claims
            .iter()
            .any(|judged| judged.claim == Claim::Approved);
        let reasons = [
            (!failed, Rationale::AllGatesPassed),
            (failed, Rationale::GatesFailed),
            (
                self.evaluation.has_failed(Gate::Complexity),
                Rationale::ComplexityFloor,
            ),
            (self.drift_is(DriftStatus::Warning), Rationale::DriftWarning),
            (
                self.drift_is(DriftStatus::Critical),
                Rationale::DriftCritical,
            ),
            (
                human && !self.is_granted(),
                Rationale::HumanApprovalRequired,
            ),
            (self.is_granted(), Rationale::HumanApproved),
            (self.is_overridden(), Rationale::Overridden),
            (is_other, Rationale::OtherRule),
        ];
        held(reasons)
    }

    fn next_steps(&self, status: Status) -> Vec<NextStep> {
        let code = self.code();
        let failed = self.evaluation.failed();
        let is_simple = !failed.contains(&Gate::Complexity);
        // A human decides on the gate of risk alone.
        let unsigned = failed.iter().any(|gate| *gate != Gate::Risk)
            && is_simple
            && self.proposal_names_no_override();
        let planned = self.evaluation.phase == Phase::Plan;
        let is_open = !matches!(status, Status::Proceed);
        let put_off = matches!(status, Status::Pause | Status::Escalate);
        let steps = [
            (!is_open && planned, NextStep::DoAsProposed),
            (!is_open && !planned, NextStep::RecordOutcome),
            (code == Some(code::AEGIS_HALT), NextStep::Simplify),
            (code == Some(code::AEGIS_PAUSE), NextStep::ImproveGates),
            (status == Status::Escalate, NextStep::HaveItGranted),
            (put_off && unsigned, NextStep::RequestOverride),
            (is_open && self.has_retry, NextStep::AskLater),
            (
                is_open && !self.escalates && !code.is_some_and(is_told),
                NextStep::SeeFailure,
            ),
            (
                put_off && self.evaluation.time_sensitive,
                NextStep::TellPeople,
            ),
        ];
        held(steps)
    }

    fn proposal_names_no_override(&self) -> bool {
        let mut claims = self.proposal.claims.iter();
        !claims.any(|claim| {
            matches!(
                claim,
                Claim::Gates {
                    number: Some(_),
                    ..
                }
            )
        })
    }

    fn constraints(&self) -> Vec<Constraint> {
        let unfit =
            self.drift_is(DriftStatus::NoBaseline) || self.drift_is(DriftStatus::OtherMetric);
        let drifts = self.drift_is(DriftStatus::Warning) || self.drift_is(DriftStatus::Critical);
        held([
            (
                self.is_granted() || self.is_overridden(),
                Constraint::OnlyWhatWasGranted,
            ),
            (drifts, Constraint::WatchDrift),
            (unfit, Constraint::DriftNotMeasured),
            (self.drift_is(DriftStatus::TooFew), Constraint::DriftTooFew),
            (self.drift.is_none(), Constraint::DriftNotJudged),
            (
                !self.evaluation.has(Gate::Utility),
                Constraint::UtilityNotEvaluated,
            ),
        ])
    }

    fn trace(&self, status: Status) -> Vec<Traced> {
        let traced = |rule: &str, found: &str| Traced {
            rule: rule.to_owned(),
            found: found.to_owned(),
        };
        let word = |passed: bool| if passed { "passed" } else { "failed" };
        let gates = self.evaluation.gates.iter();
        let mut trace: Vec<_> = gates
            .map(|result| traced(&format!("gate.{}", result.gate.name()), word(result.passed)))
            .collect();
        if !self.evaluation.has(Gate::Utility) {
            trace.push(traced("gate.utility", "not_evaluated"));
        }
        trace.push(traced(
            "human_approval",
            match self.evaluation.human.is_empty() {
                true => "not_required",
                false => "required",
            },
        ));
        let drift = self.drift.as_ref().map(|drift| match drift.status {
            DriftStatus::NoBaseline => "no_baseline",
            DriftStatus::OtherMetric => "other_metric",
            DriftStatus::TooFew => "too_few",
            DriftStatus::Normal => "normal",
            DriftStatus::Warning => "warning",
            DriftStatus::Critical => "critical",
        });
        trace.push(traced("drift", drift.unwrap_or("not_judged")));
        if self.is_granted() {
            trace.push(traced("approval", "granted"));
        }
        if self.is_overridden() {
            trace.push(traced("override", "approved"));
        }
        trace.push(traced("status", status.name()));
        trace
    }
}

/// Whether a code is told by a step of its own.
fn is_told(code: &str) -> bool {
    [code::AEGIS_HALT, code::AEGIS_PAUSE].contains(&code)
}

fn held<T, const N: usize>(all: [(bool, T); N]) -> Vec<T> {
    let held = all.into_iter().filter(|(holds, _)| *holds);
    held.map(|(_, one)| one).collect()
}
