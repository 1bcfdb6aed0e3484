//! Requests for a second person: how many there may be, and for how long they are known.

/// Requests for a second person that wait at once; and, of those that have ended, that are remembered.
pub const APPROVALS_OPEN_MAX: usize = 1_024;

/// Of these, those of one person: of a caller under all of their names, and of all tokens that they made.
pub const APPROVALS_OF_CALLER_MAX: usize = 128;

/// How often one approver may say another data subject, basis or reason than was asked for; after that, this approver can't
/// approve the request any more.
pub const APPROVAL_TRIES_MAX: usize = 5;

/// How often all approvers of a request together may; after that, nobody can approve it any more.
pub const APPROVAL_TRIES_OF_REQUEST_MAX: usize = 32;

/// Of those of all, those that only whoever administers the store finds room for: others can't fill them.
pub const APPROVALS_RESERVE: usize = 128;

/// Days for which a request for a second person is remembered that has ended.
pub const APPROVALS_ENDED_DAYS: u64 = 30;

/// How often the records of `_system` that say which requests there are are read again while they could not be.
pub const APPROVALS_RETRY_MS: u64 = 1_000;
