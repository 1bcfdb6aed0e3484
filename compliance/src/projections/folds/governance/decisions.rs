//! What the gate decided, what came of it, and what budgets had.

use serde::{Deserialize, Serialize};

use crate::{
    gate::{self, Claim, Completion, Decision, Names, Outcome, Period, Verdict},
    projections::pieces::{Counted, Keyed, Last, SUM_MAX, Sum, absorb_fields, joined},
    time::Day,
};

/// Decisions that are no shadows, and those of them that let the act through.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) all: Counted,
    pub(super) allowed: Counted,
    pub(super) escalated: Counted,
}

absorb_fields!(Tally {
    all,
    allowed,
    escalated
});

impl Tally {
    fn see(&mut self, verdict: Verdict, sequence: u64) {
        self.all.see(sequence);
        match verdict {
            Verdict::Allow | Verdict::Warn => self.allowed.see(sequence),
            Verdict::Escalate => self.escalated.see(sequence),
            Verdict::Deny => {}
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Decisions {
    pub(super) acts: Keyed<Tally>,
    pub(super) allowed: Counted,
    pub(super) approval_used: Counted,
    pub(super) days: Keyed<Tally>,
    pub(super) denied: Counted,
    pub(super) denied_budgets: Counted,
    pub(super) denied_halt: Counted,
    pub(super) denied_loops: Counted,
    pub(super) denied_scope: Counted,
    pub(super) escalated: Counted,
    pub(super) halted: Counted,
    pub(super) halted_by_gate: Counted,
    pub(super) halted_by_people: Counted,
    /// Asked in the name of an agent by somebody who may not speak for it.
    pub(super) not_the_agent: Counted,
    /// Overrides that somebody said no to.
    pub(super) overrides_rejected: Counted,
    /// Signatures under overrides.
    pub(super) overrides_signed: Counted,
    pub(super) policies: Keyed<Tally>,
    pub(super) reasons: Keyed<Counted>,
    pub(super) recorded: Counted,
    pub(super) resumed: Counted,
    pub(super) shadow: Counted,
    pub(super) warned: Counted,
    pub(super) with_policy: Counted,
    pub(super) without_policy: Counted,
}

absorb_fields!(Decisions {
    acts,
    allowed,
    approval_used,
    days,
    denied,
    denied_budgets,
    denied_halt,
    denied_loops,
    denied_scope,
    escalated,
    halted,
    halted_by_gate,
    halted_by_people,
    not_the_agent,
    overrides_rejected,
    overrides_signed,
    policies,
    reasons,
    recorded,
    resumed,
    shadow,
    warned,
    with_policy,
    without_policy
});

impl Decisions {
    /// How many acts of this kind were allowed; none if there are too many names of acts.
    pub(super) fn allowed_of(&self, kind: &str) -> Option<u64> {
        let kind = joined(&[kind, ""]);
        let acts = self.acts.all()?.filter(|(act, _)| act.starts_with(&*kind));
        Some(acts.map(|(_, tally)| tally.allowed.count()).sum())
    }

    /// Takes in a decision. One of a shadow decides nothing, and counts as one of a shadow alone.
    pub(super) fn see(&mut self, decision: &Decision, sequence: u64, time: u64) {
        if decision.shadow {
            self.shadow.see(sequence);
            return;
        }
        self.recorded.see(sequence);
        match decision.verdict {
            Verdict::Allow => self.allowed.see(sequence),
            Verdict::Warn => {
                self.allowed.see(sequence);
                self.warned.see(sequence);
            }
            Verdict::Escalate => self.escalated.see(sequence),
            Verdict::Deny => self.denied.see(sequence),
        }
        if decision.approval_used {
            self.approval_used.see(sequence);
        }
        match decision.policies.is_empty() {
            true => self.without_policy.see(sequence),
            false => self.with_policy.see(sequence),
        }
        if decision.is_by_another() {
            self.not_the_agent.see(sequence);
        }
        self.failed(decision, sequence);
        let tally = |map: &mut Keyed<Tally>, key: &str| {
            if let Some(tally) = map.at(key) {
                tally.see(decision.verdict, sequence);
            }
        };
        let act = joined(&[&decision.act.kind, &decision.act.name]);
        tally(&mut self.acts, &act);
        tally(&mut self.days, Day::of(time).as_str());
        for policy in &decision.policies {
            tally(&mut self.policies, policy);
        }
    }

    fn failed(&mut self, decision: &Decision, sequence: u64) {
        let Some(failure) = &decision.failure else {
            return;
        };
        if let Some(reason) = self.reasons.at(&joined(&[&failure.stage, &failure.code])) {
            reason.see(sequence);
        }
        let counted = match failure.stage.as_str() {
            "budgets" => &mut self.denied_budgets,
            "halt" => &mut self.denied_halt,
            "loops" => &mut self.denied_loops,
            "scope" => &mut self.denied_scope,
            _ => return,
        };
        if decision.verdict == Verdict::Deny {
            counted.see(sequence);
        }
    }
}

/// What came of acts that were allowed. Money is in billionths of a dollar.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Completions {
    pub(super) late: Counted,
    pub(super) nano_usd: Sum,
    pub(super) overruns: Counted,
    pub(super) recorded: Counted,
    pub(super) released: Counted,
    pub(super) tokens: Sum,
}

absorb_fields!(Completions {
    late,
    nano_usd,
    overruns,
    recorded,
    released,
    tokens
});

impl Completions {
    pub(super) fn completed(&mut self, completion: &Completion, sequence: u64) {
        self.recorded.see(sequence);
        if completion.late {
            self.late.see(sequence);
        }
        if completion.overrun {
            self.overruns.see(sequence);
        }
        self.tokens.add(completion.used.tokens.unwrap_or_default());
        self.nano_usd.add(completion.used.cost.unwrap_or_default());
    }

    pub(super) fn released(&mut self, sequence: u64) {
        self.released.see(sequence);
    }
}

/// What decisions say of a budget.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    /// What it may be, as the last decision says.
    pub(super) cap: Last<u64>,
    pub(super) granted: Counted,
    pub(super) refused: Counted,
    /// What was used or set aside after the last decision that says so.
    pub(super) used: Last<u64>,
}

absorb_fields!(Account {
    cap,
    granted,
    refused,
    used
});

/// Takes in what a decision says of budgets.
pub(super) fn accounts(budgets: &mut Keyed<Account>, decision: &Decision, sequence: u64) {
    for judged in &decision.claims {
        let Claim::Budget { reserve } = &judged.claim else {
            continue;
        };
        let is_judged = matches!(judged.outcome, Outcome::Granted | Outcome::Refused);
        if let Some(account) = budgets.at(&key_of(&reserve.account)).filter(|_| is_judged) {
            account.cap = Last(Some(reserve.cap.min(SUM_MAX)));
            match judged.outcome {
                Outcome::Refused => account.refused.see(sequence),
                _ => account.granted.see(sequence),
            }
            if let Some(used) = judged.left.or(judged.found) {
                account.used = Last(Some(used.min(SUM_MAX)));
            }
        }
    }
}

/// The parts of an account's name: the budget, for whom it counts, for how long, and in what.
fn key_of(account: &gate::Account) -> String {
    let (kind, of) = account.of.first_key_value().map_or_else(
        || (String::new(), String::new()),
        |(kind, names)| match names {
            Names::One(name) => (kind.clone(), name.clone()),
            Names::Several(names) => (kind.clone(), names.join(" ")),
        },
    );
    let period = match account.period {
        Period::Hour => "hour".to_owned(),
        Period::Day => "day".to_owned(),
        Period::Week => "week".to_owned(),
        Period::Month => "month".to_owned(),
        Period::Session => "session".to_owned(),
        Period::Rolling { seconds } => format!("{seconds} s"),
    };
    joined(&[&account.budget, &kind, &of, &period, &account.unit])
}
