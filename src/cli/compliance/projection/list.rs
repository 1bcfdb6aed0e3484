//! `indelible projection list`: what each projection says in single values, and its tables.

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_proto::v1::{
    GetProjectionsRequest, GetProjectionsResponse, Projection, ProjectionTable,
};
use serde::Serialize;

use crate::cli::{
    compliance::projection::{
        records::Records,
        view::{FoldView, HoldsView, MeasureView, NO_HOLDS, measure_text, sealed_words},
    },
    error::CliError,
    session::Session,
    ui::table::Table,
};

/// List the projections: what each says in single values, and which tables it has
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    of: Records,
}

impl List {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let of = &self.of;
        let request = GetProjectionsRequest {
            ledger: of.ledger.clone(),
            selection: of.bounds.selection()?,
            open_sealed: of.opening.is_wanted(),
            purpose: of.opening.purpose(),
        };
        let mut client = session.connection.open_compliance().await?;
        let request = session.connection.request(request);
        let listed = client.get_projections(request).await?.into_inner();
        if session.output.is_json() {
            return session.output.object(&ListView::new(&listed)?);
        }
        let holds = listed.coverage.as_ref().map(HoldsView::new);
        session.output.line(holds.ok_or(NO_HOLDS)?)?;
        if let Some(unread) = sealed_words(listed.sealed_event_count) {
            session.output.line(unread)?;
        }
        for projection in &listed.projections {
            session.output.line("")?;
            session.output.line(text(projection))?;
        }
        Ok(())
    }
}

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
        ("", rows) => counted(rows, "row", "rows"),
        (why, _) => format!("not computable: {why}"),
    }
}

#[derive(Serialize)]
struct ListView<'a> {
    holds_for: HoldsView<'a>,
    encrypted_not_opened: u64,
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
            encrypted_not_opened: listed.sealed_event_count,
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
