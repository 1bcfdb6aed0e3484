//! What to measure: the arguments as typed, then the checked options.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{door::Door, errors::BenchError};

/// What is appended to unless another ledger is named, also if an earlier measurement has.
const DEFAULT_LEDGER: &str = "bench";
const BATCH_EVENTS_MAX: u32 = 1_024;
const LEDGERS_MAX: u32 = 10_000;
const CONNECTIONS_MAX: u32 = 1_024;
const IN_FLIGHT_MAX: u32 = 100_000;
const PAYLOAD_BYTES_MAX: u32 = 1 << 20;

/// How events are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// One event in each call, so many calls in flight.
    Unary,
    /// Atomic batches, one in each call, so many calls in flight.
    Batch,
    /// Batches pipelined on streams, so many of them not yet acknowledged.
    Stream,
}

/// Arguments of `indelible bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArguments {
    /// How events are sent
    #[arg(value_enum, default_value = "unary")]
    pub workload: Workload,
    /// Requests in flight over all connections [default: 64 for unary, otherwise 16]
    #[arg(long, value_name = "N")]
    pub in_flight: Option<u32>,
    /// Connections to spread them over
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub connections: u32,
    /// Events in each batch or stream message
    #[arg(long, value_name = "K", default_value_t = 100)]
    pub batch: u32,
    /// Name of the ledger to append to, created when missing
    #[arg(long, value_name = "NAME", default_value = DEFAULT_LEDGER)]
    pub ledger: String,
    /// Append to a ledger that has events already; what is appended stays
    #[arg(long)]
    pub existing: bool,
    /// Spread events over so many ledgers, named NAME-0, NAME-1 and so on
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub ledgers: u32,
    /// Seconds to measure [default: 10, or until --events are done]
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<u64>,
    /// Stop after so many events
    #[arg(long, value_name = "N")]
    pub events: Option<u64>,
    /// Offer so many events a second, and count latencies from when they were due; not for streams [default: as many as
    /// the daemon takes]
    #[arg(long, value_name = "N")]
    pub rate: Option<u64>,
    /// Query the ledger's projections meanwhile, and measure how fresh they are
    #[arg(long)]
    pub projections: bool,
    /// Seconds of load before measuring starts
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub warm_up: u64,
    /// Bytes of each event's payload, which do not compress; 0 for none
    #[arg(long, value_name = "BYTES", default_value_t = 200)]
    pub payload_bytes: u32,
    /// Seconds between the samples in the report
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    pub sample: u64,
}

/// Checked options of one measurement.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    pub(super) door: Door,
    pub(super) workload: Workload,
    pub(super) in_flight: u32,
    pub(super) connections: u32,
    /// Events in a request; 1 for unary.
    pub(super) batch: u32,
    pub(super) ledgers: Vec<String>,
    /// Whether they may have events already.
    pub(super) takes_existing: bool,
    pub(super) duration: Option<Duration>,
    pub(super) events: Option<u64>,
    pub(super) rate: Option<u64>,
    pub(super) projections: bool,
    pub(super) warm_up: Duration,
    pub(super) payload_bytes: u32,
    pub(super) sample: Duration,
}

impl BenchArguments {
    /// Checks the arguments; `door` is how the daemon is come to.
    pub fn check(self, door: Door) -> Result<BenchOptions, BenchError> {
        let unary = self.workload == Workload::Unary;
        let in_flight = self.in_flight.unwrap_or(if unary { 64 } else { 16 });
        within("--in-flight", in_flight, 1, IN_FLIGHT_MAX)?;
        within(
            "--connections",
            self.connections,
            1,
            CONNECTIONS_MAX.min(in_flight),
        )?;
        within("--batch", self.batch, 1, BATCH_EVENTS_MAX)?;
        within("--ledgers", self.ledgers, 1, LEDGERS_MAX)?;
        within("--payload-bytes", self.payload_bytes, 0, PAYLOAD_BYTES_MAX)?;
        let zero = [self.duration, self.events, self.rate].contains(&Some(0));
        if self.sample == 0 || zero {
            let option = "--sample, --duration, --events, --rate";
            let problem = "must not be 0".into();
            return Err(BenchError::Option { option, problem });
        }
        if self.rate.is_some() && self.workload == Workload::Stream {
            let problem = "streams are not paced: use the workload batch".into();
            let option = "--rate";
            return Err(BenchError::Option { option, problem });
        }
        let duration = match (self.duration, self.events) {
            (None, None) => Some(10),
            (duration, _) => duration,
        };
        let takes_existing = self.existing || self.ledger == DEFAULT_LEDGER;
        let ledgers = match self.ledgers {
            1 => vec![self.ledger],
            count => (0..count)
                .map(|index| format!("{}-{index}", self.ledger))
                .collect(),
        };
        Ok(BenchOptions {
            door,
            workload: self.workload,
            in_flight,
            connections: self.connections,
            batch: if unary { 1 } else { self.batch },
            ledgers,
            takes_existing,
            duration: duration.map(Duration::from_secs),
            events: self.events,
            rate: self.rate,
            projections: self.projections,
            warm_up: Duration::from_secs(self.warm_up),
            payload_bytes: self.payload_bytes,
            sample: Duration::from_secs(self.sample),
        })
    }
}

fn within(option: &'static str, value: u32, least: u32, most: u32) -> Result<(), BenchError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let problem = format!("{value} is not between {least} and {most}");
    Err(BenchError::Option { option, problem })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tonic::transport::Endpoint;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: BenchArguments,
    }

    fn check(line: &[&str]) -> Result<BenchOptions, BenchError> {
        let line = Line::try_parse_from([&["bench"], line].concat()).expect("arguments that parse");
        let endpoint = Endpoint::from_static("http://127.0.0.1:1");
        line.arguments
            .check(Door::new("127.0.0.1:1", endpoint, None))
    }

    #[test]
    fn defaults_follow_the_workload() {
        let unary = check(&[]).expect("valid");
        assert_eq!((unary.in_flight, unary.batch), (64, 1));
        assert_eq!(unary.duration, Some(Duration::from_secs(10)));
        let stream = check(&["stream", "--events", "5"]).expect("valid");
        assert_eq!(
            (stream.in_flight, stream.batch, stream.duration),
            (16, 100, None)
        );
    }

    #[test]
    fn ledgers_are_numbered_when_there_are_several() {
        let options = check(&["--ledgers", "2", "--ledger", "load"]).expect("valid");
        assert_eq!(options.ledgers, ["load-0", "load-1"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            ["--in-flight", "0"],
            ["--connections", "65"],
            ["--batch", "1025"],
            ["--ledgers", "0"],
            ["--duration", "0"],
            ["--rate", "0"],
            ["--sample", "0"],
        ] {
            assert!(
                matches!(check(&line), Err(BenchError::Option { .. })),
                "{line:?}"
            );
        }
    }
}
