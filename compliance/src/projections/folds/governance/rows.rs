//! What the state says in rows.

use super::{
    Governance, GovernedAgent, Person, Standing,
    decisions::{Account, Tally},
};
use crate::projections::{
    pieces::Counted,
    table::{Cell, Table, rows_of},
};

impl Governance {
    pub(super) fn rows(&self) -> Vec<Table> {
        let mut tables = self.of_acts();
        tables.extend(self.spent.tables());
        tables.extend(self.of_those_who());
        tables
    }

    fn of_acts(&self) -> Vec<Table> {
        let decisions = &self.decisions;
        let tally = |tally: &Tally| -> Vec<Cell> {
            vec![
                tally.all.count().into(),
                tally.allowed.count().into(),
                tally.escalated.count().into(),
                denied(&tally.all, &tally.allowed, &tally.escalated).into(),
                (&tally.all).into(),
            ]
        };
        let account = |account: &Account| -> Vec<Cell> {
            vec![
                account.cap.0.into(),
                account.used.0.into(),
                account.granted.count().into(),
                account.refused.count().into(),
                (&account.refused).into(),
            ]
        };
        macro_rules! tallied {
            ($name:literal, $map:ident, [$($column:literal),*]) => {
                Table {
                    name: $name,
                    columns: &[$($column,)* "decisions", "allowed", "escalated", "denied", "records"],
                    rows: rows_of(&decisions.$map, tally),
                }
            };
        }
        vec![
            tallied!("governance.by_act", acts, ["kind", "act"]),
            tallied!("governance.by_day", days, ["day"]),
            tallied!("governance.by_policy", policies, ["policy"]),
            Table {
                name: "governance.by_reason",
                columns: &["step", "code", "decisions", "records"],
                rows: rows_of(&decisions.reasons, |reason| {
                    vec![reason.count().into(), reason.into()]
                }),
            },
            Table {
                name: "governance.budgets",
                columns: &[
                    "budget",
                    "counted_by",
                    "of",
                    "period",
                    "unit",
                    "cap",
                    "used_at_last_decision",
                    "set_aside",
                    "refused",
                    "records_refused",
                ],
                rows: rows_of(&self.budgets, account),
            },
        ]
    }

    fn of_those_who(&self) -> Vec<Table> {
        let agent = |agent: &GovernedAgent| -> Vec<Cell> {
            vec![
                (agent.declared.count() > 0).into(),
                agent.operator().into(),
                agent.decided.count().into(),
                agent.allowed.count().into(),
                agent.escalated.count().into(),
                denied(&agent.decided, &agent.allowed, &agent.escalated).into(),
                (&agent.decided).into(),
            ]
        };
        let person = |person: &Person| -> Vec<Cell> {
            vec![
                person.granted.count().into(),
                person.denied.count().into(),
                person.halted.count().into(),
                person.resumed.count().into(),
                person.signed.count().into(),
                person.first().into(),
            ]
        };
        let halt = |standing: &Standing| -> Vec<Cell> {
            vec![
                standing.halts.count().into(),
                standing.is_halted().into(),
                standing.last().into(),
            ]
        };
        vec![
            Table {
                name: "governance.agents",
                columns: &[
                    "agent",
                    "declared",
                    "operator",
                    "decisions",
                    "allowed",
                    "escalated",
                    "denied",
                    "records",
                ],
                rows: rows_of(&self.agents, agent),
            },
            Table {
                name: "governance.people",
                columns: &[
                    "person",
                    "granted",
                    "denied",
                    "halted",
                    "resumed",
                    "overrides_signed",
                    "first_record",
                ],
                rows: rows_of(&self.people, person),
            },
            Table {
                name: "governance.halts",
                columns: &["what", "name", "halts", "halted_at_end", "last_halt"],
                rows: rows_of(&self.halts, halt),
            },
        ]
    }
}

/// Those of all that neither let the act through nor asked a human.
fn denied(all: &Counted, allowed: &Counted, escalated: &Counted) -> u64 {
    all.count()
        .saturating_sub(allowed.count() + escalated.count())
}
