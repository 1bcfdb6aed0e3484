//! `indelible bench`: how fast a daemon appends.

use clap::Args;
use indelible_load::{BenchArguments, BenchError, run_with_progress};

use crate::cli::{
    error::CliError,
    session::Session,
    ui::progress::{Progress, Unit},
};

/// Measure how fast a daemon appends
///
/// The command appends to the ledger `bench`, or to the one that is named, and creates it if it is not there. What it appends
/// stays, so measure with a daemon on a data directory made for that. A ledger that others have appended to is refused unless
/// --existing is given.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    #[command(flatten)]
    arguments: BenchArguments,
}

impl Bench {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let options = self.arguments.check(session.connection.door()?)?;
        let mut progress = Progress::new(&session.output, "appending", Unit::Records);
        let report = run_with_progress(options, move |now| progress.set(now.events, None)).await?;
        session.output.answer(&report)
    }
}

impl From<BenchError> for CliError {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::Option { .. } => Self::Usage(error.to_string()),
            BenchError::Connect { address, source } => Self::Unreachable {
                address,
                problem: source.to_string(),
            },
            BenchError::Ledger { status, .. } => Self::from(*status),
            BenchError::Start(source) => Self::System {
                doing: "can't start the load generator",
                source,
            },
            BenchError::Ended => Self::System {
                doing: "can't measure",
                source: std::io::Error::other(error.to_string()),
            },
        }
    }
}
