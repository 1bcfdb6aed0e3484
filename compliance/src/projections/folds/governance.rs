//! What the daemon's own gate decided, and who stood in between: with no word of a client, and told apart from what clients
//! say that they did.

mod approvals;
mod claimed;
mod decisions;
mod measured;
mod people;
mod rows;
mod standing;
mod unread;

use serde::{Deserialize, Serialize};

use self::{
    approvals::Approvals,
    claimed::{Claimed, Verdicts},
    decisions::{Account, Completions, Decisions},
    people::{GovernedAgent, Person},
    standing::Standing,
    unread::NotReadable,
};
use super::operators::Operators;
use crate::{
    gate::{Entry, GATE, Governed, HaltOf},
    projections::{
        fold::Fold,
        measure::Measures,
        pieces::{Keyed, Timeline, absorb_fields, joined},
        record::Record,
        table::Table,
    },
};

/// The name under which everything is halted.
const EVERYTHING: &str = "everything";

/// See the module. All but `claimed` and `range` comes of the gate's records alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Governance {
    agents: Keyed<GovernedAgent>,
    approvals: Approvals,
    budgets: Keyed<Account>,
    claimed: Claimed,
    completions: Completions,
    decisions: Decisions,
    halts: Keyed<Standing>,
    operators: Operators,
    people: Keyed<Person>,
    range: Timeline,
    unread: NotReadable,
    verdicts: Verdicts,
}

absorb_fields!(Governance {
    agents,
    approvals,
    budgets,
    claimed,
    completions,
    decisions,
    halts,
    operators,
    people,
    range,
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
                    if let Some(agent) = self.agents.at(&decision.act.agent) {
                        agent.decided(decision, sequence);
                    }
                    decisions::accounts(&mut self.budgets, decision, sequence);
                }
            }
            Entry::Completion(completion) => self.completions.completed(completion, sequence),
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
            Entry::OverrideSigned { signer } => {
                self.person(signer, |person| person.signed.see(sequence));
            }
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
    const VERSION: u32 = 1;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        self.range.see(record.sequence(), record.time());
        self.claimed.see(record);
    }

    fn governed(&mut self, record: &Governed<'_>) {
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
    }

    fn tables(&self) -> Vec<Table> {
        self.rows()
    }
}
