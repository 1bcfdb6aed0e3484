//! What agents used of their budgets, from the rows of the projection `budgets`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::projections::{
    pieces::SUM_MAX,
    table::{Cell, Table},
};

/// How many budgets a report shows: the fullest.
pub const BUDGETS_MAX: usize = 20;
const MILLION: u64 = 1_000_000;

/// How much of a budget was used. The cap is the one that was named last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Whose it is.
    pub agent: String,
    /// The day, `2026-03-01`; none if it is a session's.
    pub day: Option<String>,
    /// The session; none if it is a day's.
    pub session: Option<String>,
    /// The currency; none if it is one of tokens.
    pub currency: Option<String>,
    /// What was used: tokens, or an amount of the currency with its decimals.
    pub used: String,
    /// What may be used.
    pub cap: String,
    /// What was used in millionths of the cap, rounded down.
    pub millionths: u64,
}

/// The fullest budgets of days and sessions, and how many more there are.
pub(crate) fn budgets(by_day: Option<&Table>, by_session: Option<&Table>) -> (Vec<Budget>, u64) {
    let mut all = Vec::new();
    for (table, of_days) in [(by_day, true), (by_session, false)] {
        let rows = table.map(|table| table.rows.as_slice()).unwrap_or_default();
        let rows: Vec<_> = rows.iter().filter_map(|row| Row::of(row)).collect();
        all.extend(rows.iter().filter_map(|row| row.cost(of_days)));
        all.extend(tokens(&rows, of_days));
    }
    all.sort_by(|one, other| {
        let place = |budget: &Budget| {
            let Budget {
                agent,
                day,
                session,
                currency,
                ..
            } = budget.clone();
            (agent, day, session, currency)
        };
        let fuller = other.millionths.cmp(&one.millionths);
        fuller.then_with(|| place(one).cmp(&place(other)))
    });
    let omitted = all.len().saturating_sub(BUDGETS_MAX) as u64;
    all.truncate(BUDGETS_MAX);
    (all, omitted)
}

/// A row of either table.
struct Row<'t> {
    agent: &'t str,
    whose: &'t str,
    currency: Option<&'t str>,
    tokens: u64,
    cost: &'t str,
    token_cap: Option<u64>,
    cost_cap: Option<&'t str>,
}

impl<'t> Row<'t> {
    fn of(row: &'t [Cell]) -> Option<Self> {
        let text = |place: usize| match row.get(place) {
            Some(Cell::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let number = |place: usize| match row.get(place) {
            Some(Cell::Number(number)) => Some(*number),
            _ => None,
        };
        Some(Self {
            agent: text(0)?,
            whose: text(1)?,
            currency: text(2),
            tokens: number(4)?,
            cost: text(5)?,
            token_cap: number(7),
            cost_cap: text(8),
        })
    }

    fn cost(&self, of_days: bool) -> Option<Budget> {
        let cap = self.cost_cap?;
        let budget = self.budget(of_days, Some(self.currency?));
        Some(Budget {
            used: self.cost.to_owned(),
            cap: cap.to_owned(),
            millionths: part_of(amount(self.cost)?, amount(cap)?),
            ..budget
        })
    }

    fn budget(&self, of_days: bool, currency: Option<&str>) -> Budget {
        let whose = || Some(self.whose.to_owned());
        Budget {
            agent: self.agent.to_owned(),
            day: of_days.then(whose).flatten(),
            session: (!of_days).then(whose).flatten(),
            currency: currency.map(str::to_owned),
            used: String::new(),
            cap: String::new(),
            millionths: 0,
        }
    }
}

/// Tokens are counted whatever the currency. Where its rows name different caps, nobody knows here which was named last.
fn tokens(rows: &[Row<'_>], of_days: bool) -> Vec<Budget> {
    let mut whose = BTreeMap::<_, Vec<&Row<'_>>>::new();
    for row in rows {
        whose.entry((row.agent, row.whose)).or_default().push(row);
    }
    let of = |rows: Vec<&Row<'_>>| {
        let caps: Vec<_> = rows.iter().filter_map(|row| row.token_cap).collect();
        let cap = *caps.first()?;
        if caps.iter().any(|other| *other != cap) {
            return None;
        }
        let used = rows
            .iter()
            .fold(0, |sum: u64, row| sum.saturating_add(row.tokens));
        Some(Budget {
            used: used.to_string(),
            cap: cap.to_string(),
            millionths: part_of(used, cap),
            ..rows.first()?.budget(of_days, None)
        })
    };
    whose.into_values().filter_map(of).collect()
}

/// An amount in millionths.
fn amount(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = format!("{part:0<6}").get(..6)?.parse().ok()?;
    whole.checked_mul(MILLION)?.checked_add(part)
}

/// A part in millionths of a cap, rounded down. Of a cap of nothing, all that was used is too much.
fn part_of(used: u64, cap: u64) -> u64 {
    let scaled = u128::from(used) * u128::from(MILLION);
    let part = match cap {
        0 if used == 0 => 0,
        0 => u128::from(SUM_MAX),
        cap => scaled / u128::from(cap),
    };
    u64::try_from(part).unwrap_or(SUM_MAX).min(SUM_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(agent: &str, day: &str, used: (u64, &str), caps: (u64, &str)) -> Vec<Cell> {
        let text = |text: &str| Cell::Text(text.to_owned());
        vec![
            text(agent),
            text(day),
            text("EUR"),
            Cell::Number(1),
            Cell::Number(used.0),
            text(used.1),
            Cell::None,
            Cell::from(Some(caps.0).filter(|cap| *cap > 0)),
            Cell::from(caps.1),
            Cell::None,
        ]
    }

    fn table(rows: Vec<Vec<Cell>>) -> Table {
        Table {
            name: "budgets.by_day",
            columns: &[],
            rows,
        }
    }

    #[test]
    fn the_fullest_come_first_and_none_is_made_up() {
        let day = "2026-03-01";
        let days = table(vec![
            row("a", day, (50, "1.36"), (100, "2")),
            row("b", day, (7, "3.5"), (0, "1.75")),
            row("c", day, (9, "9"), (0, "")),
        ]);
        let (budgets, omitted) = budgets(Some(&days), None);
        let said: Vec<_> = budgets
            .iter()
            .map(|budget| {
                (
                    budget.agent.as_str(),
                    budget.used.as_str(),
                    budget.millionths,
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                ("b", "3.5", 2_000_000),
                ("a", "1.36", 680_000),
                ("a", "50", 500_000)
            ]
        );
        assert_eq!(omitted, 0);
    }

    #[test]
    fn tokens_are_those_of_all_currencies() {
        let day = "2026-03-01";
        let mut dollars = row("a", day, (30, "1"), (100, ""));
        dollars[2] = Cell::Text("USD".to_owned());
        let days = table(vec![row("a", day, (50, "1"), (100, "")), dollars.clone()]);
        let used = |table: &Table| budgets(Some(table), None).0;
        assert_eq!(used(&days)[0].used, "80");
        // Which cap was named last, the rows don't say.
        dollars[7] = Cell::Number(90);
        let days = table(vec![row("a", day, (50, "1"), (100, "")), dollars]);
        assert_eq!(used(&days), []);
    }

    #[test]
    fn a_cap_of_nothing_is_exceeded_by_anything() {
        assert_eq!(part_of(0, 0), 0);
        assert_eq!(part_of(1, 0), SUM_MAX);
        assert_eq!(amount("1.36"), Some(1_360_000));
        assert_eq!(amount("7"), Some(7_000_000));
    }
}
