//! `indelible budgets`.

use clap::{Args, Subcommand};
use indelible_proto::v1::{BudgetUse, ListBudgetsRequest};
use serde::Serialize;

use super::{money::dollars, reservations::Reservations};
use crate::cli::{
    error::CliError,
    session::Session,
    ui::{
        columns::{Column, Columns, Row},
        time,
    },
};

/// What is used of budgets
#[derive(Debug, Subcommand)]
pub(crate) enum BudgetsCommand {
    List(List),
    Reservations(Reservations),
}

/// List the budgets: what is spent, what is set aside, what is left, and until when
///
/// Those that nobody has used yet come last. Caps stand in the policies of the kind gate that are bound; `policy add` and `policy bind` change them.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

impl BudgetsCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::List(command) => command.run(session).await,
            Self::Reservations(command) => command.run(session).await,
        }
    }
}

const PAGE_SIZE: i32 = 1_000;

const COLUMNS: &[Column] = &[
    Column::text("budget"),
    Column::text("of"),
    Column::number("spent"),
    Column::number("set aside"),
    Column::number("left"),
    Column::number("cap"),
    Column::text("until"),
    Column::text("set by"),
];

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let mut columns = Columns::new(COLUMNS);
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListBudgetsRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let answer = client.list_budgets(request).await?.into_inner();
            let views: Vec<_> = answer.budgets.into_iter().map(BudgetView::of).collect();
            if session.output.is_json() {
                for view in &views {
                    session.output.object_line(view)?;
                }
            } else {
                let rows: Vec<_> = views.iter().map(BudgetView::row).collect();
                columns.show(&mut session.output, &rows)?;
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }
}

#[derive(Serialize)]
struct BudgetView {
    budget: String,
    by: String,
    /// Empty: nobody has used it yet.
    of: String,
    unit: String,
    posted: u64,
    pending: u64,
    left: Option<u64>,
    cap: Option<u64>,
    period: String,
    period_end_time: String,
    binding: String,
    bound_by: String,
    #[serde(skip)]
    until: String,
}

impl BudgetView {
    fn of(used: BudgetUse) -> Self {
        let end = used.period_end_time;
        Self {
            budget: used.budget,
            by: used.by,
            of: used.name,
            unit: used.unit,
            posted: used.posted,
            pending: used.pending,
            left: used.left,
            cap: used.cap,
            until: match &end {
                Some(_) => time::for_people(end.as_ref()),
                None if used.period == "session" => "the session ends".to_owned(),
                None => used.period.clone(),
            },
            period_end_time: time::to_text(end.as_ref()),
            period: used.period,
            binding: used.binding,
            bound_by: used.bound_by,
        }
    }

    /// An amount in the budget's unit.
    fn amount(&self, amount: u64) -> String {
        match self.unit.as_str() {
            "nano_usd" => dollars(amount),
            unit => format!("{amount} {unit}"),
        }
    }

    fn row(&self) -> Row {
        let of = match self.of.is_empty() {
            true => format!("each {}, unused", self.by.replace('_', " ")),
            false => format!("{} {}", self.by.replace('_', " "), self.of),
        };
        let optional = |amount: Option<u64>| amount.map(|amount| self.amount(amount));
        let set_by = match self.binding.is_empty() {
            true => "no policy in force".to_owned(),
            false => format!("{} (binding {})", self.bound_by, self.binding),
        };
        Row {
            cells: vec![
                self.budget.clone(),
                of,
                self.amount(self.posted),
                self.amount(self.pending),
                optional(self.left).unwrap_or_default(),
                optional(self.cap).unwrap_or_default(),
                self.until.clone(),
                set_by,
            ],
            paint: None,
        }
    }
}
