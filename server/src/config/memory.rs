//! The one number for memory, and what follows from it.

use std::num::NonZero;

use crate::limits::PAGE_MAKING_BYTES;

const MIB: usize = 1 << 20;

/// What may be configured, in MiB.
pub(super) const BUDGET_MIB: std::ops::RangeInclusive<u64> = 192..=1 << 20;

/// What applies if the file says nothing.
pub(super) const BUDGET_MIB_DEFAULT: u64 = 512;

/// How much memory the daemon plans with. The parts below make seven eighths of it, pages while they are made a sixteenth more, and
/// calls that wait for others a sixty-fourth.
/// What has no plan comes beside it: trees, threads, open keys; the limit that the system sets should leave as much again
/// for that. Operations that fold or verify take memory of their own while they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    budget_bytes: usize,
}

impl Memory {
    pub(super) fn of_mib(mib: Option<u64>) -> Self {
        let mib = mib.unwrap_or(BUDGET_MIB_DEFAULT);
        Self {
            budget_bytes: usize::try_from(mib).unwrap_or(usize::MAX / MIB) * MIB,
        }
    }

    /// All of it.
    #[must_use]
    pub fn budget_bytes(self) -> usize {
        self.budget_bytes
    }

    /// The storage engine's, all of it.
    fn storage_bytes(self) -> usize {
        self.budget_bytes / 8 * 3
    }

    /// The storage engine's cache of blocks, which its write buffers are counted in.
    #[must_use]
    pub fn cache_bytes(self) -> usize {
        self.storage_bytes() - self.known_ids_bytes()
    }

    /// What tells new identities from known ones: ten bits for each.
    #[must_use]
    pub fn known_ids_bytes(self) -> usize {
        self.budget_bytes / 32 * 3
    }

    /// The part of it that write buffers may take.
    #[must_use]
    pub fn write_buffer_bytes(self) -> usize {
        self.budget_bytes / 16 * 3
    }

    /// Events that wait to be written, of all ledgers.
    #[must_use]
    pub fn waiting_bytes(self) -> usize {
        self.budget_bytes / 8
    }

    /// Pages that are made at once: one for each processor, if there is memory for them.
    fn pages_at_once(self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        (self.budget_bytes / 16 / PAGE_MAKING_BYTES).clamp(1, processors)
    }

    /// What is buffered between the network and the ledgers.
    #[must_use]
    pub fn buffers(self) -> Buffers {
        let sixteenth = self.budget_bytes / 4 / 16;
        Buffers {
            pages_at_once: self.pages_at_once(),
            messages: 4 * sixteenth,
            small_messages: 2 * sixteenth,
            answers: 5 * sixteenth,
            small_answers: 2 * sixteenth,
            windows: 3 * sixteenth,
            calls: self.budget_bytes / 8,
            waiting_calls: self.budget_bytes / 64,
        }
    }
}

/// The budgets of the network, in bytes. The small ones are for what is small, which so never waits behind what is large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buffers {
    /// Messages that are coming in.
    pub messages: usize,
    /// Small messages that are coming in.
    pub small_messages: usize,
    /// Answers that are being made or not read yet.
    pub answers: usize,
    /// Small answers that are being made or not read yet.
    pub small_answers: usize,
    /// What connections may send before it is read, beyond the least.
    pub windows: usize,
    /// Pages that are made at once. Each takes [`PAGE_MAKING_BYTES`] beside its answer.
    pub pages_at_once: usize,
    /// Calls in progress, for what each takes whatever it is about.
    pub calls: usize,
    /// Calls that wait, and refused ones whose requests are still read; beside the whole.
    pub waiting_calls: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{
        CALL_BYTES, CALLS_OF_A_CONNECTION_FIRST, CALLS_WAITING_MAX, PAGE_ROOM_BYTES,
        REQUEST_BYTES_MAX, WAITING_CALL_BYTES, WINDOW_BYTES_SPARE,
    };

    #[test]
    fn the_parts_are_no_more_than_the_whole() {
        for mib in [*BUDGET_MIB.start(), BUDGET_MIB_DEFAULT, *BUDGET_MIB.end()] {
            let memory = Memory::of_mib(Some(mib));
            let buffers = memory.buffers();
            let buffered = buffers.messages
                + buffers.small_messages
                + buffers.answers
                + buffers.small_answers
                + buffers.windows
                + buffers.calls;
            let planned = memory.storage_bytes() + memory.waiting_bytes() + buffered;
            assert!(planned <= memory.budget_bytes, "{mib}: {planned}");
            let pages = buffers.pages_at_once * PAGE_MAKING_BYTES;
            assert!(pages <= memory.budget_bytes / 16, "{mib}: {pages}");
            assert!(buffers.pages_at_once >= 1);
            assert!(buffers.waiting_calls <= memory.budget_bytes / 64, "{mib}");
            assert!(memory.write_buffer_bytes() < memory.storage_bytes());
        }
    }

    /// The largest request and the largest page fit into the least budget, or they would never be served.
    #[test]
    fn the_least_budget_has_room_for_the_largest_of_each() {
        let buffers = Memory::of_mib(Some(*BUDGET_MIB.start())).buffers();
        assert!(buffers.messages >= 2 * REQUEST_BYTES_MAX);
        assert!(buffers.answers >= 2 * PAGE_ROOM_BYTES);
        assert!(buffers.windows > WINDOW_BYTES_SPARE);
        assert!(buffers.waiting_calls >= 2 * CALLS_WAITING_MAX * WAITING_CALL_BYTES);
    }

    /// Five hundred clients with sixteen calls each are honest, and have room at once.
    #[test]
    fn the_usual_budget_has_room_for_many_honest_calls() {
        let buffers = Memory::of_mib(None).buffers();
        assert!(buffers.calls / CALL_BYTES >= 500 * CALLS_OF_A_CONNECTION_FIRST);
    }
}
