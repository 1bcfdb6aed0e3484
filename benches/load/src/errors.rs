//! What can keep a measurement from starting or ending.

use thiserror::Error;

/// Why there is no report.
#[derive(Debug, Error)]
pub enum BenchError {
    /// An option makes no sense; the text says which and why.
    #[error("{option}: {problem}")]
    Option {
        /// The option's name as on the command line.
        option: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The daemon can't be reached.
    #[error("no connection to {address}")]
    Connect {
        /// Where it was looked for.
        address: String,
        /// What the transport said.
        #[source]
        source: tonic::transport::Error,
    },
    /// A ledger could not be created or looked up.
    #[error("ledger {name}: {status}")]
    Ledger {
        /// The ledger's name.
        name: String,
        /// What the daemon answered.
        status: Box<tonic::Status>,
    },
    /// The load generator could not be set up on this machine.
    #[error("the load generator could not start")]
    Start(#[from] std::io::Error),
    /// The load generator's thread ended without a report.
    #[error("the load generator ended early")]
    Ended,
}
