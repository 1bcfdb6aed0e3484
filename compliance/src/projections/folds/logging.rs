//! Whether sources of events log: started, stopped, failed, and silent for longer than they say they ever are.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Known, LogState, SourceState},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Absorb, Counted, Keyed, Nanos, Sum, Timeline, absorb_fields},
        record::Record,
        table::{Cell, Table, rows_of},
    },
};

const NANOSECONDS_OF_SECOND: u64 = 1_000_000_000;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Logging {
    /// Events of other types that nobody can read: each may be a sign of any source.
    closed: Sum,
    not_readable: Counted,
    range: Timeline,
    sources: Keyed<Source>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Source {
    failures: Counted,
    failures_without_cause: Counted,
    /// The first state that ends a failure, which may have begun in an earlier range.
    first_end: Option<(Nanos, u64)>,
    /// Signs up to the first state, with it: what was in force for them an earlier range says.
    head: Timeline,
    longest_failure: Longest,
    /// What is in force at the end; none before the first state.
    now: Option<Now>,
    starts: Counted,
    stops: Counted,
    /// Of the silences that were longer than the source says it ever is.
    too_silent: Longest,
    without_heartbeat: Counted,
}

/// What is in force.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Now {
    /// Since when it fails, if it does.
    failing: Option<Nanos>,
    /// How long it is never silent for, while it logs and says so.
    heartbeat: Option<Nanos>,
    /// The last sign.
    last: Nanos,
}

/// The first of the longest spans, and the record that ended it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Longest(Option<(Nanos, u64)>);

impl Longest {
    fn see(&mut self, length: u64, ended_by: u64) {
        if self.0.is_none_or(|(Nanos(longest), _)| longest < length) {
            self.0 = Some((Nanos(length), ended_by));
        }
    }
}

impl Absorb for Longest {
    fn absorb(&mut self, later: Self) {
        if let Some((Nanos(length), ended_by)) = later.0 {
            self.see(length, ended_by);
        }
    }
}

absorb_fields!(Logging {
    closed,
    not_readable,
    range,
    sources
});

impl Absorb for Source {
    fn absorb(&mut self, later: Self) {
        // Names every field, so that a new one can't be forgotten.
        let Self {
            failures,
            failures_without_cause,
            first_end,
            head,
            longest_failure,
            now,
            starts,
            stops,
            too_silent,
            without_heartbeat,
        } = later;
        if let Some(before) = self.now {
            if let (Some(Nanos(since)), Some((Nanos(end), by))) = (before.failing, first_end) {
                self.longest_failure.see(end.saturating_sub(since), by);
            }
            if let (Some(Nanos(heartbeat)), Some((first, time))) = (before.heartbeat, head.first())
            {
                let silence = time.saturating_sub(before.last.0);
                let within = head
                    .silence()
                    .map(|within| (within.length.0, within.ended_by));
                for (length, ended_by) in [Some((silence, first)), within].into_iter().flatten() {
                    if length > heartbeat {
                        self.too_silent.see(length, ended_by);
                    }
                }
            }
            let last = head.last().map_or(before.last, |(_, time)| Nanos(time));
            let failing = |now: Now| match (first_end, now.failing) {
                (None, Some(_)) => before.failing.or(now.failing),
                (_, failing) => failing,
            };
            self.now = Some(now.map_or(Now { last, ..before }, |now| Now {
                failing: failing(now),
                ..now
            }));
        } else {
            self.head.absorb(head);
            self.now = now;
        }
        self.longest_failure.absorb(longest_failure);
        self.too_silent.absorb(too_silent);
        self.first_end.absorb(first_end);
        self.failures.absorb(failures);
        self.failures_without_cause.absorb(failures_without_cause);
        self.starts.absorb(starts);
        self.stops.absorb(stops);
        self.without_heartbeat.absorb(without_heartbeat);
    }
}

impl Source {
    /// Something of the source was recorded.
    fn sign(&mut self, sequence: u64, time: u64) {
        let Some(now) = &mut self.now else {
            self.head.see(sequence, time);
            return;
        };
        let silence = time.saturating_sub(now.last.0);
        now.last = Nanos(time);
        if now
            .heartbeat
            .is_some_and(|Nanos(heartbeat)| silence > heartbeat)
        {
            self.too_silent.see(silence, sequence);
        }
    }

    fn state(&mut self, event: &LogState<'_>, sequence: u64, time: u64) {
        self.sign(sequence, time);
        let failing = self.now.and_then(|now| now.failing);
        let ends_failure = event.state != SourceState::Failed;
        if ends_failure {
            self.first_end.get_or_insert((Nanos(time), sequence));
            if let Some(Nanos(since)) = failing {
                self.longest_failure
                    .see(time.saturating_sub(since), sequence);
            }
        }
        let mut heartbeat = None;
        match event.state {
            SourceState::Started | SourceState::Recovered => {
                self.starts.see(sequence);
                match event.heartbeat_seconds {
                    Some(seconds) => {
                        heartbeat = Some(Nanos(seconds.saturating_mul(NANOSECONDS_OF_SECOND)));
                    }
                    None => self.without_heartbeat.see(sequence),
                }
            }
            SourceState::Stopped | SourceState::Paused => self.stops.see(sequence),
            SourceState::Failed => {
                self.failures.see(sequence);
                if event.cause.is_none() {
                    self.failures_without_cause.see(sequence);
                }
            }
        }
        let since = failing.or(Some(Nanos(time)));
        self.now = Some(Now {
            failing: since.filter(|_| !ends_failure),
            heartbeat,
            last: Nanos(time),
        });
    }

