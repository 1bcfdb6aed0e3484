//! Uses of systems of which each must be on record: from when to when, against which database, with which matches, and
//! who verified them.

use serde::{Deserialize, Serialize};

use super::{
    operators::{AGENTS_NAMED_BY, Operators},
    reactions::{Decisions, LookedAfter, Reacted, Reactions},
};
use crate::{
    conventions::{Known, Use as Event, UseState},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Counted, First, Greatest, Hash16, Hashed, Keyed, Short, Timeline, absorb_fields},
        record::Record,
        table::{Table, rows_of},
    },
};

/// Uses of one state.
const USES_MAX: usize = 1 << 17;

/// See the module. Ids of uses and of matches are only kept as hashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Uses {
    agents: Operators,
    agents_not_readable: Counted,
    confirmed: Reactions,
    events_by_system: Keyed<Counted>,
    matched: Counted,
    matched_with_input: Counted,
    matched_without_correlation: Counted,
    matches: Decisions,
    not_readable: Counted,
    range: Timeline,
    rejected: Reactions,
    uses: Hashed<Use, USES_MAX>,
    uses_or_agents: Counted,
}

/// What is known of a use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Use {
    /// The record that says first that it began.
    #[serde(rename = "b")]
    begun: Option<u64>,
    #[serde(rename = "d")]
    database_named: bool,
    /// The record that says last that it ended.
    #[serde(rename = "e")]
    ended: Greatest,
    /// The first record of it.
    #[serde(rename = "f")]
    first: Option<u64>,
}

absorb_fields!(Use {
    begun,
    database_named,
    ended,
    first
});
absorb_fields!(Uses {
    agents,
    agents_not_readable,
    confirmed,
    events_by_system,
    matched,
    matched_with_input,
    matched_without_correlation,
    matches,
    not_readable,
    range,
    rejected,
    uses,
    uses_or_agents
});

impl Use {
    fn has_period(&self) -> bool {
        let ends = self.begun.zip(self.ended.0);
        ends.is_some_and(|(begun, ended)| begun < ended)
    }

    /// It began, and nothing says that it is over.
    fn goes_on(&self) -> bool {
        self.begun.is_some() && self.ended.0.is_none()
    }
}

impl Uses {
    fn event(&mut self, event: &Event<'_>, record: &Record<'_>) {
        let sequence = record.sequence();
        if let Some(events) = self.events_by_system.at(event.system) {
            events.see(sequence);
        }
        if let Some(use_) = self.uses.at(Hash16::of(event.use_id)) {
            use_.first.get_or_insert(sequence);
            use_.database_named |= event.reference_database.is_some();
            match event.state {
                UseState::Started => {
                    use_.begun.get_or_insert(sequence);
                }
                UseState::Ended => use_.ended.see(sequence),
                UseState::Matched | UseState::Confirmed | UseState::Rejected => {}
            }
        }
        let correlation = record.correlation();
        match (event.state, correlation, event.reviewer) {
            (UseState::Matched, correlation, _) => self.matched(event, correlation, record),
            (UseState::Confirmed, Some(id), Some(reviewer)) => {
                self.confirmed.see(id, reviewer, record);
            }
            (UseState::Rejected, Some(id), Some(reviewer)) => {
                self.rejected.see(id, reviewer, record);
            }
            _ => {}
        }
    }

    fn matched(&mut self, event: &Event<'_>, correlation: Option<&str>, record: &Record<'_>) {
        let sequence = record.sequence();
        self.matched.see(sequence);
        let body = record.body();
        let has_input = body.is_some_and(|body| {
            let mut digests = body.digests.iter();
            digests.any(|digest| digest.component == "input")
        });
        if has_input {
            self.matched_with_input.see(sequence);
        }
        let Some(id) = correlation else {
            self.matched_without_correlation.see(sequence);
            return;
        };
        let actor = record.actor();
        let first = First {
            sequence,
            time: record.time(),
            who: [Short::of(Some(event.system)), Short::of(actor)],
        };
        self.matches.see(Hash16::of(id), first);
    }

    fn begins_late(&self) -> bool {
        self.range.first().is_some_and(|(first, _)| first > 0)
    }

