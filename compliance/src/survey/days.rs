//! What was recorded on which day, for charts.

use std::collections::BTreeMap;

use crate::{
    conventions::{DriftStatus, Known, Reading},
    projections::record::{Event, Record},
    reports::data::{BARS_MAX, Bar},
    time::Day,
};

const DAY_NS: u64 = 86_400 * 1_000_000_000;
/// How many days a bar may stand for.
const DAYS_PER_BAR: [u64; 6] = [1, 7, 28, 91, 364, 3_640];

/// Counts for each day since 1970.
#[derive(Debug, Default)]
pub struct Days(BTreeMap<u64, Bar>);

impl Days {
    /// Takes in the next record.
    pub fn see(&mut self, record: &Record<'_>) {
        let Some(event) = &record.event else {
            return;
        };
        let mut counts = Bar::default();
        if count(event, &mut counts) {
            let day = record.time() / DAY_NS;
            add(self.0.entry(day).or_default(), &counts);
        }
    }

    /// Takes in those of the records after these.
    pub fn absorb(&mut self, later: Self) {
        for (day, counts) in later.0 {
            add(self.0.entry(day).or_default(), &counts);
        }
    }

    /// As few days in a bar as make no more bars than a page has, and the bars.
    #[must_use]
    pub fn bars(&self) -> (u64, Vec<Bar>) {
        let ends = self.0.first_key_value().zip(self.0.last_key_value());
        let Some(((first, _), (last, _))) = ends else {
            return (DAYS_PER_BAR[0], Vec::new());
        };
        let days = last - first + 1;
        let fits = |per_bar: &&u64| days.div_ceil(**per_bar) <= BARS_MAX as u64;
        let per_bar = DAYS_PER_BAR.iter().find(fits);
        let per_bar = per_bar.copied().unwrap_or(days.div_ceil(BARS_MAX as u64));
        let mut bars = BTreeMap::<u64, Bar>::new();
        for (day, counts) in &self.0 {
            add(bars.entry((day - first) / per_bar).or_default(), counts);
        }
        let bars = bars.into_iter().map(|(index, counts)| Bar {
            first_day: Day::of((first + index * per_bar) * DAY_NS)
                .as_str()
                .to_owned(),
            ..counts
        });
        (per_bar, bars.collect())
    }
}

/// Counts an event; says whether it is one of those that count.
fn count(event: &Event<'_>, counts: &mut Bar) -> bool {
    let (count, unread) = match event.header.event_type {
        "ai.decision.v1" => (&mut counts.decisions, &mut counts.decisions_unread),
        "ai.override.v1" => (&mut counts.overrides, &mut counts.overrides_unread),
        "ai.oversight.v1" => (&mut counts.interventions, &mut counts.interventions_unread),
        "ai.incident.v1" => (&mut counts.incidents, &mut counts.incidents_unread),
        "ai.agent.halted.v1" => (&mut counts.halts, &mut counts.halts_unread),
        "ai.performance.v1" => {
            performance(event, counts);
            (&mut counts.calls, &mut counts.calls_unread)
        }
        _ => return false,
    };
    *count = 1;
    let is_unread = matches!(event.reading, Reading::Closed | Reading::Misfit(_));
    *unread = u64::from(is_unread);
    true
}

/// What an event says of errors and drift. One that can't be read says nothing of either, and may be about both.
fn performance(event: &Event<'_>, counts: &mut Bar) {
    let Reading::Known(Known::Performance(call)) = &event.reading else {
        counts.calls_unsaid = 1;
        counts.drift_unsaid = 1;
        return;
    };
    match call.error {
        Some(failed) => counts.calls_failed = u64::from(failed),
        None => counts.calls_unsaid = 1,
    }
    match call.drift_status {
        Some(DriftStatus::Warning) => counts.drift_warnings = 1,
        Some(DriftStatus::Critical) => counts.drift_critical = 1,
        Some(DriftStatus::Ok) => {}
        None => counts.drift_unsaid = u64::from(call.drift.is_some()),
    }
    counts.drift_measured = u64::from(call.drift.is_some() || call.drift_status.is_some());
}

fn add(counts: &mut Bar, more: &Bar) {
    let Bar {
        first_day: _,
        decisions,
        decisions_unread,
        overrides,
        overrides_unread,
        interventions,
        interventions_unread,
        incidents,
        incidents_unread,
        halts,
        halts_unread,
        calls,
        calls_unread,
        calls_failed,
        calls_unsaid,
        drift_measured,
        drift_warnings,
        drift_critical,
        drift_unsaid,
    } = more;
    counts.decisions += decisions;
    counts.decisions_unread += decisions_unread;
    counts.overrides += overrides;
    counts.overrides_unread += overrides_unread;
    counts.interventions += interventions;
    counts.interventions_unread += interventions_unread;
    counts.incidents += incidents;
    counts.incidents_unread += incidents_unread;
    counts.halts += halts;
    counts.halts_unread += halts_unread;
    counts.calls += calls;
    counts.calls_unread += calls_unread;
    counts.calls_failed += calls_failed;
    counts.calls_unsaid += calls_unsaid;
    counts.drift_measured += drift_measured;
    counts.drift_warnings += drift_warnings;
    counts.drift_critical += drift_critical;
    counts.drift_unsaid += drift_unsaid;
}
