//! What a run found, as text or as JSON.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::Serialize;

use super::{
    histogram::Histogram,
    options::{BenchOptions, Workload},
};

/// The figures of one run.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// How events were sent.
    pub workload: Workload,
    /// Requests in flight.
    pub in_flight: u32,
    /// Connections used.
    pub connections: u32,
    /// Events in each request.
    pub batch: u32,
    /// Ledgers that events were spread over.
    pub ledgers: usize,
    /// Bytes of each event's payload.
    pub payload_bytes: u32,
    /// Bytes of each event as sent, its payload included.
    pub event_bytes: usize,
    /// Seconds measured.
    pub seconds: f64,
    /// Events acknowledged while measuring.
    pub events: u64,
    /// Events acknowledged in all, warm-up included.
    pub events_total: u64,
    /// Events acknowledged in a second, over the whole measurement.
    pub events_per_second: f64,
    /// From sending a request until its acknowledgement.
    pub latency: Latency,
    /// Events acknowledged in a second, for each sample in turn.
    pub samples: Vec<f64>,
    /// Seconds in each sample.
    pub sample_seconds: u64,
    /// How fresh the projections were, if they were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projections: Option<ProjectionLag>,
    /// Requests that failed, by gRPC code.
    pub failures: BTreeMap<String, Failure>,
    /// The first ledger at the end.
    pub ledger: LedgerState,
}

/// How fresh the projections were.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ProjectionLag {
    /// Answers.
    pub answers: u64,
    /// Answers that lacked something that was durable when they were asked for.
    pub behind: u64,
    /// From the question to the answer, which holds for all that was durable before: so long may an event lag.
    pub latency: Latency,
}

/// Latencies of requests, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// Half took at most this long.
    pub p50_ms: f64,
    /// Nine in ten.
    pub p90_ms: f64,
    /// 99 in 100.
    pub p99_ms: f64,
    /// 999 in 1,000.
    pub p999_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

/// Requests that failed alike.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// How many.
    pub count: u64,
    /// What the daemon said the first time.
    pub example: String,
}

/// A ledger as seen by the load generator.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LedgerState {
    /// Its records at the end.
    pub size: u64,
    /// How many of them its indexes covered then.
    pub indexed_size: u64,
    /// How many its published checkpoint covered then.
    pub published_size: u64,
    /// The most records that its indexes were seen behind.
    pub index_lag_max: u64,
}

impl Latency {
    pub(super) fn of(histogram: &Histogram) -> Self {
        let milliseconds = |latency: Duration| latency.as_secs_f64() * 1e3;
        let quantile = |share| milliseconds(histogram.quantile(share));
        Self {
            p50_ms: quantile(0.5),
            p90_ms: quantile(0.9),
            p99_ms: quantile(0.99),
            p999_ms: quantile(0.999),
            max_ms: milliseconds(histogram.largest()),
        }
    }
}

impl BenchReport {
    /// A report that holds the options and no figures yet.
    pub(super) fn of_options(options: &BenchOptions, event_bytes: usize) -> Self {
        Self {
            workload: options.workload,
            in_flight: options.in_flight,
            connections: options.connections,
            batch: options.batch,
            ledgers: options.ledgers.len(),
            payload_bytes: options.payload_bytes,
            event_bytes,
            seconds: 0.0,
            events: 0,
            events_total: 0,
            events_per_second: 0.0,
            latency: Latency::of(&Histogram::new()),
            samples: Vec::new(),
            sample_seconds: options.sample.as_secs(),
            failures: BTreeMap::new(),
            projections: None,
            ledger: LedgerState::default(),
        }
    }
}

impl fmt::Display for BenchReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            in_flight,
            connections,
            batch,
            ledgers,
            payload_bytes,
            latency,
            ..
        } = self;
        let workload = format!("{:?}", self.workload).to_lowercase();
        writeln!(
            out,
            "{workload}: {in_flight} in flight over {connections} connection(s), {batch} event(s) \
             a request, {ledgers} ledger(s), {payload_bytes} bytes of payload"
        )?;
        writeln!(
            out,
            "events      {} in {:.2} s = {:.0} a second",
            self.events, self.seconds, self.events_per_second
        )?;
        writeln!(
            out,
            "latency     p50 {:.3}  p90 {:.3}  p99 {:.3}  p99.9 {:.3}  max {:.3} ms",
            latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.p999_ms, latency.max_ms
        )?;
        writeln!(
            out,
            "ledger      {} records, {} indexed (at most {} behind), {} published",
            self.ledger.size,
            self.ledger.indexed_size,
            self.ledger.index_lag_max,
            self.ledger.published_size
        )?;
        if let Some(ProjectionLag {
            answers,
            behind,
            latency,
        }) = &self.projections
        {
            writeln!(
                out,
                "projections {answers} answers, {behind} behind; p50 {:.3}  p90 {:.3}  p99 {:.3}  max {:.3} ms",
                latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms
            )?;
        }
        if self.failures.is_empty() {
            return write!(out, "failures    none");
        }
        write!(out, "failures    ")?;
        for (index, (code, failure)) in self.failures.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n            " };
            write!(
                out,
                "{separator}{} × {code}: {}",
                failure.count, failure.example
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BenchArguments, Door};
    use clap::Parser;
    use tonic::transport::Endpoint;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: BenchArguments,
    }

    #[test]
    fn text_and_json_name_failures() {
        let line = Line::parse_from(["bench", "batch"]);
        let endpoint = Endpoint::from_static("http://127.0.0.1:1");
        let door = Door::new("127.0.0.1:1", endpoint, None);
        let options = line.arguments.check(door).expect("valid");
        let mut report = BenchReport::of_options(&options, 400);
        assert!(report.to_string().ends_with("failures    none"));
        let failure = Failure {
            count: 3,
            example: "the queue is full".into(),
        };
        report.failures.insert("ResourceExhausted".into(), failure);
        let line = "3 × ResourceExhausted: the queue is full";
        assert!(report.to_string().ends_with(line));
        let json = serde_json::to_value(&report).expect("JSON");
        assert_eq!(json["failures"]["ResourceExhausted"]["count"], 3);
        assert_eq!(
            (&json["workload"], &json["batch"]),
            (&"batch".into(), &100.into())
        );
    }
}
