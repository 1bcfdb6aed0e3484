//! Whether the clock on the wall may be believed. Recorded times never decrease, so a clock that was ahead once would be
//! in the ledgers until the calendar catches up.
//!
//! - While the daemon runs, the clock is held against one that counts the time since the machine started, suspensions
//!   included. However long a ledger rests, the two go on together.
//! - At a start, it is held against the newest recorded time of the store.
//!
//! Ahead by more than a rule allows, nothing is recorded until a person says that the clock is right.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use indelible_compliance::time::shortest;
use indelible_evidence::limits::UINT_MAX;
use thiserror::Error;

use crate::state::limits::{CLOCK_BEHIND_TOLD, CLOCK_SEEN_WITHIN, CLOCK_STEP_MAX};

/// What the operator says of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockRule {
    /// How far it may go ahead of what is recorded, or of the time that has passed.
    pub max_step: Duration,
    /// Times up to this one are right however far ahead they are, nanoseconds since 1970 UTC; 0 for none.
    pub right_until: u64,
}

impl Default for ClockRule {
    fn default() -> Self {
        Self {
            max_step: CLOCK_STEP_MAX,
            right_until: 0,
        }
    }
}

/// The clock is further ahead than the rule allows, and nobody has said that it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the clock says {}, and the newest recorded time is {}: that is further ahead than the time that has passed shows. \
     Nothing is recorded until the clock is right, or somebody confirms it with `indelible clock accept`",
    shortest(*now), recorded(*newest)
)]
pub struct ClockUnconfirmed {
    /// What the clock says, nanoseconds since 1970 UTC.
    pub now: u64,
    /// The newest recorded time; 0 if nothing is recorded.
    pub newest: u64,
}

/// The time that a person has confirmed is not what the clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the clock says {} now, and not about {}: look again, and confirm what you see", shortest(*now), shortest(*seen))]
pub struct ClockMoved {
    /// What was confirmed.
    pub seen: u64,
    /// What the clock says.
    pub now: u64,
}

fn recorded(newest: u64) -> String {
    match newest {
        0 => "that of an empty store".to_owned(),
        newest => shortest(newest),
    }
}

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Nanoseconds since 1970 UTC.
    pub(crate) wall: u64,
    /// The time since the machine started.
    pub(crate) since_boot: Duration,
}

impl Moment {
    /// What the wall clock would have said when the machine started: it changes only if somebody sets the clock.
    pub(crate) fn offset(self) -> u64 {
        self.wall.saturating_sub(nanoseconds(self.since_boot))
    }
}

/// How the clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockStatus {
    /// What it says, nanoseconds since 1970 UTC.
    pub now: u64,
    /// The newest recorded time of all ledgers; 0 if nothing is recorded.
    pub newest_recorded: u64,
    /// How far the clock is behind that, if it is more than a second.
    pub behind: Option<Duration>,
    /// Whether it is further ahead than the rule allows, so that nothing is recorded.
    pub unconfirmed: bool,
}

/// Nothing was recorded yet, so any time is as good as another.
const ANY: u64 = u64::MAX;

/// What the clock may say now.
#[derive(Debug)]
pub(crate) struct WallClock {
    /// The greatest offset that is believed.
    offset_max: AtomicU64,
    /// The newest recorded time.
    newest: AtomicU64,
    max_step: AtomicU64,
    right_until: AtomicU64,
}

impl Default for WallClock {
    fn default() -> Self {
        Self {
            offset_max: AtomicU64::new(ANY),
            newest: AtomicU64::new(0),
            max_step: AtomicU64::new(nanoseconds(CLOCK_STEP_MAX)),
            right_until: AtomicU64::new(0),
        }
    }
}

impl WallClock {
    /// A start: the newest recorded time of the store, if anything is recorded there, and the newest time that is known to
    /// have been right, which may be later.
    pub(crate) fn begin(&self, rule: ClockRule, newest: Option<u64>, known: u64, moment: Moment) {
        let max_step = nanoseconds(rule.max_step);
        self.max_step.store(max_step, Ordering::Release);
        self.right_until.store(rule.right_until, Ordering::Release);
        self.newest.store(newest.unwrap_or(0), Ordering::Release);
        let Some(newest) = newest else {
            self.offset_max.store(ANY, Ordering::Release);
            return;
        };
        let known = newest.max(known);
        let believed = moment.wall <= known.saturating_add(max_step);
        let base = Moment {
            wall: if believed {
                known.max(moment.wall)
            } else {
                known
            },
            ..moment
        };
        self.believe(base);
    }

    /// From here on the clock may go ahead of this moment by one step, and of the time that passes from it.
    fn believe(&self, base: Moment) {
        let offset_max = base
            .offset()
            .saturating_add(self.max_step.load(Ordering::Acquire));
        self.offset_max.store(offset_max, Ordering::Release);
    }

    /// The time, if it may be recorded.
    pub(crate) fn confirmed(&self, moment: Moment) -> Result<u64, ClockUnconfirmed> {
        let believed = moment.offset() <= self.offset_max.load(Ordering::Acquire)
            || moment.wall <= self.right_until.load(Ordering::Acquire);
        // No record can have a later time than the format has numbers for.
        if believed && moment.wall <= UINT_MAX {
            return Ok(moment.wall);
        }
        Err(ClockUnconfirmed {
            now: moment.wall,
            newest: self.newest.load(Ordering::Acquire),
        })
    }

