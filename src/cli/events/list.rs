//! `indelible list`: events that match.

use clap::Args;
use indelible_proto::v1::{EventFilter, ListEventsRequest};

use crate::cli::{
    error::CliError,
    events::record_view::RecordLine,
    session::Session,
    ui::{data_subject::DataSubject, opening::Opening, range::Bounds},
};

const PAGE_SIZE_MAX: u64 = 1_000;
const LIMIT_DEFAULT: u64 = 100;

/// List events in the order of their sequence numbers; all that is asked for must match
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
    /// Exactly this type; given more than once, one of them
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Exactly this source
    #[arg(long)]
    source: Option<String>,
    /// Exactly this subject
    #[arg(long)]
    subject: Option<String>,
    /// Exactly this actor
    #[arg(long)]
    actor: Option<String>,
    /// Exactly this correlation id
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,
    /// Exactly this classification
    #[arg(long, value_name = "NAME")]
    classification: Option<String>,
    #[command(flatten)]
    about: DataSubject,
    #[command(flatten)]
    bounds: Bounds,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = LIMIT_DEFAULT)]
    limit: u64,
    /// All of them, however many
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Add the stored evidence bytes; with --output json
    #[arg(long)]
    evidence: bool,
    #[command(flatten)]
    opening: Opening,
}

impl List {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open().await?;
        let mut left = if self.all { u64::MAX } else { self.limit };
        let data_subject = self.about.read()?.unwrap_or_default();
        let (selection, filter) = (self.bounds.selection()?, self.filter(data_subject));
        let mut page_token = String::new();
        while left > 0 {
            let request = session.connection.request(ListEventsRequest {
                ledger: self.ledger.clone(),
                selection,
                filter: Some(filter.clone()),
                page_size: i32::try_from(left.min(PAGE_SIZE_MAX)).unwrap_or(i32::MAX),
                page_token,
                include_evidence: self.evidence,
                open_sealed: self.opening.is_wanted(),
                purpose: self.opening.purpose(),
            });
            let page = client.list_events(request).await?.into_inner();
            for record in &page.records {
                if left == 0 {
                    return Ok(());
                }
                left -= 1;
                session.output.item(&RecordLine::new(record))?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
        if !self.all {
            session.output.remark(format_args!(
                "there may be more: --limit {} was reached",
                self.limit
            ));
        }
        Ok(())
    }

    fn filter(&self, data_subject: String) -> EventFilter {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        EventFilter {
            r#type: String::new(),
            types: self.types.clone(),
            classification: text(&self.classification),
            data_subject,
            facts: Default::default(),
            source: text(&self.source),
            subject: text(&self.subject),
            actor: text(&self.actor),
            correlation_id: text(&self.correlation_id),
        }
    }
}
