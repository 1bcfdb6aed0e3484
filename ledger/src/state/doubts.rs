//! What a start could not see of a ledger, and what therefore can't be said of it.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

/// Set by recovery alone: whoever runs has read all that there was.
#[derive(Default)]
pub(crate) struct Doubts {
    lacks_records: AtomicBool,
    key_events_unread: AtomicBool,
    /// Records that were acknowledged and are not there: the first, and the one after the last.
    lost: OnceLock<(u64, u64)>,
}

impl Doubts {
    /// Notes that records are missing or damaged.
    pub(crate) fn note_lack_of_records(&self) {
        self.lacks_records.store(true, Ordering::Release);
    }

    /// Whether records are missing or damaged, so that an erasure may be among them.
    pub(crate) fn lacks_records(&self) -> bool {
        self.lacks_records.load(Ordering::Acquire)
    }

    /// Notes which records were acknowledged and are not there.
    pub(crate) fn note_lost(&self, (from, to): (u64, u64)) {
        self.lost.get_or_init(|| (from, to));
    }

    /// Which they are: the first, and the one after the last; none if none are known to be lost.
    pub(crate) fn lost(&self) -> Option<(u64, u64)> {
        self.lost.get().copied()
    }

    /// Notes that not all key events could be read.
    pub(crate) fn leave_key_events_unread(&self) {
        self.key_events_unread.store(true, Ordering::Release);
    }

    /// Whether there may be keys, erasures and holds of which nothing is known.
    pub(crate) fn has_unread_key_events(&self) -> bool {
        self.key_events_unread.load(Ordering::Acquire)
    }
}
