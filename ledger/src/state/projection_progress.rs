//! How far the stored states of a ledger's projections reach.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::state::limits::PROJECTION_SEGMENT_RECORDS;

/// The first record of the segment that a record lies in.
pub(crate) fn start_of(sequence: u64) -> u64 {
    sequence - sequence % PROJECTION_SEGMENT_RECORDS
}

/// The cursor of one ledger's projections. After a start it passes over all stored states again.
pub(crate) struct Progress {
    /// Every whole segment below it has a stored state.
    upto: AtomicU64,
    /// How many records there were when the cursor was last set back. Catching up to this size blocks nobody; only growth
    /// past it applies back-pressure.
    behind: AtomicU64,
    /// How often states were dropped. Answers that were put together of them before are out of date.
    forgotten: AtomicU64,
    given_up: AtomicBool,
    changing: Mutex<()>,
}

impl Progress {
    /// At the beginning of a ledger that has so many records.
    pub(crate) fn behind(size: u64) -> Self {
        Self {
            upto: AtomicU64::new(0),
            behind: AtomicU64::new(size),
            forgotten: AtomicU64::new(0),
            given_up: AtomicBool::new(false),
            changing: Mutex::default(),
        }
    }

    /// Lets one thread at a time make states or forget them. A thread that makes a state
    /// holds the lock from the first record that it reads until the state is stored. So no state is stored that was made of
    /// records which an erasure has taken since.
    pub(crate) fn changing(&self) -> Changing<'_> {
        Changing {
            progress: self,
            _turn: self.changing.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The first record whose segment may have no state.
    pub(crate) fn upto(&self) -> u64 {
        self.upto.load(Ordering::Acquire)
    }

    /// Changes whenever states are forgotten.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// How many records of a ledger of this size lie in whole segments without a state.
    pub(crate) fn lag(&self, size: u64) -> u64 {
        start_of(size).saturating_sub(self.upto())
    }

    /// How many of these records came since the cursor was set back, and wait for it: none if waiting would not help.
    pub(crate) fn growth(&self, size: u64) -> u64 {
        if self.is_given_up() {
            return 0;
        }
        let behind = self.behind.load(Ordering::Acquire);
        start_of(size).saturating_sub(self.upto().max(behind))
    }

    /// Notes that a segment can't be folded: what is stored is damaged.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Release);
    }

    /// Whether no states are made any more.
    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }
}

/// The right to change a ledger's states.
pub(crate) struct Changing<'a> {
    progress: &'a Progress,
    _turn: MutexGuard<'a, ()>,
}

impl Changing<'_> {
    /// The segment that begins at the cursor has a state, and ends here.
    pub(crate) fn advance_to(&self, end: u64) {
        self.progress.upto.store(end, Ordering::Release);
    }

    /// States of a ledger that has so many records were forgotten, the first of them of the segment that begins here.
    pub(crate) fn back_to(&self, start: u64, size: u64) {
        self.progress.behind.store(size, Ordering::Release);
        self.progress.upto.fetch_min(start, Ordering::AcqRel);
        self.progress.forgotten.fetch_add(1, Ordering::AcqRel);
        self.progress.given_up.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: u64 = PROJECTION_SEGMENT_RECORDS;

    /// Appends are held up for what they add, and neither for what a start or an erasure set back nor for nothing.
    #[test]
    fn what_came_before_a_set_back_holds_up_nobody() {
        let progress = Progress::behind(10 * SEGMENT + 7);
        assert_eq!(progress.lag(10 * SEGMENT + 7), 10 * SEGMENT);
        assert_eq!(progress.growth(10 * SEGMENT + 7), 0);
        let grown = progress.growth(15 * SEGMENT);
        assert!((4 * SEGMENT..=5 * SEGMENT).contains(&grown), "{grown}");
        progress.changing().advance_to(12 * SEGMENT);
        assert_eq!(progress.growth(15 * SEGMENT), 3 * SEGMENT);

        let before = progress.forgotten();
        progress.changing().back_to(2 * SEGMENT, 15 * SEGMENT);
        assert_ne!(progress.forgotten(), before);
        assert_eq!(progress.lag(15 * SEGMENT), 13 * SEGMENT);
        assert_eq!(progress.growth(15 * SEGMENT), 0);
        assert_eq!(progress.growth(16 * SEGMENT), SEGMENT);
        // Nothing would help.
        progress.give_up();
        assert_eq!(progress.growth(100 * SEGMENT), 0);
        progress.changing().back_to(0, 15 * SEGMENT);
        assert!(
            !progress.is_given_up(),
            "what was damaged may have been erased"
        );
    }
}
