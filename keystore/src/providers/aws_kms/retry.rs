//! How often and how long a call is tried again.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep, timeout};

use super::refusal::Refusal;
use crate::{backoff::Backoff, crypto::entropy::SystemEntropy, error::ProviderFault};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Limits of one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// One try.
    pub(crate) attempt: Duration,
    /// All tries, and the pauses between them.
    pub(crate) total: Duration,
}

/// Whether a call may be repeated when nobody knows if it was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Carried out twice is as good as once.
    Harmless,
    /// Only when the service said that it did nothing.
    OnlyIfRefused,
}

impl RetryPolicy {
    /// Makes a call until it gives an answer, or a refusal that time won't change, or time is up.
    /// What is returned at the end is the last refusal, not the end of time.
    pub(crate) async fn call<T, F>(
        &self,
        repeat: Repeat,
        mut make: impl FnMut() -> F,
    ) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        let end = Instant::now() + self.total;
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut tries = 0_u32;
        let mut last = None;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let limit = self.attempt.min(left);
            tries += 1;
            let refusal = match timeout(limit, make()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(refusal)) => refusal,
                // Cut short by the end, it tells less than the one before.
                Err(_) => last
                    .take()
                    .filter(|_| limit < self.attempt)
                    .unwrap_or_else(|| {
                        Refusal::fault(
                            ProviderFault::TimedOut,
                            format!("no answer within {} ms", limit.as_millis()),
                        )
                    }),
            };
            if !may_repeat(&refusal, repeat) {
                return Err(with_tries(refusal, tries));
            }
            let pause = backoff.pause(&SystemEntropy);
            if Instant::now() + pause >= end {
                return Err(with_tries(refusal, tries));
            }
            last = Some(refusal);
            sleep(pause).await;
        }
    }
}

fn may_repeat(refusal: &Refusal, repeat: Repeat) -> bool {
    let Refusal::Fault { fault, .. } = refusal else {
        return false;
    };
    match fault {
        ProviderFault::Throttled => true,
        ProviderFault::TimedOut | ProviderFault::Unreachable => repeat == Repeat::Harmless,
        _ => false,
    }
}

fn with_tries(refusal: Refusal, tries: u32) -> Refusal {
    match refusal {
        Refusal::Fault { fault, detail } if tries > 1 => {
            Refusal::fault(fault, format!("{detail}; tried {tries} times"))
        }
        other => other,
    }
}
