//! How far the scrub is with each ledger, and at which pace it goes.

use std::{
    sync::{PoisonError, RwLock},
    time::Duration,
};

use crate::state::limits::{
    SCRUB_BYTES_PER_SECOND, SCRUB_PASS_INTERVAL, SCRUB_START_DELAY, SCRUB_STEP_BYTES,
};

/// How the store is read again in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScrubRule {
    /// Bytes that are read in a second; 0 is no scrub.
    pub bytes_per_second: u64,
    /// Time after a start in which nothing is read.
    pub start_delay: Duration,
    /// Time from the end of a ledger's pass to the beginning of its next one.
    pub pass_interval: Duration,
    /// Bytes that one step reads, about.
    pub step_bytes: u64,
}

impl Default for ScrubRule {
    fn default() -> Self {
        Self {
            bytes_per_second: SCRUB_BYTES_PER_SECOND,
            start_delay: SCRUB_START_DELAY,
            pass_interval: SCRUB_PASS_INTERVAL,
            step_bytes: SCRUB_STEP_BYTES,
        }
    }
}

impl ScrubRule {
    /// Whether anything is read at all.
    pub(crate) fn is_on(&self) -> bool {
        self.bytes_per_second > 0
    }

    /// How long reading so many bytes is to take.
    pub(crate) fn time_for(&self, bytes: u64) -> Duration {
        let nanoseconds =
            u128::from(bytes) * 1_000_000_000 / u128::from(self.bytes_per_second.max(1));
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

/// A pass that came to its end and found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedPass {
    /// When it ended, nanoseconds since 1970 UTC.
    pub at: u64,
    /// How long it took, by the clock on the wall, in seconds.
    pub took_seconds: u64,
    /// The records that it verified: those below this one.
    pub size: u64,
}

/// The same of one ledger, as the scrub goes on.
#[derive(Default)]
pub(crate) struct ScrubbedCell(RwLock<Scrubbed>);

impl ScrubbedCell {
    /// How far it is.
    pub(crate) fn get(&self) -> Scrubbed {
        let now = self.0.read().unwrap_or_else(PoisonError::into_inner);
        now.clone()
    }

