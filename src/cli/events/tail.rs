//! `indelible tail`: the newest records, and those that come.

use std::time::Duration;

use clap::Args;
use indelible_proto::v1::{FollowRecordsRequest, GetLedgerRequest, LedgerRecord};

use crate::cli::{
    connection::Client,
    error::{CliError, Refusal},
    events::{
        record_rows::{RECORD_COLUMNS, Sealed, record_row},
        record_view::RecordView,
    },
    session::Session,
    ui::{columns::Columns, opening::Opening, output::Output},
};

const LINES_DEFAULT: u64 = 10;
const RECONNECT_DELAY: Duration = Duration::from_secs(1);
/// Handshakes of TLS that are refused one after the other until a follower gives up. docs/cli.md names it.
const REFUSED_HANDSHAKES_MAX: u32 = 10;

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
    /// Continue until interrupted, even if the daemon restarts meanwhile; only if it refuses this client's certificate ten
    /// times in a row, the command gives up
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
        let mut shown = Shown {
            columns: Columns::new(RECORD_COLUMNS),
            sealed: Sealed::new(self.opening.is_wanted()),
        };
        let mut refused_handshakes = 0;
        while next < end {
            let Err(failure) = self
                .follow(
                    &mut client,
                    session,
                    &mut shown,
                    (&mut next, end),
                    &mut refused_handshakes,
                )
                .await
            else {
                break;
            };
            match failure {
                CliError::Daemon(refusal) if self.follow && refusal.is_temporary() => {
                    let (is_refused, refusal) = looked_at(session, *refusal).await?;
                    refused_handshakes = if is_refused {
                        refused_handshakes + 1
                    } else {
                        0
                    };
                    if refused_handshakes >= REFUSED_HANDSHAKES_MAX {
                        return Err(session.connection.not_let_in(&refusal));
                    }
                    wait_for_daemon(session, &refusal).await;
                }
                failure => return Err(failure),
            }
        }
        shown.sealed.tell(&mut session.output);
        Ok(())
    }

    /// Shows records from `next` on, and moves it along, so that another call goes on where this one broke. Once the daemon
    /// answers, no handshake was refused.
    async fn follow(
        &self,
        client: &mut Client,
        session: &mut Session,
        shown: &mut Shown,
        (next, end): (&mut u64, u64),
        refused_handshakes: &mut u32,
    ) -> Result<(), CliError> {
        let request = FollowRecordsRequest {
            ledger: self.ledger.clone(),
            start_sequence: *next,
            include_evidence: self.evidence,
            open_sealed: self.opening.is_wanted(),
            purpose: self.opening.purpose(),
        };
        let mut stream = client.follow_records(request).await?.into_inner();
        *refused_handshakes = 0;
        while let Some(message) = stream.message().await? {
            let left = usize::try_from(end - *next).unwrap_or(usize::MAX);
            let records = &message.records[..message.records.len().min(left)];
            for record in records {
                if record.sequence != *next {
                    return Err(CliError::Answer("a record is missing or out of order"));
                }
                *next += 1;
            }
            shown.show(&mut session.output, records)?;
            session.output.flush()?;
            if *next >= end {
                return Ok(());
            }
        }
        Err(tonic::Status::unavailable("the daemon ended the stream").into())
    }
}

/// What was shown so far.
struct Shown {
    columns: Columns,
    sealed: Sealed,
}

impl Shown {
    fn show(&mut self, output: &mut Output, records: &[LedgerRecord]) -> Result<(), CliError> {
        records.iter().for_each(|record| self.sealed.see(record));
        if output.is_json() {
            let mut views = records.iter().map(RecordView::new);
            return views.try_for_each(|view| output.object_line(&view));
        }
        let rows: Vec<_> = records.iter().map(record_row).collect();
        self.columns.show(output, &rows)
    }
}

/// Whether the daemon broke off the handshake, which is asked for on a thread that may wait.
async fn looked_at(session: &Session, refusal: Refusal) -> Result<(bool, Refusal), CliError> {
    let connection = session.connection.clone();
    let look = move || (connection.is_refused_by_tls(&refusal), refusal);
    let looked = tokio::task::spawn_blocking(look).await;
    looked.map_err(|_| CliError::Answer("the connection could not be looked at"))
}

async fn wait_for_daemon(session: &mut Session, refusal: &Refusal) {
    let remark = match refusal.alert {
        Some(why) => {
            format!("waiting for the daemon, which does not take this client's certificate: {why}")
        }
        None => format!("waiting for the daemon: {refusal}"),
    };
    session.output.remark(remark);
    let delay = refusal.retry_after.unwrap_or(RECONNECT_DELAY);
    tokio::time::sleep(delay).await;
}
