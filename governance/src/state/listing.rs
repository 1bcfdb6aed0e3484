//! What the state holds, for whoever looks: approvals, halts, agents, accounts, decisions that are open.

use std::collections::BTreeMap;

use crate::{
    claim::{AccountKey, Unit},
    day::Period,
    digest::Digest,
    limits::STATE_AGENTS_MAX,
    policy::{PolicyKind, binding::Binding},
    record::{ApprovalOpened, HaltOf},
    state::{accounts::Use, approvals::ApprovalState, whole::State},
};

/// An approval, as it stands at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalView {
    /// The sequence number of the record that opened it.
    pub number: u64,
    /// What is to be granted.
    pub opened: ApprovalOpened,
    /// When it was opened, in nanoseconds since 1970 UTC.
    pub at: u64,
    /// Where it stands.
    pub state: ApprovalState,
    /// Who granted it so far.
    pub granted_by: Vec<String>,
    /// Who has taken it on, and until when, in nanoseconds since 1970 UTC.
    pub claimed: Option<(String, u64)>,
    /// Who passed it on, and to whom alone, if to anybody.
    pub escalated: Option<(String, Option<String>)>,
}

/// A halt that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaltView {
    /// What is halted.
    pub of: HaltOf,
    /// By whom.
    pub by: String,
    /// Since when, in nanoseconds since 1970 UTC.
    pub at: u64,
    /// How many people must say that it may go on.
    pub people: u8,
    /// Who said already that it may go on, where two people must.
    pub resumed_by: Option<String>,
}

/// An agent that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentView {
    /// Its name.
    pub agent: String,
    /// Who answers for it.
    pub operator: Option<String>,
    /// The principals that may speak for it, besides one of its own name.
    pub speakers: Vec<String>,
    /// Its last sign of life, in nanoseconds since 1970 UTC.
    pub sign: Option<u64>,
}

/// An account of a budget that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// Which.
    pub key: AccountKey,
    /// What of it is used, in the period that is now.
    pub used: Use,
    /// When what is used now no longer counts, in nanoseconds since 1970 UTC; none: never, or little by little.
    pub until: Option<u64>,
}

impl State {
    /// Approvals that are remembered, by number, from one on: all, or those that wait for an answer.
    pub fn approvals(
        &self,
        time: u64,
        from: u64,
        most: usize,
        only_pending: bool,
    ) -> Vec<ApprovalView> {
        let known = self.approvals.approvals.range(from..);
        let known = known.filter(|(_, approval)| {
            !only_pending || approval.state_at(time) == ApprovalState::Pending
        });
        let view = known.take(most).map(|(number, approval)| ApprovalView {
            number: *number,
            opened: approval.opened.clone(),
            at: approval.at,
            state: approval.state_at(time),
            granted_by: approval.granted_by.clone(),
            claimed: approval
                .claimed_at(time)
                .map(|claimed| (claimed.by.clone(), claimed.until)),
            escalated: approval
                .escalated
                .as_ref()
                .map(|escalated| (escalated.by.clone(), escalated.to.clone())),
        });
        view.collect()
    }

    /// The halts in force, at most so many.
    pub fn halts(&self, most: usize) -> Vec<HaltView> {
        let in_force = self.halts.halts.iter().take(most);
        let view = in_force.map(|(of, halt)| HaltView {
            of: of.clone(),
            by: halt.by.clone(),
            at: halt.at,
            people: halt.people,
            resumed_by: halt.resumed_by.clone(),
        });
        view.collect()
    }

    /// Agents by name, after one, at most so many.
    pub fn agents(&self, after: &str, most: usize) -> Vec<AgentView> {
        let known = self.agents.agents.iter();
        let view = known
            .filter(|(agent, _)| agent.as_str() > after)
            .map(|(agent, known)| AgentView {
                agent: agent.clone(),
                operator: known.operator.clone(),
                speakers: known.speakers.iter().cloned().collect(),
                sign: known.sign,
            });
        view.take(most).collect()
    }

    /// Who grants nothing to an agent: the agent itself, whoever answers for it, and those that speak for it. None: nobody
    /// answers for it, so nobody grants it anything.
    pub fn no_granters(&self, agent: &str) -> Option<Vec<String>> {
        self.agents.operator(agent)?;
        let names = self.agents.names(agent);
        Some(names.into_iter().map(str::to_owned).collect())
    }

    /// Accounts that are in use at a time, in their order, after one.
    pub fn accounts(&self, time: u64, after: Option<&AccountKey>, most: usize) -> Vec<AccountView> {
        let in_use = self.accounts.keys_after(after).take(most);
        let view = in_use.map(|key| AccountView {
            key: key.clone(),
            used: self.used(key, time),
            until: key.period.ends(time),
        });
        view.collect()
    }

    /// Whether anything of a budget is in use, for whomever.
    pub fn is_budget_used(&self, budget: &str, unit: Unit, period: Period) -> bool {
        let mut keys = self.accounts.keys();
        keys.any(|key| key.budget == budget && key.unit == unit && key.period == period)
    }
}

impl State {
    /// The policies that are registered, by their digests, and the kind of each.
    pub fn policies(&self) -> &BTreeMap<Digest, PolicyKind> {
        &self.registry.policies
    }

    /// The bindings in force, each with the sequence number of its record.
    pub fn bindings(&self) -> impl Iterator<Item = (u64, &Binding)> {
        let bindings = self.registry.bindings.values();
        bindings.map(|standing| (standing.sequence, &standing.binding))
    }

    /// Whether a principal may speak for an agent.
    pub fn may_speak(&self, agent: &str, principal: &str) -> bool {
        self.agents.may_speak(agent, principal)
    }

    /// The agent of a decision that is open.
    pub fn agent_of(&self, decision: u64) -> Option<&str> {
        let open = self.open.decisions.get(&decision)?;
        Some(&open.agent)
    }

    /// How many people must resume something; 0 if it is not halted.
    pub fn people_to_resume(&self, of: &HaltOf) -> u8 {
        self.halts.halts.get(of).map_or(0, |halt| halt.people)
    }

    /// Whether something is halted by one of these, and not since earlier.
    pub fn is_halted_since(&self, of: &HaltOf, by: &[String], since: u64) -> bool {
        let halt = self.halts.halts.get(of);
        halt.is_some_and(|halt| by.contains(&halt.by) && halt.at >= since)
    }

    /// Whether a halt takes another person beside the next who resumes it.
    pub fn waits_for_second(&self, of: &HaltOf) -> bool {
        let halt = self.halts.halts.get(of);
        halt.is_some_and(|halt| halt.people > 1 && halt.resumed_by.is_none())
    }

    /// Whether an agent is known, or one more may be.
    pub fn has_room_for(&self, agent: &str) -> bool {
        let known = &self.agents.agents;
        known.contains_key(agent) || known.len() < STATE_AGENTS_MAX
    }
}
