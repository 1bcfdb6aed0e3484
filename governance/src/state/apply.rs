//! Moves the state by a record.

use crate::{
    claim::{AccountKey, Claim, Stage},
    policy::PolicyKind,
    record::{Completion, Decision, Entry, HaltOf, Outcome},
    semantics::{self, AEGIS_SEMANTICS, OUTPUT_SEMANTICS},
    state::{
        accounts::Use,
        halts::SUCCESSOR,
        misfit::Misfit,
        whole::{Position, State},
        windows::WindowKey,
    },
};

impl State {
    /// Moves the state by a record. Records come in their order, and none is left out.
    ///
    /// # Errors
    ///
    /// The record does not fit: no writer that judged by this state wrote it. The state is then of no use any more.
    pub fn apply(&mut self, position: Position, entry: &Entry) -> Result<(), Misfit> {
        let is_after =
            |last: Position| last.sequence < position.sequence && last.time <= position.time;
        if !self.last.is_none_or(is_after) {
            return Err(Misfit::Order);
        }
        // A snapshot is of the state before its record, and so before the time that passed.
        if let Entry::Snapshot {
            digest,
            sequence,
            semantics,
        } = entry
        {
            self.is_snapshot(digest, *sequence, *semantics)?;
        }
        self.advance(position.time);
        self.entry(position, entry)?;
        self.last = Some(position);
        Ok(())
    }

    /// Lets time pass: what has expired is posted or given back, and what can't count any more is forgotten.
    fn advance(&mut self, now: u64) {
        self.open.advance(now, &mut self.accounts);
        self.accounts.advance(now);
        self.windows.advance(now);
        self.approvals.advance(now);
        self.overrides.advance(now);
        self.proposals.advance(now);
        self.retries.advance(now);
    }

    fn entry(&mut self, position: Position, entry: &Entry) -> Result<(), Misfit> {
        let Position { sequence, time } = position;
        match entry {
            Entry::Semantics { version } => {
                match semantics::is_known(*version) && *version >= self.semantics {
                    true => self.semantics = *version,
                    false => return Err(Misfit::Semantics),
                }
            }
            Entry::Policy(policy) => {
                self.may_be(policy.kind)?;
                self.registry.register(policy);
            }
            Entry::Binding(binding) => self.registry.bind(sequence, binding)?,
            Entry::Agent(declared) => self.agents.declare(declared),
            Entry::Sign { agent } => self.agents.sign(agent, time),
            Entry::Decision(decision) => self.decided(position, decision)?,
            Entry::Completion(completion) => self.completed(time, completion)?,
            Entry::Released { decision } => {
                self.check_release(time, *decision)
                    .map_err(|_| Misfit::NotOpen)?;
                self.attempt_released(*decision);
                self.open.end(*decision, None, time, &mut self.accounts);
            }
            Entry::ApprovalOpened(opened) => self.approvals.open(sequence, time, opened),
            Entry::ApprovalClaimed { approval, by } => self.approvals.claim(*approval, by, time)?,
            Entry::ApprovalEscalated { approval, by, to } => {
                self.approvals
                    .escalate(*approval, by, to.as_deref(), time)?
            }
            Entry::ApprovalAnswered {
                approval,
                by,
                granted,
            } => {
                if *granted {
                    self.may_grant(*approval, by)?;
                }
                self.approvals.answer(*approval, by, *granted, time)?;
            }
            Entry::ApprovalExpired { approval } => self.approvals.expire(*approval, time)?,
            Entry::Halted { of, by, people } => self.halts.halt(of, by, time, *people),
            Entry::Resumed { of, by } => {
                if let HaltOf::Agent(agent) = of
                    && self.agents.names(agent).contains(&**by)
                {
                    return Err(Misfit::Own);
                }
                self.halts.resume(of, by)?;
            }
            Entry::Succeeded { people } => {
                self.halts
                    .halt(&HaltOf::Everything, SUCCESSOR, time, *people);
            }
            Entry::Snapshot { .. } => {}
            Entry::Refused(_) => self.knows_refusals()?,
            Entry::DriftBaseline(_)
            | Entry::OverrideSigner(_)
            | Entry::OverrideRequested(_)
            | Entry::OverrideSigned(_)
            | Entry::OverrideRejected { .. }
            | Entry::Proposed(_)
            | Entry::Voted(_)
            | Entry::ProposalMoved { .. } => self.agreed(position, entry)?,
        }
        Ok(())
    }

    /// Moves the state by what people agree on: baselines, signers, overrides, proposals.
    fn agreed(&mut self, position: Position, entry: &Entry) -> Result<(), Misfit> {
        let Position { sequence, time } = position;
        match entry {
            Entry::DriftBaseline(baseline) => {
                self.check_baseline(baseline)
                    .map_err(|_| Misfit::Baseline)?;
                self.drift.set(sequence, baseline);
            }
            Entry::OverrideRequested(requested) => {
                self.overrides.request(sequence, time, requested)?
            }
            Entry::OverrideSigner(signer) => self.signers.register(signer)?,
            Entry::OverrideSigned(signed) => {
                self.signers.verify(signed).map_err(|_| Misfit::Override)?;
                self.overrides.sign(time, signed)?;
            }
            Entry::OverrideRejected { request, .. } => self.overrides.reject(time, *request)?,
            Entry::Proposed(proposed) => self.proposals.propose(sequence, time, proposed)?,
            Entry::Voted(vote) => self.proposals.vote(time, vote)?,
            Entry::ProposalMoved { proposal, to, by } => self.proposals.step(*proposal, *to, by)?,
            _ => {}
        }
        Ok(())
    }

