//! The state that the writer judges by, of one ledger: none until somebody asks for a decision, so that a ledger without
//! policies costs nothing.

use indelible_governance::state::State;

use super::ask::TakenUp;

/// Where the writer keeps it.
#[derive(Default)]
pub(crate) struct Gate {
    state: Option<Box<State>>,
    /// A state that was folded up to a smaller size than this lacks records.
    folded_from: u64,
    /// Whether the ledger takes another's place. Its genesis says so, never the catalogue.
    is_successor: bool,
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

    /// Takes up a state that was folded. One that lacks records is not taken.
    pub(crate) fn take_up(&mut self, taken: TakenUp) -> bool {
        if self.state.is_some() {
            return true;
        }
        let is_whole = taken.size >= self.folded_from;
        if is_whole {
            self.state = Some(taken.state);
            self.is_successor = taken.is_successor;
        }
        is_whole
    }

    /// Whether the ledger takes another's place. Known once a state was taken up.
    pub(crate) fn is_successor(&self) -> bool {
        self.is_successor
    }
}
