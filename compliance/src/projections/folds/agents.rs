//! Agents: declared and seen, halted and resumed, and what they did while halted.

mod answering;
mod order;
mod orders;
mod roles;
mod rows;
mod seen;
mod standing;

use serde::{Deserialize, Serialize};

use super::operators::AGENTS_NAMED_BY;
use crate::{
    conventions::{
        AgentDeclared, AgentHalted, AgentPresent, AgentResumed, ApprovalRequested, BudgetUsed,
        Decision, Known, Performance, Principal, ToolCall, ToolResult, Violation,
    },
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Counted, Few, Hash16, Hashed, Keyed, Timeline, absorb_fields},
        record::Record,
        table::Table,
    },
};
use order::{Order, is_own};
use standing::Standings;

/// Names of those who halted agents.
const HALTERS_MAX: usize = 1 << 17;
/// Operators of one agent that are kept.
const OPERATORS_MAX: usize = 16;
/// The types of what agents do.
const ACTS: [&str; 6] = [
    Decision::TYPE,
    ToolCall::TYPE,
    Performance::TYPE,
    BudgetUsed::TYPE,
    ApprovalRequested::TYPE,
    AgentPresent::TYPE,
];
/// The types of what shows that an agent is there.
const SIGNS: [&str; 7] = [
    Decision::TYPE,
    ToolCall::TYPE,
    Performance::TYPE,
    BudgetUsed::TYPE,
    ApprovalRequested::TYPE,
    AgentPresent::TYPE,
    Violation::TYPE,
];
/// The types of what is said about agents.
const ABOUT: [&str; 4] = [
    AgentDeclared::TYPE,
    AgentPresent::TYPE,
    AgentHalted::TYPE,
    AgentResumed::TYPE,
];

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Agents {
    acts: Counted,
    acts_not_readable: Counted,
    acts_without_agent: Counted,
    agents: Keyed<Agent>,
    declarations_not_readable: Counted,
    /// Halts by a human who is not the agent itself, by the hash of the human's name.
    halters: Hashed<Counted, HALTERS_MAX>,
    halts_not_readable: Counted,
    /// Events that say of a name that it is an agent's: not that it is present.
    naming_not_readable: Counted,
    not_readable: Counted,
    range: Timeline,
    resumes_not_readable: Counted,
    /// Events of what others than agents do, which an agent may have done all the same.
    roles_not_readable: Counted,
    /// Events that may show that an agent is there, by what they are or by the name that they say is an agent's.
    shows_not_readable: Counted,
    /// Events by which an agent may be seen: acts, and violations of limits.
    signs_not_readable: Counted,
    standings: Standings,
}

absorb_fields!(Agents {
    acts,
    acts_not_readable,
    acts_without_agent,
    declarations_not_readable,
    halters,
    halts_not_readable,
    naming_not_readable,
    not_readable,
    range,
    agents,
    resumes_not_readable,
    roles_not_readable,
    shows_not_readable,
    signs_not_readable,
    standings
});

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Agent {
    acts: Counted,
    declared: Counted,
    halts: Counted,
    /// Those by a human who is not the agent itself, by what is said.
    halts_by_human: Counted,
    operator_named: bool,
    operators: Few<Hash16, OPERATORS_MAX>,
    /// The last halt, or resumption on a human's word.
    order: Option<Order>,
    /// Signs of presence: that it says so, or acts.
    presence: Timeline,
    /// Whether it says itself that it is there.
    present: bool,
    /// Ends of halts on a human's word.
    resumed_by_human: Counted,
    /// The end of a halt on a human's word that is the first order of the range: an earlier range decides whether there
    /// was one to end.
    resumed_early: Counted,
    resumed_without_human: Counted,
}

impl Agent {
    fn is_declared(&self) -> bool {
        self.declared.count() > 0
    }

    /// The first record that declares it.
    fn first_declared(&self) -> Option<u64> {
        self.declared.records().first().copied()
    }

    /// Whether an event about agents names it as one; an act alone may name anybody.
    fn is_known(&self) -> bool {
        let ordered = self.order.is_some() || self.resumed_without_human.count() > 0;
        self.is_declared() || ordered || self.present
    }
}

impl Agents {
    fn gathered(&self, of: impl Fn(&Agent) -> &Counted) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        self.agents
            .all()?
            .for_each(|(_, agent)| gathered.take_in(of(agent)));
        Some(gathered)
    }
}

