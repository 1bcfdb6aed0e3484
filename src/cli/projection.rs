//! `indelible projection`: what the log says, in values and in rows.

mod file;
mod rebuild;
mod show;

use clap::{Args, Subcommand};
use indelible_proto::v1::{
    GetProjectionsRequest, GetProjectionsResponse, Projection, ProjectionTable,
};
use serde::Serialize;

use super::{
    Session,
    bound::Bounds,
    error::CliError,
    view::{FoldView, HoldsView, MeasureView, Table, measure_text},
};

/// Projections: decisions, oversight, performance, agents, budgets, custody and more, folded from the records
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionCommand {
    List(List),
    Show(Box<show::Show>),
    Rebuild(rebuild::Rebuild),
}

impl ProjectionCommand {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::List(command) => command.run(session).await,
            Self::Show(command) => command.run(session).await,
            Self::Rebuild(command) => command.run(session).await,
        }
    }
}

/// Of which records, as of when, and for whom.
#[derive(Debug, Args)]
struct Of {
    /// Name or origin
    #[arg(long, value_name = "LEDGER")]
    ledger: String,
    #[command(flatten)]
    bounds: Bounds,
    /// Only records that were there when the ledger had this size; what was erased since shows as erased
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    as_of: Option<u64>,
    /// Open what the ledger holds encrypted, so that it is counted; it takes a permission of its own
    #[arg(long)]
    decrypt: bool,
    /// Why, for the ledger's access trail; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT", requires = "decrypt")]
    purpose: Option<String>,
}

impl Of {
    fn purpose(&self) -> String {
        self.purpose.clone().unwrap_or_default()
    }
}

/// List the projections: what each says in single values, and which tables it has
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    of: Of,
}

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let of = &self.of;
        let request = GetProjectionsRequest {
            ledger: of.ledger.clone(),
            selection: of.bounds.selection_as_of(of.as_of)?,
            open_sealed: of.decrypt,
            purpose: of.purpose(),
        };
        let mut client = session.connection.open_compliance().await?;
        let request = session.connection.request(request);
        let listed = client.get_projections(request).await?.into_inner();
        if session.output.is_json() {
            return session.output.object(&ListView::new(&listed)?);
        }
        let holds = listed.coverage.as_ref().map(HoldsView::new);
        session.output.line(holds.ok_or(NO_HOLDS)?)?;
        for projection in &listed.projections {
            session.output.line("")?;
            session.output.line(text(projection))?;
        }
        Ok(())
    }
}

const NO_HOLDS: CliError = CliError::Answer("it does not say what it holds for");

/// One projection for people: its name, its values, and its tables.
fn text(projection: &Projection) -> String {
    let mut table = Table::default();
    for measure in &projection.measures {
        table.row(format!("  {}", measure.name), measure_text(measure));
    }
    for one in &projection.tables {
        table.row(format!("  table {}", one.name), table_text(one));
    }
    let fold = projection.fold.as_ref();
    let name = fold.map_or("", |fold| fold.name.as_str());
    format!("{name}\n{table}")
}

fn table_text(table: &ProjectionTable) -> String {
    match (table.not_computable.as_str(), table.row_count) {
        ("", 1) => "1 row".to_owned(),
        ("", rows) => format!("{rows} rows"),
        (why, _) => format!("not computable: {why}"),
    }
}

#[derive(Serialize)]
struct ListView<'a> {
    holds_for: HoldsView<'a>,
    projections: Vec<ProjectionView<'a>>,
}

#[derive(Serialize)]
struct ProjectionView<'a> {
    #[serde(flatten)]
    fold: FoldView<'a>,
    measures: Vec<MeasureView<'a>>,
    tables: Vec<TableView<'a>>,
}

#[derive(Serialize)]
struct TableView<'a> {
    name: &'a str,
    columns: &'a [String],
    rows: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    not_computable: &'a str,
}

impl<'a> ListView<'a> {
    fn new(listed: &'a GetProjectionsResponse) -> Result<Self, CliError> {
        let holds = listed.coverage.as_ref().ok_or(NO_HOLDS)?;
        let projections = listed.projections.iter().map(|projection| {
            let fold = projection.fold.as_ref();
            let fold = fold.ok_or(CliError::Answer("a projection has no state"))?;
            Ok(ProjectionView {
                fold: FoldView::new(fold),
                measures: projection.measures.iter().map(MeasureView::new).collect(),
                tables: projection.tables.iter().map(TableView::new).collect(),
            })
        });
        Ok(Self {
            holds_for: HoldsView::new(holds),
            projections: projections.collect::<Result<_, CliError>>()?,
        })
    }
}

impl<'a> TableView<'a> {
    fn new(table: &'a ProjectionTable) -> Self {
        Self {
            name: &table.name,
            columns: &table.columns,
            rows: table.row_count,
            not_computable: &table.not_computable,
        }
    }
}