    /// Nobody grants what is their own, and nobody grants anything to an agent that nobody answers for.
    fn may_grant(&self, approval: u64, by: &str) -> Result<(), Misfit> {
        let found = self.approvals.approvals.get(&approval);
        let opened = &found.ok_or(Misfit::Approval)?.opened;
        let is_own = self.agents.names(&opened.agent).contains(by) || opened.principal == by;
        match is_own || self.agents.operator(&opened.agent).is_none() {
            true => Err(Misfit::Own),
            false => Ok(()),
        }
    }

    /// Whether calls that came to nothing leave a record under the version of all rules that is in force.
    fn knows_refusals(&self) -> Result<(), Misfit> {
        match self.semantics < OUTPUT_SEMANTICS {
            true => Err(Misfit::Semantics),
            false => Ok(()),
        }
    }

    /// Whether a policy of a kind can be registered under the version of all rules that is in force.
    fn may_be(&self, kind: PolicyKind) -> Result<(), Misfit> {
        match kind == PolicyKind::Aegis && self.semantics < AEGIS_SEMANTICS {
            true => Err(Misfit::Semantics),
            false => Ok(()),
        }
    }

    fn decided(&mut self, position: Position, decision: &Decision) -> Result<(), Misfit> {
        let Position { sequence, time } = position;
        if decision.semantics != self.semantics {
            return Err(Misfit::OtherSemantics);
        }
        let is_allowed = decision.verdict.is_allowed();
        if is_allowed == decision.failure.is_some() {
            return Err(Misfit::Verdict);
        }
        if decision.shadow {
            return Ok(());
        }
        let act = &decision.act;
        // Whoever may not speak for an agent can't fill its windows, nor begin its sessions.
        if decision
            .failure
            .as_ref()
            .is_some_and(|failure| failure.stage == Stage::Principal)
        {
            return Ok(());
        }
        if let Some(session) = &act.session {
            self.agents.sessions.entry(session.clone()).or_insert(time);
        }
        // Every attempt is counted, allowed or denied.
        for judged in &decision.claims {
            if let Some(key) = WindowKey::of(&judged.claim, act.session.as_deref()) {
                self.windows.count(key, &act.digest, time);
            }
            if let Claim::Drift(claim) = &judged.claim {
                self.drift.count(claim, time);
            }
        }
        self.attempted(sequence, time, decision)?;
        if !is_allowed {
            return match decision.approval_used {
                false => Ok(()),
                true => Err(Misfit::ApprovalNotGranted),
            };
        }
        let needs_approval = decision
            .claims
            .iter()
            .any(|judged| judged.claim == Claim::Approved);
        match (needs_approval, decision.approval_used, decision.approval) {
            (false, false, _) => {}
            (true, true, Some(approval)) => self.approvals.use_up(approval, &act.digest, time)?,
            _ => return Err(Misfit::ApprovalNotGranted),
        }
        for judged in &decision.claims {
            match (&judged.claim, judged.outcome) {
                (Claim::Overridden { number }, Outcome::Granted) => {
                    self.overrides.use_up(time, *number, &act.digest, &[])?;
                }
                (Claim::Gates { failed, number }, outcome) => {
                    let number = number.filter(|_| outcome == Outcome::Granted);
                    let number = number.ok_or(Misfit::Override)?;
                    self.overrides.use_up(time, number, &act.digest, failed)?;
                }
                _ => {}
            }
        }
        self.agents.sign(&act.agent, time);
        self.open
            .begin(sequence, time, decision, &mut self.accounts);
        Ok(())
    }

    fn completed(&mut self, time: u64, completion: &Completion) -> Result<(), Misfit> {
        let decision = completion.decision;
        if self
            .open
            .decisions
            .get(&decision)
            .is_none_or(|open| time < open.decided)
        {
            return Err(Misfit::NotOpen);
        }
        if completion.verdict != completion.judged().verdict() {
            return Err(Misfit::Verdict);
        }
        let failed = self.failed_attempt(time, decision, &completion.judged());
        if failed != completion.attempt {
            return Err(Misfit::Attempt);
        }
        self.attempt_completed(time, decision, failed);
        self.open
            .end(decision, Some(&completion.used), time, &mut self.accounts);
        Ok(())
    }

    /// What of a budget is used at a time, in the period that is then.
    pub fn used(&self, key: &AccountKey, time: u64) -> Use {
        let mut used = self.accounts.used(key, time);
        let (expired, void) = self.open.expired(key, time);
        used.posted = used.posted.saturating_add(expired);
        used.pending = used.pending.saturating_sub(expired).saturating_sub(void);
        used
    }
}
