//! What is not as it should be: numbers that producers skipped or gave twice, silence, times in the wrong order,
//! events that don't fit their type, bodies that can't be read.

mod of_sources;

use indelible_evidence::body::{Body, FactValue};
use serde::{Deserialize, Serialize};

use super::numbers::Numbers;
use crate::{
    conventions::{PRODUCER_SEQUENCE, Reading, is_almost_known},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Absorb, Counted, Keyed, Longest, Nanos, Sum, Timeline, absorb_fields, joined},
        record::{BodyView, Record},
        table::{Cell, Table, rows_of},
    },
    time::{self, Instant},
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Gaps {
    /// Events of types that are none of the known ones, and are written as if they were.
    almost_known: Counted,
    /// Events whose bodies nothing reads: each may have any producer's next number.
    closed: Sum,
    /// How far the times of imported events are from their recorded times at most: what their system says.
    imported_distance: Longest,
    misfits: Counted,
    misfits_by_kind: Keyed<Counted>,
    missing: Counted,
    range: Timeline,
    sources: Keyed<Source>,
    unreadable: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Source {
    clock: Clock,
    events: Counted,
    numbers: Numbers,
    timeline: Timeline,
}

/// The times that a producer gave its events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Clock {
    /// A time is before the one before.
    backward: Counted,
    first: Option<(Nanos, u64)>,
    /// How far it was from the recorded time at most, in nanoseconds.
    greatest_distance: Longest,
    last: Option<Nanos>,
    /// A time is not one of RFC 3339.
    not_a_time: Counted,
    /// How many times could be read.
    times: Sum,
}

absorb_fields!(Source {
    timeline,
    events,
    numbers,
    clock
});

impl Absorb for Gaps {
    fn absorb(&mut self, later: Self) {
        // Names every field, so that a new one can't be forgotten.
        let Self {
            almost_known,
            closed,
            imported_distance,
            misfits,
            misfits_by_kind,
            missing,
            range,
            mut sources,
            unreadable,
        } = later;
        sources.each(|source| source.numbers.shift(self.closed.value()));
        self.sources.absorb(sources);
        self.almost_known.absorb(almost_known);
        self.closed.absorb(closed);
        self.imported_distance.absorb(imported_distance);
        self.misfits.absorb(misfits);
        self.misfits_by_kind.absorb(misfits_by_kind);
        self.missing.absorb(missing);
        self.range.absorb(range);
        self.unreadable.absorb(unreadable);
    }
}

impl Clock {
    fn see(&mut self, text: &str, record: &Record<'_>) {
        let Some(time) = time::nearest(text) else {
            self.not_a_time.see(record.sequence());
            return;
        };
        self.greatest_distance.see(time.abs_diff(record.time()));
        self.times.add(1);
        self.step(time, record.sequence());
        self.first.get_or_insert((Nanos(time), record.sequence()));
        self.last = Some(Nanos(time));
    }

    fn step(&mut self, time: u64, sequence: u64) {
        if self.last.is_some_and(|Nanos(before)| time < before) {
            self.backward.see(sequence);
        }
    }
}

impl Absorb for Clock {
    fn absorb(&mut self, later: Self) {
        if let Some((Nanos(time), sequence)) = later.first {
            self.step(time, sequence);
            self.first = self.first.or(later.first);
            self.last = later.last;
        }
        self.backward.absorb(later.backward);
        self.not_a_time.absorb(later.not_a_time);
        self.greatest_distance.absorb(later.greatest_distance);
        self.times.absorb(later.times);
    }
}

/// The number that a producer gave an event, also where another fact of the event is wrong.
fn number<'a>(body: &Body<'a>) -> Option<FactValue<'a>> {
    let mut facts = body.facts.iter();
    facts.find_map(|(name, value)| (*name == PRODUCER_SEQUENCE).then_some(*value))
}

impl Gaps {
    fn gathered(&self, of: impl Fn(&Source) -> &Counted) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        self.sources
            .all()?
            .for_each(|(_, source)| gathered.take_in(of(source)));
        Some(gathered)
    }

    /// How many of what one counts of each source stand beside another of it.
    fn pairs(&self, of: impl Fn(&Source) -> Sum) -> u64 {
        let mut pairs = Sum::default();
        if let Some(all) = self.sources.all() {
            all.for_each(|(_, source)| pairs.add(of(source).value().saturating_sub(1)));
        }
        pairs.value()
    }

    fn sum(&self, of: impl Fn(&Source) -> Sum) -> Option<u64> {
        let mut sum = Sum::default();
        self.sources
            .all()?
            .for_each(|(_, source)| sum.absorb(of(source)));
        Some(sum.value())
    }
}

/// Whole seconds, rounded up.
fn seconds_up(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(1_000_000_000)
}

impl Fold for Gaps {
    const NAME: &'static str = "gaps";
    const VERSION: u32 = 5;

