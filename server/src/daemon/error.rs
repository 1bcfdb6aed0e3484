//! Why a daemon did not start, or did not stop cleanly.

use std::{io, path::PathBuf};

use indelible_keystore::{KekConfigError, KeyError};
use indelible_ledger::{AppendError, KekRecordsError, LedgerError, OpenError};
use indelible_store::StoreError;
use thiserror::Error;

use crate::{open_files::TooFew, tls::TlsError};

/// Why a daemon did not start, or did not stop cleanly.
#[derive(Debug, Error)]
pub enum DaemonError {
    /// The process can't keep its keys out of core dumps.
    #[error("core dumps can't be forbidden, and they would hold keys")]
    Hardening(#[source] io::Error),
    /// A key, or a provider of keys, can't be opened.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The terminal failed.
    #[error("the passphrase can't be read from the terminal")]
    Prompt(#[source] io::Error),
    /// A new passphrase was not typed the same twice.
    #[error("the two passphrases differ; start again")]
    PassphrasesDiffer,
    /// The store has ledgers, but not what the passphrase is checked against.
    #[error(
        "the store has ledgers but no KEK record, so no passphrase opens it; configure the provider that holds its KEK, \
         or restore a backup that has both"
    )]
    KekRecordMissing,
    /// The KEK would be gone with the process.
    #[error(
        "the KEK would be lost with this process, and every ledger with it; configure a provider that keeps the KEK"
    )]
    KekNotKept,
    /// The address can't be used.
    #[error("can't {} {address}: {}", purpose.told(), purpose.what_to_do(source))]
    Listen {
        /// What for.
        purpose: Purpose,
        /// Where.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// Certificate, key or authorities can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// An address needs TLS, and there is no certificate.
    #[error("there is no certificate for TLS")]
    TlsMissing,
    /// The data directory can't be used as one.
    #[error("{} can't be the data directory: {problem}", data.display())]
    DataUnusable {
        /// The data directory.
        data: PathBuf,
        /// Why not, and what to do.
        problem: &'static str,
    },
    /// There was a store, and there is none any more.
    #[error(
        "{} holds no store, but the anchor {} is that of one: restore the newest copy of the data directory beside it; to \
         begin anew, move the anchor away first",
        data.display(), anchor.display()
    )]
    StoreLost {
        /// The data directory.
        data: PathBuf,
        /// The anchor.
        anchor: PathBuf,
    },
    /// There is no store, and none is to be made.
    #[error(
        "{} has no store; name the daemon's data directory with --data, or its configuration file with --config",
        .0.display()
    )]
    StoreAbsent(PathBuf),
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledgers can't be recovered.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system refused threads or signals.
    #[error("the operating system refused threads or signals that the daemon needs")]
    System(#[from] io::Error),
    /// The services contradict their own description.
    #[error("reflection can't describe the services")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The system allows too few open files.
    #[error(transparent)]
    OpenFiles(#[from] TooFew),
    /// A part of the daemon panicked.
    #[error("a part of the daemon panicked: {0}")]
    Panicked(String),
    /// What was accepted could not all be made durable, or the store not closed.
    #[error("the store could not be closed cleanly")]
    Drain(#[source] LedgerError),
    /// The store's own ledger needs no successor, or can't get one.
    #[error("the store's own ledger gets no successor")]
    Repair(#[source] LedgerError),
    /// It has one, in which that could not be recorded.
    #[error("the store's own ledger has a successor, but who made it could not be recorded there")]
    RepairUnrecorded(#[source] AppendError),
}

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Clients over TCP.
    Tcp,
    /// Clients over a Unix socket.
    Socket,
    /// Monitoring.
    Metrics,
    /// Probes.
    Health,
}

impl Purpose {
    fn told(self) -> &'static str {
        match self {
            Self::Tcp | Self::Socket => "listen on",
            Self::Metrics => "serve metrics on",
            Self::Health => "answer probes on",
        }
    }

    /// The option or setting that names the address.
    fn setting(self) -> &'static str {
        match self {
            Self::Tcp | Self::Socket => "--listen or listen",
            Self::Metrics => "--metrics or metrics",
            Self::Health => "--health or health",
        }
    }

    /// What to do about a failure of the operating system.
    fn what_to_do(self, source: &io::Error) -> String {
        let setting = self.setting();
        match (self, source.kind()) {
            (Self::Socket, io::ErrorKind::AddrInUse) => format!(
                "a daemon answers there; stop it, or name another socket with {setting} of the configuration file"
            ),
            (_, io::ErrorKind::AddrInUse) => format!(
                "another program has the port, perhaps another daemon; stop it (`ss -ltnp` shows which), or name another \
                 port with {setting} of the configuration file"
            ),
            (Self::Socket, io::ErrorKind::PermissionDenied) => format!(
                "this user may not make a socket there; name one in a directory of this user with {setting} of the \
                 configuration file"
            ),
            (_, io::ErrorKind::PermissionDenied) => format!(
                "this user may not take the port; name one from 1024 on with {setting} of the configuration file, or give \
                 the daemon CAP_NET_BIND_SERVICE"
            ),
            (_, io::ErrorKind::AddrNotAvailable) => format!(
                "this machine does not have the address; name one that `ip address` shows with {setting} of the \
                 configuration file"
            ),
            (Self::Socket, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                "its directory is not there; make it, or name another socket with --listen"
                    .to_owned()
            }
            (Self::Socket, io::ErrorKind::AlreadyExists) => {
                "remove what is there, if nobody needs it, or name another socket with --listen"
                    .to_owned()
            }
            _ => format!("name another address with {setting} of the configuration file"),
        }
    }
}

impl From<KekConfigError> for DaemonError {
    fn from(error: KekConfigError) -> Self {
        Self::Key(error.into())
    }
}

impl From<KekRecordsError> for DaemonError {
    fn from(error: KekRecordsError) -> Self {
        match error {
            KekRecordsError::Record(error) => error.into(),
            KekRecordsError::Store(error) => error.into(),
        }
    }
}
