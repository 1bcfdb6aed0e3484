//! `indelible policy baseline`.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_proto::v1::SetDriftBaselineRequest;
use serde::Serialize;

use super::{recorded, table};
use crate::cli::{error::CliError, keys::recorded::Recorded, session::Session};

/// Hold the figures of requests under a policy of the kind aegis against a baseline, from here on
///
/// The file has one number a line, 30 or more: values of the figure that the policy names in drift_metric. A baseline of
/// before is replaced, and counting begins anew.
#[derive(Debug, Args)]
pub(crate) struct Baseline {
    /// Name or origin
    ledger: String,
    /// The digest of the policy
    policy: String,
    /// The values
    file: PathBuf,
}

impl Baseline {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let values = values(&self.file)?;
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(SetDriftBaselineRequest {
            ledger: self.ledger,
            policy: self.policy,
            values,
        });
        let answer = client.set_drift_baseline(request).await?.into_inner();
        session.output.answer(&Set {
            metric: answer.metric,
            values_digest: answer.values_digest,
            bounds: answer.bounds,
            counts: answer.counts,
            recorded: recorded(answer.place),
        })
    }
}

fn values(path: &Path) -> Result<Vec<f64>, CliError> {
    let text = fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let value = |(number, line): (u64, &str)| {
        let value = line
            .trim()
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite());
        value.ok_or_else(|| CliError::Input {
            name: format!("{}, line {number}", path.display()),
            problem: "must be a finite number".to_owned(),
        })
    };
    lines.map(value).collect()
}

#[derive(Serialize)]
struct Set {
    metric: String,
    values_digest: String,
    bounds: Vec<f64>,
    counts: Vec<u64>,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("figure", &self.metric)
                .row("values", &self.values_digest);
            for (at, count) in self.counts.iter().enumerate() {
                let bin = match (
                    at.checked_sub(1).and_then(|at| self.bounds.get(at)),
                    self.bounds.get(at),
                ) {
                    (None, None) => "all".to_owned(),
                    (None, Some(above)) => format!("below {above}"),
                    (Some(from), None) => format!("from {from}"),
                    (Some(from), Some(above)) => format!("from {from} below {above}"),
                };
                table.row(&bin, count);
            }
            self.recorded.rows(table);
        })
    }
}
