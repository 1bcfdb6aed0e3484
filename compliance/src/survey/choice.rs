//! Which records a report counts: by their place, by when they were recorded, or by when their producers say that they
//! happened.

use crate::{
    conventions::Reading,
    projections::record::{Event, Record},
    reports::data::{Asked, ByEventTime, ByOrigin, Outside, Whose},
    time::{self, Moment},
};

/// How a report takes a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// It lies before what is asked for.
    Before,
    /// It counts.
    Within,
    /// It may be one of those that are asked for: its producer's time is not known. It weighs like one that can't be read.
    Perhaps(Untimed),
    /// It was looked at, and by its producer's time it is not one of those that are asked for.
    Elsewhen,
    /// It lies after what is asked for.
    After,
}

/// Why the time of an event is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untimed {
    /// Its body can't be read.
    Closed,
    /// Its body says none, or none of RFC 3339.
    Absent,
}

/// A range of records that somebody typed: `17..40`, of which the last is 39.
///
/// # Errors
///
/// What is wrong with it.
pub fn records_typed(text: &str) -> Result<(u64, u64), String> {
    let ends = text.split_once("..");
    let numbers = ends.and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    match numbers {
        Some((from, to)) if from < to => Ok((from, to)),
        Some(_) => Err("empty: it ends where it begins, or before".to_owned()),
        None => Err("not a range of records, like 17..40".to_owned()),
    }
}

/// What comes of holding a number against a half-open span, whose ends may be open.
fn place(at: u64, from: Option<u64>, to: Option<u64>) -> Chosen {
    if from.is_some_and(|from| at < from) {
        Chosen::Before
    } else if to.is_some_and(|to| at >= to) {
        Chosen::After
    } else {
        Chosen::Within
    }
}

impl Asked {
    /// How a report that is asked for this takes a record.
    #[must_use]
    pub fn choose(&self, record: &Record<'_>) -> Chosen {
        let sequence = record.sequence();
        match *self {
            Self::Whole => Chosen::Within,
            Self::Records { from, to } => place(sequence, Some(from), Some(to)),
            Self::Period { from, to } => place(record.time(), from, to),
            Self::EventPeriod { records, from, to } => {
                let (first, end) = records.unzip();
                match place(sequence, first, end) {
                    Chosen::Within => by_event_time(record, from, to),
                    outside => outside,
                }
            }
        }
    }

    /// The last moment of a period that was over at the checkpoint, and that the evidence holds to its end. `last` is when
    /// the last record was recorded that was looked at: what happened before the end of a period by event time may be
    /// recorded later, but what stood open at its end stood open then.
    #[must_use]
    pub fn end_if_over(&self, outside: &[Outside], last: Option<u64>) -> Option<u64> {
        let open =
            |outside: &Outside| matches!(outside, Outside::EndsAfter | Outside::NotOver { .. });
        match self {
            Self::Period { to: Some(to), .. } if !outside.iter().any(open) => to.checked_sub(1),
            Self::EventPeriod { to: Some(to), .. } => {
                let is_over = last.is_some_and(|last| last >= *to);
                to.checked_sub(1).filter(|_| is_over)
            }
            _ => None,
        }
    }
}

/// What the ledger records itself happens when it is recorded. The first record counts in no such period, so that a report
/// never takes what it looks at for the beginning of the ledger: an earlier record may have been left out.
fn by_event_time(record: &Record<'_>, from: Option<u64>, to: Option<u64>) -> Chosen {
    let within = |at| match place(at, from, to) {
        Chosen::Within => Chosen::Within,
        _ => Chosen::Elsewhen,
    };
    if record.sequence() == 0 {
        return Chosen::Elsewhen;
    }
    match &record.event {
        Some(event) if !record.is_ledgers_own() => match event_time(event) {
            Ok(Moment::At(at)) => within(at),
            // A bound is a time from 1970 on that nanoseconds can say.
            Ok(Moment::Before) if from.is_none() => Chosen::Within,
            Ok(Moment::After) if to.is_none() => Chosen::Within,
            Ok(Moment::Before | Moment::After) => Chosen::Elsewhen,
            Err(untimed) => Chosen::Perhaps(untimed),
        },
        _ => within(record.time()),
    }
}

fn event_time(event: &Event<'_>) -> Result<Moment, Untimed> {
    let body = event.body.open().ok_or(Untimed::Closed)?;
    body.time.and_then(time::read).ok_or(Untimed::Absent)
}

impl Whose {
    /// Whether a report on these takes in this record. What can't be read may be anybody's, and key events are nobody's.
    #[must_use]
    pub fn takes(self, record: &Record<'_>) -> bool {
        let Some(event) = &record.event else {
            return true;
        };
        match self {
            Self::Clients => true,
            Self::OtherSystems => {
                record.is_imported()
                    || record.is_ledgers_own()
                    || matches!(event.reading, Reading::Closed | Reading::Misfit(_))
            }
        }
    }
}

impl ByOrigin {
    /// Takes in whether the next event was taken in.
    pub fn see(&mut self, record: &Record<'_>, is_taken: bool) {
        // What the ledger records itself has no producer, and where it stands every fold knows.
        if record.event.is_none() || record.is_ledgers_own() {
            return;
        }
        if !is_taken {
            self.live += 1;
        } else if !record.is_imported() {
            self.unknown += 1;
        }
    }

    /// Takes in those of the records after these.
    pub fn absorb(&mut self, later: Self) {
        let Self { live, unknown } = later;
        self.live += live;
        self.unknown += unknown;
    }
}

impl ByEventTime {
    /// Takes in how the next event of clients was taken.
    pub fn see(&mut self, record: &Record<'_>, chosen: Chosen) {
        let Some(event) = record.event.as_ref().filter(|_| !record.is_ledgers_own()) else {
            return;
        };
        match chosen {
            Chosen::Within => {
                self.within += 1;
                if let Ok(Moment::At(at)) = event_time(event) {
                    let (first, last) = self.ends.unwrap_or((at, at));
                    self.ends = Some((first.min(at), last.max(at)));
                }
            }
            Chosen::Elsewhen => self.elsewhen += 1,
            Chosen::Perhaps(Untimed::Closed) => self.closed += 1,
            Chosen::Perhaps(Untimed::Absent) => self.without_time += 1,
            Chosen::Before | Chosen::After => {}
        }
    }

    /// Takes in those of the records after these.
    pub fn absorb(&mut self, later: Self) {
        let Self {
            within,
            elsewhen,
            closed,
            without_time,
            ends,
        } = later;
        self.within += within;
        self.elsewhen += elsewhen;
        self.closed += closed;
        self.without_time += without_time;
        self.ends = match (self.ends, ends) {
            (Some((first, last)), Some((other_first, other_last))) => {
                Some((first.min(other_first), last.max(other_last)))
            }
            (earlier, later) => earlier.or(later),
        };
    }
}
