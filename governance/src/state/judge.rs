//! Makes a decision of a proposal: the claims in their order, by the state before the decision and at its time.

use crate::{
    claim::{Claim, Failure, LoopAction, Proposal, Stage, Verdict, aegis::DriftResult},
    limits::{STATE_AGENTS_MAX, STATE_RESERVATIONS_MAX, STATE_SESSIONS_MAX},
    record::{Decision, Entry, HaltOf, Judged, Outcome},
    semantics::is_known,
    state::{
        judge::{conclusion::Concluding, finding::Finding},
        opening::opened,
        refusal::code,
        whole::{Position, State},
    },
};

mod claims;
mod conclusion;
mod drifting;
mod finding;

/// Who halts where a loop does.
const GATE: &str = "urn:indelible:gate";

impl State {
    /// The decision on a proposal at a time, allowed or denied. It changes nothing: what is recorded of it does.
    pub fn judge(&self, time: u64, proposal: &Proposal) -> Decision {
        let mut judge = Judge {
            state: self,
            time,
            proposal,
            decided: None,
            escalates: false,
            retry_at: None,
            needs_approval: false,
            approval_used: false,
            warnings: Vec::new(),
            drift: None,
            judged: Vec::new(),
        };
        judge.decided = judge.before_all();
        judge.claims();
        judge.decision()
    }

    /// What follows from a decision that is recorded at a place, in the same commit: a halt where a loop or the policy halts, and the
    /// approval that an `escalate` opens, unless one is open for the same act.
    pub fn consequences(&self, position: Position, decision: &Decision) -> Vec<Entry> {
        let mut entries = Vec::new();
        if decision.shadow {
            return entries;
        }
        let halts = decision.claims.iter().any(|judged| {
            let action = match &judged.claim {
                Claim::Calls(calls) => calls.action,
                Claim::Cycle(cycle) => cycle.action,
                _ => return false,
            };
            judged.outcome == Outcome::Refused && action == LoopAction::Halt
        });
        let is_halt = decision
            .failure
            .as_ref()
            .is_some_and(|failure| failure.code == code::AEGIS_HALT);
        let evaluation = decision.trail.aegis.as_ref();
        let aegis_halts = is_halt && evaluation.is_some_and(|evaluation| evaluation.halt_agent);
        if halts || aegis_halts {
            let of = HaltOf::Agent(decision.act.agent.clone());
            let by = GATE.to_owned();
            entries.push(Entry::Halted { of, by, people: 1 });
        }
        let is_open = self.approval_for(position.time, &decision.act).is_some();
        if decision.verdict == Verdict::Escalate && !is_open {
            entries.push(Entry::ApprovalOpened(opened(position, decision)));
        }
        entries
    }
}

struct Judge<'a> {
    state: &'a State,
    time: u64,
    proposal: &'a Proposal,
    /// The first step that failed.
    decided: Option<Failure>,
    /// Whether that asks a human.
    escalates: bool,
    retry_at: Option<u64>,
    /// Whether a loop or drift asks for a human.
    needs_approval: bool,
    approval_used: bool,
    warnings: Vec<String>,
    /// How far figures are from their baseline.
    drift: Option<DriftResult>,
    judged: Vec<Judged>,
}

