//! How often an act is tried again whose output does not fit its schema.

use crate::{
    claim::attempt::RetryPolicy,
    json::{Number, Object, Value},
    limits::{RETRIES_MAX, RETRY_BACKOFF_MS_MAX},
    policy::aigc::compile::{Compiled, Layer},
};

/// The key of the block.
pub(super) const RETRY: &str = "retry_policy";

impl Compiled {
    /// What it says; none: nothing, or no output could fail a schema. Of several levels the fewest attempts and the longest
    /// wait count. What a guard says of it does not: which of them match is known only with a request.
    pub fn retry(&self) -> Option<RetryPolicy> {
        let said = self
            .layers
            .iter()
            .filter_map(|layer| retry_policy(&layer.policy));
        let least = said.reduce(|one, other| RetryPolicy {
            max_retries: one.max_retries.min(other.max_retries),
            backoff_ms: one.backoff_ms.max(other.backoff_ms),
        });
        least.filter(|_| self.layers.iter().any(Layer::has_schema))
    }
}

impl Layer {
    /// Whether it or one of its guards has a schema for outputs.
    pub(super) fn has_schema(&self) -> bool {
        let mut guards = self.guards.iter().map(|guard| &guard.then);
        let has = |block: &Object| block.get("output_schema").is_some();
        has(&self.policy) || guards.any(has)
    }
}

/// What a policy says, by itself.
pub(super) fn retry_policy(policy: &Object) -> Option<RetryPolicy> {
    let block = policy.get(RETRY)?.as_object()?;
    let (max_retries, backoff_ms) = (block.get("max_retries"), block.get("backoff_ms"));
    Some(RetryPolicy {
        max_retries: number(max_retries, RETRIES_MAX),
        backoff_ms: number(backoff_ms, RETRY_BACKOFF_MS_MAX),
    })
}

/// A number that is not negative; what is left out is 0.
fn number(value: Option<&Value>, most: u32) -> u32 {
    let number = match value {
        Some(Value::Number(Number::Float(float))) => Some(*float as u64),
        Some(Value::Number(number)) => number.as_u64(),
        _ => Some(0),
    };
    // What is longer than 64 bits is no less than the most.
    let number = number.map(u32::try_from);
    number.and_then(Result::ok).unwrap_or(most).min(most)
}

#[cfg(test)]
mod tests;
