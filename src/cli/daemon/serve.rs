//! `indelible serve`: the daemon.

use std::{
    fmt,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::Args;
use indelible_keystore::{KeyError, Remedy};
use indelible_ledger::{KeysError, OpenError};
use indelible_server::{
    config::{Config, Flags, LogFormat, Terminal},
    daemon::{self, DaemonError},
};
use indelible_store::{Cause, StoreError, anchor::AnchorError};
use serde::Serialize;

use crate::cli::{
    error::{CliError, chain},
    exit::Exit,
    session::Session,
};

/// Run the daemon on a data directory
///
/// The directory is created if it is not there. A passphrase opens the keys: it is asked for on a terminal,
/// twice the first time, and otherwise read from --passphrase-file. The daemon runs until SIGTERM or SIGINT; then it
/// commits and acknowledges what it has accepted, and closes the store.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    options: DaemonOptions,
}

/// What a daemon is told on its command line.
#[derive(Debug, Args)]
pub(super) struct DaemonOptions {
    /// The data directory
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    data: Option<PathBuf>,
    /// Where to listen: unix: and a path, or an IP address and a port, which beyond loopback needs TLS; port 0 takes any
    /// free port. Can be given several times [default: a socket in XDG_RUNTIME_DIR, or in
    /// /tmp/indelible-UID where that is not set; for root, unix:/run/indelible/indelible.sock]
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<String>,
    /// Address and port where monitoring reads /metrics, loopback only [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<String>,
    /// Let --metrics name an address that other machines reach, where they read in the clear
    #[arg(long)]
    metrics_insecure: bool,
    /// Address and port where probes read /livez, /readyz and /startupz over HTTP; they are told one word, wherever they come
    /// from [default: nowhere]
    #[arg(long, value_name = "ADDRESS")]
    health: Option<String>,
    /// A file with the passphrase, outside the data directory
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// A configuration file; options given here override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What the origins of new ledgers begin with, best a domain of yours [default: localhost]
    #[arg(long, value_name = "PREFIX")]
    origin_prefix: Option<String>,
    /// The anchor, best on another volume [default: DIR.anchor]
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// Believe the clock up to this time, however far it is ahead of what is recorded, RFC 3339
    #[arg(long, value_name = "TIME")]
    clock_right_until: Option<String>,
    /// How log lines are written: text or json [default: text, with --output json json]
    #[arg(long, value_name = "FORM")]
    log_format: Option<String>,
    /// What is logged, for example debug or indelible=debug [default: info]
    #[arg(long, value_name = "FILTER")]
    log_filter: Option<String>,
}

impl DaemonOptions {
    /// As they were written. Nothing is checked yet.
    pub(super) fn flags(self, is_for_programs: bool) -> Flags {
        Flags {
            config: self.config,
            data: self.data,
            listen: self.listen,
            metrics: self.metrics,
            metrics_insecure: self.metrics_insecure,
            health: self.health,
            origin_prefix: self.origin_prefix,
            anchor: self.anchor,
            passphrase_file: self.passphrase_file,
            clock_right_until: self.clock_right_until,
            log_format: self.log_format,
            log_filter: self.log_filter,
            is_for_programs,
        }
    }
}

impl Serve {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let terminal = if io::stdin().is_terminal() {
            Terminal::Present
        } else {
            Terminal::Absent
        };
        let flags = self.options.flags(session.output.is_json());
        let config =
            Config::load(&flags, terminal).map_err(|error| CliError::of_configuration(&error))?;
        daemon::start_log(&config.log);
        // What keeps the log reads this, too.
        let is_line = config.log.format == LogFormat::Json && !session.output.is_json();
        let output = &mut session.output;
        let served = daemon::serve(config, |places| {
            for place in places {
                let address = place.to_string();
                // A daemon serves all the same when nobody reads where it listens.
                let _unread = match is_line {
                    true => output.object_line(&ListeningLine {
                        level: "INFO",
                        message: "listening",
                        address,
                    }),
                    false => output.answer(&Listening { address }),
                };
            }
            let _unread = output.flush();
        });
        served.map_err(|error| {
            told(
                &error,
                "stop that process, or choose another data directory",
            )
        })
    }
}

/// Where the daemon listens.
#[derive(Serialize)]
struct Listening {
    address: String,
}

/// The same among the lines of a log for programs.
#[derive(Serialize)]
struct ListeningLine {
    level: &'static str,
    message: &'static str,
    address: String,
}

impl fmt::Display for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "listening on {}", self.address)
    }
}

/// What to do where a command works on the store of a daemon that is to be stopped.
pub(super) const STOP_FIRST: &str = "stop that process first: this works only while no daemon runs";

