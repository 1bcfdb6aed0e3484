//! Uses of a system of which each must be on record, from its beginning to its end.

use super::definition::event;
use super::value::choice;

choice! {
    /// What happened in a use.
    UseState {
        /// It began.
        Started = "started",
        /// Its search led to a match.
        Matched = "matched",
        /// A human verified a match and confirmed it.
        Confirmed = "confirmed",
        /// A human verified a match and found that it is none.
        Rejected = "rejected",
        /// It ended.
        Ended = "ended",
    }
}

event! {
    /// Something happened in one use of a system, such as remote biometric identification: it began, led to a match that
    /// people verify, or ended. The correlation id of a match is that of the match alone, and whoever verifies the match
    /// names it.
    Use = "ai.use.v1" {
        /// Names the use; a random id.
        use_id: &'a str,
        /// The AI system.
        system: &'a str,
        /// What happened.
        state: UseState,
        /// The reference database that input is checked against, and its version.
        reference_database: Option<&'a str>,
        /// The human who verified the match, for `confirmed` and `rejected`.
        reviewer: Option<&'a str>,
    }
    more_digests { "input" }
}
