//! What humans did about single decisions, and how long after the decision.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::waits::Waits;
use crate::projections::{
    measure::{Gathered, Measures, Unread},
    pieces::{Absorb, Counted, First, FirstTimes, Hash16, Hashed, Nanos, Short, absorb_fields},
    record::Record,
};

/// Decisions of one state that reactions are matched with, by correlation id.
pub(super) const DECISIONS_MAX: usize = 1 << 20;
/// Decisions of one state that anybody reacted to.
const REACTIONS_MAX: usize = 1 << 17;

/// Reviewers of one decision that are kept.
const VOICES_MAX: usize = 4;

/// Which decisions were recorded first and who decided, by correlation id.
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
    voices: Voices,
}

/// The first few who reacted, each with the last record that says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Voices(Vec<Voice>);

/// Who is said to have reacted, who sent that, and the last record that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Voice(Short, Short, u64);

impl Voices {
    fn see(&mut self, voice: Voice) {
        let same = |known: &&mut Voice| (known.0, known.1) == (voice.0, voice.1);
        if let Some(known) = self.0.iter_mut().find(same) {
            known.2 = known.2.max(voice.2);
        } else if self.0.len() < VOICES_MAX {
            self.0.push(voice);
        }
    }
}

impl Absorb for Voices {
    fn absorb(&mut self, later: Self) {
        later.0.into_iter().for_each(|voice| self.see(voice));
    }
}

absorb_fields!(Reaction {
    events,
    time,
    voices
});

impl Absorb for Reactions {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

/// How many reactions to a decision were recorded before it, and how many after it.
struct Sides {
    before: u64,
    after: u64,
    /// Neither can be said of so many.
    undecided: u64,
    /// The first record after it that is known.
    shown: Option<u64>,
}

impl Reaction {
    /// On which side of this record they are. Only the first records are kept: if all of these come before it, nothing is
    /// known of the others, but that the last word of somebody who is kept may come after it.
    fn sides(&self, sequence: u64) -> Sides {
        let records = self.events.records();
        let before = records.partition_point(|record| *record < sequence);
        let rest = self.events.count() - before as u64;
        if let Some(first) = records.get(before) {
            return Sides {
                before: before as u64,
                after: rest,
                undecided: 0,
                shown: Some(*first),
            };
        }
        let last_words = self.voices.0.iter().map(|voice| voice.2);
        let after = last_words.filter(|last| *last > sequence);
        let shown = after.clone().min();
        let after = after.count() as u64;
        Sides {
            before: before as u64,
            after,
            undecided: rest.saturating_sub(after),
            shown,
        }
    }
}

/// What the reactions of a range come to.
#[derive(Default)]
pub(super) struct Reacted {
    /// Distinct decisions of the range that had such a reaction after them, and the first records that show it.
    pub(super) inside: u64,
    /// The events that name one of these and were recorded after it.
    pub(super) linked: u64,
    pub(super) records: Vec<u64>,
    /// Reactions whose decision is not to be found in the range.
    pub(super) outside: Gathered,
    /// Reactions that were recorded before their decision.
    pub(super) before: Gathered,
    /// Reactions of which nobody can say that, since too many to the same decision came before them.
    pub(super) undecided: u64,
    /// Decisions that may have had one of these after them, and no other.
    pub(super) undecided_decisions: u64,
    waits: Waits,
}

impl Reactions {
    pub(super) fn see(&mut self, correlation: &str, reviewer: &str, record: &Record<'_>) {
        if let Some(reaction) = self.0.at(Hash16::of(correlation)) {
            reaction.events.see(record.sequence());
            reaction.time.get_or_insert(Nanos(record.time()));
            let actor = record.actor();
            let (reviewer, actor) = (Short::of(Some(reviewer)), Short::of(actor));
            reaction
                .voices
                .see(Voice(reviewer, actor, record.sequence()));
        }
    }

