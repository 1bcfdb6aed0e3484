//! Issuers of tokens: whose keys are fetched again and again, and what a token of theirs says. What is demanded of a token
//! stands in `indelible_access`.

mod fetch;
mod keys;

pub(crate) use keys::{Issuers, Trusted, now};
