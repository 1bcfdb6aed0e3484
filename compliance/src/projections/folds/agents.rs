//! Agents: declared and seen, halted and resumed, and what they did while halted.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{AgentResumed, Known, Principal},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures},
        pieces::{Absorb, Counted, Keyed, Nanos, Timeline, absorb_fields},
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::Instant,
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Agents {
    agents: Keyed<Agent>,
    not_readable: Counted,
    range: Timeline,
}

absorb_fields!(Agents {
    not_readable,
    range,
    agents
});

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Agent {
    acts: Counted,
    /// Acts before the first order in this range; an earlier range decides whether the agent was halted.
    acts_before_order: Counted,
    acts_while_halted: Counted,
    declared: Counted,
    halts: Counted,
    operator_named: bool,
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
        match self.order {
            None => self.acts_before_order.absorb(later.acts_before_order),
            Some(order) if order.halted => self.acts_while_halted.absorb(later.acts_before_order),
            Some(_) => {}
        }
        self.acts_while_halted.absorb(later.acts_while_halted);
        self.order = later.order.or(self.order);
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
    fn acts(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        self.acts.see(sequence);
        match self.order {
            None => self.acts_before_order.see(sequence),
            Some(order) if order.halted => self.acts_while_halted.see(sequence),
            Some(_) => {}
        }
    }

    fn order(&mut self, halted: bool, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), Nanos(record.time()));
        self.order = Some(Order {
            halted,
            sequence,
            time,
        });
    }

    /// Only a human's word resumes it: not the agent's own, whatever it calls itself.
    fn resume(&mut self, event: &AgentResumed<'_>, record: &Record<'_>) {
        self.resumes.see(record.sequence());
        let actor = record.body().and_then(|body| body.actor);
        let own = event.by == event.agent || actor == Some(event.agent);
        if event.by_kind == Principal::Human && !own {
            self.order(false, record);
        } else {
            self.resumed_without_human.see(record.sequence());
        }
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
}

impl Agents {
    fn gathered(&self, of: impl Fn(&Agent) -> &Counted) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        self.agents
            .all()?
            .for_each(|(_, agent)| gathered.take_in(of(agent)));
        Some(gathered)
    }

    fn coverage(&self) -> Option<(u64, u64)> {
        let declared = || Some(self.agents.all()?.filter(|(_, agent)| agent.is_declared()));
        let seen = declared()?.filter(|(_, agent)| agent.is_seen()).count();
        Some((seen as u64, declared()?.count() as u64))
    }
}

impl Fold for Agents {
    const NAME: &'static str = "agents";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.range.see(sequence, time);
        let Some(known) = record.known() else {
            if record.is_unusable("ai.agent.") {
                self.not_readable.see(sequence);
            }
            return;
        };
        if let Some(name) = known.acting_agent() {
            if let Some(agent) = self.agents.at(name) {
                agent.presence.see(sequence, time);
                agent.acts(record);
            }
            return;
        }
        match known {
            Known::AgentDeclared(event) => {
                if let Some(agent) = self.agents.at(event.agent) {
                    agent.declared.see(sequence);
                    agent.operator_named |= event.operator.is_some();
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
            }
            Known::AgentResumed(event) => {
                if let Some(agent) = self.agents.at(event.agent) {
                    agent.resume(event, record);
                }
            }
            _ => {}
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("agents.not_readable", &self.not_readable);
        measures.names("agents.declared", &self.agents, Agent::is_declared);
        measures.names("agents.seen", &self.agents, Agent::is_seen);
        measures.names("agents.seen_undeclared", &self.agents, |agent| {
            agent.is_seen() && !agent.is_declared()
        });
        measures.names("agents.declared_without_operator", &self.agents, |agent| {
            agent.is_declared() && !agent.operator_named
        });
        match self.coverage() {
            Some((seen, declared)) => {
                let nothing = "no agent is declared in the range";
                measures.share("agents.coverage", seen, declared, &[], nothing);
            }
            None => measures.number("agents.coverage", None),
        }
        measures.gathered("agents.halts", self.gathered(|agent| &agent.halts));
        measures.gathered("agents.resumes", self.gathered(|agent| &agent.resumes));
        let without_human = self.gathered(|agent| &agent.resumed_without_human);
        measures.gathered("agents.resumed_without_human", without_human);
        let while_halted = self.gathered(|agent| &agent.acts_while_halted);
        measures.gathered("agents.acts_while_halted", while_halted);
        measures.names("agents.halted_at_end", &self.agents, Agent::is_halted);
        let longest = self.agents.all().and_then(|all| {
            all.filter_map(|(_, agent)| agent.presence.silence())
                .max_by_key(|silence| (silence.length, std::cmp::Reverse(silence.ended_by)))
        });
        let records: Vec<u64> = longest.iter().map(|silence| silence.ended_by).collect();
        let length = longest.map(|silence| silence.length.0);
        measures.span(
            "agents.longest_silence",
            length,
            &records,
            "no agent was seen twice",
        );
    }

    fn tables(&self) -> Vec<Table> {
        let end = self.range.last().map_or(0, |(_, time)| time);
        let cells = |agent: &Agent| -> Vec<Cell> {
            let at = |sign: Option<(u64, u64)>| sign.map(|(_, time)| Instant(time).to_string());
            let silence = agent.presence.silence().map(|silence| silence.length.0);
            let silent = agent
                .presence
                .last()
                .map(|(_, last)| end.saturating_sub(last));
            vec![
                agent.is_declared().into(),
                agent.operator_named.into(),
                agent.acts.count().into(),
                at(agent.presence.first()).into(),
                at(agent.presence.last()).into(),
                silence.into(),
                silent.into(),
                agent.is_halted().into(),
                agent.halts.count().into(),
                agent.resumes.count().into(),
                agent.resumed_without_human.count().into(),
                agent.acts_while_halted.count().into(),
                (&agent.halts).into(),
                (&agent.resumed_without_human).into(),
                (&agent.acts_while_halted).into(),
            ]
        };
        vec![Table {
            name: "agents.agents",
            columns: &[
                "agent",
                "declared",
                "operator_named",
                "acts",
                "first_seen",
                "last_seen",
                "longest_silence_ns",
                "silent_at_end_ns",
                "halted_at_end",
                "halts",
                "resumes",
                "resumed_without_human",
                "acts_while_halted",
                "records_halts",
                "records_resumed_without_human",
                "records_acts_while_halted",
            ],
            rows: rows_of(&self.agents, cells),
        }]
    }
}
