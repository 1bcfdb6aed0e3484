//! `indelible status`: how the daemon is.

use std::fmt;

use clap::Args;
use indelible_proto::v1::{DaemonState, GetStatusRequest, GetStatusResponse};
use serde_json::json;

use crate::cli::{
    daemon::ledger_view::ledger_state,
    error::CliError,
    session::Session,
    ui::{
        table::{Table, printable},
        time,
    },
};

/// Show what the daemon is doing, and what is amiss
#[derive(Debug, Args)]
pub(crate) struct Status {}

impl Status {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open().await?;
        let request = session.connection.request(GetStatusRequest {});
        let status = client.get_status(request).await?.into_inner();
        let ledgers = status.ledgers.iter();
        let ledgers =
            ledgers.map(|count| (ledger_state(count.state()).to_owned(), count.count.into()));
        let notices = status.notices.iter().map(
            |notice| json!({"code": notice.code, "detail": notice.detail, "ledger": notice.ledger}),
        );
        let value = json!({
            "address": session.connection.address(),
            "version": status.version,
            "evidence_format": status.evidence_format,
            "state": daemon_state(status.state()),
            "started_time": time::to_text(status.started_time.as_ref()),
            "ledgers": ledgers.collect::<serde_json::Map<_, _>>(),
            "identity_custody": status.identity_custody,
            "keys_away": status.keys_away.as_ref().map(|away| json!({
                "since": time::to_text(away.since_time.as_ref()),
                "provider": away.provider,
                "fault": away.fault,
                "reason": away.reason,
                "heals": away.heals,
            })),
            "disk_free_bytes": status.disk_free_bytes,
            "notices": notices.collect::<Vec<_>>(),
        });
        session.output.result(&value, StatusText(&status))
    }
}

fn daemon_state(state: DaemonState) -> &'static str {
    match state {
        DaemonState::Unspecified => "unknown",
        DaemonState::Recovering => "recovering",
        DaemonState::Serving => "serving",
        DaemonState::Draining => "draining",
    }
}

struct StatusText<'a>(&'a GetStatusResponse);

impl fmt::Display for StatusText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.0;
        let mut table = Table::default();
        table
            .row("state", daemon_state(status.state()))
            .row("version", &status.version)
            .row("evidence format", &status.evidence_format)
            .row("started", time::to_text(status.started_time.as_ref()))
            .row("identity key", &status.identity_custody);
        if let Some(away) = &status.keys_away {
            let since = time::to_text(away.since_time.as_ref());
            table.row(
                "keys",
                format!("away since {since}: {}", printable(&away.reason)),
            );
        }
        table.row("disk free", format!("{} bytes", status.disk_free_bytes));
        for count in &status.ledgers {
            let name = format!("ledgers {}", ledger_state(count.state()));
            table.row(name, count.count);
        }
        write!(f, "{table}")?;
        for notice in &status.notices {
            write!(f, "\n\n{}", notice.code)?;
            if !notice.ledger.is_empty() {
                write!(f, " ({})", notice.ledger)?;
            }
            write!(f, "\n  {}", notice.detail)?;
        }
        Ok(())
    }
}
