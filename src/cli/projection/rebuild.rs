//! `indelible projection rebuild`.

use clap::Args;
use indelible_proto::v1::{RebuildProjectionsRequest, RebuildResult};
use serde_json::json;

use super::NO_HOLDS;
use crate::cli::{
    Session,
    error::CliError,
    progress::{Progress, Unit},
    view::{HoldsView, Table, hex},
};

/// Make the stored states of all projections anew from the records, and compare
///
/// They come out as they were. If one does not, somebody has changed what was stored, answers made of it were wrong,
/// and the command says so with exit code 1. Reports are never made of stored states.
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// Name or origin
    #[arg(long, value_name = "LEDGER")]
    ledger: String,
}

impl Rebuild {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let request = RebuildProjectionsRequest {
            ledger: self.ledger,
        };
        let mut client = session.connection.open_compliance().await?;
        let mut stream = client.rebuild_projections(request).await?.into_inner();
        let mut progress = Progress::new(&session.output, "rebuilding", Unit::Records);
        while let Some(answer) = stream.message().await? {
            progress.set(answer.done, Some(answer.total));
            if let Some(rebuilt) = answer.result {
                progress.clear();
                return told(session, &rebuilt);
            }
        }
        Err(CliError::Answer("the rebuild breaks off"))
    }
}

fn told(session: &mut Session, rebuilt: &RebuildResult) -> Result<(), CliError> {
    let holds = HoldsView::new(rebuilt.coverage.as_ref().ok_or(NO_HOLDS)?);
    let mut table = Table::default();
    for fold in &rebuilt.folds {
        let says = if fold.unchanged {
            "the same"
        } else {
            "DIFFERED"
        };
        let name = format!("{} {}", fold.name, fold.version);
        table.row(name, format!("{says}  {}", hex(&fold.digest_after)));
    }
    let folds = rebuilt.folds.iter().map(|fold| {
        json!({
            "name": fold.name,
            "version": fold.version,
            "records": fold.record_count,
            "digest_before": hex(&fold.digest_before),
            "digest_after": hex(&fold.digest_after),
            "same": fold.unchanged,
        })
    });
    let value = json!({ "holds_for": holds, "folds": folds.collect::<Vec<_>>() });
    session
        .output
        .result(&value, format_args!("{holds}\n{table}"))?;
    let differed = rebuilt.folds.iter().filter(|fold| !fold.unchanged);
    let folds: Vec<_> = differed.map(|fold| fold.name.clone()).collect();
    if folds.is_empty() {
        return Ok(());
    }
    Err(CliError::StatesDiffered { folds })
}
