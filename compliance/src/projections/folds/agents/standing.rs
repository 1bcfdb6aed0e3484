//! Who may not act, and who acted all the same: agents by name, and whoever sent what agents did.

use serde::{Deserialize, Serialize};

use crate::projections::{
    measure::Gathered,
    pieces::{Absorb, Barred, Counted, Hash16, Hashed},
    record::Record,
};

/// Names of agents and actors of one state.
const STANDINGS_MAX: usize = 1 << 17;

/// By the hash of the name: an actor may be any name, and is only looked up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Standings(Hashed<Standing, STANDINGS_MAX>);

/// How one of them stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Standing {
    /// The first act.
    #[serde(rename = "a")]
    acted: Option<u64>,
    #[serde(rename = "b")]
    barred: Barred,
}

impl Absorb for Standing {
    fn absorb(&mut self, later: Self) {
        self.acted = self.acted.or(later.acted);
        self.barred.absorb(later.barred);
    }
}

impl Absorb for Standings {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

impl Standings {
    /// An act of the agent that it names, and of whoever sent it.
    pub(super) fn act(&mut self, agent: Option<&str>, actor: Option<&str>, record: &Record<'_>) {
        let actor = actor.filter(|actor| agent != Some(*actor));
        for name in [agent, actor].into_iter().flatten() {
            let Some(standing) = self.0.at(Hash16::of_recurring(name)) else {
                return;
            };
            standing.acted.get_or_insert(record.sequence());
            standing.barred.see(record.sequence());
        }
    }

    /// Something else is done by one of this name, which may be an agent's.
    pub(super) fn role(&mut self, name: &str, record: &Record<'_>) {
        if let Some(standing) = self.0.at(Hash16::of_recurring(name)) {
            standing.barred.see(record.sequence());
        }
    }

    /// The agent is halted, or may go on.
    pub(super) fn order(&mut self, agent: &str, halted: bool) {
        if let Some(standing) = self.0.at(Hash16::of(agent)) {
            standing.barred.order(halted);
        }
    }

    /// The acts of all while they were halted, and those before the first order of the range; none if there are too many
    /// names. An act of two of them counts for each.
    pub(super) fn sums(&self) -> (Option<Gathered>, Option<Gathered>) {
        let sum = |of: fn(&Barred) -> &Counted| {
            let mut sum = Gathered::default();
            let all = self.0.all()?.values();
            all.for_each(|standing| sum.take_in(of(&standing.barred)));
            Some(sum)
        };
        (sum(Barred::while_barred), sum(Barred::before_order))
    }

    /// The first act of the agent of this name, or of whoever sent one under it.
    pub(super) fn first_act(&self, name: &str) -> Option<u64> {
        self.0.all()?.get(&Hash16::of(name))?.acted
    }

    /// What one of them did while halted.
    pub(super) fn while_halted(&self, name: &str) -> Option<&Counted> {
        let standing = self.0.all()?.get(&Hash16::of(name))?;
        Some(standing.barred.while_barred())
    }
}