/// An error of the daemon, and what to do `if_held`: if another process holds the store.
pub(super) fn told(error: &DaemonError, if_held: &str) -> CliError {
    let problem = match error {
        DaemonError::Store(StoreError::Locked { .. }) => format!("{}: {if_held}", chain(error)),
        DaemonError::Open(OpenError::Anchor(AnchorError::Locked { .. })) => format!(
            "{}: stop that process, which may be a daemon with another data directory, or name this store's own anchor with --anchor",
            chain(error)
        ),
        _ => chain(error),
    };
    CliError::Serve {
        exit: exit(error),
        problem,
    }
}

fn exit(error: &DaemonError) -> Exit {
    match error {
        DaemonError::Key(_) | DaemonError::PassphrasesDiffer => Exit::Refused,
        // A store that has nothing yet, and no keys to begin with.
        DaemonError::Open(OpenError::Keys(KeysError::Key(error)))
            if error.remedy() == Remedy::Wait =>
        {
            Exit::Refused
        }
        // Another KEK than the one that wrapped the keys: a restart finds the same.
        DaemonError::Open(OpenError::Keys(KeysError::Key(
            KeyError::OtherKek { .. }
            | KeyError::OtherProvider { .. }
            | KeyError::WrongPassphrase
            | KeyError::Config(_),
        ))) => Exit::Refused,
        DaemonError::OpenFiles(_) => Exit::Usage,
        DaemonError::Prompt(_) => Exit::File,
        DaemonError::Listen { .. } => Exit::Connection,
        DaemonError::Store(StoreError::Locked { .. })
        | DaemonError::Open(
            OpenError::Anchor(AnchorError::Locked { .. }) | OpenError::Shortage { .. },
        ) => Exit::Unavailable,
        DaemonError::Store(error) | DaemonError::Open(OpenError::Store(error))
            if error.cause().is_some_and(Cause::is_shortage) =>
        {
            Exit::Unavailable
        }
        // The wrong user, or rights that forbid it.
        DaemonError::Store(error) | DaemonError::Open(OpenError::Store(error))
            if error.cause() == Some(Cause::Forbidden) =>
        {
            Exit::Usage
        }
        DaemonError::Store(
            StoreError::Occupied { .. }
            | StoreError::RestoreUnfinished { .. }
            | StoreError::OpenToAll { .. }
            | StoreError::OtherOwner { .. },
        )
        | DaemonError::DataUnusable { .. }
        | DaemonError::StoreLost { .. }
        | DaemonError::StoreAbsent(_) => Exit::Usage,
        _ => Exit::Daemon,
    }
}

#[cfg(test)]
mod tests {

    use indelible_server::daemon::Purpose;

    use super::*;

    #[test]
    fn an_error_is_told_with_its_cause_and_its_own_code() {
        for (purpose, kind, words) in [
            (
                Purpose::Tcp,
                io::ErrorKind::AddrInUse,
                ["can't listen on 127.0.0.1:1", "has the port"],
            ),
            (
                Purpose::Tcp,
                io::ErrorKind::PermissionDenied,
                ["can't listen on 127.0.0.1:1", "from 1024 on with --listen"],
            ),
            (
                Purpose::Metrics,
                io::ErrorKind::AddrInUse,
                [
                    "can't serve metrics on 127.0.0.1:1",
                    "another port with --metrics",
                ],
            ),
            (
                Purpose::Socket,
                io::ErrorKind::PermissionDenied,
                ["can't listen on 127.0.0.1:1", "a directory of this user"],
            ),
            (
                Purpose::Tcp,
                io::ErrorKind::AddrNotAvailable,
                ["can't listen on 127.0.0.1:1", "does not have the address"],
            ),
        ] {
            let error = DaemonError::Listen {
                purpose,
                address: "127.0.0.1:1".to_owned(),
                source: kind.into(),
            };
            let text = chain(&error);
            for words in words {
                assert!(text.contains(words), "{text}");
            }
            assert!(text.ends_with(&kind.to_string()), "{text}");
            assert_eq!(exit(&error), Exit::Connection);
            let asks = text.contains("another daemon");
            assert_eq!(asks, kind == io::ErrorKind::AddrInUse, "{text}");
        }
        assert_eq!(exit(&DaemonError::PassphrasesDiffer), Exit::Refused);
    }

    #[test]
    fn an_anchor_that_another_process_has_is_no_damage() {
        let held = DaemonError::Open(OpenError::Anchor(AnchorError::Locked {
            path: "/var/lib/indelible/data.anchor".into(),
        }));
        let told = told(&held, "");
        assert_eq!(told.exit(), Exit::Unavailable);
        assert!(told.to_string().contains("stop that process"), "{told}");
    }
}
