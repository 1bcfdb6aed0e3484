//! Agents: declared and seen, halted and resumed, and what they did while halted.

mod answering;
mod rows;
mod standing;

use serde::{Deserialize, Serialize};

use super::operators::AGENTS_NAMED_BY;
use crate::{
    conventions::{
        AgentDeclared, AgentHalted, AgentPresent, AgentResumed, ApprovalRequested, BudgetUsed,
        Decision, Known, Performance, Principal, ToolCall, ToolResult,
    },
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Absorb, Counted, Few, Hash16, Hashed, Keyed, Nanos, Timeline, absorb_fields},
        record::Record,
        table::Table,
    },
};
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
    standings
});

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Agent {
    acts: Counted,
    declared: Counted,
    halts: Counted,
    operator_named: bool,
    operators: Few<Hash16, OPERATORS_MAX>,
    /// The last halt, or resumption on a human's word.
    order: Option<Order>,
    /// Signs of presence: that it says so, or acts.
    presence: Timeline,
    resumed_without_human: Counted,
    resumes: Counted,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    halted: bool,
    sequence: u64,
    time: Nanos,
}

impl Absorb for Agent {
    fn absorb(&mut self, later: Self) {
        self.order = later.order.or(self.order);
        self.operators.absorb(later.operators);
        self.declared.absorb(later.declared);
        self.operator_named |= later.operator_named;
        self.presence.absorb(later.presence);
        self.acts.absorb(later.acts);
        self.halts.absorb(later.halts);
        self.resumes.absorb(later.resumes);
        self.resumed_without_human
            .absorb(later.resumed_without_human);
    }
}

impl Agent {
    fn order(&mut self, halted: bool, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), Nanos(record.time()));
        self.order = Some(Order {
            halted,
            sequence,
            time,
        });
    }

    /// Only a human's word resumes it: not the agent's own, whatever it calls itself.
    fn resume(&mut self, event: &AgentResumed<'_>, record: &Record<'_>) -> bool {
        self.resumes.see(record.sequence());
        let resumed = event.by_kind == Principal::Human && !is_own(event.by, event.agent, record);
        if resumed {
            self.order(false, record);
        } else {
            self.resumed_without_human.see(record.sequence());
        }
        resumed
    }

    fn is_halted(&self) -> bool {
        self.order.is_some_and(|order| order.halted)
    }

    fn is_declared(&self) -> bool {
        self.declared.count() > 0
    }

    fn is_seen(&self) -> bool {
        self.presence.last().is_some()
    }

    /// The first record by which it was seen.
    fn first_seen(&self) -> Option<u64> {
        self.presence.first().map(|(sequence, _)| sequence)
    }

    /// The first record that declares it.
    fn first_declared(&self) -> Option<u64> {
        self.declared.records().first().copied()
    }

    /// Whether an event about agents names it as one; an act alone may name anybody.
    fn is_known(&self) -> bool {
        self.is_declared() || self.halts.count() > 0 || self.resumes.count() > 0
    }
}

/// Whether an order comes from the agent itself, by its own name or as the one who sends it.
fn is_own(by: &str, agent: &str, record: &Record<'_>) -> bool {
    let actor = record.body().and_then(|body| body.actor);
    by == agent || actor == Some(agent)
}

impl Agents {
    fn gathered(&self, of: impl Fn(&Agent) -> &Counted) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        self.agents
            .all()?
            .for_each(|(_, agent)| gathered.take_in(of(agent)));
        Some(gathered)
    }

    /// The declarations of agents that were not seen.
    fn unseen(&self) -> Vec<u64> {
        let all = self.agents.all().into_iter().flatten();
        let unseen = all.filter(|(_, agent)| agent.is_declared() && !agent.is_seen());
        unseen
            .filter_map(|(_, agent)| agent.first_declared())
            .collect()
    }

    fn coverage(&self) -> Option<(u64, u64)> {
        let declared = || Some(self.agents.all()?.filter(|(_, agent)| agent.is_declared()));
        let seen = declared()?.filter(|(_, agent)| agent.is_seen()).count();
        Some((seen as u64, declared()?.count() as u64))
    }
}

impl Agents {
    fn act(&mut self, known: &Known<'_>, record: &Record<'_>) {
        let sequence = record.sequence();
        self.acts.see(sequence);
        let actor = record.body().and_then(|body| body.actor);
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
                }
            }
            Known::AgentResumed(event) => {
                if let Some(agent) = self.agents.at(event.agent)
                    && agent.resume(event, record)
                {
                    self.standings.order(event.agent, false);
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
        let nothing = "no agent was seen twice";
        measures
            .span("agents.longest_silence", length, &records, nothing)
            .unread(Unread::once(self.acts_not_readable.count()));
    }
}

impl Fold for Agents {
    const NAME: &'static str = "agents";
    const VERSION: u32 = 3;

    fn reach(&mut self, time: u64) {
        self.range.reach(time);
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
            ] {
                if record.may_be_any(types) {
                    counted.see(sequence);
                }
            }
            return;
        };
        if known.is_act() {
            self.act(known, record);
        } else {
            self.about(known, record);
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let resumed = self.resumes_not_readable.count();
        let acts = self.acts_not_readable.count();
        let declarations = self.declarations_not_readable.count();
        let names = self.agents.count().unwrap_or_default();
        let late = self.begins_late();
        measures.count("agents.not_readable", &self.not_readable);
        measures
            .names("agents.declared", &self.agents, Agent::is_declared)
            .of_family(names, declarations);
        measures
            .names("agents.seen", &self.agents, Agent::is_seen)
            .of_family(names, acts);
        let undeclared = |agent: &Agent| agent.is_seen() && !agent.is_declared();
        let seen = self.agents.all().map_or(0, |all| {
            all.filter(|(_, agent)| agent.is_seen()).count() as u64
        });
        measures
            .names_at(
                "agents.seen_undeclared",
                &self.agents,
                undeclared,
                Agent::first_seen,
            )
            .of(seen + acts)
            .unread(Unread::once(acts).over(declarations).earlier(late));
        measures
            .names_at(
                "agents.declared_without_operator",
                &self.agents,
                |agent| agent.is_declared() && !agent.operator_named,
                Agent::first_declared,
            )
            .of(self.coverage().map_or(0, |(_, declared)| declared) + declarations)
            .unread(
                Unread::once(declarations)
                    .over(declarations)
                    .of_events(declarations)
                    .earlier(late),
            );
        let nothing = "no agent is declared in the range";
        let declared = self.coverage().map_or(0, |(_, declared)| declared);
        measures
            .share_known("agents.coverage", self.coverage(), nothing)
            .shown_by(self.unseen())
            .of(declared + declarations)
            .unread(Unread::once(declarations).more(acts).earlier(late));
        let resumes = self.gathered(|agent| &agent.resumes);
        let count = resumes.as_ref().map_or(0, Gathered::count);
        measures
            .gathered("agents.resumes", resumes)
            .of_family(count, resumed);
        let without_human = self.gathered(|agent| &agent.resumed_without_human);
        measures
            .gathered("agents.resumed_without_human", without_human)
            .of_family(count, resumed);
        self.by_whom(measures);
        self.acts(measures);
        self.standing(measures);
    }

    fn tables(&self) -> Vec<Table> {
        self.rows()
    }
}