impl Agents {
    fn act(&mut self, known: &Known<'_>, record: &Record<'_>) {
        let sequence = record.sequence();
        self.acts.see(sequence);
        let actor = record.actor();
        let named = match known {
            Known::AgentPresent(event) => Some(event.agent),
            known => known.acting_agent(),
        };
        // Whoever was kept from something tried it, and did not do it.
        let is_refused =
            matches!(known, Known::ToolCall(call) if call.result == ToolResult::Refused);
        if !is_refused {
            self.standings.act(named, actor, record);
        }
        match named {
            Some(name) => {
                if let Some(agent) = self.agents.at(name) {
                    agent.present |= matches!(known, Known::AgentPresent(_));
                    agent.presence.see(sequence, record.time());
                    agent.acts.see(sequence);
                }
            }
            None => self.acts_without_agent.see(sequence),
        }
    }

    fn about(&mut self, known: &Known<'_>, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        match known {
            Known::AgentDeclared(event) => {
                if let Some(agent) = self.agents.at(event.agent) {
                    agent.declared.see(sequence);
                    agent.operator_named |= event.operator.is_some();
                    if let Some(operator) = event.operator {
                        agent.operators.see(Hash16::of(operator));
                    }
                }
            }
            Known::AgentPresent(event) => {
                if let Some(agent) = self.agents.at(event.agent) {
                    agent.present = true;
                    agent.presence.see(sequence, time);
                }
            }
            Known::AgentHalted(event) => {
                if let Some(agent) = self.agents.at(event.agent) {
                    agent.halts.see(sequence);
                    agent.order(true, record);
                }
                self.standings.order(event.agent, true);
                if event.by_kind == Principal::Human
                    && !is_own(event.by, event.agent, record)
                    && let Some(halter) = self.halters.at(Hash16::of(event.by))
                {
                    halter.see(sequence);
                    if let Some(agent) = self.agents.at(event.agent) {
                        agent.halts_by_human.see(sequence);
                    }
                }
            }
            Known::AgentResumed(event) => {
                if let Some(agent) = self.agents.at(event.agent)
                    && agent.resume(event, record)
                {
                    self.standings.order(event.agent, false);
                }
            }
            Known::Violation(event) => {
                if let Some(agent) = event.agent.and_then(|agent| self.agents.at(agent)) {
                    agent.presence.see(sequence, time);
                }
            }
            _ => {}
        }
    }
}

impl Agents {
    /// Puts who is halted at the end, and how long agents were silent.
    fn standing(&self, measures: &mut Measures) {
        measures
            .names("agents.halted_at_end", &self.agents, Agent::is_halted)
            .of(self.agents.count().unwrap_or_default())
            .unread(
                Unread::once(self.halts_not_readable.count())
                    .over(self.resumes_not_readable.count())
                    .before(self.begins_late()),
            );
        let longest = self.agents.all().and_then(|all| {
            all.filter_map(|(_, agent)| agent.presence.silence())
                .max_by_key(|silence| (silence.length, std::cmp::Reverse(silence.ended_by)))
        });
        let records: Vec<u64> = longest.iter().map(|silence| silence.ended_by).collect();
        let length = longest.map(|silence| silence.length.0);
        let nothing = "no client's events name an agent twice";
        measures
            .span("agents.longest_silence", length, &records, nothing)
            .unread(Unread::once(self.signs_not_readable.count()));
    }
}

impl Fold for Agents {
    const NAME: &'static str = "agents";
    const VERSION: u32 = 5;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.range.see(sequence, time);
        let Some(known) = record.known() else {
            for (types, counted) in [
                (&ABOUT[..], &mut self.not_readable),
                (&AGENTS_NAMED_BY, &mut self.naming_not_readable),
                (&[AgentDeclared::TYPE], &mut self.declarations_not_readable),
                (&[AgentHalted::TYPE], &mut self.halts_not_readable),
                (&[AgentResumed::TYPE], &mut self.resumes_not_readable),
                (&ACTS, &mut self.acts_not_readable),
                (&SIGNS, &mut self.signs_not_readable),
                (&roles::TYPES, &mut self.roles_not_readable),
            ] {
                if record.may_be_any(types) {
                    counted.see(sequence);
                }
            }
            if record.may_be_any(&SIGNS) || record.may_be_any(&AGENTS_NAMED_BY) {
                self.shows_not_readable.see(sequence);
            }
            return;
        };
        if known.is_act() {
            self.act(known, record);
        } else {
            self.about(known, record);
            roles::see(known, record, &mut self.standings);
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("agents.not_readable", &self.not_readable);
        self.seen(measures);
        self.resumed(measures);
        self.by_whom(measures);
        self.acts(measures);
        self.standing(measures);
    }

    fn tables(&self) -> Vec<Table> {
        self.rows()
    }
}
