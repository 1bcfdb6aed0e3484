//! Appends to an UmaDB server through its own client and prints, as JSON, how fast it answered.
//!
//! `umadb-load URL CLIENTS BATCH SECONDS WARM_UP_SECONDS`: each client is a connection
//! of its own that waits for one append before it sends the next. Events carry 200
//! bytes that do not compress and one of 1,000 tags.

use std::{
    env,
    error::Error,
    process::ExitCode,
    time::{Duration, Instant},
};

use umadb_client::UmaDbClient;
use umadb_dcb::{DcbEvent, DcbEventStoreAsync};

const PAYLOAD_BYTES: usize = 200;
const TAGS: u64 = 1_000;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("umadb-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, clients, batch, seconds, warm_up] = arguments.as_slice() else {
        return Err("usage: umadb-load URL CLIENTS BATCH SECONDS WARM_UP_SECONDS".into());
    };
    let (clients, batch): (u64, usize) = (clients.parse()?, batch.parse()?);
    let seconds = Duration::from_secs(seconds.parse()?);
    let warm_up = Duration::from_secs(warm_up.parse()?);
    // One thread, as our own load generator has.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut latencies = runtime.block_on(drive(url, clients, batch, warm_up, seconds))?;
    latencies.sort_unstable();
    let events = latencies.len() * batch;
    let quantile = |share: f64| {
        let index = (latencies.len() as f64 * share).ceil() as usize;
        let latency = latencies
            .get(index.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        latency.as_secs_f64() * 1e3
    };
    let report = serde_json::json!({
        "in_flight": clients,
        "batch": batch,
        "events": events,
        "seconds": seconds.as_secs_f64(),
        "events_per_second": events as f64 / seconds.as_secs_f64(),
        "latency": {
            "p50_ms": quantile(0.5), "p90_ms": quantile(0.9), "p99_ms": quantile(0.99),
            "p999_ms": quantile(0.999), "max_ms": quantile(1.0),
        },
    });
    println!("{report}");
    Ok(())
}

/// The latencies of all appends that were answered between warm-up and end.
async fn drive(
    url: &str,
    clients: u64,
    batch: usize,
    warm_up: Duration,
    seconds: Duration,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(UmaDbClient::new(url.to_owned()).connect_async().await?);
    }
    let start = Instant::now() + warm_up;
    let end = start + seconds;
    let mut tasks = tokio::task::JoinSet::new();
    for (index, client) in (0..).zip(connections) {
        tasks.spawn(async move {
            let mut random = Random(index);
            let mut latencies = Vec::with_capacity(1 << 12);
            loop {
                let events = (0..batch).map(|_| event(&mut random)).collect();
                let sent = Instant::now();
                client.append(events, None, None).await?;
                let now = Instant::now();
                if now >= end {
                    return Ok::<_, umadb_dcb::DcbError>(latencies);
                }
                if now >= start {
                    latencies.push(now - sent);
                }
            }
        });
    }
    let mut all = Vec::new();
    while let Some(latencies) = tasks.join_next().await {
        all.extend(latencies??);
    }
    Ok(all)
}

fn event(random: &mut Random) -> DcbEvent {
    let mut data = Vec::with_capacity(PAYLOAD_BYTES);
    while data.len() < PAYLOAD_BYTES {
        data.extend_from_slice(&random.next().to_le_bytes());
    }
    DcbEvent {
        event_type: "com.example.payment.step-1.v1".into(),
        tags: vec![format!("account/{:06}", random.next() % TAGS)],
        data,
        uuid: None,
        metadata: Vec::new(),
    }
}

/// SplitMix64: quick and even, which is all that a benchmark's payload needs.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}
