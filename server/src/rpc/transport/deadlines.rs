//! How long the transport waits for a peer.

use std::time::Duration;

use crate::limits::{
    FIRST_REQUEST_SECONDS_MAX, MESSAGE_SECONDS_MAX, ROOM_SECONDS_MAX, STALL_SECONDS_MAX,
};

/// What a peer has time for. Tests have less patience.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    /// From the accept to the first request.
    pub(super) first_request: Duration,
    /// For a message to arrive, once it has begun.
    pub(super) message: Duration,
    /// For an answer to make progress.
    pub(super) stall: Duration,
    /// For room in a budget.
    pub(super) room: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            first_request: Duration::from_secs(FIRST_REQUEST_SECONDS_MAX),
            message: Duration::from_secs(MESSAGE_SECONDS_MAX),
            stall: Duration::from_secs(STALL_SECONDS_MAX),
            room: Duration::from_secs(ROOM_SECONDS_MAX),
        }
    }
}
