//! What humans did about single decisions, and how long after the decision.

use serde::{Deserialize, Serialize};

use super::waits::Waits;
use crate::projections::{
    measure::{Gathered, Measures},
    pieces::{Counted, FirstTimes, Hash16, Hashed, Nanos, absorb_fields},
    record::Record,
};

/// Decisions of one state that reactions are matched with, by correlation id.
pub(super) const DECISIONS_MAX: usize = 1 << 20;
/// Decisions of one state that anybody reacted to.
const REACTIONS_MAX: usize = 1 << 17;

/// When decisions were recorded, by correlation id.
pub(super) type Decisions = FirstTimes<DECISIONS_MAX>;

/// Reactions of one kind, by the correlation id of the decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Reactions(Hashed<Reaction, REACTIONS_MAX>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Reaction {
    #[serde(rename = "n")]
    events: Counted,
    /// When the first was recorded.
    #[serde(rename = "t")]
    time: Option<Nanos>,
}

absorb_fields!(Reaction { events, time });

impl crate::projections::pieces::Absorb for Reactions {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

/// What the reactions of a range come to.
#[derive(Default)]
pub(super) struct Reacted {
    /// Distinct decisions of the range that had such a reaction, and the first records that show it.
    pub(super) inside: u64,
    pub(super) records: Vec<u64>,
    /// Reactions whose decision is not to be found in the range.
    pub(super) outside: Gathered,
    /// First reactions that were recorded before their decision.
    pub(super) before: Gathered,
    waits: Waits,
}

impl Reactions {
    pub(super) fn see(&mut self, correlation: &str, record: &Record<'_>) {
        if let Some(reaction) = self.0.at(Hash16::of(correlation)) {
            reaction.events.see(record.sequence());
            reaction.time.get_or_insert(Nanos(record.time()));
        }
    }

    /// Holds them against the decisions; none if there are too many of either.
    pub(super) fn of(&self, decisions: &Decisions) -> Option<Reacted> {
        let mut reacted = Reacted::default();
        for (correlation, reaction) in self.0.all()? {
            let first = reaction.events.records().first().zip(reaction.time);
            match (decisions.of(correlation)?, first) {
                (Some(decided), Some((&sequence, Nanos(time)))) => {
                    reacted.inside += 1;
                    reacted.records.push(sequence);
                    match time.checked_sub(decided) {
                        Some(took) => reacted.waits.see(took, sequence),
                        None => reacted.before.see(sequence),
                    }
                }
                _ => reacted.outside.take_in(&reaction.events),
            }
        }
        reacted.records.sort_unstable();
        Some(reacted)
    }
}

impl Reacted {
    /// Puts how long it took from a decision to the first reaction.
    pub(super) fn waits(
        reacted: Option<&Self>,
        name: &str,
        nothing: &str,
        measures: &mut Measures,
    ) {
        match reacted {
            Some(reacted) => reacted.waits.measures(name, nothing, measures),
            None => Waits::unknown(name, measures),
        }
    }
}
