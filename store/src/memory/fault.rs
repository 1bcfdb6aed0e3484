//! How a write can be made to fail.

/// How a write fails. To the writer of a commit both are
/// [`CommitError::Unknown`](crate::CommitError::Unknown), to any other [`StoreError::Engine`](crate::StoreError::Engine).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was written.
    Lost,
    /// All was written and is durable, and the writer is told that it failed.
    Persisted,
}
