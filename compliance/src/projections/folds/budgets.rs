//! What agents used: by agent, by session, by day, compared with the caps that were named last.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::performance::decimal_text;
use crate::{
    conventions::{BudgetUsed, Known},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Counted, Keyed, Last, Sum, absorb_fields, joined},
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::Day,
};

/// See the module. The last part of each name is the currency, so that costs in different ones are never added up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Budgets {
    agents: Keyed<Usage>,
    days: Keyed<Usage>,
    not_readable: Counted,
    recorded: Counted,
    sessions: Keyed<Usage>,
}

/// What was used. Costs are millionths of the currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Usage {
    cost: Sum,
    cost_cap: Last<(u64, u64)>,
    time_ms: Sum,
    /// The last cap that was named, after the record that named it.
    token_cap: Last<(u64, u64)>,
    tokens: Sum,
    uses: Counted,
}

absorb_fields!(Usage {
    uses,
    tokens,
    cost,
    time_ms,
    token_cap,
    cost_cap
});
absorb_fields!(Budgets {
    recorded,
    not_readable,
    agents,
    sessions,
    days
});

impl Usage {
    fn see(
        &mut self,
        sequence: u64,
        event: &BudgetUsed<'_>,
        token_cap: Option<u64>,
        cost_cap: Option<u64>,
    ) {
        self.uses.see(sequence);
        self.tokens.add(event.tokens.unwrap_or(0));
        self.cost.add(event.cost.map_or(0, |cost| cost.0));
        self.time_ms.add(event.time_ms.unwrap_or(0));
        for (cap, named) in [
            (&mut self.token_cap, token_cap),
            (&mut self.cost_cap, cost_cap),
        ] {
            if let Some(named) = named {
                *cap = Last(Some((
                    sequence,
                    named.min(crate::projections::pieces::SUM_MAX),
                )));
            }
        }
    }

    fn is_over_cost(&self) -> bool {
        self.cost_cap
            .0
            .is_some_and(|(_, cap)| self.cost.value() > cap)
    }
}

/// Tokens, and their last cap with the record that named it.
type TokensUsed = (Sum, Option<(u64, u64)>);

/// Those that are over a cap: the record that named it. Tokens are counted whatever the currency.
fn over_cap(map: &Keyed<Usage>) -> Option<Gathered> {
    let mut over = Gathered::default();
    let mut tokens = BTreeMap::<&str, TokensUsed>::new();
    for (key, usage) in map.all()? {
        if let (true, Some((named_by, _))) = (usage.is_over_cost(), usage.cost_cap.0) {
            over.see(named_by);
        }
        let whose = key.rsplit_once('\u{1f}').map_or(key, |(whose, _)| whose);
        let (used, cap) = tokens.entry(whose).or_default();
        used.add(usage.tokens.value());
        *cap = (*cap).max(usage.token_cap.0);
    }
    for (used, cap) in tokens.into_values() {
        if let Some((named_by, cap)) = cap
            && used.value() > cap
        {
            over.see(named_by);
        }
    }
    Some(over)
}

impl Fold for Budgets {
    const NAME: &'static str = "budgets";
    const VERSION: u32 = 3;

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        let Some(Known::BudgetUsed(event)) = record.known() else {
            if record.may_be(BudgetUsed::TYPE) {
                self.not_readable.see(sequence);
            }
            return;
        };
        self.recorded.see(sequence);
        let currency = event.currency.unwrap_or_default();
        if let Some(usage) = self.agents.at(&joined(&[event.agent, currency])) {
            usage.see(sequence, event, None, None);
        }
        if let Some(session) = event.session
            && let Some(usage) = self.sessions.at(&joined(&[event.agent, session, currency]))
        {
            let cost_cap = event.session_cost_cap.map(|cap| cap.0);
            usage.see(sequence, event, event.session_token_cap, cost_cap);
        }
        let day = Day::of(record.time());
        if let Some(usage) = self
            .days
            .at(&joined(&[event.agent, day.as_str(), currency]))
        {
            let cost_cap = event.day_cost_cap.map(|cap| cap.0);
            usage.see(sequence, event, event.day_token_cap, cost_cap);
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let (read, unread) = (self.recorded.count(), self.not_readable.count());
        measures.count("budgets.not_readable", &self.not_readable);
        measures
            .count("budgets.recorded", &self.recorded)
            .of_family(read, unread);
        measures
            .number("budgets.sessions", self.sessions.count())
            .of_family(read, unread);
        for (name, map) in [
            ("budgets.sessions_over_cap", &self.sessions),
            ("budgets.days_over_cap", &self.days),
        ] {
            measures
                .gathered(name, over_cap(map))
                .of(map.count().unwrap_or_default() + unread)
                .unread(Unread::once(unread).over(unread).of_events(unread));
        }
        let tokens = self.agents.all().map(|all| {
            let mut tokens = Sum::default();
            all.for_each(|(_, usage)| tokens.add(usage.tokens.value()));
            tokens.value()
        });
        // A use that can't be read may be of any number of tokens.
        measures
            .number("budgets.tokens", tokens)
            .of(read + unread)
            .unread(Unread::default().many(unread));
    }

    fn tables(&self) -> Vec<Table> {
        let used = |usage: &Usage| -> Vec<Cell> {
            vec![
                usage.uses.count().into(),
                usage.tokens.value().into(),
                decimal_text(false, usage.cost.value()).into(),
                usage.time_ms.value().into(),
            ]
        };
        let capped = |usage: &Usage| -> Vec<Cell> {
            let mut cells = used(usage);
            cells.push(usage.token_cap.0.map(|(_, cap)| cap).into());
            cells.push(
                usage
                    .cost_cap
                    .0
                    .map(|(_, cap)| decimal_text(false, cap))
                    .into(),
            );
            cells.push((&usage.uses).into());
            cells
        };
        vec![
            Table {
                name: "budgets.by_agent",
                columns: &["agent", "currency", "uses", "tokens", "cost", "time_ms"],
                rows: rows_of(&self.agents, used),
            },
            Table {
                name: "budgets.by_session",
                columns: &[
                    "agent",
                    "session",
                    "currency",
                    "uses",
                    "tokens",
                    "cost",
                    "time_ms",
                    "token_cap",
                    "cost_cap",
                    "records",
                ],
                rows: rows_of(&self.sessions, capped),
            },
            Table {
                name: "budgets.by_day",
                columns: &[
                    "agent",
                    "day",
                    "currency",
                    "uses",
                    "tokens",
                    "cost",
                    "time_ms",
                    "token_cap",
                    "cost_cap",
                    "records",
                ],
                rows: rows_of(&self.days, capped),
            },
        ]
    }
}
