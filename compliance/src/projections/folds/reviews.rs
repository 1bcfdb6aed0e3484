//! Reviews of the ledger's records by humans: how often, how much of them, and what was found. A report is not one.

use serde::{Deserialize, Serialize};

use super::retention::NANOSECONDS_OF_DAY;
use crate::{
    conventions::{Known, LogReview},
    projections::{
        fold::Fold,
        measure::{Measures, Unread},
        pieces::{Counted, Keyed, Listed, Runs, Sum, Timeline, absorb_fields},
        record::Record,
        table::{Table, rows_of},
    },
    time::Day,
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reviews {
    /// What a review can cover: events of clients.
    covered: Sum,
    days: Keyed<Counted>,
    /// They say that they looked at records that were not there yet, or at a range that is not one.
    impossible: Counted,
    not_readable: Counted,
    /// What a review covers nothing of: the ledger's own events and records of keys.
    own: Runs,
    range: Timeline,
    /// First and last record of each that names them.
    ranges: Listed<(u64, u64)>,
    recorded: Counted,
    reviewers: Keyed<Counted>,
    timeline: Timeline,
    with_findings: Counted,
    /// There were findings, and no incident is named.
    without_incident: Counted,
    /// Nothing is said of findings.
    without_outcome: Counted,
}

absorb_fields!(Reviews {
    covered,
    days,
    impossible,
    not_readable,
    own,
    range,
    ranges,
    recorded,
    reviewers,
    timeline,
    with_findings,
    without_incident,
    without_outcome
});

impl Reviews {
    fn review(&mut self, record: &Record<'_>, event: &LogReview<'_>) {
        let sequence = record.sequence();
        match (event.first, event.last) {
            (Some(first), Some(last)) if first <= last && last < sequence => {
                self.ranges.push((first, last));
            }
            (None, None) => {}
            _ => {
                self.impossible.see(sequence);
                return;
            }
        }
        self.recorded.see(sequence);
        self.timeline.see(sequence, record.time());
        if let Some(reviewer) = self.reviewers.at(event.reviewer) {
            reviewer.see(sequence);
        }
        if let Some(day) = self.days.at(Day::of(record.time()).as_str()) {
            day.see(sequence);
        }
        match event.findings {
            None => self.without_outcome.see(sequence),
            Some(0) => {}
            Some(_) => {
                self.with_findings.see(sequence);
                if event.incident_id.is_none() {
                    self.without_incident.see(sequence);
                }
            }
        }
    }

    /// How many events of clients of this range some review names; none if there are too many of anything.
    fn reviewed(&self) -> Option<u64> {
        let mut ranges = self.ranges.all()?.to_vec();
        ranges.sort_unstable();
        let (from, to) = match (self.range.first(), self.range.last()) {
            (Some((from, _)), Some((to, _))) => (from, to),
            _ => return Some(0),
        };
        let (mut reviewed, mut next) = (0, from);
        let mut spans = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            let (first, last) = (first.max(next), last.min(to));
            if first <= last {
                reviewed += last - first + 1;
                next = last + 1;
                spans.push((first, last));
            }
        }
        Some(reviewed - self.own.within(&spans)?)
    }

    /// The longest time without a review, from the first record to the last.
    fn longest_without(&self) -> Option<(u64, u64)> {
        let ((first_review, reviewed), (_, begin)) =
            self.timeline.first().zip(self.range.first())?;
        let ((last_review, last), (_, end)) = self.timeline.last().zip(self.range.last())?;
        let between = self
            .timeline
            .silence()
            .map(|silence| (silence.length.0, silence.ended_by));
        [
            Some((reviewed.saturating_sub(begin), first_review)),
            between,
            Some((end.saturating_sub(last), last_review)),
        ]
        .into_iter()
        .flatten()
        .max_by_key(|(length, at)| (*length, std::cmp::Reverse(*at)))
    }
}

impl Fold for Reviews {
    const NAME: &'static str = "reviews";
    const VERSION: u32 = 2;

    fn reach(&mut self, time: u64) {
        self.range.reach(time);
    }

    fn record(&mut self, record: &Record<'_>) {
        self.range.see(record.sequence(), record.time());
        if record.event.is_none() || record.is_ledgers_own() {
            self.own.see(record.sequence());
        } else {
            self.covered.add(1);
        }
        if let Some(Known::LogReview(event)) = record.known() {
            self.review(record, event);
        } else if record.may_be(LogReview::TYPE) {
            self.not_readable.see(record.sequence());
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let (read, unread) = (self.recorded.count(), self.not_readable.count());
        measures.count("reviews.not_readable", &self.not_readable);
        let unsaid = self.without_outcome.count();
        let findings = Unread::once(unread + unsaid).unsaid(unsaid);
        for (name, counted, of) in [
            ("reviews.recorded", &self.recorded, Unread::once(unread)),
            ("reviews.impossible", &self.impossible, Unread::once(unread)),
            ("reviews.with_findings", &self.with_findings, findings),
            (
                "reviews.findings_without_incident",
                &self.without_incident,
                findings,
            ),
        ] {
            measures
                .count(name, counted)
                .of(read + self.impossible.count() + unread)
                .unread(of);
        }
        measures
            .number("reviews.reviewers", self.reviewers.count())
            .of_family(read, unread);
        let days = self.range.first().zip(self.range.last());
        let days = days.map_or(0, |((_, first), (_, last))| {
            (last / NANOSECONDS_OF_DAY).saturating_sub(first / NANOSECONDS_OF_DAY) + 1
        });
        let with_review = self.days.count();
        measures
            .number("reviews.days_with_review", with_review)
            .of(days)
            .unread(Unread::once(unread));
        // A review that can't be read may only add a day or records: it is no part of the whole.
        measures
            .share_known(
                "reviews.share_of_days",
                with_review.map(|with| (with, days)),
                "there is no record",
            )
            .of(read + unread)
            .unread(Unread::default().more(unread));
        let share = self
            .reviewed()
            .map(|reviewed| (reviewed, self.covered.value()));
        measures
            .share_known("reviews.share_of_records", share, "there is no event")
            .of(read + unread)
            .unread(Unread::default().more(unread));
        // One review alone has no time between: the ends of the range may show that too much passed, and no less.
        let longest = self.longest_without();
        let at: Vec<u64> = longest.iter().map(|(_, at)| *at).collect();
        measures
            .span(
                "reviews.longest_time_between",
                longest.map(|(length, _)| length),
                &at,
                "nothing was reviewed",
            )
            .of(read.saturating_sub(1))
            .unread(Unread::default().fewer(unread));
    }

    fn tables(&self) -> Vec<Table> {
        vec![
            Table {
                name: "reviews.by_reviewer",
                columns: &["reviewer", "reviews", "records"],
                rows: rows_of(&self.reviewers, |counted| {
                    vec![counted.count().into(), counted.into()]
                }),
            },
            Table {
                name: "reviews.by_day",
                columns: &["day", "reviews", "records"],
                rows: rows_of(&self.days, |counted| {
                    vec![counted.count().into(), counted.into()]
                }),
            },
        ]
    }
}
