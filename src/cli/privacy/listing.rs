//! The events of a ledger that match, page by page.

use indelible_proto::v1::{
    EventFilter, LedgerRecord, ListEventsRequest, RecordSelection, SequenceRange, record_selection,
};

use crate::cli::{
    connection::{Client, Connection},
    error::CliError,
};

const PAGE_SIZE: i32 = 1_000;

/// A list that is read on as it is needed.
pub(crate) struct Listing<'a> {
    connection: &'a Connection,
    /// What is asked for next; nothing after the last page.
    request: Option<ListEventsRequest>,
}

impl<'a> Listing<'a> {
    /// Of the records below `end`. With a purpose, what is encrypted is opened.
    pub(crate) fn new(
        connection: &'a Connection,
        origin: &str,
        end: u64,
        filter: EventFilter,
        purpose: Option<&str>,
    ) -> Self {
        let bounds = record_selection::Bounds::SequenceRange(SequenceRange { start: 0, end });
        let request = ListEventsRequest {
            ledger: origin.to_owned(),
            selection: Some(RecordSelection {
                bounds: Some(bounds),
                ..Default::default()
            }),
            filter: Some(filter),
            page_size: PAGE_SIZE,
            open_sealed: purpose.is_some(),
            purpose: purpose.unwrap_or_default().to_owned(),
            ..Default::default()
        };
        Self {
            connection,
            request: (end > 0).then_some(request),
        }
    }

    /// The next page; nothing after the last.
    pub(crate) async fn next(
        &mut self,
        client: &mut Client,
    ) -> Result<Option<Vec<LedgerRecord>>, CliError> {
        let Some(request) = self.request.take() else {
            return Ok(None);
        };
        let answer = client.list_events(self.connection.request(request.clone()));
        let page = answer.await?.into_inner();
        if !page.next_page_token.is_empty() {
            self.request = Some(ListEventsRequest {
                page_token: page.next_page_token,
                ..request
            });
        }
        Ok(Some(page.records))
    }
}