    /// Whether so much time passed since its first state that it might have been silent for longer than it says it ever
    /// is.
    fn is_followed(&self, end: u64) -> bool {
        let Some((now, (_, first))) = self.now.zip(self.head.last()) else {
            return false;
        };
        let heartbeat = now.heartbeat.map_or(0, |Nanos(heartbeat)| heartbeat);
        self.is_too_silent(end) || end.saturating_sub(first) > heartbeat
    }

    /// The record that ended its longest silence; of one that was silent at the end, the first that says what it logs.
    fn silence_shown_by(&self) -> Option<u64> {
        let ended = self.too_silent.0.map(|(_, at)| at);
        ended.or_else(|| self.starts.records().first().copied())
    }

    /// Whether it was silent for longer than it says it ever is, in the range or at its end.
    fn is_too_silent(&self, end: u64) -> bool {
        let at_end = self.now.is_some_and(|now| {
            now.heartbeat
                .is_some_and(|Nanos(heartbeat)| end.saturating_sub(now.last.0) > heartbeat)
        });
        self.too_silent.0.is_some() || at_end
    }
}

impl Logging {
    fn gathered(&self, of: fn(&Source) -> &Counted) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        let all = self.sources.all()?;
        all.for_each(|(_, source)| gathered.take_in(of(source)));
        Some(gathered)
    }

    /// Puts which of so many sources that say how long they are silent at most were silent for longer.
    fn silent(&self, end: u64, followed: u64, measures: &mut Measures) {
        let unread = self.not_readable.count();
        let begins_late = self.range.first().is_some_and(|(first, _)| first > 0);
        measures
            .names_at(
                "logging.sources_silent",
                &self.sources,
                |source| source.is_too_silent(end),
                Source::silence_shown_by,
            )
            .of(followed + unread)
            .unread(
                Unread::once(unread)
                    .over(unread + self.closed.value())
                    .of_events(unread + self.closed.value())
                    .before(begins_late),
            );
    }
}

impl Fold for Logging {
    const NAME: &'static str = "logging";
    const VERSION: u32 = 2;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.range)
    }

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.range.see(sequence, time);
        if record.may_be(LogState::TYPE) {
            self.not_readable.see(sequence);
        }
        if record.is_ledgers_own() || record.is_imported() {
            return;
        }
        let Some(body) = record.body() else {
            let is_state = record.may_be(LogState::TYPE);
            self.closed.add(u64::from(record.is_closed() && !is_state));
            return;
        };
        let Some(source) = self.sources.at(body.source) else {
            return;
        };
        match record.known() {
            Some(Known::LogState(event)) => source.state(event, sequence, time),
            _ => source.sign(sequence, time),
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let unread = self.not_readable.count();
        let begins_late = self.range.first().is_some_and(|(first, _)| first > 0);
        let end = self.range.last().map_or(0, |(_, time)| time);
        measures.count("logging.not_readable", &self.not_readable);
        let stated = |source: &Source| source.now.is_some();
        let sources = self.sources.all();
        let count = sources.map_or(0, |all| {
            all.filter(|(_, source)| stated(source)).count() as u64
        });
        measures
            .names("logging.sources", &self.sources, stated)
            .of_family(count, unread);
        // Of a source of which the range holds nothing after its start, no silence is known.
        let followed = self.sources.all().map_or(0, |all| {
            all.filter(|(_, source)| source.is_followed(end)).count() as u64
        });
        for (name, gathered) in [
            ("logging.starts", self.gathered(|source| &source.starts)),
            ("logging.stops", self.gathered(|source| &source.stops)),
            ("logging.failures", self.gathered(|source| &source.failures)),
            (
                "logging.failures_without_cause",
                self.gathered(|source| &source.failures_without_cause),
            ),
            (
                "logging.starts_without_interval",
                self.gathered(|source| &source.without_heartbeat),
            ),
        ] {
            measures.gathered(name, gathered).of_family(count, unread);
        }
        measures
            .names_at(
                "logging.failures_open_at_end",
                &self.sources,
                |source| source.now.is_some_and(|now| now.failing.is_some()),
                |source| source.failures.records().last().copied(),
            )
            .of(count + unread)
            .unread(
                Unread::once(unread)
                    .over(unread)
                    .of_events(unread)
                    .before(begins_late),
            );
        self.silent(end, followed, measures);
        let longest = self.sources.all().and_then(|all| {
            let mut longest = Longest::default();
            all.for_each(|(_, source)| longest.absorb(source.longest_failure));
            longest.0
        });
        let at: Vec<u64> = longest.iter().map(|(_, at)| *at).collect();
        measures
            .span(
                "logging.longest_failure",
                longest.map(|(Nanos(length), _)| length),
                &at,
                "no failure ended",
            )
            .of_family(count, unread);
    }

    fn tables(&self) -> Vec<Table> {
        let cells = |source: &Source| -> Vec<Cell> {
            let span = |longest: Longest| longest.0.map(|(Nanos(length), _)| length);
            vec![
                source.starts.count().into(),
                source.stops.count().into(),
                source.failures.count().into(),
                source.now.is_some_and(|now| now.failing.is_some()).into(),
                span(source.longest_failure).into(),
                span(source.too_silent).into(),
                (&source.failures).into(),
            ]
        };
        vec![Table {
            name: "logging.by_source",
            columns: &[
                "source",
                "starts",
                "stops",
                "failures",
                "failing_at_end",
                "longest_failure_ns",
                "longest_undue_silence_ns",
                "records_failures",
            ],
            rows: rows_of(&self.sources, cells),
        }]
    }
}
