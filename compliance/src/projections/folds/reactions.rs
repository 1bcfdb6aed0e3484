//! What humans did about single decisions, and how long after the decision.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::waits::Waits;
use crate::projections::{
    measure::{Gathered, Measures},
    pieces::{Counted, Few, First, FirstTimes, Hash16, Hashed, Nanos, Short, absorb_fields},
    record::Record,
};

/// Decisions of one state that reactions are matched with, by correlation id.
pub(super) const DECISIONS_MAX: usize = 1 << 20;
/// Decisions of one state that anybody reacted to.
const REACTIONS_MAX: usize = 1 << 17;

/// Reviewers of one decision that are kept.
const VOICES_MAX: usize = 4;

/// When decisions were recorded and who decided, by correlation id.
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
    #[serde(rename = "v")]
    voices: Few<Voice, VOICES_MAX>,
}

/// Who is said to have reacted, and who sent that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Voice(Short, Short);

absorb_fields!(Reaction {
    events,
    time,
    voices
});

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
    /// The events that name one of these.
    pub(super) events: u64,
    pub(super) records: Vec<u64>,
    /// Reactions whose decision is not to be found in the range.
    pub(super) outside: Gathered,
    /// First reactions that were recorded before their decision.
    pub(super) before: Gathered,
    waits: Waits,
}

impl Reactions {
    pub(super) fn see(&mut self, correlation: &str, reviewer: &str, record: &Record<'_>) {
        if let Some(reaction) = self.0.at(Hash16::of(correlation)) {
            reaction.events.see(record.sequence());
            reaction.time.get_or_insert(Nanos(record.time()));
            let actor = record.body().and_then(|body| body.actor);
            let voice = Voice(Short::of(Some(reviewer)), Short::of(actor));
            reaction.voices.see(voice);
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
                    reacted.events += reaction.events.count();
                    reacted.records.push(sequence);
                    match time.checked_sub(decided.time) {
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
        unread: u64,
        measures: &mut Measures,
    ) {
        match reacted {
            Some(reacted) => reacted.waits.measures(name, nothing, unread, measures),
            None => Waits::unknown(name, measures),
        }
    }
}

/// How decisions were looked after by somebody other than the agents.
#[derive(Default)]
pub(super) struct LookedAfter {
    /// Distinct decisions of the range, and the first records that show it.
    pub(super) decisions: u64,
    pub(super) records: Vec<u64>,
    /// By two of different names.
    pub(super) twice: u64,
}

impl LookedAfter {
    /// What reactions of two kinds come to together; none if there are too many of anything. A reviewer counts who is
    /// neither the agent nor the actor of the decision nor one of `agents`, and whose word was not sent by one of these.
    pub(super) fn of(
        kinds: [&Reactions; 2],
        decisions: &Decisions,
        agents: &BTreeSet<Short>,
    ) -> Option<Self> {
        let mut looked_after = Self::default();
        let [left, right] = [kinds[0].0.all()?, kinds[1].0.all()?];
        for (correlation, reaction) in left {
            let decided = decisions.of(correlation)?;
            looked_after.see([Some(reaction), right.get(correlation)], decided, agents);
        }
        for (correlation, reaction) in right {
            if !left.contains_key(correlation) {
                let decided = decisions.of(correlation)?;
                looked_after.see([Some(reaction), None], decided, agents);
            }
        }
        looked_after.records.sort_unstable();
        Some(looked_after)
    }

    fn see(
        &mut self,
        kinds: [Option<&Reaction>; 2],
        decided: Option<First>,
        agents: &BTreeSet<Short>,
    ) {
        let Some(decided) = decided else { return };
        let after = |reaction: &&Reaction| {
            reaction
                .time
                .is_some_and(|Nanos(time)| time >= decided.time)
        };
        let by_somebody_else =
            |name: Short| !decided.who.contains(&name) && !agents.contains(&name);
        let mut reviewers = BTreeSet::new();
        let mut first = None;
        for reaction in kinds.into_iter().flatten().filter(after) {
            for Voice(reviewer, actor) in reaction.voices.all() {
                if by_somebody_else(*reviewer) && (!actor.is_named() || by_somebody_else(*actor)) {
                    reviewers.insert(*reviewer);
                    let by = reaction.events.records().first().copied();
                    first = [first, by].into_iter().flatten().min();
                }
            }
        }
        if let Some(first) = first {
            self.decisions += 1;
            self.records.push(first);
        }
        self.twice += u64::from(reviewers.len() > 1);
    }
}
