//! What waits for one ledger, in lines: one for each party that brought something, which have turns.

use std::collections::VecDeque;

use crate::state::{limits::TURN_BYTES, party::Party};

/// Places in a line that are kept once nothing waits in it; more are given back.
pub(super) const PLACES_KEPT: usize = 64;
/// Parties whose lines have room beforehand.
const LINES_KEPT: usize = 16;

/// The lines, in the order of their turns. That of the first one has begun.
pub(super) struct Lines<T> {
    round: VecDeque<Line<T>>,
    /// A line that ended, for the next one: mostly there is one alone, which ends with each of its works.
    spare: VecDeque<(usize, T)>,
}

/// What one party brought.
struct Line<T> {
    party: Party,
    /// With what each costs.
    waiting: VecDeque<(usize, T)>,
    /// What it may still cost in this turn, as for a ledger.
    credit: usize,
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self {
            round: VecDeque::new(),
            spare: VecDeque::new(),
        }
    }
}

impl<T> Lines<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.round.is_empty()
    }

    /// Adds work at the end of its party's line. A new line has the last turn.
    pub(super) fn push(&mut self, party: Party, cost: usize, work: T) {
        // There are no more parties than connections.
        if let Some(line) = self.round.iter_mut().find(|line| line.party == party) {
            return line.waiting.push_back((cost, work));
        }
        let mut waiting = std::mem::take(&mut self.spare);
        waiting.push_back((cost, work));
        self.round.push_back(Line {
            party,
            waiting,
            credit: TURN_BYTES,
        });
    }

    /// The work whose turn it is, and what it costs.
    pub(super) fn first(&mut self) -> Option<(usize, &T)> {
        loop {
            let line = self.round.front_mut()?;
            let cost = line.waiting.front()?.0;
            if cost <= line.credit {
                break;
            }
            line.credit += TURN_BYTES;
            self.round.rotate_left(1);
        }
        let (cost, work) = self.round.front()?.waiting.front()?;
        Some((*cost, work))
    }

    /// Takes what [`Self::first`] shows.
    pub(super) fn take_first(&mut self) -> Option<T> {
        self.first()?;
        let line = self.round.front_mut()?;
        let (cost, work) = line.waiting.pop_front()?;
        line.credit -= cost;
        if line.waiting.is_empty() {
            self.end();
        }
        Some(work)
    }

    /// Ends the first one's turn and its line: credit is not saved up for later.
    fn end(&mut self) {
        if let Some(mut line) = self.round.pop_front() {
            line.waiting.shrink_to(PLACES_KEPT);
            self.spare = line.waiting;
        }
        if self.round.is_empty() {
            self.round.shrink_to(LINES_KEPT);
        }
    }

    /// Places that are kept for what may come.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        let lines = self.round.iter().map(|line| line.waiting.capacity());
        lines.sum::<usize>() + self.spare.capacity()
    }
}
