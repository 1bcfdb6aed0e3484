//! `indelible retention list`: the disposals on record.

use clap::Args;
use indelible_proto::v1::{Disposal, ListDisposalsRequest, RetentionRule};
use serde::Serialize;

use super::{archive::ArchiveView, rules::RuleView};
use crate::cli::{
    error::CliError,
    privacy::caution,
    session::Session,
    ui::{
        columns::{Column, Columns, Row},
        paint::Paint,
        rule::in_words,
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// List the disposals on record, under which rules they were made, and whether each is complete
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

impl List {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_retention().await?;
        let mut columns = Columns::new(COLUMNS);
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListDisposalsRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_disposals(request).await?.into_inner();
            let views: Vec<_> = page.disposals.iter().map(DisposalView::new).collect();
            if session.output.is_json() {
                for view in &views {
                    session.output.object_line(view)?;
                }
            } else {
                let rows: Vec<_> = views.iter().map(DisposalView::row).collect();
                columns.show(&mut session.output, &rows)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                let nothing = match caution::warn(session, &self.ledger).await? {
                    true => "no disposal is recorded in what is there",
                    false => "no disposal is recorded",
                };
                columns.end(&mut session.output, nothing);
                return Ok(());
            }
        }
    }
}

/// The columns of a list of disposals.
const COLUMNS: &[Column] = &[
    Column::number("record"),
    Column::text("recorded"),
    Column::text("state"),
    Column::text("among records"),
    Column::text("rule"),
    Column::text("archive"),
];

/// A disposal on record.
#[derive(Serialize)]
struct DisposalView {
    sequence: u64,
    recorded_time: String,
    #[serde(skip)]
    for_people: String,
    rule: RuleView,
    /// The first record and the one after the last, of each span.
    spans: Vec<[u64; 2]>,
    complete: bool,
    /// The file that holds what was archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<ArchiveView>,
    #[serde(skip)]
    words: String,
}

impl DisposalView {
    fn new(disposal: &Disposal) -> Self {
        let unknown = RetentionRule::default();
        let rule = disposal.rule.as_ref().unwrap_or(&unknown);
        let spans = disposal.spans.iter();
        Self {
            sequence: disposal.sequence,
            recorded_time: time::to_text(disposal.recorded_time.as_ref()),
            for_people: time::for_people(disposal.recorded_time.as_ref()),
            rule: RuleView::new(rule),
            spans: spans
                .map(|span| [span.start_sequence, span.end_sequence])
                .collect(),
            complete: disposal.complete,
            archive: disposal.archive.as_ref().map(ArchiveView::new),
            words: in_words(rule),
        }
    }

    fn row(&self) -> Row {
        let state = match self.complete {
            true => "complete",
            false => "not complete",
        };
        let spans = self.spans.iter().map(|[from, to]| match to - from {
            1 => from.to_string(),
            _ => format!("{from} to {}", to - 1),
        });
        Row {
            cells: vec![
                self.sequence.to_string(),
                self.for_people.clone(),
                state.to_owned(),
                spans.collect::<Vec<_>>().join(", "),
                self.words.clone(),
                self.archive
                    .as_ref()
                    .map(|archive| archive.location.clone())
                    .unwrap_or_default(),
            ],
            paint: (!self.complete).then_some(Paint::Bad),
        }
    }
}
