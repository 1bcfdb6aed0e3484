//! Monitoring: how much it is told.

/// Calls whose spans wait to be sent to a collector of traces; those of further calls are dropped.
pub const TRACED_CALLS_AHEAD_MAX: usize = 1_024;

/// Calls whose spans are sent together.
pub const TRACED_CALLS_OF_A_BATCH_MAX: usize = 128;

/// How long a collector may take for a batch.
pub const TRACES_SECONDS_MAX: u64 = 5;

/// Ledgers that can have metrics under their own names; each is some series in whatever keeps metrics.
pub const METRICS_LEDGERS_MAX: u64 = 100;
