//! What the state says of who answers for agents, who halted them, and what they did.

use std::collections::BTreeSet;

use super::{Agent, Agents};
use crate::projections::{
    measure::{Gathered, Measures, Unread},
    pieces::Hash16,
};

impl Agents {
    /// The hashes of the names of all agents that an event about agents names; none if there are too many.
    fn known(&self) -> Option<BTreeSet<Hash16>> {
        let known = self.agents.all()?.filter(|(_, agent)| agent.is_known());
        Some(known.map(|(name, _)| Hash16::of(name)).collect())
    }

    /// Whether the range begins after record 0.
    pub(super) fn begins_late(&self) -> bool {
        self.range.first().is_some_and(|(sequence, _)| sequence > 0)
    }

    /// Who answers for agents, and who halted them.
    pub(super) fn by_whom(&self, measures: &mut Measures) {
        let known = self.known();
        let declared = self.agents.all().map(|all| {
            let declared = all.filter(|(_, agent)| agent.is_declared());
            declared.count() as u64
        });
        let declared = declared.unwrap_or_default() + self.declarations_not_readable.count();
        let unread = Unread::once(self.declarations_not_readable.count());
        let others = self.naming_not_readable.count();
        let by_itself = known.as_ref().and_then(|known| {
            let only = |agent: &Agent| {
                let operators = agent.operators.all();
                agent.is_declared()
                    && !operators.is_empty()
                    && operators.iter().all(|operator| known.contains(operator))
            };
            let only = self.agents.all()?.filter(|(_, agent)| only(agent));
            let records: Vec<_> = only.map(|(_, agent)| agent.first_declared()).collect();
            Some(records)
        });
        let number = by_itself.as_ref().map(|records| records.len() as u64);
        let records = by_itself.into_iter().flatten().flatten().collect();
        measures
            .number("agents.declared_by_itself", number)
            .shown_by(records)
            .of(declared)
            .unread(
                unread
                    .over(unread.once)
                    .more(others)
                    .of_events(others)
                    .earlier(self.begins_late()),
            );
        let by_human = known.and_then(|known| {
            let mut by_human = Gathered::default();
            let humans = self.halters.all()?.iter();
            humans
                .filter(|(name, _)| !known.contains(name))
                .for_each(|(_, halts)| by_human.take_in(halts));
            Some(by_human)
        });
        let halts = self.gathered(|agent| &agent.halts);
        let count = halts.as_ref().map_or(0, Gathered::count);
        let by_others = by_human
            .as_ref()
            .map(|by_human| count.saturating_sub(by_human.count()));
        let population = count + self.halts_not_readable.count();
        let there = by_human
            .as_ref()
            .and_then(|by_human| self.halts_of_those_there(by_human));
        let signs = self.signs_not_readable.count();
        let declarations = self.declarations_not_readable.count();
        let events = self.shows_not_readable.count();
        // One that can't be read may show that the name of a human is that of an agent.
        let unread = Unread::once(self.halts_not_readable.count());
        measures
            .gathered("agents.halts_by_human", there)
            .of(population)
            .unread(
                unread
                    .more(signs + declarations)
                    .fewer(others)
                    .of_events(events),
            );
        measures
            .number("agents.halts_by_others", by_others)
            .of(population)
            .unread(unread.more(others).of_events(others));
        measures
            .gathered("agents.halts", halts)
            .of_family(count, self.halts_not_readable.count());
    }

    /// What agents did, and what they may not have done.
    pub(super) fn acts(&self, measures: &mut Measures) {
        let unread = self.acts_not_readable.count();
        let acts = self.acts.count();
        measures
            .count("agents.acts", &self.acts)
            .of_family(acts, unread);
        measures
            .count("agents.acts_without_agent", &self.acts_without_agent)
            .of_family(acts, unread);
        let mut by_undeclared = self.agents.all().map(|_| Gathered::default());
        if let (Some(gathered), Some(all)) = (&mut by_undeclared, self.agents.all()) {
            all.filter(|(_, agent)| !agent.is_declared())
                .for_each(|(_, agent)| gathered.take_in(&agent.acts));
        }
        measures
            .gathered("agents.acts_by_undeclared", by_undeclared)
            .of(acts + unread)
            .unread(
                Unread::once(unread)
                    .fewer(self.declarations_not_readable.count())
                    .earlier(self.begins_late()),
            );
        let (while_halted, before_order) = self.standings.sums();
        // An agent may have been halted before the range.
        let before = if self.begins_late() {
            before_order.map_or(0, |acts| acts.count())
        } else {
            0
        };
        let roles = self.roles_not_readable.count();
        let halts = self.gathered(|agent| &agent.halts);
        let halts = halts.map_or(0, |halts| halts.count()) + self.halts_not_readable.count();
        measures
            .gathered("agents.acts_while_halted", while_halted)
            .of(halts)
            // One that can't be read may be an act of two, in whatever role.
            .unread(
                Unread::once(2 * (unread + roles) + before)
                    .unsaid(before)
                    .more(self.halts_not_readable.count())
                    .fewer(self.resumes_not_readable.count())
                    .of_events(
                        unread
                            + roles
                            + self.halts_not_readable.count()
                            + self.resumes_not_readable.count(),
                    ),
            );
    }
}