impl Judge<'_> {
    /// What must hold before any claim is looked at.
    fn before_all(&self) -> Option<Failure> {
        let state = self.state;
        if !is_known(state.semantics) {
            let message = "no version of the rules is in force that this build knows";
            return Some(refused(Stage::Principal, code::SEMANTICS, message));
        }
        if state.last.is_some_and(|last| self.time < last.time) {
            let message =
                "the clock is behind the newest record; nothing that depends on time can be judged";
            return Some(refused(Stage::Principal, code::CLOCK_UNTRUSTED, message));
        }
        let act = &self.proposal.act;
        let agents = &state.agents;
        let session = act.session.as_ref();
        let is_new_session = session.is_some_and(|session| !agents.sessions.contains_key(session));
        let is_new_agent = !agents.agents.contains_key(&act.agent);
        let full = [
            (
                is_new_session && agents.sessions.len() >= STATE_SESSIONS_MAX,
                "sessions",
            ),
            (
                is_new_agent && agents.agents.len() >= STATE_AGENTS_MAX,
                "agents",
            ),
            (
                state.open.len() >= STATE_RESERVATIONS_MAX,
                "decisions that are open",
            ),
        ];
        let full = full.into_iter().find(|(is_full, _)| *is_full);
        full.map(|(_, what)| {
            let message =
                format!("the ledger has as many {what} as its state may hold; use another ledger");
            refused(Stage::Principal, code::STATE_FULL, &message)
        })
    }

    fn claims(&mut self) {
        for claim in self.proposal.claims.clone() {
            let stage = claim.stage();
            if stage >= Stage::Approval {
                self.asks_a_human(claim == Claim::Approved);
            }
            self.fails_before(stage);
            self.one(claim, false);
        }
        self.asks_a_human(false);
        if self.decided.is_none() {
            self.decided.clone_from(&self.proposal.failure);
        }
    }

    /// Where a loop asks for a human, the act must be granted though its policy does not say so.
    fn asks_a_human(&mut self, is_asked_anyhow: bool) {
        if std::mem::take(&mut self.needs_approval) && !is_asked_anyhow {
            self.fails_before(Stage::Approval);
            self.one(Claim::Approved, true);
        }
    }

    /// What the caller's task found decides if it comes first.
    fn fails_before(&mut self, stage: Stage) {
        let failure = self
            .proposal
            .failure
            .as_ref()
            .filter(|failure| failure.stage <= stage);
        if self.decided.is_none() {
            self.decided = failure.cloned();
        }
    }

    fn one(&mut self, claim: Claim, added: bool) {
        let (mut outcome, mut found) = (Outcome::NotJudged, None);
        if self.decided.is_none() {
            if let Claim::Drift(claim) = &claim {
                self.drift = Some(self.drift_of(claim));
            }
            let finding = self.look(&claim);
            found = finding.found;
            outcome = self.take(&claim, finding);
        }
        let left = found;
        self.judged.push(Judged {
            claim,
            outcome,
            found,
            left,
            added,
        });
    }

    fn take(&mut self, claim: &Claim, finding: Finding) -> Outcome {
        let Some((code, message)) = finding.refusal else {
            self.approval_used |= *claim == Claim::Approved;
            return Outcome::Granted;
        };
        match finding.action {
            LoopAction::Warn => {
                self.warnings.push(message);
                return Outcome::Warned;
            }
            LoopAction::Escalate if claim.stage() < Stage::Approval => {
                self.needs_approval = true;
                self.warnings.push(message);
                return Outcome::Warned;
            }
            LoopAction::Escalate => self.escalates = true,
            LoopAction::Deny | LoopAction::Halt => {}
        }
        self.retry_at = finding.retry_at;
        self.decided = Some(refused(claim.stage(), code, &message));
        Outcome::Refused
    }

    fn decision(self) -> Decision {
        let proposal = self.proposal;
        let warns = proposal.verdict == Verdict::Warn || !self.warnings.is_empty();
        let verdict = match (&self.decided, self.escalates) {
            (Some(_), true) => Verdict::Escalate,
            (Some(_), false) => Verdict::Deny,
            (None, _) if warns => Verdict::Warn,
            (None, _) => Verdict::Allow,
        };
        let takes = verdict.is_allowed() && !proposal.shadow;
        let mut claims = self.judged;
        let failure = self.decided.as_ref();
        let attempt = match proposal.shadow {
            false => self
                .state
                .attempt(self.time, proposal.retry, &claims, failure),
            true => None,
        };
        for judged in &mut claims {
            let added = match &judged.claim {
                Claim::Reserve(reserve) if takes => reserve.amount,
                Claim::Calls(_) | Claim::Rate { .. } if !proposal.shadow => 1,
                Claim::Retry { .. } if attempt.is_some() => 1,
                _ => 0,
            };
            judged.left = judged.found.map(|found| found.saturating_add(added));
        }
        let escalates = verdict == Verdict::Escalate;
        let aegis = proposal.trail.aegis.as_ref().map(|evaluation| {
            let is_allowed = verdict.is_allowed();
            Concluding {
                evaluation,
                proposal,
                failure: self.decided.as_ref(),
                claims: &claims,
                drift: self.drift,
                is_allowed,
                escalates,
                has_retry: self.retry_at.is_some(),
            }
            .conclusion()
        });
        Decision {
            aegis,
            semantics: self.state.semantics,
            act: proposal.act.clone(),
            policies: proposal.policies.clone(),
            verdict,
            failure: self.decided,
            claims,
            trail: proposal.trail.clone(),
            warnings: self.warnings,
            approval: proposal.approval,
            approval_used: self.approval_used && takes,
            shadow: proposal.shadow,
            low_risk: proposal.low_risk,
            approval_seconds: proposal.approval_seconds,
            approval_people: proposal.approval_people,
            retry_at: self.retry_at,
            attempt,
        }
    }
}

fn refused(stage: Stage, code: &str, message: &str) -> Failure {
    Failure {
        stage,
        // In AIGC's artifacts, what the writer refuses is a gate of our own.
        gate: format!("custom:indelible.{}", stage.name()),
        code: code.to_owned(),
        message: message.to_owned(),
        field: None,
        redacted: Vec::new(),
    }
}
