//! `indelible agent halt --all-ledgers` and `resume --all-ledgers`.

use std::fmt;

use indelible_proto::v1::{
    HaltAllLedgersRequest, HaltAllLedgersResponse, HaltedLedger, LedgerNotReached,
    ResumeAllLedgersRequest, ResumeAllLedgersResponse,
};
use serde::Serialize;

use crate::cli::{error::CliError, governance::table, session::Session};

pub(super) async fn halt(session: &mut Session, people: u32) -> Result<(), CliError> {
    let mut client = session.connection.open_governance().await?;
    let request = session.connection.request(HaltAllLedgersRequest { people });
    let answer = client.halt_all_ledgers(request).await?.into_inner();
    let HaltAllLedgersResponse {
        system_sequence,
        ledgers,
        not_reached,
    } = answer;
    let halted = Halted {
        system_sequence,
        ledgers: ledgers.into_iter().map(Ledger::of).collect(),
        not_reached: not_reached.into_iter().map(NotReached::of).collect(),
    };
    session.output.answer(&halted)?;
    whole(&halted.not_reached, "halted")
}

pub(super) async fn resume(session: &mut Session) -> Result<(), CliError> {
    let mut client = session.connection.open_governance().await?;
    let request = session.connection.request(ResumeAllLedgersRequest {});
    let answer = client.resume_all_ledgers(request).await?.into_inner();
    let ResumeAllLedgersResponse {
        system_sequence,
        resumed,
        ledgers,
        not_reached,
    } = answer;
    let names = ledgers.iter().filter(|ledger| ledger.resumed);
    let waits = ledgers.iter().filter(|ledger| !ledger.resumed);
    let resumed = Resumed {
        system_sequence,
        resumed,
        ledgers: names.map(|ledger| ledger.ledger.clone()).collect(),
        waits_for_second: waits.map(|ledger| ledger.ledger.clone()).collect(),
        not_reached: not_reached.into_iter().map(NotReached::of).collect(),
    };
    session.output.answer(&resumed)?;
    whole(&resumed.not_reached, "resumed")
}

/// Ends with 0 only if no ledger was left out.
fn whole(not_reached: &[NotReached], done: &str) -> Result<(), CliError> {
    match not_reached.len() {
        0 => Ok(()),
        count => Err(CliError::NotAllowed(format!(
            "{count} ledgers could not be {done}: see above, and ask again"
        ))),
    }
}

#[derive(Serialize)]
struct Halted {
    system_sequence: u64,
    ledgers: Vec<Ledger>,
    not_reached: Vec<NotReached>,
}

#[derive(Serialize)]
struct Ledger {
    ledger: String,
    /// The record; none where everything was halted already, or the ledger's governance began with this halt.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    open_decision_count: u64,
    open_decisions: Vec<u64>,
}

impl Ledger {
    fn of(halted: HaltedLedger) -> Self {
        Self {
            ledger: halted.ledger,
            sequence: halted.place.map(|place| place.sequence),
            open_decision_count: halted.open_decision_count,
            open_decisions: halted.open_decisions,
        }
    }
}

#[derive(Serialize)]
struct NotReached {
    ledger: String,
    reason: String,
    message: String,
}

impl NotReached {
    fn of(failed: LedgerNotReached) -> Self {
        Self {
            ledger: failed.ledger,
            reason: failed.reason,
            message: failed.message,
        }
    }
}

impl fmt::Display for NotReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.ledger, self.message, self.reason)
    }
}

impl fmt::Display for Halted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table.row("halted ledgers", self.ledgers.len());
            for ledger in &self.ledgers {
                if ledger.open_decision_count > 0 {
                    let open: Vec<_> = ledger.open_decisions.iter().map(u64::to_string).collect();
                    table.row(
                        "not completed",
                        format_args!(
                            "{} in {}: {}",
                            ledger.open_decision_count,
                            ledger.ledger,
                            open.join(" ")
                        ),
                    );
                }
            }
            for failed in &self.not_reached {
                table.row("NOT HALTED", failed);
            }
            table.row("_system record", self.system_sequence);
        })
    }
}

#[derive(Serialize)]
struct Resumed {
    system_sequence: u64,
    resumed: bool,
    ledgers: Vec<String>,
    waits_for_second: Vec<String>,
    not_reached: Vec<NotReached>,
}

impl fmt::Display for Resumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            let resumed = match self.resumed {
                true => "yes",
                false => "not yet: a second person must resume it, too",
            };
            table
                .row("resumed", resumed)
                .row("ledgers", self.ledgers.len());
            for ledger in &self.waits_for_second {
                table.row("waits", ledger);
            }
            for failed in &self.not_reached {
                table.row("still halted", failed);
            }
            table.row("_system record", self.system_sequence);
        })
    }
}
