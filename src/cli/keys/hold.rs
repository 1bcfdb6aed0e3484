//! `indelible hold`: what must not be erased.

use clap::{Args, Subcommand};
use indelible_interchange::import::cloudevents::decode_hex;
use indelible_proto::v1::{ListHoldsRequest, PlaceHoldRequest, ReleaseHoldRequest};
use serde_json::json;

use crate::cli::{
    error::CliError,
    keys::subject::Subject,
    session::Session,
    ui::{
        table::{Table, hex, printable},
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// Place, release and list holds: what is under one can't be erased
#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    Place(Place),
    Release(Release),
    List(List),
}

/// Place a hold on a data subject or, without one, on the whole ledger
///
/// Prints the hold's id, which releasing it takes.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Name or origin
    ledger: String,
    #[command(flatten)]
    subject: Subject,
    /// Why; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Release a hold
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// Name or origin
    ledger: String,
    /// The hold's id: 32 hexadecimal digits
    #[arg(value_parser = hold_id)]
    hold: [u8; 16],
}

/// List the holds in force
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

impl HoldCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Place(command) => command.run(session).await,
            Self::Release(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
        }
    }
}

impl Place {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let data_subject = self.subject.read()?;
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(PlaceHoldRequest {
            ledger: self.ledger,
            data_subject,
            reason: self.reason.unwrap_or_default(),
        });
        let answer = client.place_hold(request).await?.into_inner();
        let hold = hex(&answer.hold_id);
        let recorded = time::to_text(answer.recorded_time.as_ref());
        let mut table = Table::default();
        table
            .row("hold", &hold)
            .row("sequence", answer.sequence)
            .row("recorded", &recorded);
        let value =
            json!({"hold_id": hold, "sequence": answer.sequence, "recorded_time": recorded});
        session.output.result(&value, table)
    }
}

impl Release {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(ReleaseHoldRequest {
            ledger: self.ledger,
            hold_id: self.hold.to_vec().into(),
        });
        let answer = client.release_hold(request).await?.into_inner();
        let recorded = time::to_text(answer.recorded_time.as_ref());
        let mut table = Table::default();
        table
            .row("sequence", answer.sequence)
            .row("recorded", &recorded);
        let value = json!({"sequence": answer.sequence, "recorded_time": recorded});
        session.output.result(&value, table)
    }
}

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListHoldsRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_holds(request).await?.into_inner();
            for hold in &page.holds {
                show(session, hold)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }
}

fn show(session: &mut Session, hold: &indelible_proto::v1::Hold) -> Result<(), CliError> {
    let keys: Vec<_> = hold.data_key_ids.iter().map(|id| hex(id)).collect();
    let recorded = time::to_text(hold.recorded_time.as_ref());
    if session.output.is_json() {
        return session.output.object_line(&json!({
            "hold_id": hex(&hold.hold_id),
            "sequence": hold.sequence,
            "recorded_time": recorded,
            "whole_ledger": hold.whole_ledger,
            "data_keys": keys,
            "reason": hold.reason,
        }));
    }
    let what = if hold.whole_ledger {
        "the whole ledger".to_owned()
    } else {
        keys.join(" ")
    };
    session.output.line(format_args!(
        "{}  {:>8}  {recorded:30}  {what}  {}",
        hex(&hold.hold_id),
        hold.sequence,
        printable(&hold.reason)
    ))
}

fn hold_id(text: &str) -> Result<[u8; 16], String> {
    decode_hex(text)
        .and_then(|bytes| bytes.as_ref().try_into().ok())
        .ok_or_else(|| "not 32 hexadecimal digits".to_owned())
}
