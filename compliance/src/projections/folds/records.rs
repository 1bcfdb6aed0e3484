//! What was recorded at all: how much, when, of which types.

use serde::{Deserialize, Serialize};

use crate::{
    projections::{
        fold::Fold,
        measure::Measures,
        pieces::{Counted, Keyed, Timeline, absorb_fields},
        record::Record,
        table::{Table, rows_of},
    },
    time::{Day, Instant},
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Records {
    days: Keyed<Counted>,
    events: Counted,
    key_events: Counted,
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
    events,
    key_events,
    timeline,
    types,
    days
});

impl Fold for Records {
    const NAME: &'static str = "records";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.timeline.see(sequence, time);
        let Some(event) = &record.event else {
            // What the daemon's own gate decided is neither.
            if record.header.is_key_event() {
                self.key_events.see(sequence);
            }
            return;
        };
        self.events.see(sequence);
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
