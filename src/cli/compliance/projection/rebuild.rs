//! `indelible projection rebuild`: stored states, made again and compared.

use std::fmt;

use clap::Args;
use indelible_interchange::hex;
use indelible_proto::v1::{RebuildProjectionsRequest, RebuildResult, RebuiltFold};
use serde::Serialize;

use crate::cli::{
    compliance::projection::view::{HoldsView, NO_HOLDS},
    error::CliError,
    session::Session,
    ui::{
        progress::{Progress, Unit},
        table::Table,
    },
};

/// Rebuild the stored states of all projections from the records, and compare
///
/// Each must come out as it was stored. If one does not, somebody has changed what was stored, and answers made from it
/// were wrong: the command names it and ends with exit code 1. Reports never use stored states.
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// Name or origin
    #[arg(long, value_name = "LEDGER")]
    ledger: String,
}

impl Rebuild {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
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
                return report(session, &rebuilt);
            }
        }
        Err(CliError::Answer("the rebuild ends without a result"))
    }
}

fn report(session: &mut Session, rebuilt: &RebuildResult) -> Result<(), CliError> {
    let holds_for = HoldsView::new(rebuilt.coverage.as_ref().ok_or(NO_HOLDS)?);
    let folds = rebuilt.folds.iter().map(FoldView::new).collect();
    session.output.answer(&RebuildAnswer { holds_for, folds })?;
    let differed = rebuilt.folds.iter().filter(|fold| !fold.unchanged);
    let folds: Vec<_> = differed.map(|fold| fold.name.clone()).collect();
    if folds.is_empty() {
        return Ok(());
    }
    Err(CliError::StatesDiffered { folds })
}

/// What rebuilding all states came to.
#[derive(Serialize)]
struct RebuildAnswer<'a> {
    holds_for: HoldsView<'a>,
    folds: Vec<FoldView<'a>>,
}

/// One fold, before and after.
#[derive(Serialize)]
struct FoldView<'a> {
    name: &'a str,
    version: u32,
    records: u64,
    digest_before: String,
    digest_after: String,
    same: bool,
}

impl<'a> FoldView<'a> {
    fn new(fold: &'a RebuiltFold) -> Self {
        Self {
            name: &fold.name,
            version: fold.version,
            records: fold.record_count,
            digest_before: hex::encode(&fold.digest_before),
            digest_after: hex::encode(&fold.digest_after),
            same: fold.unchanged,
        }
    }
}

impl fmt::Display for RebuildAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        for fold in &self.folds {
            let says = if fold.same { "the same" } else { "DIFFERED" };
            let name = format!("{} {}", fold.name, fold.version);
            table.row(name, format_args!("{says}  {}", fold.digest_after));
        }
        write!(f, "{}\n{table}", self.holds_for)
    }
}
