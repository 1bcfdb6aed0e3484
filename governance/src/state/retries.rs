//! Acts that are tried again, since their outputs did not fit their schema.
//!
//! ```text
//!            ╭────────────── the output fails again, and another attempt may follow ─────────╮
//!            ▼                                                                               │
//! failed ── a request names the first decision ──▶ running ── the output fits ──▶ (forgotten)
//!    │ ▲                                              │ │
//!    │ ╰──────────────── released ────────────────────╯ ╰── the last one fails ──▶ exhausted
//!    ╰── a day passes ──▶ (forgotten)
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    claim::attempt::Attempt,
    digest::Digest,
    limits::STATE_RETRIES_MAX,
    state::{clockwork::Clockwork, refusal::code},
};

/// An act whose output failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chain {
    /// The digest of what all attempts have in common.
    pub(super) act: Digest,
    /// The newest attempt.
    pub(super) newest: Attempt,
    /// The decision of an attempt that is neither completed nor released.
    pub(super) running: Option<u64>,
    /// When it is forgotten.
    pub(super) expires: u64,
}

/// Acts whose outputs failed, by their first decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Retries {
    chains: BTreeMap<u64, Chain>,
    #[serde(skip)]
    due: Clockwork<u64>,
}

impl Retries {
    pub(super) fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    pub(super) fn advance(&mut self, now: u64) {
        while let Some((_, first)) = self.due.take(now) {
            self.chains.remove(&first);
        }
    }

    pub(super) fn rewind(&mut self) {
        for (first, chain) in &self.chains {
            self.due.set(first, chain.expires);
        }
    }

    /// What is known at a time, though no record came since.
    pub(super) fn at(&self, first: u64, now: u64) -> Option<&Chain> {
        self.chains.get(&first).filter(|chain| now < chain.expires)
    }

    pub(super) fn has_room(&self, now: u64) -> bool {
        self.chains.len() - self.due.at(now).count() < STATE_RETRIES_MAX
    }

    /// How many attempts there were, if another may follow; otherwise the code and the words of why not.
    pub(super) fn look(
        &self,
        now: u64,
        first: u64,
        act: &Digest,
    ) -> Result<u64, (&'static str, String)> {
        let Some(chain) = self.at(first, now) else {
            let message = format!(
                "there is nothing to try again for: decision {first} is no first attempt whose output did not fit its schema, a later attempt ended it, or nothing was heard of it for a day; ask without retry_of"
            );
            return Err((code::RETRY_UNKNOWN, message));
        };
        let attempts = chain.newest.number;
        if chain.act != *act {
            let message = "the agent, the session, the act or the policy is another than in the first attempt; ask without retry_of";
            return Err((code::RETRY_STALE, message.to_owned()));
        }
        if let Some(running) = chain.running {
            let message = format!(
                "attempt {attempts}, decision {running}, is neither completed nor released; say what came of it first"
            );
            return Err((code::RETRY_PENDING, message));
        }
        match chain.newest.is_last() {
            false => Ok(attempts.into()),
            true => {
                let retries = chain.newest.max_retries;
                let message = format!(
                    "the outputs of {attempts} attempts did not fit the schema; the policy allows {retries} after the first"
                );
                Err((code::RETRY_EXHAUSTED, message))
            }
        }
    }

    pub(super) fn set(&mut self, first: u64, chain: Chain) {
        self.due.set(&first, chain.expires);
        self.chains.insert(first, chain);
    }

    pub(super) fn end(&mut self, first: u64) {
        self.due.clear(&first);
        self.chains.remove(&first);
    }

    /// Gives an attempt back, of which nothing ran.
    pub(super) fn give_back(&mut self, first: u64, decision: u64) {
        if let Some(chain) = self.chains.get_mut(&first)
            && chain.running == Some(decision)
        {
            chain.running = None;
            chain.newest.number = chain.newest.number.saturating_sub(1);
        }
    }
}
