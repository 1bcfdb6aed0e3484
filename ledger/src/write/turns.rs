//! What waits for each ledger, and whose turn it is. The ledgers for which something waits have turns, one after the other,
//! and each turn is worth as much as any other, however much waits for whom. Within a ledger the order never changes.

use std::collections::{HashMap, VecDeque};

use indelible_store::LedgerId;

use crate::state::limits::TURN_BYTES;

/// Places for one ledger's work that are kept once nothing waits for it; more are given back.
const PLACES_KEPT: usize = 64;
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
    /// With what each costs.
    waiting: VecDeque<(usize, T)>,
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

    /// Adds work of a ledger, behind all that waits for it. A ledger for which nothing has waited has the last turn.
    pub(crate) fn push(&mut self, ledger: LedgerId, cost: usize, work: T) {
        let place = match self.places.get(&ledger) {
            Some(place) => *place,
            None => self.begin(ledger),
        };
        self.lanes[place].waiting.push_back((cost, work));
    }

    /// Takes the work whose turn it is, if it suits. Else it stays the next.
    pub(crate) fn next_if(&mut self, suits: impl FnOnce(&T) -> bool) -> Option<T> {
        loop {
            let place = *self.round.front()?;
            let lane = &mut self.lanes[place];
            let (cost, work) = lane.waiting.front()?;
            if *cost > lane.credit {
                lane.credit += TURN_BYTES;
                self.round.rotate_left(1);
                continue;
            }
            if !suits(work) {
                return None;
            }
            lane.credit -= cost;
            let (_, work) = lane.waiting.pop_front()?;
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
                waiting: VecDeque::new(),
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
            lane.waiting = VecDeque::new();
        } else if lane.waiting.capacity() > PLACES_KEPT {
            lane.waiting.shrink_to(PLACES_KEPT);
        }
        self.places.remove(&lane.ledger);
        self.free.push(place);
    }
}

#[cfg(test)]
mod tests;
