//! Agents in rows.

use super::{Agent, Agents};
use crate::{
    projections::{
        pieces::Counted,
        table::{Cell, Table, rows_of_named},
    },
    time::Instant,
};

impl Agents {
    /// A row for each agent.
    pub(super) fn rows(&self) -> Vec<Table> {
        let end = self.range.last().map_or(0, |(_, time)| time);
        let none = Counted::default();
        let cells = |name: &str, agent: &Agent| -> Vec<Cell> {
            let while_halted = self.standings.while_halted(name).unwrap_or(&none);
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
                agent.resumes().into(),
                agent.resumed_without_human.count().into(),
                while_halted.count().into(),
                (&agent.halts).into(),
                (&agent.resumed_without_human).into(),
                while_halted.into(),
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
            rows: rows_of_named(&self.agents, cells),
        }]
    }
}
