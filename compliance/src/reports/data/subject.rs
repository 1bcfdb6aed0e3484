//! What a report is made of.

use indelible_evidence::checkpoint::Checkpoint;
use serde::{Deserialize, Serialize};

use crate::{
    frameworks::{Between, Clocks, Unusable},
    projections::{
        folds::Folded,
        measure::{Measures, Value},
        record::BodyView,
        table::Table,
    },
    reports::data::{
        ahead::RecordedAhead, answers::RangeVerdict, keys::Predecessor, lost::Lost,
        named::NamedRecord, series::Series,
    },
};

/// Everything that a report says besides the mapping. Its maker is responsible for it: the verdict is that over
/// exactly the records folded.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The checkpoint that the records are proven under.
    pub checkpoint: Checkpoint,
    /// The pinned verifier key.
    pub verifier_key: String,
    /// The ledger that lost records and that this one succeeds, as far as the evidence holds genesis.
    pub predecessor: Option<Predecessor>,
    /// What was asked for.
    pub asked: Asked,
    /// Whose records count.
    pub whose: Whose,
    /// How the records that were looked at lie by the times that their producers gave, if that was asked for.
    pub by_event_time: Option<ByEventTime>,
    /// How the events that were looked at lie by where they come from, if imports alone count.
    pub by_origin: ByOrigin,
    /// The first record that was looked at.
    pub from: u64,
    /// The record after the last one that was looked at.
    pub to: u64,
    /// How many were folded.
    pub records: u64,
    /// When the first and the last record that was looked at were recorded, in nanoseconds since 1970 UTC; none if there are none.
    pub times: Option<(u64, u64)>,
    /// Until when the range reaches without another record, where that is known: to the end of a period that was over at
    /// the checkpoint.
    pub until: Option<u64>,
    /// What of these records has recorded times after that of the checkpoint, if anything.
    pub recorded_ahead: Option<RecordedAhead>,
    /// Which records of the ledger whoever makes the report knows to be lost. Nothing in evidence shows it.
    pub lost: Option<Lost>,
    /// What of the asked range the evidence does not hold.
    pub outside: Vec<Outside>,
    /// What bodies were read of.
    pub view: View,
    /// Integrity and custody over exactly these records.
    pub verdict: RangeVerdict,
    /// What could be read of the events' bodies.
    pub bodies: BodyCounts,
    /// How far recorded times lie from those that producers gave.
    pub clocks: Clocks,
    /// The folds that the measures come from.
    pub projections: Vec<Folded>,
    /// What they measured.
    pub measures: Measures,
    /// What is said of the records that the measures and the verdict name, ascending.
    pub named: Vec<NamedRecord>,
    /// What happened over time.
    pub series: Series,
    /// Rows to put into the report.
    pub tables: Vec<Table>,
}

impl Subject {
    /// Of how many of these records the recorded times are known to be wrong, since they are later than a checkpoint over
    /// them was signed.
    pub fn wrongly_timed(&self) -> u64 {
        self.recorded_ahead
            .as_ref()
            .map_or(0, |ahead| ahead.records)
    }

    /// From the recorded time of the first record to that of the last, or to the end of the period if it was over, in
    /// nanoseconds; in a period by event time, by the times that producers gave.
    pub fn span(&self) -> u64 {
        let until = self.until.unwrap_or_default();
        let times = match &self.by_event_time {
            Some(by_event_time) => by_event_time.ends,
            None => self.times,
        };
        let ends = times.map(|(first, last)| (first, last.max(until)));
        ends.map_or(0, |(first, last)| last.saturating_sub(first))
    }
}

impl Subject {
    /// What no fold can use of what is looked at.
    pub(super) fn unusable(&self) -> Unusable {
        let is_there = |name: &str| {
            let value = self.measures.0.get(name).map(|measure| &measure.value);
            matches!(value, Some(Value::Count(1..)))
        };
        Unusable {
            closed: self.bodies.open < self.bodies.total(),
            misfits: is_there("gaps.misfits"),
            imported: self.whose != Whose::OtherSystems && is_there("records.imported"),
            untimed: self.elsewhen().unknown > 0,
        }
    }

    /// What a period by event time leaves out or may leave out.
    pub(super) fn elsewhen(&self) -> Between {
        self.by_event_time
            .as_ref()
            .map_or_else(Between::default, |times| Between {
                left_out: times.elsewhen,
                unknown: times.unknown(),
            })
    }
}

/// What a report is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All that the checkpoint covers.
    Whole,
    /// These records, half open.
    Records {
        /// The first.
        from: u64,
        /// The one after the last.
        to: u64,
    },
    /// What was recorded in this time: half open, in nanoseconds since 1970 UTC, and none where it is open.
    Period {
        /// From then on.
        from: Option<u64>,
        /// Before then.
        to: Option<u64>,
    },
    /// Of some records, what happened in this time by the word of whoever sent it: half open, in nanoseconds since 1970
    /// UTC, and none where it is open.
    EventPeriod {
        /// The first record that is looked at and the one after the last; none for all that the checkpoint covers.
        records: Option<(u64, u64)>,
        /// From then on.
        from: Option<u64>,
        /// Before then.
        to: Option<u64>,
    },
}

/// Whose records a report counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Those of the ledger's own clients. What was imported weighs beside them like what can't be read.
    #[default]
    Clients,
    /// What was imported alone, on the word of the systems that it comes from.
    OtherSystems,
}

