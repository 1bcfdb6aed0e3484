//! Attempts at outputs: which one a decision is, and what comes of it.

use crate::{
    claim::{
        Claim, Failure,
        attempt::{Attempt, RetryPolicy},
    },
    day::SECOND_NS,
    limits::RETRY_SECONDS,
    record::{Decision, Judged, Outcome, OutputJudged},
    semantics::RETRY_SEMANTICS,
    state::{misfit::Misfit, open::Retried, retries::Chain, whole::State},
};

fn expires(time: u64) -> u64 {
    time.saturating_add(RETRY_SECONDS.saturating_mul(SECOND_NS))
}

/// The first attempt that a decision follows, if that was granted.
fn granted(claims: &[Judged]) -> Option<u64> {
    let mut granted = claims
        .iter()
        .filter(|judged| judged.outcome == Outcome::Granted);
    granted.find_map(|judged| match judged.claim {
        Claim::Retry { first } => Some(first),
        _ => None,
    })
}

fn names_first(claims: &[Judged]) -> bool {
    claims
        .iter()
        .any(|judged| matches!(judged.claim, Claim::Retry { .. }))
}

impl State {
    /// Which attempt a decision is; none: its output can't be tried for again, or it is no attempt at any. What comes of a
    /// request that has its output already is known at once.
    pub(super) fn attempt(
        &self,
        time: u64,
        policy: Option<RetryPolicy>,
        claims: &[Judged],
        failure: Option<&Failure>,
    ) -> Option<Attempt> {
        let may_fail = failure.is_none_or(Failure::is_of_schema);
        if self.semantics < RETRY_SEMANTICS || !may_fail {
            return None;
        }
        if names_first(claims) {
            let first = granted(claims)?;
            let newest = self.retries.at(first, time)?.newest;
            return Some(Attempt {
                first: Some(first),
                number: newest.number.saturating_add(1),
                ..newest
            });
        }
        // Where nothing more can be remembered, nothing is offered.
        let has_room = failure.is_none() || self.retries.has_room(time);
        let RetryPolicy {
            max_retries,
            backoff_ms,
        } = policy.filter(|_| has_room)?;
        Some(Attempt {
            first: None,
            number: 1,
            max_retries,
            backoff_ms,
        })
    }

    /// Which attempt has failed where an output does not fit its schema; none: it is not tried for again.
    pub(super) fn failed_attempt(
        &self,
        time: u64,
        decision: u64,
        judged: &OutputJudged,
    ) -> Option<Attempt> {
        let is_of_schema = judged.failure.as_ref().is_some_and(Failure::is_of_schema);
        let open = self.open.decisions.get(&decision).filter(|_| is_of_schema);
        let attempt = open?.retried.as_ref()?.attempt;
        let is_known = match attempt.first {
            Some(first) => self.retries.at(first, time).is_some(),
            None => self.retries.has_room(time),
        };
        is_known.then(|| Attempt {
            first: Some(attempt.first.unwrap_or(decision)),
            ..attempt
        })
    }

    /// Moves the state by a decision that is an attempt: it runs, or has failed at once.
    pub(super) fn attempted(
        &mut self,
        sequence: u64,
        time: u64,
        decision: &Decision,
    ) -> Result<(), Misfit> {
        let (claims, failure) = (&decision.claims, decision.failure.as_ref());
        let policy = decision.attempt.map(|attempt| attempt.policy());
        if self.attempt(time, policy, claims, failure) != decision.attempt {
            return Err(Misfit::Attempt);
        }
        let Some(attempt) = decision.attempt else {
            return Ok(());
        };
        let act = decision.act.retried_digest(&decision.policies);
        match (failure, attempt.first) {
            (Some(_), first) => self.retries.set(
                first.unwrap_or(sequence),
                Chain {
                    act,
                    newest: attempt,
                    running: None,
                    expires: expires(time),
                },
            ),
            (None, Some(first)) => self.retries.set(
                first,
                Chain {
                    act,
                    newest: attempt,
                    running: Some(sequence),
                    expires: expires(time),
                },
            ),
            (None, None) => {}
        }
        Ok(())
    }

    /// Moves the state by what came of an attempt: it failed, or there is nothing left to try for.
    pub(super) fn attempt_completed(&mut self, time: u64, decision: u64, failed: Option<Attempt>) {
        let open = self.open.decisions.get(&decision);
        let Some(Retried { attempt, act }) = open.and_then(|open| open.retried.clone()) else {
            return;
        };
        let first = attempt.first.unwrap_or(decision);
        match failed {
            None => self.retries.end(first),
            Some(newest) => self.retries.set(
                first,
                Chain {
                    act,
                    newest,
                    running: None,
                    expires: expires(time),
                },
            ),
        }
    }

    /// Gives an attempt back, of which nothing ran.
    pub(super) fn attempt_released(&mut self, decision: u64) {
        let open = self.open.decisions.get(&decision);
        let retried = open.and_then(|open| open.retried.as_ref());
        let Some(first) = retried.and_then(|retried| retried.attempt.first) else {
            return;
        };
        self.retries.give_back(first, decision);
    }
}
