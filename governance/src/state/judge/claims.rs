//! What the state says of one claim.

use crate::{
    claim::{Claim, LoopAction, Of, Reserve, Unit},
    day::{Day, SECOND_NS},
    limits::{STATE_ACCOUNTS_MAX, STATE_WINDOWS_MAX},
    money::NanoUsd,
    record::{HaltOf, Outcome},
    state::{
        judge::{
            Judge,
            finding::{Finding, holds, refuses},
        },
        refusal::code,
        windows::WindowKey,
    },
};

impl Judge<'_> {
    pub(super) fn look(&self, claim: &Claim) -> Finding {
        let (state, act, now) = (self.state, &self.proposal.act, self.time);
        match claim {
            Claim::MaySpeak if state.agents.may_speak(&act.agent, &act.principal) => holds(None),
            Claim::MaySpeak => refuses(
                code::NOT_THE_AGENT,
                format!(
                    "{} may not speak for the agent {}; declare it as one of the agent's speakers",
                    act.principal, act.agent
                ),
            ),
            Claim::NotHalted => match state.halts.of(&act.agent, act.session.as_deref()) {
                None => holds(None),
                Some(HaltOf::Everything) => refuses(
                    code::HALTED,
                    "everything is halted until a person resumes it",
                ),
                Some(HaltOf::Agent(agent)) => refuses(
                    code::HALTED,
                    format!("the agent {agent} is halted until a person resumes it"),
                ),
                Some(HaltOf::Session(session)) => refuses(
                    code::HALTED,
                    format!("the session {session} is halted until a person resumes it"),
                ),
            },
            Claim::Present { within_seconds } => self.present(*within_seconds),
            Claim::Bound { binding } => match state.registry.of_act(act) {
                Some(standing) if standing.sequence == *binding => holds(None),
                Some(_) => refuses(
                    code::POLICY_CHANGED,
                    "another binding is in force than the request was held against; ask again",
                ),
                None => refuses(code::NO_BINDING, "no binding governs this request any more"),
            },
            Claim::InDate { from, to } => {
                let today = Day::of(now);
                match (from, to) {
                    (Some(from), _) if today < *from => refuses(
                        code::NOT_IN_DATE,
                        format!("the policy comes into force on {from}; today is {today} (UTC)"),
                    ),
                    (_, Some(to)) if *to < today => refuses(
                        code::NOT_IN_DATE,
                        format!("the policy expired after {to}; today is {today} (UTC)"),
                    ),
                    _ => holds(None),
                }
            }
            Claim::Calls(_) | Claim::Cycle(_) | Claim::Rate { .. } => self.window(claim),
            Claim::Retry { first } => {
                let same = act.retried_digest(&self.proposal.policies);
                match state.retries.look(now, *first, &same) {
                    Ok(attempts) => holds(Some(attempts)),
                    Err((code, message)) => refuses(code, message),
                }
            }
            Claim::Approved => self.approved(),
            Claim::Overridden { number } => {
                match state.check_override_use(now, *number, &act.digest) {
                    Ok(()) => holds(None),
                    Err(refusal) => refuses(code::OVERRIDE, refusal.to_string()),
                }
            }
            Claim::Gates { failed, number } => self.gates(failed, *number),
            Claim::Drift(claim) => self.drifting(claim),
            Claim::SessionSeconds { max } => self.session(*max),
            Claim::Reserve(reserve) => self.reserve(reserve),
        }
    }

    fn present(&self, within_seconds: u64) -> Finding {
        let agent = &self.proposal.act.agent;
        match self.state.agents.silent_seconds(agent, self.time) {
            Some(silent) if silent <= within_seconds => holds(Some(silent)),
            silent => Finding {
                found: silent,
                ..refuses(
                    code::UNRESPONSIVE,
                    format!(
                        "the agent {agent} gave no sign of life within {within_seconds} s; send one and ask again"
                    ),
                )
            },
        }
    }

    fn window(&self, claim: &Claim) -> Finding {
        let (windows, now, act) = (&self.state.windows, self.time, &self.proposal.act);
        let Some(key) = WindowKey::of(claim, act.session.as_deref()) else {
            return refuses(
                code::LOOP,
                "the policy looks for cycles of a session, and the request has none",
            );
        };
        if !windows.has(&key) && windows.len() >= STATE_WINDOWS_MAX {
            let message =
                "the ledger has as many windows of calls as its state may hold; use another ledger";
            return refuses(code::STATE_FULL, message);
        }
        let (found, max, action, what) = match claim {
            Claim::Calls(calls) => {
                let found = windows.calls(&key, now);
                let what = format!(
                    "{} calls of {} within {} s",
                    found + 1,
                    named(&calls.of),
                    calls.window_seconds
                );
                (found, u64::from(calls.max_calls), calls.action, what)
            }
            Claim::Cycle(cycle) => {
                // Turns are counted with this act; what was found before is one less.
                let found = windows.turns(&key, &act.digest, now) - 1;
                let what = format!(
                    "the session goes round for the {}th time within {} s",
                    found + 1,
                    cycle.window_seconds
                );
                (found, u64::from(cycle.max_turns), cycle.action, what)
            }
            Claim::Rate { of, per_minute } => {
                let found = windows.minute(&key, now);
                let what = format!("{} decisions of {} within a minute", found + 1, named(of));
                (found, u64::from(*per_minute), LoopAction::Deny, what)
            }
            _ => return holds(None),
        };
        if found < max {
            return holds(Some(found));
        }
        let is_rate = matches!(claim, Claim::Rate { .. });
        Finding {
            found: Some(found),
            refusal: Some((
                if is_rate { code::RATE } else { code::LOOP },
                format!("{what}; {max} are allowed"),
            )),
            action,
            retry_at: is_rate
                .then(|| windows.minute_has_room(&key, now))
                .flatten(),
        }
    }

    fn approved(&self) -> Finding {
        let (state, now, act) = (self.state, self.time, &self.proposal.act);
        let Some(obstacle) = state
            .approvals
            .obstacle(self.proposal.approval, &act.digest, now)
        else {
            return holds(None);
        };
        let asks = matches!(obstacle, code::APPROVAL_NEEDED | code::APPROVAL_PENDING);
        let is_open = state.approval_for(now, act).is_some();
        if asks && !is_open && !state.may_open(&act.agent, now) {
            let message = format!(
                "too many approvals of the agent {} are open; have some of them answered",
                act.agent
            );
            return refuses(code::APPROVALS_OPEN, message);
        }
        let message = match obstacle {
            code::APPROVAL_NEEDED => "a human must grant this act",
            code::APPROVAL_PENDING => "the approval is not granted yet",
            code::APPROVAL_UNKNOWN => {
                "there is no such approval, or it expired more than a day ago"
            }
            code::APPROVAL_STALE => {
                "the approval is for another act: the arguments, the agent or the policy changed since; ask anew"
            }
            code::APPROVAL_USED => "the approval is used up; each is for one decision",
            code::APPROVAL_DENIED => "the approval was denied",
            _ => "the approval has expired; ask anew",
        };
        Finding {
            action: if asks {
                LoopAction::Escalate
            } else {
                LoopAction::Deny
            },
            ..refuses(obstacle, message)
        }
    }

    fn session(&self, max: u64) -> Finding {
        let session = self.proposal.act.session.as_ref();
        let first = session.and_then(|session| self.state.agents.sessions.get(session));
        let Some(first) = first else {
            return holds(Some(0));
        };
        let age = self.time.saturating_sub(*first);
        match age > max.saturating_mul(SECOND_NS) {
            false => holds(Some(age / SECOND_NS)),
            true => Finding {
                found: Some(age / SECOND_NS),
                ..refuses(
                    code::SESSION_TOO_OLD,
                    format!(
                        "the session began {} s ago, {max} s are allowed; begin another",
                        age / SECOND_NS
                    ),
                )
            },
        }
    }

    fn reserve(&self, reserve: &Reserve) -> Finding {
        let (state, now, key) = (self.state, self.time, &reserve.account);
        if !state.accounts.has(key) && state.accounts.len() >= STATE_ACCOUNTS_MAX {
            let message =
                "the ledger has as many accounts as its state may hold; use another ledger";
            return refuses(code::STATE_FULL, message);
        }
        let used = state.accounts.used(key, now);
        // What has expired since the last record is posted or given back, though nothing recorded it.
        let (expired, void) = state.open.expired(key, now);
        let posted = used.posted.saturating_add(expired);
        let pending = used.pending.saturating_sub(expired).saturating_sub(void);
        let before = self.judged.iter().map(|judged| match &judged.claim {
            Claim::Reserve(other)
                if other.account == *key && judged.outcome == Outcome::Granted =>
            {
                other.amount
            }
            _ => 0,
        });
        let pending = before.fold(pending, u64::saturating_add);
        let total = posted.saturating_add(pending);
        // The sum is made where it can't go round.
        let fits =
            |used: u64| u128::from(used) + u128::from(reserve.amount) <= u128::from(reserve.cap);
        if fits(total) {
            return holds(Some(total));
        }
        let is_spent = !fits(posted);
        let amounts = [total, reserve.cap, reserve.amount].map(|amount| shown(amount, key.unit));
        let [used, cap, amount] = amounts;
        let what = format!(
            "budget {} of {}: {used} of {cap} are used or set aside, {amount} more are asked for",
            key.budget,
            named(&key.of)
        );
        let (code, retry_at) = match is_spent {
            true => (code::BUDGET_SPENT, key.period.turns(now)),
            false => (code::BUDGET_RESERVED, state.open.next_expiry(key, now)),
        };
        Finding {
            found: Some(total),
            retry_at,
            ..refuses(code, what)
        }
    }
}

fn shown(amount: u64, unit: Unit) -> String {
    match unit {
        Unit::NanoUsd => NanoUsd::from_nano(amount).to_string(),
        Unit::Tokens => format!("{amount} tokens"),
        Unit::Requests => format!("{amount} requests"),
    }
}

/// Whom something counts for, in words.
fn named(of: &Of) -> String {
    match of {
        Of::Agent(name) => format!("the agent {name}"),
        Of::Session(name) => format!("the session {name}"),
        Of::Principal(name) => format!("the principal {name}"),
        Of::Model(name) => format!("the model {name}"),
        Of::Tool(name) => format!("the tool {name}"),
        Of::SessionTool(session, tool) => format!("the tool {tool} in the session {session}"),
        Of::AgentTool(agent, tool) => format!("the tool {tool} by the agent {agent}"),
        Of::Act(agent, _) => format!("this act of the agent {agent}"),
        Of::Label(label, value) => format!("the label {label} {value}"),
    }
}
