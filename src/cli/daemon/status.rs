//! `indelible status`: how the daemon is.

mod backups;
mod in_force;
mod register;
mod rescue;

use std::{
    fmt,
    time::{Duration, Instant},
};

use clap::Args;
use indelible_proto::v1::{ClockStatus, DaemonState, GetStatusRequest, GetStatusResponse};
use serde::{Serialize, Serializer};

use self::{backups::BackupsView, in_force::InForce, register::RegisterView, rescue::RescueView};
use super::scrub_view::ScrubTotals;
use crate::cli::{
    error::CliError,
    session::Session,
    ui::{
        ledger_state::ledger_state,
        paint::Paint,
        size::bytes_for_people,
        table::{Table, printable},
        time,
    },
};

/// Show what the daemon is doing, and what is wrong
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Wait until the daemon serves, at most so many seconds; for scripts that have just started it
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

/// How often a daemon that is awaited is asked.
const ASKED_EVERY: Duration = Duration::from_millis(100);

/// How long an answer may take at least, however short the wait.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);

impl Status {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let until = Instant::now() + Duration::from_secs(self.wait.unwrap_or_default());
        let status = loop {
            let status = match self.wait {
                Some(_) => ask_until(session, until).await,
                None => ask(session).await,
            };
            let is_serving =
                matches!(&status, Ok(status) if status.state() == DaemonState::Serving);
            if is_serving || Instant::now() >= until {
                break status?;
            }
            tokio::time::sleep(ASKED_EVERY).await;
        };
        if self.wait.is_some() && status.state() != DaemonState::Serving {
            let state = daemon_state(status.state());
            return Err(tonic::Status::unavailable(format!("the daemon is still {state}")).into());
        }
        let connection = &session.connection;
        let view = StatusView::new(connection.address(), connection.context(), &status);
        session.output.answer(&view)
    }
}

/// The same, but a daemon that does not answer is not waited for any longer.
async fn ask_until(session: &Session, until: Instant) -> Result<GetStatusResponse, CliError> {
    let left = until.saturating_duration_since(Instant::now());
    let answer = tokio::time::timeout(left.max(ANSWERED_WITHIN), ask(session)).await;
    answer.unwrap_or_else(|_late| {
        Err(tonic::Status::unavailable("the daemon takes calls and does not answer").into())
    })
}

async fn ask(session: &Session) -> Result<GetStatusResponse, CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetStatusRequest {});
    Ok(client.get_status(request).await?.into_inner())
}

fn daemon_state(state: DaemonState) -> &'static str {
    match state {
        DaemonState::Unspecified => "unknown",
        DaemonState::Recovering => "recovering",
        DaemonState::Serving => "serving",
        DaemonState::Draining => "draining",
    }
}

/// How the daemon is.
#[derive(Serialize)]
struct StatusView<'a> {
    address: &'a str,
    /// The name of the client's context that the address is from.
    context: Option<&'a str>,
    version: &'a str,
    evidence_format: &'a str,
    state: &'static str,
    started_time: String,
    #[serde(skip)]
    started_for_people: String,
    ledgers: Counts,
    /// Why no ledger takes appends, whatever its own state; empty if that is not so.
    appends_refused: &'a str,
    identity_custody: &'a str,
    keys_away: Option<KeysAway<'a>>,
    disk_free_bytes: u64,
    clock: Option<ClockView>,
    backup: Option<BackupsView<'a>>,
    register: Option<RegisterView<'a>>,
    rescue: Option<RescueView<'a>>,
    scrub: Option<ScrubTotals>,
    #[serde(flatten)]
    in_force: InForce<'a>,
    notices: Vec<NoticeView<'a>>,
}

