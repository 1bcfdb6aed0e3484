//! The command line as it was written.

use std::path::PathBuf;

/// What the command line says. Nothing is checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// The data directory.
    pub data: Option<PathBuf>,
    /// Addresses and ports, and sockets.
    pub listen: Vec<String>,
    /// Address and port for monitoring.
    pub metrics: Option<String>,
    /// Whether others than this machine may read metrics.
    pub metrics_insecure: bool,
    /// Address and port for probes.
    pub health: Option<String>,
    /// What origins begin with.
    pub origin_prefix: Option<String>,
    /// The anchor file.
    pub anchor: Option<PathBuf>,
    /// The file that holds the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// Until when the clock is right however far ahead it is, RFC 3339.
    pub clock_right_until: Option<String>,
    /// `text` or `json`.
    pub log_format: Option<String>,
    /// As in `tracing_subscriber::EnvFilter`.
    pub log_filter: Option<String>,
    /// Whether results and errors are JSON; then log lines are, too, unless they are to be otherwise.
    pub is_for_programs: bool,
}

/// Whether somebody can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// Standard input is a terminal.
    Present,
    /// It is not.
    Absent,
}
