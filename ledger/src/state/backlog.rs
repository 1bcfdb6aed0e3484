//! How much waits between the queue's door and its acknowledgement, and how much may.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Some events, and the bytes of their bodies and payloads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Load {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Load {
    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            bytes: self.bytes + other.bytes,
        }
    }

    /// What is left of it without the other, at least nothing.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            events: self.events.saturating_sub(other.events),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// Whether it is no more than this, in events and in bytes.
    pub(crate) fn fits(self, most: Self) -> bool {
        self.events <= most.events && self.bytes <= most.bytes
    }
}

/// Counts what waits.
#[derive(Default)]
pub(crate) struct Backlog {
    events: AtomicUsize,
    bytes: AtomicUsize,
}

impl Backlog {
    /// Counts a load in, unless there would then be more than `most`.
    pub(crate) fn admit(&self, load: Load, most: Load) -> bool {
        let events = self.events.fetch_add(load.events, Ordering::AcqRel) + load.events;
        let bytes = self.bytes.fetch_add(load.bytes, Ordering::AcqRel) + load.bytes;
        let fits = events <= most.events && bytes <= most.bytes;
        if !fits {
            self.release(load);
        }
        fits
    }

    /// The events that wait.
    pub(crate) fn events(&self) -> usize {
        self.events.load(Ordering::Acquire)
    }

    /// The bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Acquire)
    }

    /// Counts a load out that was admitted.
    pub(crate) fn release(&self, load: Load) {
        self.events.fetch_sub(load.events, Ordering::AcqRel);
        self.bytes.fetch_sub(load.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_bytes_each_have_their_limit() {
        let (backlog, most) = (
            Backlog::default(),
            Load {
                events: 3,
                bytes: 100,
            },
        );
        let load = |events, bytes| Load { events, bytes };
        assert!(backlog.admit(load(2, 60), most));
        assert!(!backlog.admit(load(1, 41), most), "too many bytes");
        assert!(!backlog.admit(load(2, 1), most), "too many events");
        assert!(backlog.admit(load(1, 40), most));
        backlog.release(load(2, 60));
        assert!(
            backlog.admit(load(2, 60), most),
            "what was refused left no trace"
        );
    }
}