/// How many ledgers are in which state.
struct Counts(Vec<(&'static str, u64)>);

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// Why the keys can't be used.
#[derive(Serialize)]
struct KeysAway<'a> {
    since: String,
    provider: &'a str,
    fault: &'a str,
    reason: &'a str,
    /// Whether the daemon tries again by itself.
    retries_automatically: bool,
}

/// How the daemon's clock stands.
#[derive(Serialize)]
struct ClockView {
    now: String,
    newest_recorded: String,
    behind_seconds: u64,
    unconfirmed: bool,
}

impl ClockView {
    fn new(clock: &ClockStatus) -> Self {
        Self {
            now: time::to_text(clock.now_time.as_ref()),
            newest_recorded: time::to_text(clock.newest_recorded_time.as_ref()),
            behind_seconds: clock.behind_seconds,
            unconfirmed: clock.unconfirmed,
        }
    }
}

/// Something that an operator should know.
#[derive(Serialize)]
struct NoticeView<'a> {
    code: &'a str,
    detail: &'a str,
    ledger: &'a str,
}

impl<'a> StatusView<'a> {
    fn new(address: &'a str, context: Option<&'a str>, status: &'a GetStatusResponse) -> Self {
        let ledgers = status.ledgers.iter();
        let notices = status.notices.iter().map(|notice| NoticeView {
            code: notice.code().name(),
            detail: &notice.detail,
            ledger: &notice.ledger_origin,
        });
        Self {
            address,
            context,
            version: &status.version,
            evidence_format: &status.evidence_format,
            state: daemon_state(status.state()),
            started_time: time::to_text(status.started_time.as_ref()),
            started_for_people: time::for_people(status.started_time.as_ref()),
            ledgers: Counts(
                ledgers
                    .map(|count| (ledger_state(count.state()), count.count))
                    .collect(),
            ),
            appends_refused: &status.appends_refused,
            identity_custody: &status.identity_custody,
            keys_away: status.keys_away.as_ref().map(|away| KeysAway {
                since: time::to_text(away.since_time.as_ref()),
                provider: &away.provider,
                fault: &away.fault,
                reason: &away.reason,
                retries_automatically: away.retries_automatically,
            }),
            disk_free_bytes: status.disk_free_bytes,
            clock: status.clock.as_ref().map(ClockView::new),
            backup: status.backup.as_ref().map(BackupsView::new),
            register: status.register.as_ref().map(RegisterView::new),
            rescue: status.rescue.as_ref().map(RescueView::new),
            scrub: status.scrub.as_ref().map(ScrubTotals::new),
            in_force: InForce::new(status),
            notices: notices.collect(),
        }
    }
}

impl fmt::Display for StatusView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        if let Some(context) = self.context {
            table.row("context", format_args!("{context} ({})", self.address));
        }
        table
            .row("state", self.state)
            .row("version", self.version)
            .row("evidence format", self.evidence_format)
            .row("started", &self.started_for_people)
            .row("identity key", self.identity_custody);
        if let Some(KeysAway { since, reason, .. }) = &self.keys_away {
            let reason = printable(reason);
            table.row("keys", format_args!("away since {since}: {reason}"));
        }
        table.row("disk free", bytes_for_people(self.disk_free_bytes));
        if let Some(backup) = &self.backup {
            backup.rows(&mut table);
        }
        if let Some(register) = &self.register {
            register.rows(&mut table);
        }
        if let Some(rescue) = &self.rescue {
            rescue.rows(&mut table);
        }
        if let Some(scrub) = &self.scrub {
            table.row("scrub", scrub);
        }
        self.in_force.rows(&mut table);
        for (state, count) in &self.ledgers.0 {
            table.row(format!("ledgers {state}"), count);
        }
        table.row_if("appends refused", self.appends_refused);
        write!(f, "{table}")?;
        for notice in &self.notices {
            f.write_str("\n\n")?;
            Paint::Head.write(f, notice.code)?;
            if !notice.ledger.is_empty() {
                write!(f, " ({})", notice.ledger)?;
            }
            write!(f, "\n  {}", notice.detail)?;
        }
        Ok(())
    }
}
