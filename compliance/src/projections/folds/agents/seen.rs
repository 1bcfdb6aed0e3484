//! Which agents are declared, and which were seen: by their own events, by violations that name them, and by acts that
//! were sent under their names.

use super::{Agent, Agents};
use crate::projections::measure::{Gathered, Measures, Unread, too_many};

impl Agents {
    /// The first record by which an agent was seen.
    fn first_seen(&self, name: &str, agent: &Agent) -> Option<u64> {
        let named = agent.presence.first().map(|(sequence, _)| sequence);
        let sent = self.standings.first_act(name);
        [named, sent].into_iter().flatten().min()
    }

    /// Whether anything but a halt, or the end of one, says that there is such an agent.
    fn is_there(&self, name: &str, agent: &Agent) -> bool {
        agent.is_declared() || self.first_seen(name, agent).is_some()
    }

    /// The halts of agents that something else says are there. To halt any other shows nothing. `by_human`: those by
    /// names that are no agent's.
    pub(super) fn halts_of_those_there(&self, by_human: &Gathered) -> Option<Gathered> {
        let mut there = Gathered::default();
        self.agents
            .all()?
            .filter(|(name, agent)| self.is_there(name, agent))
            .for_each(|(_, agent)| there.take_in(&agent.halts_by_human));
        let all = self.gathered(|agent| &agent.halts_by_human)?;
        let by_agents = all.count().saturating_sub(by_human.count());
        let kept = there.count().saturating_sub(by_agents);
        Some(there.first(kept))
    }

    /// The agents of which this holds, by whether they are declared and by what they were first seen; each with the record
    /// that shows it. None if there are too many names.
    fn those(
        &self,
        which: impl Fn(bool, Option<u64>) -> bool,
        shows: impl Fn(&Agent, Option<u64>) -> Option<u64>,
    ) -> Option<(u64, Vec<u64>)> {
        let (mut count, mut records) = (0, Vec::new());
        for (name, agent) in self.agents.all()? {
            let seen = self.first_seen(name, agent);
            if which(agent.is_declared(), seen) {
                count += 1;
                records.extend(shows(agent, seen));
            }
        }
        records.sort_unstable();
        Some((count, records))
    }

    /// Puts who is declared, who was seen, and who of these is both.
    pub(super) fn seen(&self, measures: &mut Measures) {
        let signs = self.signs_not_readable.count();
        let declarations = self.declarations_not_readable.count();
        let late = self.begins_late();
        let names = self.agents.count().unwrap_or_default();
        let count = |those: Option<(u64, Vec<u64>)>| those.map(|(count, _)| count);
        let declared = count(self.those(|declared, _| declared, |_, _| None));
        let seen = count(self.those(|_, seen| seen.is_some(), |_, _| None));
        measures
            .number("agents.declared", declared)
            .of_family(names, declarations);
        // An act may show two: whom it names, and whoever sent it. What names an agent may show that it sent others.
        let shows = self.shows_not_readable.count();
        let may_show = Unread::once(signs + self.acts_not_readable.count());
        let orders = self.halts_not_readable.count() + self.resumes_not_readable.count();
        measures
            .number("agents.seen", seen)
            .of(names + shows)
            .unread(
                Unread::once(may_show.once + self.naming_not_readable.count()).of_events(shows),
            );
        let undeclared = self.those(|declared, seen| !declared && seen.is_some(), |_, seen| seen);
        let (number, records) = undeclared.unzip();
        measures
            .number("agents.seen_undeclared", number)
            .shown_by(records.unwrap_or_default())
            .of(seen.unwrap_or_default() + shows)
            .unread(
                Unread::once(may_show.once + orders)
                    .over(declarations)
                    .of_events(shows)
                    .earlier(late),
            );
        let without_operator = self.agents.all().map(|all| {
            let mut gathered = Gathered::default();
            all.filter(|(_, agent)| agent.is_declared() && !agent.operator_named)
                .filter_map(|(_, agent)| agent.first_declared())
                .for_each(|first| gathered.see(first));
            gathered
        });
        measures
            .gathered("agents.declared_without_operator", without_operator)
            .of(declared.unwrap_or_default() + declarations)
            .unread(
                Unread::once(declarations)
                    .over(declarations)
                    .of_events(declarations)
                    .earlier(late),
            );
        let both = count(self.those(|declared, seen| declared && seen.is_some(), |_, _| None));
        let unseen = self.those(
            |declared, seen| declared && seen.is_none(),
            |agent, _| agent.first_declared(),
        );
        let share = both.zip(declared);
        let unseen = unseen.map_or_else(Vec::new, |(_, records)| records);
        let nothing = "no client's event declares an agent in the range";
        match share {
            Some(_) => measures.share_known("agents.coverage", share, nothing),
            None => measures.put("agents.coverage", too_many(), &[]),
        }
        .shown_by(unseen)
        .of(declared.unwrap_or_default() + declarations)
        .unread(Unread::once(declarations).more(signs).earlier(late));
    }
}
