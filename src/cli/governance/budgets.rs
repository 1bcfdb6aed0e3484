//! `indelible budgets`.

use clap::{Args, Subcommand};
use indelible_proto::v1::{BudgetUse, ListBudgetsRequest};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::columns::{Column, Columns, Row},
};

/// What is used of budgets
#[derive(Debug, Subcommand)]
pub(crate) enum BudgetsCommand {
    List(List),
}

/// List the budgets in use: what is spent, and what is set aside
///
/// Caps stand in the policies of the kind gate that are bound; `policy add` and `policy bind` change them.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

impl BudgetsCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::List(command) => command.run(session).await,
        }
    }
}

const COLUMNS: &[Column] = &[
    Column::text("budget"),
    Column::text("by"),
    Column::text("of"),
    Column::text("unit"),
    Column::number("spent"),
    Column::number("set aside"),
    Column::number("cap"),
];

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let mut columns = Columns::new(COLUMNS);
        let mut skip = 0;
        loop {
            let request = session.connection.request(ListBudgetsRequest {
                ledger: self.ledger.clone(),
                skip,
            });
            let budgets = client.list_budgets(request).await?.into_inner().budgets;
            if budgets.is_empty() {
                return Ok(());
            }
            skip += budgets.len() as u64;
            let views: Vec<_> = budgets.into_iter().map(BudgetView::of).collect();
            if session.output.is_json() {
                for view in &views {
                    session.output.object_line(view)?;
                }
            } else {
                let rows: Vec<_> = views.iter().map(BudgetView::row).collect();
                columns.show(&mut session.output, &rows)?;
            }
        }
    }
}

#[derive(Serialize)]
struct BudgetView {
    budget: String,
    by: String,
    of: String,
    unit: String,
    posted: u64,
    pending: u64,
    cap: Option<u64>,
}

impl BudgetView {
    fn of(used: BudgetUse) -> Self {
        Self {
            budget: used.budget,
            by: used.by,
            of: used.name,
            unit: used.unit,
            posted: used.posted,
            pending: used.pending,
            cap: used.cap,
        }
    }

    fn row(&self) -> Row {
        let cap = self.cap.map(|cap| cap.to_string());
        Row {
            cells: vec![
                self.budget.clone(),
                self.by.clone(),
                self.of.clone(),
                self.unit.clone(),
                self.posted.to_string(),
                self.pending.to_string(),
                cap.unwrap_or_default(),
            ],
            paint: None,
        }
    }
}