    /// A person says that the time which they have seen is right.
    pub(crate) fn accept(&self, seen: u64, moment: Moment) -> Result<u64, ClockMoved> {
        if moment.wall.abs_diff(seen) > nanoseconds(CLOCK_SEEN_WITHIN) {
            return Err(ClockMoved {
                seen,
                now: moment.wall,
            });
        }
        self.believe(moment);
        Ok(moment.wall)
    }

    /// Notes that something was recorded. The first record of a store says what all later times are held against.
    pub(crate) fn note_recorded(&self, time: u64, moment: impl FnOnce() -> Moment) {
        let before = self.newest.fetch_max(time, Ordering::AcqRel);
        if before == 0 && self.offset_max.load(Ordering::Acquire) == ANY {
            self.believe(moment());
        }
    }

    /// How the clock stands.
    pub(crate) fn status(&self, moment: Moment) -> ClockStatus {
        let newest = self.newest.load(Ordering::Acquire);
        let behind = Duration::from_nanos(newest.saturating_sub(moment.wall));
        ClockStatus {
            now: moment.wall,
            newest_recorded: newest,
            behind: (behind > CLOCK_BEHIND_TOLD).then_some(behind),
            unconfirmed: self.confirmed(moment).is_err(),
        }
    }
}

/// A span in nanoseconds; 584 years at most.
fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000_000_000;
    const NOW: u64 = 20_000 * DAY;

    fn at(wall: u64, days_since_boot: u64) -> Moment {
        Moment {
            wall,
            since_boot: Duration::from_nanos(days_since_boot * DAY),
        }
    }

    fn begun(newest: Option<u64>, moment: Moment) -> WallClock {
        let clock = WallClock::default();
        clock.begin(ClockRule::default(), newest, 0, moment);
        clock
    }

    #[test]
    fn a_start_is_held_against_the_newest_recorded_time() {
        for (ahead, believed) in [(0, true), (6, true), (7, true), (8, false), (3_650, false)] {
            let moment = at(NOW + ahead * DAY, 1);
            let clock = begun(Some(NOW), moment);
            assert_eq!(clock.confirmed(moment).is_ok(), believed, "{ahead}");
        }
        // What is known to have been right later counts, too.
        let moment = at(NOW + 20 * DAY, 1);
        let clock = WallClock::default();
        clock.begin(ClockRule::default(), Some(NOW), NOW + 14 * DAY, moment);
        assert!(clock.confirmed(moment).is_ok());
        // And so does what the operator has said before.
        let rule = ClockRule {
            right_until: NOW + 20 * DAY,
            ..ClockRule::default()
        };
        clock.begin(rule, Some(NOW), 0, moment);
        assert!(clock.confirmed(moment).is_ok());
        assert!(clock.confirmed(at(NOW + 40 * DAY, 1)).is_err());
    }

    #[test]
    fn time_that_passes_is_no_step_and_many_small_steps_are_one() {
        let clock = begun(Some(NOW), at(NOW, 1));
        assert!(clock.confirmed(at(NOW + 400 * DAY, 401)).is_ok());
        for step in 1..=9 {
            let told = clock.confirmed(at(NOW + step * DAY, 1));
            assert_eq!(told.is_ok(), step <= 7, "{step}");
        }
        // Set right again, it is believed again.
        assert!(clock.confirmed(at(NOW, 1)).is_ok());
        // A clock that was behind at the start, and is set right.
        let clock = begun(Some(NOW), at(DAY, 1));
        assert!(clock.confirmed(at(DAY, 1)).is_ok());
        assert!(clock.confirmed(at(NOW + DAY, 1)).is_ok());
    }

    #[test]
    fn an_empty_store_takes_any_time_and_its_first_record_holds_all_others() {
        let clock = begun(None, at(DAY, 1));
        assert!(clock.confirmed(at(NOW, 1)).is_ok());
        clock.note_recorded(NOW, || at(NOW, 1));
        assert!(clock.confirmed(at(NOW + 7 * DAY, 1)).is_ok());
        assert!(clock.confirmed(at(NOW + 8 * DAY, 1)).is_err());
    }

    #[test]
    fn a_time_that_no_record_can_have_is_never_believed() {
        let clock = begun(None, at(NOW, 1));
        for wall in [UINT_MAX + 1, u64::MAX] {
            assert!(clock.confirmed(at(wall, 1)).is_err(), "{wall}");
        }
        assert!(clock.confirmed(at(UINT_MAX, 1)).is_ok());
    }

    #[test]
    fn what_was_seen_is_accepted_and_nothing_else() {
        let ahead = at(NOW + 3_650 * DAY, 1);
        let clock = begun(Some(NOW), at(NOW, 1));
        let refused = clock.confirmed(ahead).unwrap_err();
        assert_eq!((refused.now, refused.newest), (ahead.wall, NOW));
        assert!(clock.accept(NOW, ahead).is_err());
        assert!(clock.confirmed(ahead).is_err());
        assert_eq!(clock.accept(ahead.wall + DAY / 48, ahead), Ok(ahead.wall));
        assert!(clock.confirmed(ahead).is_ok());
        assert!(clock.confirmed(at(ahead.wall + 8 * DAY, 1)).is_err());
    }

    #[test]
    fn a_clock_behind_what_is_recorded_is_told_with_how_far() {
        let clock = begun(Some(NOW), at(NOW, 1));
        assert_eq!(clock.status(at(NOW - 900_000_000, 1)).behind, None);
        let behind = clock.status(at(NOW - 2 * DAY, 1)).behind;
        assert_eq!(behind, Some(Duration::from_nanos(2 * DAY)));
        clock.note_recorded(NOW + DAY, || at(NOW, 1));
        assert_eq!(clock.status(at(NOW, 1)).newest_recorded, NOW + DAY);
    }
}
