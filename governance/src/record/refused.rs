//! Calls that came to nothing: they leave a trace, and move nothing.

use serde::{Deserialize, Serialize};

use crate::number;

/// A call that agents' programs make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedCall {
    /// For a decision.
    Decide,
    /// To complete one.
    Complete,
    /// To release one.
    Release,
    /// To tell that an agent is there.
    Heartbeat,
}

/// Equal calls that were refused, and are no denials: what was asked is not on record otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedCalls {
    /// Which.
    pub call: RefusedCall,
    /// Who called.
    pub principal: String,
    /// For which agent, if that is a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// About which decision.
    #[serde(
        default,
        with = "number::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub decision: Option<u64>,
    /// Why, as errors name it.
    pub reason: String,
    /// The member of the call that is wrong, or what else the reason is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How many there were.
    #[serde(with = "number")]
    pub count: u64,
}