    fn reach(&mut self, time: u64) {
        self.range.reach(time);
    }

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.range.see(sequence, time);
        let Some(event) = &record.event else { return };
        match event.body {
            BodyView::Unreadable => self.unreadable.see(sequence),
            BodyView::Missing => self.missing.see(sequence),
            _ => {}
        }
        if let Reading::Misfit(misfit) = &event.reading {
            self.misfits.see(sequence);
            let kind = joined(&[event.header.event_type, &misfit.to_string()]);
            if let Some(counted) = self.misfits_by_kind.at(&kind) {
                counted.see(sequence);
            }
        }
        if !record.is_ledgers_own() && is_almost_known(event.header.event_type) {
            self.almost_known.see(sequence);
        }
        // The ledger's own events have no producer, and imported ones another system's clock and numbers.
        if record.is_ledgers_own() {
            return;
        }
        let Some(body) = event.body.open() else {
            self.closed.add(1);
            return;
        };
        if record.is_imported() {
            if let Some(time) = body.time.and_then(time::nearest) {
                self.imported_distance.see(time.abs_diff(record.time()));
            }
            return;
        }
        if let Some(source) = self.sources.at(body.source) {
            source.timeline.see(sequence, time);
            source.events.see(sequence);
            match number(body) {
                Some(FactValue::Uint(number)) => {
                    source.numbers.see(number, sequence, self.closed.value());
                }
                Some(_) => source.numbers.lose(),
                None => {}
            }
            if let Some(text) = body.time {
                source.clock.see(text, record);
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let closed = self.closed.value();
        let events = self.sum(|source| {
            let mut events = Sum::default();
            events.add(source.events.count());
            events
        });
        let read = events.unwrap_or_default();
        let sources = self.sources.count();
        let count = sources.unwrap_or_default();
        measures
            .number("gaps.sources", sources)
            .of_family(count, closed);
        measures
            .names("gaps.sources_without_numbers", &self.sources, |source| {
                source.numbers.numbered.value() == 0
            })
            .of(count + closed)
            .unread(Unread::once(closed).over(closed).of_events(closed));
        let numbered = self.sum(|source| source.numbers.numbered);
        let times = self.sum(|source| source.clock.times);
        for (name, part) in [
            ("gaps.share_numbered", numbered),
            ("gaps.share_with_time", times),
        ] {
            let share = part.zip(events);
            let nothing = match closed {
                0 => "no live event is among these records",
                _ => "no live event among these records can be read",
            };
            measures
                .share_known(name, share, nothing)
                .of_family(read, closed);
        }
        self.of_numbers(measures);
        self.of_times(read, measures);
        measures.count("gaps.types_almost_known", &self.almost_known);
        // What they would have to fit, nobody knows.
        let almost = self.almost_known.count();
        measures.count("gaps.misfits", &self.misfits).unread(
            Unread::once(closed + almost)
                .unsaid(almost)
                .of_events(closed),
        );
        measures.count("gaps.bodies_unreadable", &self.unreadable);
        measures.count("gaps.bodies_missing", &self.missing);
    }

    fn tables(&self) -> Vec<Table> {
        let end = self.range.last().map_or(0, |(_, time)| time);
        let source = |source: &Source| -> Vec<Cell> {
            let at = |sign: Option<(u64, u64)>| sign.map(|(_, time)| Instant(time).to_string());
            let (numbers, clock) = (&source.numbers, &source.clock);
            let silence = source.timeline.silence();
            vec![
                source.events.count().into(),
                at(source.timeline.first()).into(),
                at(source.timeline.last()).into(),
                silence.map(|silence| silence.length.0).into(),
                silence.map(|silence| silence.ended_by).into(),
                source
                    .timeline
                    .last()
                    .map(|(_, last)| end.saturating_sub(last))
                    .into(),
                numbers.numbered.value().into(),
                numbers.first().into(),
                numbers.last().into(),
                numbers.jumps.count().into(),
                numbers.skipped.value().into(),
                numbers.not_decidable.value().into(),
                numbers.repeated.count().into(),
                numbers.backward.count().into(),
                clock.backward.count().into(),
                clock.not_a_time.count().into(),
                // A number of JSON has no place for so many nanoseconds.
                clock.greatest_distance.span().map(seconds_up).into(),
                (&numbers.jumps).into(),
                (&numbers.jumps_not_decidable).into(),
            ]
        };
        vec![
            Table {
                name: "gaps.by_source",
                columns: &[
                    "source",
                    "events",
                    "first_time",
                    "last_time",
                    "longest_silence_ns",
                    "silence_ended_by",
                    "silent_at_end_ns",
                    "numbered",
                    "first_number",
                    "last_number",
                    "jumps",
                    "skipped",
                    "not_decidable",
                    "repeated",
                    "backward",
                    "times_backward",
                    "times_unreadable",
                    "clock_distance_s",
                    "records_jumps",
                    "records_not_decidable",
                ],
                rows: rows_of(&self.sources, source),
            },
            Table {
                name: "gaps.misfits",
                columns: &["type", "problem", "events", "records"],
                rows: rows_of(&self.misfits_by_kind, |kind| {
                    vec![kind.count().into(), kind.into()]
                }),
            },
        ]
    }
}
