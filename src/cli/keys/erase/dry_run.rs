//! What an erasure would do, without doing it.

use std::fmt;

use indelible_compliance::reports::counted;
use indelible_proto::v1::GetStatusRequest;
use serde::Serialize;

use crate::cli::{
    error::CliError,
    privacy::{
        holding::{Holding, HoldingView, Holdings, UnaskedView},
        trail::{self, Recipient},
    },
    session::Session,
    ui::table::Table,
};

/// What an erasure leaves, wherever it is done.
pub(super) const REMAINS: [&str; 4] = [
    "the headers of the events: type, classification, recorded time, and hashes over what was there",
    "the record of the erasure, with its legal basis, and the entries of the access trail",
    "events that name the person elsewhere than as their data subject, or in another spelling",
    "copies outside the data directory: bundles and other files that were exported, and backups",
];

/// Shows what an erasure would destroy in each ledger, and what would refuse it.
///
/// # Errors
/// If one of them would be refused.
pub(super) async fn dry_run(
    session: &mut Session,
    data_subject: &str,
    holdings: &Holdings,
) -> Result<(), CliError> {
    let mut client = session.connection.open().await?;
    let status = client
        .get_status(session.connection.request(GetStatusRequest {}))
        .await?;
    let clock = status.into_inner().clock.unwrap_or_default();
    let mut refused = Vec::new();
    for holding in &holdings.found {
        let mut recipients = Vec::new();
        if holding.ledger.access_trail {
            let connection = &session.connection;
            let theirs = trail::sequences(connection, &mut client, holding, data_subject).await?;
            recipients =
                trail::recipients(connection, &mut client, &holding.ledger, &theirs).await?;
        }
        let view = DryRun::new(holding, recipients, clock.unconfirmed);
        if !view.would_be_refused_by.is_empty() {
            refused.push(holding.ledger.name.clone());
        }
        session.output.item(&view)?;
    }
    for unasked in &holdings.unasked {
        session.output.item(&UnaskedView::new(unasked))?;
    }
    if !refused.is_empty() {
        return Err(CliError::WouldBeRefused { ledgers: refused });
    }
    holdings.check()
}

/// What would become of one ledger.
#[derive(Serialize)]
struct DryRun<'a> {
    #[serde(flatten)]
    holding: HoldingView<'a>,
    /// How many events would lose body and payload; none if the erasure would be refused.
    would_be_erased: u64,
    would_be_refused_by: Vec<String>,
    remains: [&'static str; 4],
    /// Who had these events decrypted, and may have kept them; nothing where the ledger keeps no access trail.
    opened_by: Option<Vec<Recipient>>,
}

impl<'a> DryRun<'a> {
    fn new(holding: &'a Holding, recipients: Vec<Recipient>, is_clock_doubted: bool) -> Self {
        let mut refusals = Vec::new();
        if !holding.is_open() {
            refusals.push("the ledger is not open".to_owned());
        }
        if is_clock_doubted {
            refusals.push("the daemon's clock is not confirmed".to_owned());
        }
        match holding.found.holds.len() {
            0 => {}
            1 => refusals.push("a hold is in force".to_owned()),
            held => refusals.push(format!("{held} holds are in force")),
        }
        Self {
            holding: HoldingView::new(holding),
            would_be_erased: match refusals.is_empty() {
                true => holding.found.event_count,
                false => 0,
            },
            would_be_refused_by: refusals,
            remains: REMAINS,
            opened_by: holding.ledger.access_trail.then_some(recipients),
        }
    }
}

impl fmt::Display for DryRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        match &self.would_be_refused_by[..] {
            [] => {
                let erased = format!(
                    "body and payload of {}; nothing was erased now",
                    counted(self.would_be_erased, "event", "events")
                );
                table.row("would be erased", erased);
            }
            refusals => drop(table.row("would be refused", refusals.join(", "))),
        }
        for remains in self.remains {
            table.row("would remain", remains);
        }
        let readers = trail::readers(self.opened_by.as_deref());
        writeln!(f, "{}\n{table}\n{readers}", self.holding)
    }
}
