//! Attempts at an output that fits its schema.

use serde::{Deserialize, Serialize};

use crate::number;

/// How often an act may be tried again whose output does not fit its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often.
    pub max_retries: u32,
    /// How long to wait before the second attempt; before each further one so much longer.
    pub backoff_ms: u32,
}

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The decision of the first attempt, by its sequence number; none in that decision itself.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub first: Option<u64>,
    /// Which one it is, from 1 on.
    pub number: u32,
    /// How many may follow the first.
    pub max_retries: u32,
    /// How long to wait after the first; after each further one so much longer.
    pub backoff_ms: u32,
}

impl Attempt {
    /// What the policy says.
    pub fn policy(&self) -> RetryPolicy {
        RetryPolicy {
            max_retries: self.max_retries,
            backoff_ms: self.backoff_ms,
        }
    }

    /// Whether no other may follow.
    pub fn is_last(&self) -> bool {
        self.number > self.max_retries
    }

    /// How many milliseconds to wait before the next one, as AIGC does. Whoever asks waits; nothing here does.
    pub fn wait_ms(&self) -> u64 {
        u64::from(self.backoff_ms) * u64::from(self.number)
    }
}
