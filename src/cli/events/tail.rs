//! `indelible tail`: the newest records, and those that come.

use std::time::Duration;

use clap::Args;
use indelible_proto::v1::{FollowRecordsRequest, GetLedgerRequest};

use crate::cli::{
    connection::Client,
    error::{CliError, Refusal},
    events::record_view::RecordLine,
    session::Session,
    ui::opening::Opening,
};

const LINES_DEFAULT: u64 = 10;
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Show the newest records, and with --follow every new one as soon as it is durable
#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Name or origin
    ledger: String,
    /// Begin at this sequence number
    #[arg(long, value_name = "SEQUENCE", conflicts_with = "lines")]
    from: Option<u64>,
    /// Begin this many records before the end
    #[arg(long, short = 'n', value_name = "N", default_value_t = LINES_DEFAULT)]
    lines: u64,
    /// Continue until interrupted, even if the daemon restarts meanwhile
    #[arg(long, short)]
    follow: bool,
    /// Add the stored evidence bytes; with --output json
    #[arg(long)]
    evidence: bool,
    #[command(flatten)]
    opening: Opening,
}

impl Tail {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open().await?;
        let request = session.connection.request(GetLedgerRequest {
            ledger: self.ledger.clone(),
        });
        let answer = client.get_ledger(request).await?.into_inner();
        let size = answer.ledger.unwrap_or_default().size;
        let mut next = self.from.unwrap_or(size.saturating_sub(self.lines));
        let end = if self.follow { u64::MAX } else { size };
        while next < end {
            let Err(failure) = self.follow(&mut client, session, &mut next, end).await else {
                return Ok(());
            };
            match failure {
                CliError::Daemon(refusal) if self.follow && refusal.is_temporary() => {
                    wait_for_daemon(session, &refusal).await;
                }
                failure => return Err(failure),
            }
        }
        Ok(())
    }

    /// Shows records from `next` on, and moves it along, so that another call goes on where this one broke.
    async fn follow(
        &self,
        client: &mut Client,
        session: &mut Session,
        next: &mut u64,
        end: u64,
    ) -> Result<(), CliError> {
        let request = FollowRecordsRequest {
            ledger: self.ledger.clone(),
            start_sequence: *next,
            include_evidence: self.evidence,
            open_sealed: self.opening.is_wanted(),
            purpose: self.opening.purpose(),
        };
        let mut stream = client.follow_records(request).await?.into_inner();
        while let Some(message) = stream.message().await? {
            for record in &message.records {
                if record.sequence != *next {
                    return Err(CliError::Answer("a record is missing or out of order"));
                }
                session.output.item(&RecordLine::new(record))?;
                *next += 1;
                if *next >= end {
                    return Ok(());
                }
            }
            session.output.flush()?;
        }
        Err(tonic::Status::unavailable("the daemon ended the stream").into())
    }
}

async fn wait_for_daemon(session: &mut Session, refusal: &Refusal) {
    session
        .output
        .remark(format_args!("waiting for the daemon: {refusal}"));
    let delay = refusal.retry_after.unwrap_or(RECONNECT_DELAY);
    tokio::time::sleep(delay).await;
}
