//! Halts of one agent, and what ended them.

use super::{
    Agent, Agents,
    order::{Order, is_own},
};
use crate::{
    conventions::{AgentResumed, Principal},
    projections::{
        measure::{Gathered, Measures, Unread},
        pieces::Absorb,
        record::Record,
    },
};

impl Absorb for Agent {
    fn absorb(&mut self, later: Self) {
        match self.order.map(|order| order.halted) {
            // It comes before every other end of a halt there.
            Some(true) => self.resumed_by_human.absorb(later.resumed_early),
            Some(false) => {}
            None => self.resumed_early.absorb(later.resumed_early),
        }
        self.order = later.order.or(self.order);
        self.operators.absorb(later.operators);
        self.declared.absorb(later.declared);
        self.operator_named |= later.operator_named;
        self.presence.absorb(later.presence);
        self.present |= later.present;
        self.acts.absorb(later.acts);
        self.halts.absorb(later.halts);
        self.halts_by_human.absorb(later.halts_by_human);
        self.resumed_by_human.absorb(later.resumed_by_human);
        self.resumed_without_human
            .absorb(later.resumed_without_human);
    }
}

impl Agent {
    pub(super) fn order(&mut self, halted: bool, record: &Record<'_>) {
        self.order = Some(Order::of(halted, record));
    }

    /// Only a human's word resumes it: not the agent's own, whatever it calls itself. That somebody resumed what was not
    /// halted ended nothing.
    pub(super) fn resume(&mut self, event: &AgentResumed<'_>, record: &Record<'_>) -> bool {
        let sequence = record.sequence();
        let by_human = event.by_kind == Principal::Human && !is_own(event.by, event.agent, record);
        if !by_human {
            self.resumed_without_human.see(sequence);
            return false;
        }
        match self.order.map(|order| order.halted) {
            Some(true) => self.resumed_by_human.see(sequence),
            Some(false) => {}
            None => self.resumed_early.see(sequence),
        }
        self.order(false, record);
        true
    }

    /// How many ends of halts there are, whoever gave the word.
    pub(super) fn resumes(&self) -> u64 {
        self.resumed_by_human.count() + self.resumed_without_human.count()
    }

    pub(super) fn is_halted(&self) -> bool {
        self.order.is_some_and(|order| order.halted)
    }
}

impl Agents {
    /// Puts what ended halts. A halt that can't be read may be the one that such an event ended, and an end that can't be
    /// read may be the one that counts.
    pub(super) fn resumed(&self, measures: &mut Measures) {
        let (unread, halts) = (
            self.resumes_not_readable.count(),
            self.halts_not_readable.count(),
        );
        let without_human = self.gathered(|agent| &agent.resumed_without_human);
        let by_human = self.gathered(|agent| &agent.resumed_by_human);
        let resumes = by_human.zip(without_human.as_ref());
        let resumes = resumes.map(|(mut resumes, others)| {
            resumes.take_in_all(others);
            resumes
        });
        let count = resumes.as_ref().map_or(0, Gathered::count);
        // Before the range the agent may have been halted.
        let early = self.gathered(|agent| &agent.resumed_early);
        let early = early.filter(|_| self.begins_late());
        let early = early.map_or(0, |early| early.count());
        measures
            .gathered("agents.resumes", resumes)
            .of(count + unread + early)
            .unread(
                Unread::once(unread + early)
                    .unsaid(early)
                    .more(halts)
                    .fewer(unread)
                    .of_events(unread + halts),
            );
        measures
            .gathered("agents.resumed_without_human", without_human)
            .of_family(count, unread);
    }
}
