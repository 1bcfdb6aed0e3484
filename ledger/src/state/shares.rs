//! How much waits for one ledger and from whom, and how much may.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::state::{
    backlog::Load,
    limits::{FIRST_APPEND_BYTES_MAX, FIRST_APPEND_EVENTS_MAX, FIRST_APPENDS_PART},
    party::Party,
};

/// Counts what waits for a ledger, by party.
#[derive(Default)]
pub(crate) struct Shares(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    all: Load,
    /// Of each party for which something waits.
    of: HashMap<Party, Load>,
}

impl Shares {
    /// Counts a load in, unless more than `most` would then wait for the ledger, or more of the party than it leaves free for
    /// others. A part of all is kept for small appends of parties for which nothing waits. The daemon's own are only
    /// counted.
    pub(crate) fn admit(&self, party: &Party, load: Load, most: Load) -> bool {
        let mut waiting = self.waiting();
        let all = waiting.all.plus(load);
        let mine = waiting.of.get(party).copied().unwrap_or_default();
        let fits = all.fits(most)
            && (*party == Party::Daemon
                || waiting.all == Load::default()
                || leaves_room(all, mine, load, most));
        if fits {
            waiting.all = all;
            waiting.of.insert(party.clone(), mine.plus(load));
        }
        fits
    }

    /// Counts a load out that was admitted.
    pub(crate) fn release(&self, party: &Party, load: Load) {
        let mut waiting = self.waiting();
        waiting.all = waiting.all.minus(load);
        if let Entry::Occupied(mut of) = waiting.of.entry(party.clone()) {
            let left = of.get().minus(load);
            if left == Load::default() {
                of.remove();
            } else {
                of.insert(left);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether others still have their places if a party for which `mine` waits has this load, too, so that `all` waits.
fn leaves_room(all: Load, mine: Load, load: Load, most: Load) -> bool {
    let small = Load {
        events: FIRST_APPEND_EVENTS_MAX,
        bytes: FIRST_APPEND_BYTES_MAX,
    };
    let is_first = mine == Load::default();
    if is_first && load.fits(small) {
        return true;
    }
    let kept = |most: usize| most - most / FIRST_APPENDS_PART;
    let open = Load {
        events: kept(most.events),
        bytes: kept(most.bytes),
    };
    all.fits(open) && (is_first || mine.plus(load).fits(open.minus(all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Load = Load {
        events: 8_000,
        bytes: 8_000_000,
    };

    fn load(events: usize) -> Load {
        let bytes = events * 100;
        Load { events, bytes }
    }

    fn connection(number: u64) -> Party {
        Party::Connection(number)
    }

    /// Counts loads in until no more is taken; returns the events.
    fn fill(shares: &Shares, party: &Party, events: usize) -> usize {
        std::iter::from_fn(|| shares.admit(party, load(events), MOST).then_some(events)).sum()
    }

    #[test]
    fn who_fills_a_ledgers_places_leaves_as_many_to_others() {
        let shares = Shares::default();
        let hog = fill(&shares, &connection(0), 100);
        // A half of what is open, and after it a half of what is left.
        assert_eq!(hog, 3_500);
        assert_eq!(fill(&shares, &connection(1), 100), 1_700);
        assert!(!shares.admit(&connection(0), load(1), MOST), "it has most");
        // Once little of the first one waits, it may have more again.
        (0..30).for_each(|_| shares.release(&connection(0), load(100)));
        assert!(shares.admit(&connection(0), load(100), MOST));
    }

    #[test]
    fn many_hogs_together_leave_a_place_for_a_first_append() {
        let shares = Shares::default();
        let taken: usize = (0..500)
            .map(|number| fill(&shares, &connection(number), 100))
            .sum();
        assert!((6_900..=7_000).contains(&taken), "{taken}");
        let honest = connection(1_000);
        assert!(!shares.admit(&honest, load(100), MOST), "it is not small");
        let first = load(FIRST_APPEND_EVENTS_MAX);
        assert!(shares.admit(&honest, first, MOST));
        assert!(!shares.admit(&honest, load(1), MOST), "it is not the first");
        shares.release(&honest, first);
        assert!(shares.admit(&honest, load(1), MOST));
    }

    #[test]
    fn no_more_than_all_waits_and_what_is_gone_leaves_no_trace() {
        let shares = Shares::default();
        let daemon = Party::Daemon;
        assert_eq!(fill(&shares, &daemon, 100), 8_000);
        assert!(!shares.admit(&connection(0), load(1), MOST));
        (0..80).for_each(|_| shares.release(&daemon, load(100)));
        // One that is as large as all of it may be alone.
        assert!(shares.admit(&connection(0), load(8_000), MOST));
        shares.release(&connection(0), load(8_000));
        let waiting = shares.waiting();
        assert!(waiting.of.is_empty() && waiting.all == Load::default());
    }
}
