//! What the daemon's own gate decided, and who stood in between: with no word of a client, and told apart from what clients
//! say that they did.

mod approvals;
mod claimed;
mod days;
mod decisions;
mod kept;
mod measured;
mod people;
mod rows;
mod spent;
mod standing;
mod unread;

use serde::{Deserialize, Serialize};

use self::{
    approvals::Approvals,
    claimed::{Claimed, Verdicts},
    decisions::{Account, Completions, Decisions},
    kept::Kept,
    people::{GovernedAgent, Person},
    spent::Spent,
    standing::Standing,
    unread::NotReadable,
};
use super::operators::Operators;
use crate::{
    gate::{Decision, Entry, GATE, GateKind, Governed, HaltOf},
    projections::{
        fold::Fold,
        measure::Measures,
        pieces::{Counted, Keyed, Recurring, Sign, Timeline, absorb_fields, joined},
        record::Record,
        table::Table,
    },
};

/// The name under which everything is halted.
const EVERYTHING: &str = "everything";

/// See the module. All but `claimed` and `range` comes of the gate's records alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Governance {
    /// Decisions, again and again.
    again: Recurring,
    agents: Keyed<GovernedAgent>,
    approvals: Approvals,
    budgets: Keyed<Account>,
    claimed: Claimed,
    completions: Completions,
    decisions: Decisions,
    declarations: Counted,
    halts: Keyed<Standing>,
    kept: Kept,
    operators: Operators,
    people: Keyed<Person>,
    range: Timeline,
    spent: Spent,
    unread: NotReadable,
    verdicts: Verdicts,
}

absorb_fields!(Governance {
    again,
    agents,
    approvals,
    budgets,
    claimed,
    completions,
    decisions,
    declarations,
    halts,
    kept,
    operators,
    people,
    range,
    spent,
    unread,
    verdicts
});

impl Governance {
    /// Whether the range begins after record 0.
    fn begins_late(&self) -> bool {
        self.range.first().is_some_and(|(first, _)| first > 0)
    }

    fn entry(&mut self, entry: &Entry, record: &Governed<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        match entry {
            Entry::Decision(decision) => {
                self.verdicts.decided(sequence, decision);
                self.decisions.see(decision, sequence, time);
                if !decision.shadow {
                    self.decided(decision, sequence);
                }
            }
            Entry::Completion(completion) => {
                self.completions.completed(completion, sequence);
                self.spent.completed(completion);
            }
            Entry::Released { .. } => self.completions.released(sequence),
            Entry::ApprovalOpened(opened) => self.approvals.opened(opened, sequence, time),
            Entry::ApprovalAnswered {
                approval,
                by,
                granted,
            } => {
                self.approvals
                    .answered(*approval, by, *granted, sequence, time);
                self.person(by, |person| match granted {
                    true => person.granted.see(sequence),
                    false => person.denied.see(sequence),
                });
            }
            Entry::ApprovalExpired { approval } => self.approvals.expired(*approval, sequence),
            Entry::Agent(declared) => {
                self.declarations.see(sequence);
                self.operators
                    .see(&declared.agent, declared.operator.as_deref());
                if let Some(agent) = self.agents.at(&declared.agent) {
                    agent.declared(declared, sequence);
                }
            }
            Entry::Halted { of, by, people } => {
                self.halted(of, sequence, *people);
                if by == GATE {
                    self.decisions.halted_by_gate.see(sequence);
                } else {
                    self.decisions.halted_by_people.see(sequence);
                    self.person(by, |person| person.halted.see(sequence));
                }
            }
            Entry::Succeeded { people } => self.halted(&HaltOf::Everything, sequence, *people),
            Entry::Resumed { of, by } => {
                if let Some(standing) = self.halts.at(&name_of(of)) {
                    standing.resumed();
                }
                self.decisions.resumed.see(sequence);
                self.person(by, |person| person.resumed.see(sequence));
            }
            Entry::OverrideRejected { by } => {
                self.decisions.overrides_rejected.see(sequence);
                self.person(by, |person| person.denied.see(sequence));
            }
            Entry::OverrideSigned { signer } => {
                self.decisions.overrides_signed.see(sequence);
                self.person(signer, |person| person.signed.see(sequence));
            }
        }
    }

    /// A decision that is no shadow. What was asked in the name of an agent by somebody who may not speak for it is nothing
    /// that the agent did, and shows no agent.
    fn decided(&mut self, decision: &Decision, sequence: u64) {
        if !decision.is_by_another()
            && let Some(agent) = self.agents.at(&decision.act.agent)
        {
            agent.decided(decision, sequence);
        }
        decisions::accounts(&mut self.budgets, decision, sequence);
        self.spent.decided(decision, sequence);
    }

    /// What a record is to those who ask whether the gate decides again and again.
    fn sign_of(record: &Governed<'_>) -> Sign {
        match &record.entry {
            Some(Entry::Decision(decision)) if !decision.shadow => Sign::Certain,
            None if record.may_be(GateKind::Decision) => Sign::Perhaps,
            _ => Sign::None,
        }
    }

    fn person(&mut self, name: &str, act: impl FnOnce(&mut Person)) {
        if let Some(person) = self.people.at(name) {
            act(person);
        }
    }

    fn halted(&mut self, of: &HaltOf, sequence: u64, people: u64) {
        self.decisions.halted.see(sequence);
        if let Some(standing) = self.halts.at(&name_of(of)) {
            standing.halted(sequence, people);
        }
    }
}

fn name_of(of: &HaltOf) -> String {
    match of {
        HaltOf::Everything => joined(&[EVERYTHING, ""]),
        HaltOf::Agent(agent) => joined(&["agent", agent]),
        HaltOf::Session(session) => joined(&["session", session]),
    }
}

impl Fold for Governance {
    const NAME: &'static str = "governance";
    const VERSION: u32 = 3;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        self.range.see(record.sequence(), record.time());
        self.again.extend(record.time());
        self.claimed.see(record);
    }

    fn reach(&mut self, time: u64) {
        self.range.reach(time);
        self.again.reach(time);
    }

    fn governed(&mut self, record: &Governed<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.again.see_sign(sequence, time, Self::sign_of(record));
        self.kept.see(record);
        match &record.entry {
            Some(entry) => self.entry(entry, record),
            None => {
                self.unread.see(record);
                self.verdicts.closed(record);
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        self.of_decisions(measures);
        self.of_approvals(measures);
        self.of_people(measures);
        self.of_halts(measures);
        self.of_claims(measures);
        self.of_days(measures);
    }

    fn tables(&self) -> Vec<Table> {
        self.rows()
    }
}
