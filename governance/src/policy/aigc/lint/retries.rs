//! What a policy says of further attempts and is likely not meant.

use super::{Findings, Severity};
use crate::{
    json::Value,
    limits::{RETRIES_MAX, RETRY_BACKOFF_MS_MAX},
    policy::{
        PolicyFault,
        aigc::{
            compile::{Compiled, Layer},
            retry::{RETRY, retry_policy},
        },
    },
};

impl Findings<'_> {
    /// Attempts that nobody ever gets.
    pub(super) fn retries(&mut self, compiled: &Compiled) {
        let own = compiled.own();
        for (at, guard) in own.guards.iter().enumerate() {
            if guard.then.get(RETRY).is_some() {
                let path = ["guards", &at.to_string(), "then", RETRY];
                self.no_effect(
                    &path,
                    "a guard's retry_policy has no effect; the policy's own holds",
                );
            }
        }
        let Some(said) = retry_policy(&own.policy) else {
            return;
        };
        if !compiled.layers.iter().any(Layer::has_schema) {
            let message = "nothing is ever tried again: an output that does not fit the output_schema is, and there is none";
            self.no_effect(&[RETRY], message);
        } else if compiled.retry() != Some(said) {
            let message = "the base allows fewer attempts or asks for a longer wait, which holds; a child can only restrict";
            self.no_effect(&[RETRY], message);
        }
        let block = own.policy.get(RETRY).and_then(Value::as_object);
        for (name, most) in [
            ("max_retries", RETRIES_MAX),
            ("backoff_ms", RETRY_BACKOFF_MS_MAX),
        ] {
            let Some(Value::Number(number)) = block.and_then(|block| block.get(name)) else {
                continue;
            };
            if number.as_f64() > f64::from(most) {
                self.no_effect(
                    &[RETRY, name],
                    &format!("{name} counts as {most}, which is the most"),
                );
            }
        }
    }

    fn no_effect(&mut self, path: &[&str], message: &str) {
        self.add(
            Severity::Warning,
            PolicyFault::NoEffect,
            path,
            message.to_owned(),
        );
    }
}
