//! `indelible clock`: whether the daemon's clock may be believed.

use std::fmt;

use clap::{Args, Subcommand};
use indelible_compliance::time::typed;
use indelible_proto::{
    time::{Timestamp, timestamp},
    v1::{AcceptClockRequest, GetStatusRequest},
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::{confirm, time},
};

/// Confirm the daemon's clock
#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    Accept(Accept),
}

impl ClockCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Accept(command) => command.run(session).await,
        }
    }
}

/// Say that the daemon's clock is right, so that it makes records again
///
/// A clock that is far ahead of what is recorded is not believed. Look at another clock first: a time that was recorded
/// once can't be taken back, and no later record gets an earlier one.
#[derive(Debug, Args)]
pub(crate) struct Accept {
    /// The right time, RFC 3339, within an hour; without it the daemon's clock is shown, to be confirmed
    #[arg(value_name = "TIME", value_parser = typed)]
    time: Option<u64>,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

impl Accept {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open().await?;
        let seen = match self.time {
            Some(time) => timestamp(time),
            None => {
                let request = session.connection.request(GetStatusRequest {});
                let status = client.get_status(request).await?.into_inner();
                let clock = status.clock.and_then(|clock| clock.now_time);
                let seen = clock.ok_or(CliError::Answer("it does not say what its clock says"))?;
                if !self.yes {
                    confirm::time(&mut session.output, &time::to_text(Some(&seen)))?;
                }
                seen
            }
        };
        let request = AcceptClockRequest { time: Some(seen) };
        let request = session.connection.request(request);
        let accepted = client.accept_clock(request).await?.into_inner();
        session
            .output
            .answer(&Accepted::new(accepted.time.as_ref()))
    }
}

/// What the clock says.
#[derive(Serialize)]
struct Accepted {
    time: String,
}

impl Accepted {
    fn new(time: Option<&Timestamp>) -> Self {
        Self {
            time: time::to_text(time),
        }
    }
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the clock is confirmed: {}", self.time)
    }
}
