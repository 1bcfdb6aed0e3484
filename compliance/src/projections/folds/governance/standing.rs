//! Whether something that was halted may go on.

use serde::{Deserialize, Serialize};

use crate::projections::pieces::{Absorb, Counted, Greatest, Last, Sum};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub(super) halts: Counted,
    /// The last halt.
    last: Last<u64>,
    /// How many people must resume it: of several halts, the most.
    people: Greatest,
    /// How often it was resumed since the last halt.
    resumed: Sum,
}

impl Absorb for Standing {
    fn absorb(&mut self, later: Self) {
        let Self {
            halts,
            last,
            people,
            resumed,
        } = later;
        match last.0 {
            Some(_) => self.resumed = resumed,
            None => self.resumed.absorb(resumed),
        }
        self.halts.absorb(halts);
        self.last.absorb(last);
        self.people.absorb(people);
    }
}

impl Standing {
    pub(super) fn halted(&mut self, sequence: u64, people: u64) {
        self.halts.see(sequence);
        self.last = Last(Some(sequence));
        self.people.see(people);
        self.resumed = Sum::default();
    }

    pub(super) fn resumed(&mut self) {
        self.resumed.add(1);
    }

    /// Whether it is halted at the end of the range.
    pub(super) fn is_halted(&self) -> bool {
        let people = self.people.0.unwrap_or_default().max(1);
        self.last.0.is_some() && self.resumed.value() < people
    }

    /// The last halt.
    pub(super) fn last(&self) -> Option<u64> {
        self.last.0
    }
}
