//! Requests for a second person: how many there may be, and for how long they are known.

/// Requests for a second person that wait at once; and, of those that have ended, that are remembered.
pub const APPROVALS_OPEN_MAX: usize = 1_024;

/// Of these, those of one caller.
pub const APPROVALS_OF_CALLER_MAX: usize = 128;

/// Days for which a request for a second person is remembered that has ended.
pub const APPROVALS_ENDED_DAYS: u64 = 30;

/// How often the records of `_system` that say which requests there are are read again while they could not be.
pub const APPROVALS_RETRY_MS: u64 = 1_000;
