//! `indelible producer list`.

use std::fmt;

use clap::Args;
use indelible_interchange::hex;
use indelible_proto::v1::{ListProducersRequest, Producer, ProducerRevocation};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::{
        columns::{Column, Columns, Row},
        paint::Paint,
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// List the producers whose keys are registered, or were
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

impl List {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let mut columns = Columns::new(COLUMNS);
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListProducersRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_producers(request).await?.into_inner();
            let views: Vec<_> = page.producers.iter().map(ProducerView::new).collect();
            if session.output.is_json() {
                for view in &views {
                    session.output.object_line(view)?;
                }
            } else {
                let rows: Vec<_> = views.iter().map(ProducerView::row).collect();
                columns.show(&mut session.output, &rows)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                columns.end(&mut session.output, "no producer is registered");
                return Ok(());
            }
        }
    }
}

/// The columns of a list of producers.
const COLUMNS: &[Column] = &[
    Column::text("name"),
    Column::text("public key"),
    Column::number("record"),
    Column::text("recorded"),
    Column::text("sources"),
    Column::text(""),
];

/// A producer.
#[derive(Serialize)]
struct ProducerView<'a> {
    name: &'a str,
    public_key: String,
    sequence: u64,
    recorded_time: String,
    #[serde(skip)]
    for_people: String,
    /// Empty where it may sign for all.
    sources: &'a [String],
    revocation: Option<RevocationView<'a>>,
}

/// That a key is revoked.
#[derive(Serialize)]
struct RevocationView<'a> {
    sequence: u64,
    recorded_time: String,
    first_void_sequence: u64,
    reason: &'a str,
}

impl<'a> ProducerView<'a> {
    fn new(producer: &'a Producer) -> Self {
        Self {
            name: &producer.name,
            public_key: hex::encode(&producer.public_key),
            sequence: producer.sequence,
            recorded_time: time::to_text(producer.recorded_time.as_ref()),
            for_people: time::for_people(producer.recorded_time.as_ref()),
            sources: &producer.sources,
            revocation: producer.revocation.as_ref().map(RevocationView::new),
        }
    }

    fn row(&self) -> Row {
        let sources = match self.sources {
            [] => "all".to_owned(),
            some => some.join(" "),
        };
        let revoked = self.revocation.as_ref();
        Row {
            cells: vec![
                self.name.to_owned(),
                self.public_key.clone(),
                self.sequence.to_string(),
                self.for_people.clone(),
                sources,
                revoked.map(ToString::to_string).unwrap_or_default(),
            ],
            paint: revoked.map(|_| Paint::Bad),
        }
    }
}

impl<'a> RevocationView<'a> {
    fn new(revocation: &'a ProducerRevocation) -> Self {
        Self {
            sequence: revocation.sequence,
            recorded_time: time::to_text(revocation.recorded_time.as_ref()),
            first_void_sequence: revocation.first_void_sequence,
            reason: &revocation.reason,
        }
    }
}

impl fmt::Display for RevocationView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, record) = (self.first_void_sequence, self.sequence);
        write!(f, "revoked by record {record}, void from {from} on")?;
        match self.reason.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", self.reason),
        }
    }
}
