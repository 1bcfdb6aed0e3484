//! `indelible hold`: what must not be erased.

use std::fmt;

use clap::{Args, Subcommand};
use indelible_interchange::hex;
use indelible_proto::v1::{Hold, ListHoldsRequest, PlaceHoldRequest, ReleaseHoldRequest};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    keys::recorded::Recorded,
    privacy::caution,
    session::Session,
    ui::{
        columns::{Column, Columns, Row},
        data_subject::Subject,
        table::Table,
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// Place, release and list holds: what is under a hold can't be erased
#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    Place(Place),
    Release(Release),
    List(List),
}

/// Place a hold on a data subject or, without one, on the whole ledger
///
/// Prints the hold's id, which `hold release` needs.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Name or origin
    ledger: String,
    #[command(flatten)]
    subject: Subject,
    /// Why. Auditors read it, and so does the person in their archive if the hold is on them alone; name no person in it
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
        session.output.answer(&Placed {
            hold_id: hex::encode(&answer.hold_id),
            recorded: Recorded::new(answer.sequence, answer.recorded_time.as_ref()),
        })
    }
}

/// A hold that was placed.
#[derive(Serialize)]
struct Placed {
    hold_id: String,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row("hold", &self.hold_id);
        self.recorded.rows(&mut table);
        table.fmt(f)
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
        let recorded = Recorded::new(answer.sequence, answer.recorded_time.as_ref());
        session.output.answer(&recorded)
    }
}

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let mut columns = Columns::new(COLUMNS);
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListHoldsRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_holds(request).await?.into_inner();
            let views: Vec<_> = page.holds.iter().map(HoldView::new).collect();
            if session.output.is_json() {
                for view in &views {
                    session.output.object_line(view)?;
                }
            } else {
                let rows: Vec<_> = views.iter().map(HoldView::row).collect();
                columns.show(&mut session.output, &rows)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                let nothing = match caution::warn(session, &self.ledger).await? {
                    true => "no hold is known to be in force",
                    false => "no hold is in force",
                };
                columns.end(&mut session.output, nothing);
                return Ok(());
            }
        }
    }
}

/// The columns of a list of holds.
const COLUMNS: &[Column] = &[
    Column::text("hold"),
    Column::number("record"),
    Column::text("recorded"),
    Column::text("data keys"),
    Column::text("reason"),
];

/// A hold in force.
#[derive(Serialize)]
struct HoldView<'a> {
    hold_id: String,
    sequence: u64,
    recorded_time: String,
    #[serde(skip)]
    for_people: String,
    whole_ledger: bool,
    data_keys: Vec<String>,
    reason: &'a str,
}

impl<'a> HoldView<'a> {
    fn new(hold: &'a Hold) -> Self {
        Self {
            hold_id: hex::encode(&hold.hold_id),
            sequence: hold.sequence,
            recorded_time: time::to_text(hold.recorded_time.as_ref()),
            for_people: time::for_people(hold.recorded_time.as_ref()),
            whole_ledger: hold.whole_ledger,
            data_keys: hold.data_key_ids.iter().map(|id| hex::encode(id)).collect(),
            reason: &hold.reason,
        }
    }
}

impl HoldView<'_> {
    fn row(&self) -> Row {
        let reach = match self.whole_ledger {
            true => "the whole ledger".to_owned(),
            false => self.data_keys.join(" "),
        };
        let cells = vec![
            self.hold_id.clone(),
            self.sequence.to_string(),
            self.for_people.clone(),
            reach,
            self.reason.to_owned(),
        ];
        Row { cells, paint: None }
    }
}

fn hold_id(text: &str) -> Result<[u8; 16], String> {
    hex::decode(text)
        .and_then(|bytes| bytes.as_ref().try_into().ok())
        .ok_or_else(|| "not 32 hexadecimal digits".to_owned())
}
