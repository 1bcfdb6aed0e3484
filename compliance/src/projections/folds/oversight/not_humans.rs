//! What is said in the name of a human, and is not a human's: an agent's, or that of whoever decided.

use super::Oversight;
use crate::projections::{
    folds::reactions::own_reactions,
    measure::{Gathered, Measures, Unread},
    pieces::Hash16,
};

impl Oversight {
    /// Who looked after a decision of their own: its agent, or whoever sent it; and who replaced an output by the same.
    pub(super) fn by_deciders(&self, measures: &mut Measures) {
        measures
            .count(
                "oversight.overrides_changing_nothing",
                &self.changing_nothing,
            )
            .of_family(
                self.overrides.count() + self.changing_nothing.count(),
                self.overrides_not_readable.count(),
            );
        let kinds = [&self.overridden, &self.reviewed];
        let by_deciders = own_reactions(&kinds, &self.decided);
        let (decisions, acts) = (
            self.decisions_not_readable.count(),
            self.overrides_not_readable.count() + self.interventions_not_readable.count(),
        );
        measures
            .gathered("oversight.interventions_by_deciders", by_deciders)
            .of(self.overrides.count() + self.interventions.count() + acts)
            .unread(
                Unread::once(acts)
                    .more(decisions)
                    .over(decisions)
                    .of_events(acts + decisions),
            );
    }

    /// What is said in the name of a human, and is the name of an agent.
    pub(super) fn by_agents(&self, measures: &mut Measures) {
        let mut by_agents = Gathered::default();
        let mut all = 0;
        let known = self.reviewers.all().map(|reviewers| {
            for (name, reviewer) in reviewers {
                let is_agent = self.operators.has_agent(&Hash16::of(name));
                for counted in reviewer.all() {
                    all += counted.count();
                    if is_agent {
                        by_agents.take_in(counted);
                    }
                }
            }
        });
        // Whoever sends it speaks.
        let sent = self.senders.all().map(|senders| {
            let of_agents = senders
                .iter()
                .filter(|(name, _)| self.operators.has_agent(name));
            of_agents.for_each(|(_, sent)| by_agents.take_in(sent));
        });
        let unread = self.not_readable.count();
        let known = known.zip(sent).map(|_| ());
        let known = known.filter(|()| !self.operators.are_too_many());
        measures
            .gathered(
                "oversight.interventions_by_agents",
                known.map(|()| by_agents),
            )
            .of(all + unread)
            .unread(
                Unread::once(unread)
                    .more(self.agents_not_readable.count())
                    .of_events(self.humans_or_agents.count()),
            );
    }
}
