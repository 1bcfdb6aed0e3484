//! `indelible erasures`: the erasures on record.

use clap::Args;
use indelible_interchange::hex;
use indelible_proto::v1::{Erasure, ListErasuresRequest};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    privacy::caution,
    session::Session,
    ui::{
        columns::{Column, Columns, Row},
        paint::Paint,
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// List the erasures on record, and whether each is complete
#[derive(Debug, Args)]
pub(crate) struct Erasures {
    /// Name or origin
    ledger: String,
}

impl Erasures {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let mut columns = Columns::new(COLUMNS);
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListErasuresRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_erasures(request).await?.into_inner();
            let views: Vec<_> = page.erasures.iter().map(ErasureView::new).collect();
            if session.output.is_json() {
                for view in &views {
                    session.output.object_line(view)?;
                }
            } else {
                let rows: Vec<_> = views.iter().map(ErasureView::row).collect();
                columns.show(&mut session.output, &rows)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                let nothing = match caution::warn(session, &self.ledger).await? {
                    true => "no erasure is recorded in what is there",
                    false => "no erasure is recorded",
                };
                columns.end(&mut session.output, nothing);
                return Ok(());
            }
        }
    }
}

/// The columns of a list of erasures.
const COLUMNS: &[Column] = &[
    Column::number("record"),
    Column::text("recorded"),
    Column::text("state"),
    Column::text("data keys"),
    Column::text("basis"),
];

/// An erasure on record.
#[derive(Serialize)]
struct ErasureView<'a> {
    sequence: u64,
    recorded_time: String,
    #[serde(skip)]
    for_people: String,
    data_keys: Vec<String>,
    basis: &'a str,
    complete: bool,
    /// The ledger whose record it is, where that is another one.
    #[serde(skip_serializing_if = "str::is_empty")]
    recorded_in: &'a str,
}

impl<'a> ErasureView<'a> {
    fn new(erasure: &'a Erasure) -> Self {
        Self {
            sequence: erasure.sequence,
            recorded_time: time::to_text(erasure.recorded_time.as_ref()),
            for_people: time::for_people(erasure.recorded_time.as_ref()),
            data_keys: erasure
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            basis: &erasure.basis,
            complete: erasure.complete,
            recorded_in: &erasure.recorded_in_origin,
        }
    }
}

impl ErasureView<'_> {
    fn row(&self) -> Row {
        let state = match self.complete {
            true => "complete",
            false => "not complete",
        };
        let state = match self.recorded_in {
            "" => state.to_owned(),
            origin => format!("{state}, recorded in {origin}"),
        };
        Row {
            cells: vec![
                self.sequence.to_string(),
                self.for_people.clone(),
                state,
                self.data_keys.join(" "),
                self.basis.to_owned(),
            ],
            paint: (!self.complete).then_some(Paint::Bad),
        }
    }
}
