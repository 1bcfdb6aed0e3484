//! `indelible erasures`: the erasures on record.

use std::fmt;

use clap::Args;
use indelible_interchange::hex;
use indelible_proto::v1::{Erasure, ListErasuresRequest};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::{table::printable, time},
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
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListErasuresRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_erasures(request).await?.into_inner();
            for erasure in &page.erasures {
                session.output.item(&ErasureView::new(erasure))?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }
}

/// An erasure on record.
#[derive(Serialize)]
struct ErasureView<'a> {
    sequence: u64,
    recorded_time: String,
    data_keys: Vec<String>,
    basis: &'a str,
    complete: bool,
}

impl<'a> ErasureView<'a> {
    fn new(erasure: &'a Erasure) -> Self {
        Self {
            sequence: erasure.sequence,
            recorded_time: time::to_text(erasure.recorded_time.as_ref()),
            data_keys: erasure
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            basis: &erasure.basis,
            complete: erasure.complete,
        }
    }
}

impl fmt::Display for ErasureView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.complete {
            true => "complete",
            false => "not complete",
        };
        let (sequence, recorded) = (self.sequence, &self.recorded_time);
        let (basis, keys) = (printable(self.basis), self.data_keys.join(" "));
        write!(
            f,
            "{sequence:>8}  {recorded:30}  {state:12}  {basis}  {keys}"
        )
    }
}
