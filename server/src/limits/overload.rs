//! What is refused while the writer is late, and from when.

/// How often it is looked how long appends have waited for the writer.
pub const QUEUE_LOOK_MS: u64 = 20;

/// The same while nothing has waited for a second, and no call has come since.
pub const QUEUE_IDLE_LOOK_MS: u64 = 1_000;

/// From this age of the oldest append that waits for the writer, no report, verification or projection is begun.
pub const SHED_REPORTS_MS: u64 = 1_000;

/// The same of exports.
pub const SHED_EXPORTS_MS: u64 = 2_000;

/// The same of reads and proofs.
pub const SHED_READS_MS: u64 = 4_000;

/// The same of appends.
pub const SHED_APPENDS_MS: u64 = 8_000;

/// When a caller may retry what was refused for that.
pub const SHED_RETRY_MS: u64 = 1_000;
