//! Monitoring: how much it is told.

/// Ledgers that can have metrics under their own names; each is some series in whatever keeps metrics.
pub const METRICS_LEDGERS_MAX: u64 = 100;
