//! What waits for each ledger, and whose turn it is. The ledgers for which something waits have turns, one after the other,
//! and each turn is worth as much as any other, however much waits for whom. Within a ledger it is the same with those who
//! brought the work, and the order of what one of them brought never changes.

mod lines;

use std::collections::{HashMap, VecDeque};

use indelible_store::LedgerId;

use self::lines::Lines;
use crate::state::{limits::TURN_BYTES, party::Party};

/// Ledgers for which such places are kept while nothing waits.
const LANES_KEPT: usize = 256;

/// What waits, by ledger.
pub(crate) struct Turns<T> {
    /// In use, or free for the next ledger, so that work finds its place without an allocation.
    lanes: Vec<Lane<T>>,
    /// The lane of each ledger for which something waits.
    places: HashMap<LedgerId, usize>,
    /// The same lanes, in the order of their turns. That of the first one has begun.
    round: VecDeque<usize>,
    free: Vec<usize>,
}

/// What waits for one ledger.
struct Lane<T> {
    ledger: LedgerId,
    waiting: Lines<T>,
    /// What it may still cost in this turn. What a turn leaves is kept for the next one, so that work which costs more than
    /// a turn has its own in the end.
    credit: usize,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self {
            lanes: Vec::new(),
            places: HashMap::new(),
            round: VecDeque::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Turns<T> {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.round.is_empty()
    }

    /// Adds work of a ledger, behind all that its party has brought before. A ledger for which nothing has waited has the last
    /// turn, and so has such a party within its ledger.
    pub(crate) fn push(&mut self, ledger: LedgerId, party: Party, cost: usize, work: T) {
        let place = match self.places.get(&ledger) {
            Some(place) => *place,
            None => self.begin(ledger),
        };
        self.lanes[place].waiting.push(party, cost, work);
    }

    /// Takes the work whose turn it is, if it suits. Else it stays the next.
    pub(crate) fn next_if(&mut self, suits: impl FnOnce(&T) -> bool) -> Option<T> {
        loop {
            let place = *self.round.front()?;
            let lane = &mut self.lanes[place];
            let (cost, work) = lane.waiting.first()?;
            if cost > lane.credit {
                lane.credit += TURN_BYTES;
                self.round.rotate_left(1);
                continue;
            }
            if !suits(work) {
                return None;
            }
            lane.credit -= cost;
            let work = lane.waiting.take_first()?;
            if lane.waiting.is_empty() {
                self.end(place);
            }
            return Some(work);
        }
    }

    fn begin(&mut self, ledger: LedgerId) -> usize {
        let place = self.free.pop().unwrap_or_else(|| {
            self.lanes.push(Lane {
                ledger,
                waiting: Lines::default(),
                credit: 0,
            });
            self.lanes.len() - 1
        });
        let lane = &mut self.lanes[place];
        (lane.ledger, lane.credit) = (ledger, TURN_BYTES);
        self.places.insert(ledger, place);
        self.round.push_back(place);
        place
    }

    /// Ends the first one's turn, and its place in the round: credit is not saved up for later.
    fn end(&mut self, place: usize) {
        self.round.pop_front();
        let lane = &mut self.lanes[place];
        if self.free.len() >= LANES_KEPT {
            lane.waiting = Lines::default();
        }
        self.places.remove(&lane.ledger);
        self.free.push(place);
    }
}

#[cfg(test)]
mod tests;
