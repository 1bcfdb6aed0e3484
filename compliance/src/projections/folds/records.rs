//! What was recorded at all: how much, when, of which types.

use serde::{Deserialize, Serialize};

use super::retention::NANOSECONDS_OF_DAY;
use crate::{
    projections::{
        fold::Fold,
        measure::{Measures, Unread, Value},
        pieces::{Counted, Keyed, Standstill, Timeline, absorb_fields},
        record::Record,
        table::{Table, rows_of},
    },
    time::{self, Day, Instant},
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Records {
    days: Keyed<Counted>,
    events: Counted,
    imported: Counted,
    key_events: Counted,
    /// What is neither the ledger's own nor imported.
    live: Counted,
    live_closed: Counted,
    live_days: Keyed<Counted>,
    live_timeline: Timeline,
    live_types: Keyed<Counted>,
    live_with_actor: Counted,
    own: Counted,
    standstill: Standstill,
    timeline: Timeline,
    types: Keyed<Type>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Type {
    events: Counted,
    timeline: Timeline,
}

absorb_fields!(Type { events, timeline });
absorb_fields!(Records {
    imported,
    live,
    live_closed,
    live_days,
    live_timeline,
    live_types,
    live_with_actor,
    own,
    standstill,
    events,
    key_events,
    timeline,
    types,
    days
});

impl Records {
    fn live(&mut self, record: &Record<'_>, event_type: &str) {
        let (sequence, time) = (record.sequence(), record.time());
        self.live.see(sequence);
        self.live_timeline.see(sequence, time);
        if let Some(day) = self.live_days.at(Day::of(time).as_str()) {
            day.see(sequence);
        }
        if let Some(of_type) = self.live_types.at(event_type) {
            of_type.see(sequence);
        }
        match record.body() {
            Some(_) if record.actor().is_some() => self.live_with_actor.see(sequence),
            Some(_) => {}
            None => self.live_closed.see(sequence),
        }
    }

    /// UTC days from the first record to the last, both counted.
    fn days_in_range(&self) -> u64 {
        let ends = self.timeline.first().zip(self.timeline.last());
        ends.map_or(0, |((_, first), (_, last))| {
            (last / NANOSECONDS_OF_DAY).saturating_sub(first / NANOSECONDS_OF_DAY) + 1
        })
    }

    /// Puts what was recorded as it happened, and how regularly.
    fn of_live(&self, measures: &mut Measures) {
        for (name, counted) in [
            ("records.own", &self.own),
            ("records.imported", &self.imported),
        ] {
            measures.count(name, counted).of(self.events.count());
        }
        // What can't be read may have been imported.
        measures
            .count("records.live", &self.live)
            .of(self.events.count())
            .unread(Unread::default().over(self.live_closed.count()));
        measures
            .number("records.live_types", self.live_types.count())
            .of(self.live.count());
        let days = self.days_in_range();
        measures.number("records.days_in_range", Some(days));
        let share = self.live_days.count().map(|live| (live, days));
        measures
            .share_known(
                "records.share_of_days_with_live_events",
                share,
                "there is no record",
            )
            .of(if self.live.count() > 0 { days } else { 0 });
        let gap = self.live_timeline.silence();
        let records: Vec<u64> = gap.iter().map(|gap| gap.ended_by).collect();
        measures
            .span(
                "records.longest_gap",
                gap.map(|gap| gap.length.0),
                &records,
                "there are no two live events",
            )
            .of(self.live.count());
        let (live, closed) = (self.live.count(), self.live_closed.count());
        let read = live - closed;
        measures
            .share(
                "records.share_with_actor",
                self.live_with_actor.count(),
                read,
                &[],
                match closed {
                    0 => "no live event is among these records",
                    _ => "no live event among these records can be read",
                },
            )
            .of_family(read, closed);
        let (longest, at) = self.standstill.longest();
        measures.put("records.same_time", Value::Count(longest), &at);
        let (spread, at) = self.standstill.spread();
        measures
            .span(
                "records.standstill",
                spread,
                &at,
                "no two records of one recorded time have times of their producers",
            )
            .unread(Unread::default().many(closed));
    }
}

impl Fold for Records {
    const NAME: &'static str = "records";
    const VERSION: u32 = 3;

    fn reach(&mut self, time: u64) {
        self.timeline.reach(time);
    }

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.timeline.see(sequence, time);
        let produced = record.body().and_then(|body| body.time);
        let produced = produced.filter(|_| !record.is_imported());
        self.standstill
            .see(sequence, time, produced.and_then(time::parse));
        let Some(event) = &record.event else {
            // What the daemon's own gate decided is neither.
            if record.header.is_key_event() {
                self.key_events.see(sequence);
            }
            return;
        };
        self.events.see(sequence);
        if record.is_ledgers_own() {
            self.own.see(sequence);
        } else if record.is_imported() {
            self.imported.see(sequence);
        } else {
            self.live(record, event.header.event_type);
        }
        if let Some(piece) = self.types.at(event.header.event_type) {
            piece.events.see(sequence);
            piece.timeline.see(sequence, time);
        }
        if let Some(day) = self.days.at(Day::of(time).as_str()) {
            day.see(sequence);
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("records.events", &self.events);
        measures.count("records.key_events", &self.key_events);
        measures.number("records.types", self.types.count());
        measures.number("records.days_with_events", self.days.count());
        let ends = self.timeline.first().zip(self.timeline.last());
        let span = ends.map(|(first, last)| last.1.saturating_sub(first.1));
        let records: Vec<u64> = ends.map_or_else(Vec::new, |(first, last)| vec![first.0, last.0]);
        measures.span("records.span", span, &records, "there is no record");
        self.of_live(measures);
    }

    fn tables(&self) -> Vec<Table> {
        let at = |end: Option<(u64, u64)>| end.map(|(_, time)| Instant(time).to_string());
        vec![
            Table {
                name: "records.by_type",
                columns: &["type", "events", "first_time", "last_time", "records"],
                rows: rows_of(&self.types, |piece| {
                    vec![
                        piece.events.count().into(),
                        at(piece.timeline.first()).into(),
                        at(piece.timeline.last()).into(),
                        (&piece.events).into(),
                    ]
                }),
            },
            Table {
                name: "records.by_day",
                columns: &["day", "events", "records"],
                rows: rows_of(&self.days, |events| {
                    vec![events.count().into(), events.into()]
                }),
            },
        ]
    }
}
