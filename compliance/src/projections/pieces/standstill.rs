//! Runs of records with one recorded time: what a clock leaves behind that was ahead, until the calendar catches up.

use serde::{Deserialize, Serialize};

use super::{absorb::Absorb, nanos::Nanos};

/// The longest run of records with one recorded time, and the one under which producers' times are farthest apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    /// The run that the range begins with.
    first: Option<Run>,
    /// The run that it ends with, if that is another.
    last: Option<Run>,
    /// The longest run between these.
    longest: Option<Run>,
    /// The run between these with the greatest spread.
    widest: Option<Run>,
}

/// Records with one recorded time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    /// Of the first record.
    #[serde(rename = "f")]
    first: u64,
    /// How many.
    #[serde(rename = "n")]
    records: u64,
    /// The earliest and the latest of the producers' times.
    #[serde(rename = "p")]
    produced: Option<(Nanos, Nanos)>,
    #[serde(rename = "t")]
    time: Nanos,
}

impl Run {
    fn spread(&self) -> Option<u64> {
        self.produced
            .map(|(earliest, latest)| latest.0 - earliest.0)
    }

    /// Takes in the run that comes right after, if it is of the same time.
    fn joined(self, later: Self) -> Option<Self> {
        let produced = match (self.produced, later.produced) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
        (self.time == later.time).then_some(Self {
            produced,
            records: self.records + later.records,
            ..self
        })
    }
}

impl Standstill {
    /// Takes in the next record, and the time that its producer gave it.
    pub fn see(&mut self, sequence: u64, time: u64, produced: Option<u64>) {
        let produced = produced.map(|produced| (Nanos(produced), Nanos(produced)));
        let run = Run {
            first: sequence,
            records: 1,
            produced,
            time: Nanos(time),
        };
        self.next(run);
    }

    /// Takes in the run that comes next.
    fn next(&mut self, run: Run) {
        let end = match &mut self.last {
            Some(last) => Some(last),
            None => self.first.as_mut(),
        };
        let Some(end) = end else {
            self.first = Some(run);
            return;
        };
        if let Some(joined) = end.joined(run) {
            *end = joined;
        } else if let Some(over) = self.last.replace(run) {
            self.end(over);
        }
    }

    /// A run is over that neither begins nor ends the range.
    fn end(&mut self, run: Run) {
        self.end_long(run);
        self.end_wide(run);
    }

    /// The first of the longest stays.
    fn end_long(&mut self, run: Run) {
        if self
            .longest
            .is_none_or(|longest| longest.records < run.records)
        {
            self.longest = Some(run);
        }
    }

    /// The first of the widest stays.
    fn end_wide(&mut self, run: Run) {
        if run.spread().is_some()
            && self
                .widest
                .is_none_or(|widest| widest.spread() < run.spread())
        {
            self.widest = Some(run);
        }
    }

    fn all(&self) -> impl Iterator<Item = Run> {
        [self.first, self.longest, self.widest, self.last]
            .into_iter()
            .flatten()
    }

    /// The most records in a row with one recorded time, and the first of them.
    pub fn longest(&self) -> (u64, Vec<u64>) {
        let longest = self
            .all()
            .max_by_key(|run| (run.records, std::cmp::Reverse(run.first)));
        longest.map_or((0, Vec::new()), |run| (run.records, vec![run.first]))
    }

    /// How far apart producers' times are, at most, under one recorded time, and the first record of that.
    pub fn spread(&self) -> (Option<u64>, Vec<u64>) {
        let runs = self.all().filter(|run| run.spread().is_some());
        let widest = runs.max_by_key(|run| (run.spread(), std::cmp::Reverse(run.first)));
        widest.map_or((None, Vec::new()), |run| (run.spread(), vec![run.first]))
    }
}

impl Absorb for Standstill {
    fn absorb(&mut self, later: Self) {
        let Self {
            first,
            last,
            longest,
            widest,
        } = later;
        let Some(first) = first else { return };
        self.next(first);
        let Some(last) = last else { return };
        // What begins the later range is over: it ends there, and another run ends the whole.
        if let Some(over) = self.last.take() {
            self.end(over);
        }
        if let Some(longest) = longest {
            self.end_long(longest);
        }
        if let Some(widest) = widest {
            self.end_wide(widest);
        }
        self.last = Some(last);
    }
}
