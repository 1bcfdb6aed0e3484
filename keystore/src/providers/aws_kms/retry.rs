//! How often and how long a call is tried again.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep, timeout};

use super::refusal::Refusal;
use crate::{
    crypto::entropy,
    error::{KeyError, ProviderFault},
};

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
    /// Makes a call until it gives an answer, or a refusal that time won't mend, or time is up.
    ///
    /// The pauses double and half of each is random, so that many callers that were refused together
    /// don't come back together. What is returned at the end is the last refusal, not the end of time.
    pub(crate) async fn call<T, F>(
        &self,
        repeat: Repeat,
        mut make: impl FnMut() -> F,
    ) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        let end = Instant::now() + self.total;
        let mut pause = FIRST_PAUSE;
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
            let wait = jittered(pause)?;
            if Instant::now() + wait >= end {
                return Err(with_tries(refusal, tries));
            }
            last = Some(refusal);
            sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
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

/// From half of the pause to all of it.
fn jittered(pause: Duration) -> Result<Duration, KeyError> {
    let mut random = [0; 2];
    entropy::fill(&mut random)?;
    let share = 0.5 + f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX) / 2.0;
    Ok(pause.mul_f64(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_each_pause_is_random() {
        let pauses: Vec<_> = (0..64)
            .map(|_| jittered(FIRST_PAUSE).expect("random bytes"))
            .collect();
        assert!(
            pauses
                .iter()
                .all(|pause| (FIRST_PAUSE / 2..=FIRST_PAUSE).contains(pause))
        );
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
