//! What the daemon knows of itself, for whoever asks for its status.

use std::path::PathBuf;

use crate::{
    backups::Backups, issuers::Issuers, open_files::OpenFiles, rpc::authorise::InForce,
    tls::Keeper, tokens::OwnTokens, watched::Problem,
};

/// What only the composition root knows about the daemon.
#[derive(Clone)]
pub(crate) struct About {
    /// Version of the program.
    pub(crate) version: &'static str,
    /// When it started, nanoseconds since 1970 UTC.
    pub(crate) started: u64,
    /// The data directory, for the room on its volume.
    pub(crate) data: PathBuf,
    /// How many files may be open, and for what.
    pub(crate) files: OpenFiles,
    /// Certificates and authorities, where the daemon has some.
    pub(crate) tls: Option<Keeper>,
    /// Why the configuration file as it is now is not in force, where there is one.
    pub(crate) bindings: Option<Problem>,
    /// Whose tokens are believed.
    pub(crate) issuers: Issuers,
    /// The daemon's own tokens.
    pub(crate) tokens: OwnTokens,
    /// The backups that it made.
    pub(crate) backups: Backups,
    /// Who may do what.
    pub(crate) in_force: InForce,
    /// Whether some place to listen takes every process of this machine for an administrator.
    pub(crate) open_to_all_users: bool,
    /// Whether there is a register outside this machine.
    pub(crate) has_register: bool,
}

/// What a place to listen is without TLS and without a socket.
pub(crate) const DEVELOPMENT_MODE: &str = "development mode: every user of this machine may do everything that takes one \
    person, because TCP on loopback does not tell who connects; listen on a Unix socket or with TLS";
