//! Pauses between tries: each twice as long as the one before, up to a limit, and half of each random.

use std::time::Duration;

use crate::crypto::entropy::Entropy;

/// The pauses of one caller. Many callers that were refused together do not come back together.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Begins with a pause of `first`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The pause to make now, from half of what its turn allows to all of it. The next one may be twice as long.
    pub fn pause(&mut self, entropy: &dyn Entropy) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        jittered(whole, entropy)
    }

    /// Begins anew, after something has changed.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

/// Without random bytes the whole pause is made: that one daemon waits a little longer harms nobody.
fn jittered(whole: Duration, entropy: &dyn Entropy) -> Duration {
    let mut random = [0xff; 2];
    if entropy.fill(&mut random).is_err() {
        return whole;
    }
    let share = 0.5 + f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX) / 2.0;
    whole.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::entropy::SystemEntropy;

    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_millis(150);

    #[test]
    fn half_of_each_pause_is_random() {
        let pauses: Vec<_> = (0..64).map(|_| jittered(FIRST, &SystemEntropy)).collect();
        assert!(
            pauses
                .iter()
                .all(|pause| (FIRST / 2..=FIRST).contains(pause))
        );
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew() {
        let mut backoff = Backoff::new(FIRST, LONGEST);
        for whole in [FIRST, FIRST * 2, LONGEST, LONGEST] {
            let pause = backoff.pause(&SystemEntropy);
            assert!((whole / 2..=whole).contains(&pause), "{pause:?}");
        }
        backoff.reset();
        assert!(backoff.pause(&SystemEntropy) <= FIRST);
    }
}
