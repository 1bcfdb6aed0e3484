//! Index terms of sealed events, worked out where the event is still in the clear and carried to the indexer in
//! memory, so that it opens a sealed event only if it comes to it late: after a start, or when it has fallen far
//! behind. They are keyed hashes, the same that the index holds.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use indelible_evidence::body::Body;
use indelible_store::{IndexTerm, LedgerId};

use crate::state::{
    event_identity::{Attribute, IndexHasher},
    limits::TERMS_AHEAD_RECORDS_MAX,
};

/// What of a body has an index.
pub(crate) fn indexed<'a>(body: &Body<'a>) -> impl Iterator<Item = (Attribute, &'a str)> {
    [
        (Attribute::Source, Some(body.source)),
        (Attribute::Subject, body.subject),
        (Attribute::Actor, body.actor),
        (Attribute::CorrelationId, body.correlation_id),
    ]
    .into_iter()
    .filter_map(|(attribute, text)| Some((attribute, text?)))
}

/// What stands in the place of an attribute that a body lacks: no attribute's byte is zero.
const ABSENT: IndexTerm = IndexTerm::from_bytes([0; IndexTerm::BYTES]);

/// The terms of one body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BodyTerms([IndexTerm; 4]);

impl BodyTerms {
    pub(crate) fn of(hasher: &IndexHasher, body: &Body<'_>) -> Self {
        let mut terms = [ABSENT; 4];
        for (place, (attribute, text)) in terms.iter_mut().zip(indexed(body)) {
            *place = hasher.term(attribute, text.as_bytes());
        }
        Self(terms)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = IndexTerm> {
        self.0.into_iter().filter(|term| *term != ABSENT)
    }
}

/// Records and the terms of their bodies, ascending.
pub(crate) type Run = Vec<(u64, BodyTerms)>;

#[derive(Default)]
struct Ahead {
    runs: HashMap<LedgerId, VecDeque<Run>>,
    records: usize,
}

/// The terms of sealed events that are linked and not yet indexed. The writer adds, the indexer takes. No more are
/// kept than [`TERMS_AHEAD_RECORDS_MAX`] for all ledgers together: the indexer opens the rest.
#[derive(Default)]
pub(crate) struct TermsAhead(Mutex<Ahead>);

impl TermsAhead {
    /// Keeps the terms of a commit, which follows all that were added for its ledger, if there is room for them.
    pub(crate) fn add(&self, ledger: LedgerId, run: Run) {
        let mut ahead = self.lock();
        let records = ahead.records + run.len();
        if run.is_empty() || records > TERMS_AHEAD_RECORDS_MAX {
            return;
        }
        ahead.records = records;
        ahead.runs.entry(ledger).or_default().push_back(run);
    }

    /// Takes out what is known of the records below `to`, ascending. Nothing of them is kept.
    pub(crate) fn take(&self, ledger: LedgerId, to: u64) -> Run {
        let mut taken = Run::new();
        let mut ahead = self.lock();
        let Some(runs) = ahead.runs.get_mut(&ledger) else {
            return taken;
        };
        while let Some(run) = runs.front_mut() {
            let below = run.partition_point(|(sequence, _)| *sequence < to);
            if below < run.len() {
                taken.extend(run.drain(..below));
                break;
            }
            taken.append(run);
            runs.pop_front();
        }
        if runs.is_empty() {
            ahead.runs.remove(&ledger);
        }
        ahead.records -= taken.len();
        taken
    }

    fn lock(&self) -> MutexGuard<'_, Ahead> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(sequences: std::ops::Range<u64>) -> Run {
        sequences
            .map(|sequence| (sequence, BodyTerms([ABSENT; 4])))
            .collect()
    }

    fn sequences(run: &Run) -> Vec<u64> {
        run.iter().map(|(sequence, _)| *sequence).collect()
    }

    #[test]
    fn what_was_taken_is_not_kept_and_the_rest_is() {
        let ahead = TermsAhead::default();
        let (one, other) = (LedgerId::new(1), LedgerId::new(2));
        ahead.add(one, run(3..6));
        ahead.add(one, run(8..12));
        ahead.add(other, run(1..2));
        assert_eq!(sequences(&ahead.take(one, 10)), [3, 4, 5, 8, 9]);
        assert!(ahead.take(one, 10).is_empty());
        assert_eq!(sequences(&ahead.take(one, 100)), [10, 11]);
        assert_eq!(sequences(&ahead.take(other, 2)), [1]);
        let left = ahead.lock();
        assert!(left.runs.is_empty() && left.records == 0);
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let ahead = TermsAhead::default();
        let (one, other) = (LedgerId::new(1), LedgerId::new(2));
        let most = TERMS_AHEAD_RECORDS_MAX as u64;
        ahead.add(one, run(0..most));
        ahead.add(other, run(0..1));
        assert!(ahead.take(other, 1).is_empty(), "there is no room");
        assert_eq!(ahead.take(one, 1).len(), 1);
        ahead.add(other, run(1..2));
        assert_eq!(sequences(&ahead.take(other, 2)), [1], "there is again");
    }
}
