//! How calls of models went: errors, latency, drift, metrics.

mod call;
mod counts;

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Decimal, DriftStatus, Known, METRIC_PREFIX, MILLION, Performance as Report},
    projections::{
        fold::Fold,
        measure::{Measures, Unread, Value},
        pieces::{
            Absorb, Counted, Greatest, Histogram, Keyed, Last, Nanos, Recurring, Sign, Sum,
            Timeline, absorb_fields, joined,
        },
        record::Record,
        table::{Cell, Table, rows_of},
    },
    time::Day,
};
use indelible_evidence::body::FactValue;

/// How far apart two values of a metric are, at least, that show how it goes: 30 days.
const FOLLOWED_NANOSECONDS: u64 = 30 * 86_400_000_000_000;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Performance {
    all: Calls,
    calls_recurring: Recurring,
    days: Keyed<Errors>,
    metrics: Keyed<Metric>,
    models: Keyed<Calls>,
    not_readable: Counted,
    range: Timeline,
    recorded: Counted,
    recurring: Recurring,
    statuses: Keyed<Counted>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Errors {
    calls: Sum,
    errors: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Calls {
    calls: Counted,
    /// Something was called, and nothing says whether it failed.
    calls_unsaid: Counted,
    drift_critical: Counted,
    drift_measured: Counted,
    /// A drift was measured, and nothing says what it means.
    drift_unsaid: Counted,
    drift_warnings: Counted,
    errors: Counted,
    greatest_drift: Greatest,
    greatest_latency_ms: Greatest,
    latency_ms: Histogram,
}

/// A metric's values, in millionths.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Metric {
    first_time: Option<Nanos>,
    last: i64,
    last_time: Last<Nanos>,
    range: Option<(i64, i64)>,
    values: Counted,
}

impl Absorb for Metric {
    fn absorb(&mut self, later: Self) {
        if let Some((least, greatest)) = later.range {
            let (low, high) = self.range.unwrap_or((least, greatest));
            self.range = Some((low.min(least), high.max(greatest)));
            self.last = later.last;
        }
        self.first_time.absorb(later.first_time);
        self.last_time.absorb(later.last_time);
        self.values.absorb(later.values);
    }
}

impl Metric {
    /// Whether its first and its last value are so far apart that they show how it goes.
    fn is_followed(&self) -> bool {
        let ends = self.first_time.zip(self.last_time.0);
        ends.is_some_and(|(first, last)| last.0.saturating_sub(first.0) >= FOLLOWED_NANOSECONDS)
    }
}

absorb_fields!(Errors { calls, errors });
absorb_fields!(Calls {
    calls,
    calls_unsaid,
    drift_measured,
    drift_unsaid,
    errors,
    latency_ms,
    greatest_latency_ms,
    greatest_drift,
    drift_warnings,
    drift_critical,
});
absorb_fields!(Performance {
    range,
    recorded,
    recurring,
    calls_recurring,
    not_readable,
    all,
    models,
    statuses,
    metrics,
    days
});

impl Calls {
    fn see(&mut self, sequence: u64, report: &Report<'_>) {
        if let Some(error) = report.error {
            self.calls.see(sequence);
            if error {
                self.errors.see(sequence);
            }
        } else if report.latency_ms.is_some()
            || report.provider_status.is_some()
            || report.error_kind.is_some()
        {
            self.calls_unsaid.see(sequence);
        }
        if let Some(latency) = report.latency_ms {
            self.latency_ms.see(latency);
            self.greatest_latency_ms.see(latency);
        }
        if let Some(drift) = report.drift {
            self.greatest_drift.see(drift.0);
        }
        if report.drift.is_some() || report.drift_status.is_some() {
            self.drift_measured.see(sequence);
            if report.drift_status.is_none() {
                self.drift_unsaid.see(sequence);
            }
        }
        match report.drift_status {
            Some(DriftStatus::Warning) => self.drift_warnings.see(sequence),
            Some(DriftStatus::Critical) => self.drift_critical.see(sequence),
            Some(DriftStatus::Ok) | None => {}
        }
    }
}

impl Performance {
    fn report(&mut self, record: &Record<'_>, report: &Report<'_>) {
        let sequence = record.sequence();
        self.recorded.see(sequence);
        self.all.see(sequence, report);
        let model = report.model.unwrap_or_default();
        let version = report.model_version.unwrap_or_default();
        if let Some(calls) = self.models.at(&joined(&[report.system, model, version])) {
            calls.see(sequence, report);
        }
        if let Some(status) = report.provider_status {
            let kind = report.error_kind.unwrap_or_default();
            if let Some(counted) = self
                .statuses
                .at(&joined(&[report.system, model, status, kind]))
            {
                counted.see(sequence);
            }
        }
        if let (Some(error), Some(day)) =
            (report.error, self.days.at(Day::of(record.time()).as_str()))
        {
            day.calls.add(1);
            if error {
                day.errors.see(sequence);
            }
        }
        for (name, value) in record.body().map_or(&[][..], |body| &body.facts) {
            if let Some(metric) = name.strip_prefix(METRIC_PREFIX) {
                self.metric(record, &joined(&[report.system, model, metric]), *value);
            }
        }
    }

    /// Puts how many metrics were taken so far apart that they show how it goes, which takes a range that is as long.
    fn metrics_followed(&self, measures: &mut Measures) {
        let name = "performance.metrics_followed";
        let ends = self.range.first().zip(self.range.last());
        let reaches = ends.map_or(0, |((_, first), (_, last))| last.saturating_sub(first));
        if reaches < FOLLOWED_NANOSECONDS {
            let why = "the range is shorter than 30 days".to_owned();
            measures.put(name, Value::NotComputable(why), &[]).of(0);
            return;
        }
        let unread = self.not_readable.count();
        let metrics = self.metrics.count().unwrap_or_default();
        measures
            .names(name, &self.metrics, Metric::is_followed)
            .of(metrics + unread)
            .unread(Unread::default().more(unread));
    }

    fn metric(&mut self, record: &Record<'_>, key: &str, value: FactValue<'_>) {
        let Ok(value) = Decimal::from_value(value) else {
            return;
        };
        if let Some(metric) = self.metrics.at(key) {
            let mut one = Metric {
                range: Some((value.0, value.0)),
                first_time: Some(Nanos(record.time())),
                last: value.0,
                last_time: Last(Some(Nanos(record.time()))),
                ..Metric::default()
            };
            one.values.see(record.sequence());
            metric.absorb(one);
        }
    }
}

impl Fold for Performance {
    const NAME: &'static str = "performance";
    const VERSION: u32 = 4;

    fn reach(&mut self, time: u64) {
        self.range.reach(time);
        self.recurring.reach(time);
        self.calls_recurring.reach(time);
    }

    fn record(&mut self, record: &Record<'_>) {
        self.range.see(record.sequence(), record.time());
        let (recorded, called) = if let Some(Known::Performance(report)) = record.known() {
            self.report(record, report);
            (Sign::Certain, call::call(report))
        } else if record.may_be(Report::TYPE) {
            self.not_readable.see(record.sequence());
            (Sign::Perhaps, Sign::Perhaps)
        } else {
            (Sign::None, Sign::None)
        };
        let (sequence, time) = (record.sequence(), record.time());
        self.recurring.see(sequence, time, recorded);
        self.calls_recurring.see(sequence, time, called);
    }

    fn measures(&self, measures: &mut Measures) {
        let all = &self.all;
        let (read, unread) = (self.recorded.count(), self.not_readable.count());
        let unsaid = all.calls_unsaid.count();
        measures.count("performance.not_readable", &self.not_readable);
        self.counts(measures);
        let (errors, calls) = (&all.errors, all.calls.count());
        let none = "no call says whether it failed";
        measures
            .share(
                "performance.error_share",
                errors.count(),
                calls,
                errors.records(),
                none,
            )
            .of(calls + unread + unsaid)
            .unread(Unread::once(unread + unsaid).unsaid(unsaid));
        for (name, thousandths) in [
            ("performance.latency_p50", 500),
            ("performance.latency_p95", 950),
            ("performance.latency_p99", 990),
        ] {
            let span = all
                .latency_ms
                .percentile(thousandths)
                .map(|latency| latency.saturating_mul(MILLION));
            measures
                .span(name, span, &[], "no call says how long it took")
                .of_family(all.latency_ms.count(), unread);
        }
        let drift = all.greatest_drift.0.map_or_else(
            || Value::NotComputable("no value of drift is recorded".to_owned()),
            |part| Value::Share {
                part,
                whole: MILLION,
            },
        );
        measures
            .put("performance.greatest_drift", drift, &[])
            .of(all.drift_measured.count() + unread)
            .unread(Unread::default().many(unread));
        measures
            .number("performance.metrics", self.metrics.count())
            .of(read + unread)
            .unread(Unread::default().more(unread));
        self.metrics_followed(measures);
    }

    fn tables(&self) -> Vec<Table> {
        vec![
            Table {
                name: "performance.by_model",
                columns: &[
                    "system",
                    "model",
                    "model_version",
                    "calls",
                    "errors",
                    "latency_ms_p50",
                    "latency_ms_p95",
                    "latency_ms_p99",
                    "latency_ms_greatest",
                    "drift_greatest",
                    "drift_warnings",
                    "drift_critical",
                    "records_errors",
                ],
                rows: rows_of(&self.models, cells_of_calls),
            },
            Table {
                name: "performance.by_status",
                columns: &[
                    "system",
                    "model",
                    "provider_status",
                    "error_kind",
                    "calls",
                    "records",
                ],
                rows: rows_of(&self.statuses, |counted| {
                    vec![counted.count().into(), counted.into()]
                }),
            },
            Table {
                name: "performance.metrics",
                columns: &[
                    "system", "model", "metric", "values", "least", "greatest", "last", "records",
                ],
                rows: rows_of(&self.metrics, cells_of_metric),
            },
            Table {
                name: "performance.by_day",
                columns: &["day", "calls", "errors", "records_errors"],
                rows: rows_of(&self.days, |day| {
                    vec![
                        day.calls.value().into(),
                        day.errors.count().into(),
                        (&day.errors).into(),
                    ]
                }),
            },
        ]
    }
}

/// The cells of a row on calls.
fn cells_of_calls(calls: &Calls) -> Vec<Cell> {
    let percentile = |thousandths| calls.latency_ms.percentile(thousandths).into();
    vec![
        calls.calls.count().into(),
        calls.errors.count().into(),
        percentile(500),
        percentile(950),
        percentile(990),
        calls.greatest_latency_ms.0.into(),
        calls
            .greatest_drift
            .0
            .map(|drift| decimal_text(false, drift))
            .into(),
        calls.drift_warnings.count().into(),
        calls.drift_critical.count().into(),
        (&calls.errors).into(),
    ]
}

/// The cells of a row on a metric.
fn cells_of_metric(metric: &Metric) -> Vec<Cell> {
    let (least, greatest) = metric.range.unwrap_or_default();
    let text = |value: i64| decimal_text(value < 0, value.unsigned_abs()).into();
    vec![
        metric.values.count().into(),
        text(least),
        text(greatest),
        text(metric.last),
        (&metric.values).into(),
    ]
}

/// Millionths as a decimal.
pub(super) fn decimal_text(negative: bool, millionths: u64) -> String {
    let sign = if negative { "-" } else { "" };
    let (whole, part) = (millionths / MILLION, millionths % MILLION);
    let text = format!("{sign}{whole}.{part:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