    /// Holds them against the decisions; none if there are too many of either.
    pub(super) fn of(&self, decisions: &Decisions) -> Option<Reacted> {
        let mut reacted = Reacted::default();
        for (correlation, reaction) in self.0.all()? {
            let first = reaction.events.records().first().zip(reaction.time);
            match (decisions.of(correlation)?, first) {
                (Some(decided), Some((&sequence, Nanos(time)))) => {
                    let sides = reaction.sides(decided.sequence);
                    // What was recorded before a decision is no answer to it.
                    reacted.inside += u64::from(sides.after > 0);
                    reacted.linked += sides.after;
                    reacted.records.extend(sides.shown);
                    reacted.before.take_in_first(&reaction.events, sides.before);
                    reacted.undecided += sides.undecided;
                    reacted.undecided_decisions +=
                        u64::from(sides.after == 0 && sides.undecided > 0);
                    if sides.before == 0 {
                        let took = time.saturating_sub(decided.time);
                        reacted.waits.see(took, sequence);
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
    /// What of it can't be decided may count once, beside what can't be read.
    pub(super) fn open(reacted: Option<&Self>, unread: Unread) -> Unread {
        let undecided = reacted.map_or(0, |reacted| reacted.undecided);
        unread.or_undecided(undecided)
    }

    /// The same of decisions.
    pub(super) fn open_decisions(reacted: Option<&Self>, unread: Unread) -> Unread {
        let undecided = reacted.map_or(0, |reacted| reacted.undecided_decisions);
        unread.or_undecided(undecided)
    }

    /// Puts how long it took from a decision to the first reaction.
    pub(super) fn waits(
        reacted: Option<&Self>,
        name: &str,
        nothing: &str,
        unread: u64,
        measures: &mut Measures,
    ) {
        match reacted {
            Some(reacted) => {
                let unread = Unread::once(unread);
                reacted.waits.measures(name, nothing, unread, measures);
            }
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
    /// What reactions of several kinds come to together; none if there are too many of anything. A reviewer counts who is
    /// neither the agent nor the actor of the decision nor one of `agents`, and whose word was not sent by one of these.
    pub(super) fn of(
        kinds: &[&Reactions],
        decisions: &Decisions,
        agents: &BTreeSet<Short>,
    ) -> Option<Self> {
        let mut looked_after = Self::default();
        let mut correlations = BTreeSet::new();
        for kind in kinds {
            correlations.extend(kind.0.all()?.keys());
        }
        for correlation in correlations {
            let Some(decided) = decisions.of(correlation)? else {
                continue;
            };
            let (reviewers, first) = reviewers(kinds, correlation, &decided, agents)?;
            if let Some(first) = first {
                looked_after.decisions += 1;
                looked_after.records.push(first);
            }
            looked_after.twice += u64::from(reviewers > 1);
        }
        looked_after.records.sort_unstable();
        Some(looked_after)
    }
}

/// Reactions to decisions by those who made them: by their agents, or whoever sent them. Of each who did, the last is
/// counted. None if there are too many of anything.
pub(super) fn own_reactions(kinds: &[&Reactions], decisions: &Decisions) -> Option<Gathered> {
    let mut own = Gathered::default();
    for kind in kinds {
        for (correlation, reaction) in kind.0.all()? {
            let Some(decided) = decisions.of(correlation)? else {
                continue;
            };
            let is_own = |name: Short| name.is_named() && decided.who.contains(&name);
            for Voice(reviewer, actor, last) in &reaction.voices.0 {
                if *last > decided.sequence && (is_own(*reviewer) || is_own(*actor)) {
                    own.see(*last);
                }
            }
        }
    }
    Some(own)
}

/// How many others than the agents reacted after this, and the first record of their reactions that is kept.
fn reviewers(
    kinds: &[&Reactions],
    correlation: &Hash16,
    since: &First,
    agents: &BTreeSet<Short>,
) -> Option<(usize, Option<u64>)> {
    let by_somebody_else = |name: Short| !since.who.contains(&name) && !agents.contains(&name);
    let mut reviewers = BTreeSet::new();
    let mut first = None;
    for kind in kinds {
        let Some(reaction) = kind.0.all()?.get(correlation) else {
            continue;
        };
        let spoke = |Voice(reviewer, actor, last): &&Voice| {
            *last > since.sequence
                && by_somebody_else(*reviewer)
                && (!actor.is_named() || by_somebody_else(*actor))
        };
        let voices: Vec<_> = reaction.voices.0.iter().filter(spoke).collect();
        if voices.is_empty() {
            continue;
        }
        reviewers.extend(voices.iter().map(|voice| voice.0));
        let records = reaction.events.records().iter().copied();
        let shown = records.filter(|record| *record > since.sequence).min();
        let shown = shown.or(voices.iter().map(|voice| voice.2).min());
        first = [first, shown].into_iter().flatten().min();
    }
    Some((reviewers.len(), first))
}

/// What became of decisions of which a person asked that a human look at them.
#[derive(Default)]
pub(super) struct Contested {
    /// Of the range.
    pub(super) decisions: u64,
    /// Looked after since, by somebody other than the agents.
    pub(super) looked_after: u64,
    /// Not looked after, and the time for it is not over.
    pub(super) pending: u64,
    /// Asked of decisions that are not to be found in the range.
    pub(super) outside: Gathered,
}

impl Contested {
    /// `is_due` says of a time of asking whether the time for an answer is over.
    pub(super) fn of(
        asked: &Decisions,
        kinds: &[&Reactions],
        decisions: &Decisions,
        agents: &BTreeSet<Short>,
        is_due: impl Fn(u64) -> bool,
    ) -> Option<Self> {
        let mut contested = Self::default();
        for (correlation, asked) in asked.all()? {
            let Some(decided) = decisions.of(correlation)? else {
                contested.outside.see(asked.sequence);
                continue;
            };
            contested.decisions += 1;
            let since = First {
                sequence: decided.sequence.max(asked.sequence),
                ..decided
            };
            match reviewers(kinds, correlation, &since, agents)? {
                (1.., _) => contested.looked_after += 1,
                (0, _) if !is_due(asked.time) => contested.pending += 1,
                (0, _) => {}
            }
        }
        Some(contested)
    }
}