    fn gathered(&self, which: impl Fn(&Use) -> bool) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        let all = self.uses.all()?.values();
        all.filter(|use_| which(use_))
            .filter_map(|use_| use_.first)
            .for_each(|first| gathered.see(first));
        Some(gathered)
    }

    fn of_uses(&self, measures: &mut Measures) {
        let unread = self.not_readable.count();
        let all = self.gathered(|_| true);
        let count = |gathered: &Option<Gathered>| gathered.as_ref().map(Gathered::count);
        let number = count(&all);
        let whole = number.unwrap_or_default();
        measures
            .gathered("uses.recorded", all)
            .of_family(whole, unread);
        // One that goes on may still end.
        let going_on = count(&self.gathered(Use::goes_on)).unwrap_or_default();
        let over = whole - going_on;
        let with_period = count(&self.gathered(Use::has_period));
        let nothing = "no use that is recorded is over";
        measures
            .share_known(
                "uses.share_with_period",
                with_period.map(|part| (part, over)),
                nothing,
            )
            .of(over + going_on + unread)
            .unread(
                Unread::once(unread + going_on)
                    .unsaid(going_on)
                    .more(unread)
                    .of_events(unread)
                    .earlier(self.begins_late()),
            );
        let with_database = count(&self.gathered(|use_| use_.database_named));
        measures
            .share_known(
                "uses.share_with_database",
                with_database.map(|part| (part, whole)),
                "no use is recorded",
            )
            .of(whole + unread)
            .unread(
                Unread::once(unread)
                    .more(unread)
                    .of_events(unread)
                    .earlier(self.begins_late()),
            );
    }

    fn of_matches(&self, measures: &mut Measures) {
        let (whole, unread) = (self.matched.count(), self.not_readable.count());
        for (name, counted) in [
            ("uses.matches", &self.matched),
            (
                "uses.matches_without_correlation",
                &self.matched_without_correlation,
            ),
        ] {
            measures.count(name, counted).of_family(whole, unread);
        }
        let nothing = "no match is recorded";
        measures
            .share(
                "uses.share_matches_with_input",
                self.matched_with_input.count(),
                whole,
                &[],
                nothing,
            )
            .of_family(whole, unread);
        let agents = self.agents.agents();
        let looked_after = |kinds: &[&Reactions]| {
            let agents = agents.as_ref()?;
            LookedAfter::of(kinds, &self.matches, agents)
        };
        let verified = looked_after(&[&self.confirmed, &self.rejected]);
        let confirmed = looked_after(&[&self.confirmed]);
        let rejected = self.rejected.of(&self.matches);
        // Who verified may be an agent; and a match that can't be read may be the first of its name.
        let unread_of_people = Unread::once(unread)
            .more(unread)
            .fewer(self.agents_not_readable.count())
            .over(unread)
            .of_events(self.uses_or_agents.count());
        measures
            .share_known(
                "uses.share_matches_verified",
                verified.map(|verified| (verified.decisions, whole)),
                nothing,
            )
            .of(whole + unread)
            .unread(unread_of_people);
        // A match that a human rejected leads to nothing.
        let unread_of_rejected = Reacted::open_decisions(rejected.as_ref(), unread_of_people);
        let confirmed = confirmed.zip(rejected).map(|(confirmed, rejected)| {
            let standing = whole.saturating_sub(rejected.inside);
            (confirmed.twice.min(standing), standing)
        });
        measures
            .share_known(
                "uses.share_matches_confirmed_twice",
                confirmed,
                "no match is recorded that nobody rejected",
            )
            .of(confirmed.map_or(0, |(_, standing)| standing) + unread)
            .unread(unread_of_rejected);
    }
}

impl Fold for Uses {
    const NAME: &'static str = "uses";
    const VERSION: u32 = 3;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        self.range.see(sequence, record.time());
        match record.known() {
            Some(Known::Use(event)) => self.event(event, record),
            Some(known) => self.agents.see_named(known),
            None => {
                if record.may_be(Event::TYPE) {
                    self.not_readable.see(sequence);
                }
                let may_show = record.may_be_any(&AGENTS_NAMED_BY);
                if may_show {
                    self.agents_not_readable.see(sequence);
                }
                if may_show || record.may_be(Event::TYPE) {
                    self.uses_or_agents.see(sequence);
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("uses.not_readable", &self.not_readable);
        self.of_uses(measures);
        self.of_matches(measures);
    }

    fn tables(&self) -> Vec<Table> {
        vec![Table {
            name: "uses.by_system",
            columns: &["system", "events", "records"],
            rows: rows_of(&self.events_by_system, |events| {
                vec![events.count().into(), events.into()]
            }),
        }]
    }
}