/// How events lie by the times that their producers gave them. The ledger's own events have no producer and are not
/// counted here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByEventTime {
    /// In the period.
    pub within: u64,
    /// At another time.
    pub elsewhen: u64,
    /// Not known, since their bodies can't be read.
    pub closed: u64,
    /// Not known, since they say no time, or none of RFC 3339.
    pub without_time: u64,
    /// The earliest and the latest time in the period, in nanoseconds since 1970 UTC.
    pub ends: Option<(u64, u64)>,
}

impl ByEventTime {
    /// How many may lie in the period or not.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.closed + self.without_time
    }
}

/// How events lie by where they come from, where imports alone count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByOrigin {
    /// Not imported: clients' live events and the ledger's own.
    pub live: u64,
    /// Not known, since they can't be read or don't fit their types. They count like what can't be read.
    pub unknown: u64,
}

/// A part of what was asked for that the evidence does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// These records, half open, are before those that the evidence holds.
    Before {
        /// The first.
        from: u64,
        /// The one after the last.
        to: u64,
    },
    /// These records, half open, are after those that the evidence holds.
    After {
        /// The first.
        from: u64,
        /// The one after the last.
        to: u64,
    },
    /// The period begins before the first record that the evidence holds, and earlier records exist.
    BeginsBefore,
    /// The period ends after the last record that the evidence holds, and the checkpoint covers later ones.
    EndsAfter,
    /// The period ends after the checkpoint's last record: more may have been recorded in it later.
    NotOver {
        /// When the checkpoint's last record was recorded.
        last: u64,
    },
}

impl Outside {
    /// What of the records asked for the evidence does not hold; both half open.
    pub fn of_records(asked: (u64, u64), held: (u64, u64)) -> Vec<Self> {
        let before = (asked.0 < held.0).then(|| Self::Before {
            from: asked.0,
            to: asked.1.min(held.0),
        });
        let after = (asked.1 > held.1).then(|| Self::After {
            from: asked.0.max(held.1),
            to: asked.1,
        });
        before.into_iter().chain(after).collect()
    }

    /// What of the period asked for the evidence does not hold: half open, and none where it is open. `before` and
    /// `after` are the times of the records next to those that the evidence holds, none where there is none under the
    /// checkpoint; `last` is the time of the last one that it holds.
    pub fn of_period(
        asked: (Option<u64>, Option<u64>),
        before: Option<u64>,
        last: Option<u64>,
        after: Option<u64>,
    ) -> Vec<Self> {
        let (from, to) = asked;
        let begins_before = before.is_some_and(|time| from.is_none_or(|from| time >= from));
        let ends_after = after.is_some_and(|time| to.is_none_or(|to| time < to));
        let not_over = match (after, to, last) {
            (None, Some(to), Some(last)) if last < to => Some(Self::NotOver { last }),
            _ => None,
        };
        let begins = begins_before.then_some(Self::BeginsBefore);
        let ends = ends_after.then_some(Self::EndsAfter);
        begins.into_iter().chain(ends).chain(not_over).collect()
    }
}

/// What a report read of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Headers, and every body that the evidence holds in the clear or opens.
    Bodies,
    /// Headers alone, as it was asked for.
    Headers,
}

/// How many bodies of clients' events are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyCounts {
    /// Read.
    pub open: u64,
    /// There, encrypted, and nothing opens them.
    pub sealed: u64,
    /// Recorded as erased.
    pub erased: u64,
    /// Left out of this evidence.
    pub withheld: u64,
    /// Kept elsewhere.
    pub archived: u64,
    /// Ought to be there, and are not.
    pub missing: u64,
    /// There, and no bodies of the format.
    pub unreadable: u64,
}

impl BodyCounts {
    /// As the projection `retention` counted them; none if it did not.
    pub fn of(measures: &Measures) -> Option<Self> {
        let count = |state: &str| match measures.0.get(&format!("retention.bodies_{state}"))?.value
        {
            Value::Count(count) => Some(count),
            _ => None,
        };
        Some(Self {
            open: count("open")?,
            sealed: count("sealed")?,
            erased: count("erased")?,
            withheld: count("withheld")?,
            archived: count("archived")?,
            missing: count("missing")?,
            unreadable: count("unreadable")?,
        })
    }

    /// Takes in what is there of one more.
    pub fn see(&mut self, body: &BodyView<'_>) {
        let state = match body {
            BodyView::Open(_) => &mut self.open,
            BodyView::Sealed => &mut self.sealed,
            BodyView::Erased => &mut self.erased,
            BodyView::Withheld => &mut self.withheld,
            BodyView::Archived => &mut self.archived,
            BodyView::Missing => &mut self.missing,
            BodyView::Unreadable => &mut self.unreadable,
        };
        *state += 1;
    }

    /// Takes in those of other records.
    pub fn absorb(&mut self, later: &Self) {
        self.open += later.open;
        self.sealed += later.sealed;
        self.erased += later.erased;
        self.withheld += later.withheld;
        self.archived += later.archived;
        self.missing += later.missing;
        self.unreadable += later.unreadable;
    }

    /// Each state with its name and count.
    pub fn states(&self) -> [(&'static str, u64); 7] {
        let Self {
            open,
            sealed,
            erased,
            withheld,
            archived,
            missing,
            unreadable,
        } = *self;
        [
            ("open", open),
            ("sealed", sealed),
            ("erased", erased),
            ("withheld", withheld),
            ("archived", archived),
            ("missing", missing),
            ("unreadable", unreadable),
        ]
    }

    /// How many events there are.
    pub fn total(&self) -> u64 {
        self.states().iter().map(|(_, count)| count).sum()
    }
}
