//! `indelible projection show`: the rows of a table.

use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
};

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_proto::v1::{
    ColumnFilter, Coverage, QueryProjectionRequest, QueryProjectionResponse,
};
use serde::Serialize;

use crate::cli::{
    compliance::projection::{
        records::Records,
        rows::{Form, Rows},
        view::{HoldsView, NO_HOLDS, sealed_words},
    },
    connection::{ComplianceClient, Connection},
    error::CliError,
    session::Session,
    ui::{
        file_form::FileForm,
        pending_file::{Inputs, Readers},
        progress::{Progress, Unit},
    },
};

/// Rows that are asked for at once; a page also ends at 3 MiB.
const PAGE_ROWS: i32 = 10_000;

/// Show the rows of a table, all of them
///
/// All rows are as of one checkpoint, even if the ledger grows meanwhile. What it covers is printed on standard error; `projection list` has a signed checkpoint.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The table, such as decisions.by_model; `indelible projection list` names all
    table: String,
    #[command(flatten)]
    of: Records,
    /// Only rows whose cell is exactly this; if given several times, all must match
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    filters: Vec<Where>,
    #[command(flatten)]
    file: FileForm<Form>,
}

/// A filter as an argument.
#[derive(Debug, Clone)]
struct Where(ColumnFilter);

impl FromStr for Where {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (column, value) = text.split_once('=').ok_or("not of the form COLUMN=VALUE")?;
        Ok(Self(ColumnFilter {
            column: column.to_owned(),
            value: value.to_owned(),
        }))
    }
}

/// What was written.
struct Written {
    holds: Coverage,
    rows: u64,
    /// Events that were not opened.
    sealed: u64,
}

impl Show {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let form = self.file.form(&session.output)?;
        let request = self.request()?;
        let connection = session.connection.clone();
        let progress = Progress::new(&session.output, "reading", Unit::Rows);
        let Some(path) = self.file.path() else {
            let output = session.output.writer();
            let written = write(&connection, request, form, output, progress).await;
            let written = written.map_err(|failure| failure.on(CliError::Output))?;
            session.output.remark(HoldsView::new(&written.holds));
            if written.rows == 0 {
                session
                    .output
                    .remark("no rows: nothing of this kind stands in what could be read");
            }
            if let Some(unread) = sealed_words(written.sealed) {
                session.output.remark(unread);
            }
            return Ok(());
        };
        let failed = |source| CliError::file(path, source);
        let mut file = io::BufWriter::new(session.output.create(
            path,
            Readers::OwnerAtFirst,
            &Inputs::NONE,
        )?);
        let written = write(&connection, request, form, &mut file, progress).await;
        let written = written.map_err(|failure| failure.on(failed))?;
        let file = file.into_inner();
        file.map_err(|problem| failed(problem.into_error()))?
            .finish()?;
        session.output.answer(&ShowAnswer {
            file: path.display().to_string(),
            rows: written.rows,
            encrypted_not_opened: written.sealed,
            holds_for: HoldsView::new(&written.holds),
        })
    }

    fn request(&self) -> Result<QueryProjectionRequest, CliError> {
        let filters = self.filters.iter().map(|Where(filter)| filter.clone());
        Ok(QueryProjectionRequest {
            ledger: self.of.ledger.clone(),
            table: self.table.clone(),
            selection: self.of.bounds.selection()?,
            filters: filters.collect(),
            page_size: PAGE_ROWS,
            page_token: String::new(),
            open_sealed: self.of.opening.is_wanted(),
            purpose: self.of.opening.purpose(),
        })
    }
}

/// Why rows were not written: no fault of the file's, or one.
enum Failure {
    Other(CliError),
    Writing(io::Error),
}

impl Failure {
    fn on(self, writing: impl FnOnce(io::Error) -> CliError) -> CliError {
        match self {
            Self::Other(error) => error,
            Self::Writing(error) => writing(error),
        }
    }
}

async fn write(
    connection: &Connection,
    mut request: QueryProjectionRequest,
    form: Form,
    output: &mut dyn Write,
    mut progress: Progress,
) -> Result<Written, Failure> {
    let mut client = connection.open_compliance().await.map_err(Failure::Other)?;
    let mut rows = None::<Rows<'_>>;
    let mut output = Some(output);
    let mut count = 0;
    loop {
        let page = page(&mut client, connection, &request).await;
        let page = page.map_err(Failure::Other)?;
        if let Some(output) = output.take() {
            let begun = Rows::begin(form, page.columns.clone(), output);
            rows = Some(begun.map_err(Failure::Writing)?);
        }
        let Some(rows) = &mut rows else {
            return Err(Failure::Other(CliError::Answer("it has no first page")));
        };
        count += page.rows.len() as u64;
        for row in page.rows {
            rows.row(row).map_err(Failure::Writing)?;
        }
        progress.set(count, Some(page.matching_row_count));
        if !page.next_page_token.is_empty() {
            request.page_token = page.next_page_token;
            continue;
        }
        if count != page.matching_row_count {
            return Err(Failure::Other(CliError::Answer("rows are missing")));
        }
        rows.end().map_err(Failure::Writing)?;
        let holds = page.coverage.ok_or(Failure::Other(NO_HOLDS))?;
        return Ok(Written {
            holds,
            rows: count,
            sealed: page.sealed_event_count,
        });
    }
}

async fn page(
    client: &mut ComplianceClient,
    connection: &Connection,
    request: &QueryProjectionRequest,
) -> Result<QueryProjectionResponse, CliError> {
    let asked = connection.request(request.clone());
    let page = client.query_projection(asked).await?.into_inner();
    if page.not_computable.is_empty() {
        return Ok(page);
    }
    Err(CliError::NotComputable {
        table: request.table.clone(),
        why: page.not_computable,
    })
}

/// Rows in a file.
#[derive(Serialize)]
struct ShowAnswer<'a> {
    file: String,
    rows: u64,
    encrypted_not_opened: u64,
    holds_for: HoldsView<'a>,
}

impl fmt::Display for ShowAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, rows, holds_for) = (&self.file, self.rows, &self.holds_for);
        let rows = counted(rows, "row", "rows");
        write!(f, "{file}: {rows}\n{holds_for}")?;
        match sealed_words(self.encrypted_not_opened) {
            Some(unread) => write!(f, "\n{unread}"),
            None => Ok(()),
        }
    }
}
