//! Attempts to get access to systems.

use super::definition::event;
use super::value::choice;

choice! {
    /// How an attempt ended.
    AttemptResult {
        /// Access was given.
        Success = "success",
        /// The principal could not show who it is.
        Failure = "failure",
        /// The principal is known and may not.
        Denied = "denied",
    }
}

event! {
    /// Somebody tried to log in, or to reach a resource.
    AccessAttempt = "access.attempt.v1" {
        /// Who, as far as is known.
        principal: &'a str,
        /// How it ended.
        result: AttemptResult,
        /// What they tried to reach.
        resource: Option<&'a str>,
        /// Where they came from: an address, a terminal.
        origin: Option<&'a str>,
        /// What they tried to do.
        action: Option<&'a str>,
        /// Whether they have the rights of an administrator.
        privileged: Option<bool>,
    }
}
