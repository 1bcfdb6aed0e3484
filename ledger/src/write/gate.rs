//! The state that the writer judges by, of one ledger: none until somebody asks for a decision, so that a ledger without
//! policies costs nothing.

use indelible_governance::state::State;

/// Where the writer keeps it.
#[derive(Default)]
pub(crate) struct Gate {
    state: Option<Box<State>>,
    /// A state that was folded up to a smaller size than this lacks records.
    folded_from: u64,
}

impl Gate {
    /// Takes the state out, to be put back once all that it was moved by is linked. What is not put back is lost, and is
    /// folded anew from what is stored.
    pub(crate) fn take(&mut self, size: u64) -> Option<Box<State>> {
        self.folded_from = self.folded_from.max(size);
        self.state.take()
    }

    /// Whether it is here.
    pub(crate) fn has_state(&self) -> bool {
        self.state.is_some()
    }

    /// Puts it back. Every governance record below `size` is in it.
    pub(crate) fn put(&mut self, state: Box<State>) {
        self.state = Some(state);
    }

    /// Takes up a state that was folded from the records below `size`. One that lacks records is not taken.
    pub(crate) fn take_up(&mut self, state: Box<State>, size: u64) -> bool {
        if self.state.is_some() {
            return true;
        }
        let is_whole = size >= self.folded_from;
        if is_whole {
            self.state = Some(state);
        }
        is_whole
    }
}