    /// Notes how far it is. Only the scrub calls it.
    pub(crate) fn set(&self, state: Scrubbed) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// How far the scrub is with a ledger. What is stored of it decides nothing but where it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// When the pass that goes on began, nanoseconds since 1970 UTC; 0 if none does.
    pub began: u64,
    /// Records below it were verified in that pass.
    pub upto: u64,
    /// The records that it is to verify: those below this one.
    pub target: u64,
    /// The last pass that found nothing.
    pub ended: Option<EndedPass>,
    /// A pass found something behind `upto`, and none has found it sound since.
    pub has_finding: bool,
    /// What it found, in words. Not stored: after a start it is looked at again.
    pub finding: Option<String>,
    /// What was found is on record in the store's own ledger.
    pub is_recorded: bool,
    /// Why the ledger could not be read when it was tried last. Not stored.
    pub unread: Option<String>,
}

/// The only version of the stored form.
const VERSION: u8 = 1;
/// Version, six numbers, and the flags.
const BYTES: usize = 1 + 6 * 8 + 1;
const HAS_FINDING: u8 = 1;
const IS_RECORDED: u8 = 2;

impl Scrubbed {
    /// The stored form.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let ended = self.ended.unwrap_or(EndedPass {
            at: 0,
            took_seconds: 0,
            size: 0,
        });
        let mut out = Vec::with_capacity(BYTES);
        out.push(VERSION);
        for number in [
            self.began,
            self.upto,
            self.target,
            ended.at,
            ended.took_seconds,
            ended.size,
        ] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        out.push(flag(self.has_finding, HAS_FINDING) | flag(self.is_recorded, IS_RECORDED));
        out
    }

    /// What a stored form says of a ledger of a size. One that can't be read, or that can't be true, says nothing.
    pub(crate) fn decode(stored: &[u8], size: u64) -> Option<Self> {
        let (version, rest) = stored.split_first()?;
        let (numbers, flags) = rest.split_at_checked(6 * 8)?;
        let &[flags] = flags else { return None };
        let mut numbers = numbers
            .chunks_exact(8)
            .filter_map(|chunk| chunk.try_into().ok().map(u64::from_be_bytes));
        let mut next = || numbers.next();
        let (began, upto, target) = (next()?, next()?, next()?);
        let ended = EndedPass {
            at: next()?,
            took_seconds: next()?,
            size: next()?,
        };
        let is_possible = upto <= target && target <= size && flags <= HAS_FINDING | IS_RECORDED;
        (*version == VERSION && is_possible).then_some(Self {
            began,
            upto,
            target,
            ended: (ended.at > 0).then_some(ended),
            has_finding: flags & HAS_FINDING != 0,
            is_recorded: flags & IS_RECORDED != 0,
            finding: None,
            unread: None,
        })
    }

    /// Whether a pass goes on.
    pub fn is_running(&self) -> bool {
        self.began > 0
    }

    /// Whether the next pass may begin. An end that lies ahead of the clock is not believed.
    pub(crate) fn is_due(&self, now: u64, interval: Duration) -> bool {
        let interval = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
        match self.ended {
            _ if self.is_running() || self.has_finding => true,
            None => true,
            Some(ended) => ended.at > now || now - ended.at >= interval,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> Scrubbed {
        Scrubbed {
            began: 5,
            upto: 256,
            target: 700,
            ended: Some(EndedPass {
                at: 4,
                took_seconds: 3,
                size: 600,
            }),
            has_finding: true,
            is_recorded: true,
            ..Scrubbed::default()
        }
    }

    #[test]
    fn what_is_stored_is_read_back_and_what_can_not_be_is_not_believed() {
        let stored = state().encode();
        assert_eq!(Scrubbed::decode(&stored, 700), Some(state()));
        let fresh = Scrubbed::default();
        assert_eq!(Scrubbed::decode(&fresh.encode(), 0), Some(fresh));
        assert_eq!(Scrubbed::decode(&stored, 699), None, "it has more records");
        assert_eq!(Scrubbed::decode(&stored[1..], 700), None);
        assert_eq!(Scrubbed::decode(&[], 700), None);
        let mut other = stored.clone();
        other[0] = 2;
        assert_eq!(Scrubbed::decode(&other, 700), None);
        let ahead = Scrubbed {
            upto: 701,
            ..state()
        };
        assert_eq!(Scrubbed::decode(&ahead.encode(), 800), None);
    }

    #[test]
    fn a_pass_is_due_after_the_interval_or_if_the_clock_says_nonsense() {
        let hour = Duration::from_secs(3_600);
        let ended = |at| Scrubbed {
            began: 0,
            has_finding: false,
            ended: Some(EndedPass {
                at,
                took_seconds: 0,
                size: 0,
            }),
            ..state()
        };
        let nanoseconds = 3_600_000_000_000;
        assert!(!ended(10).is_due(10 + nanoseconds - 1, hour));
        assert!(ended(10).is_due(10 + nanoseconds, hour));
        assert!(ended(11).is_due(10, hour), "it ends tomorrow");
        assert!(state().is_due(4, hour), "what was found is looked at again");
        assert!(Scrubbed::default().is_due(0, hour));
    }

    #[test]
    fn reading_takes_the_time_that_the_pace_gives_it() {
        let rule = ScrubRule {
            bytes_per_second: 1_000,
            ..ScrubRule::default()
        };
        assert_eq!(rule.time_for(1_500), Duration::from_millis(1_500));
        assert_eq!(rule.time_for(0), Duration::ZERO);
        let off = ScrubRule {
            bytes_per_second: 0,
            ..rule
        };
        assert!(!off.is_on());
    }
}
