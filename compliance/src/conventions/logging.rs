//! What is said of logs themselves: that they were reviewed, that a source of events started or stopped.

use super::definition::event;
use super::value::choice;

choice! {
    /// What a source of events does.
    SourceState {
        /// It started to log.
        Started = "started",
        /// It stopped, as was meant.
        Stopped = "stopped",
        /// It pauses, as was meant.
        Paused = "paused",
        /// It failed to log.
        Failed = "failed",
        /// It logs again after a failure.
        Recovered = "recovered",
    }
}

event! {
    /// A human reviewed records of this ledger. That a report was made is not a review.
    LogReview = "log.review.v1" {
        /// The human.
        reviewer: &'a str,
        /// The sequence number of the first record that was reviewed.
        first: Option<u64>,
        /// The sequence number of the last record that was reviewed.
        last: Option<u64>,
        /// How many findings there were.
        findings: Option<u64>,
        /// The incident that was opened for them.
        incident_id: Option<&'a str>,
    }
    more_digests { "notes" }
}

event! {
    /// The source of this event started, stopped or failed to log, or logs again.
    LogState = "log.state.v1" {
        /// What it does.
        state: SourceState,
        /// How many seconds it is never silent for while it logs.
        heartbeat_seconds: Option<u64>,
        /// Why, as a word of a small vocabulary.
        cause: Option<&'a str>,
    }
}
