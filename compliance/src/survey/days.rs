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
    let count = match event.header.event_type {
        "ai.decision.v1" => &mut counts.decisions,
        "ai.override.v1" => &mut counts.overrides,
        "ai.oversight.v1" => &mut counts.interventions,
        "ai.incident.v1" => &mut counts.incidents,
        "ai.agent.halted.v1" => &mut counts.halts,
        "ai.performance.v1" => {
            performance(event, counts);
            &mut counts.calls
        }
        _ => return false,
    };
    *count = 1;
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
        overrides,
        interventions,
        incidents,
        halts,
        calls,
        calls_failed,
        calls_unsaid,
        drift_measured,
        drift_warnings,
        drift_critical,
        drift_unsaid,
    } = more;
    counts.decisions += decisions;
    counts.overrides += overrides;
    counts.interventions += interventions;
    counts.incidents += incidents;
    counts.halts += halts;
    counts.calls += calls;
    counts.calls_failed += calls_failed;
    counts.calls_unsaid += calls_unsaid;
    counts.drift_measured += drift_measured;
    counts.drift_warnings += drift_warnings;
    counts.drift_critical += drift_critical;
    counts.drift_unsaid += drift_unsaid;
}
