//! One run from start to end: connect, load, sample, report.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, task::JoinSet, time};

use super::{
    door::Calls,
    errors::BenchError,
    events::EventWriter,
    ledgers::{connect, create_missing, look_up},
    load::Load,
    options::{BenchOptions, Workload},
    projections::Freshness,
    report::{BenchReport, Latency, LedgerState},
    requests::{append_batches, append_singly},
    streams::append_stream,
};

/// How long requests in flight may take to end after the measurement.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);

/// How far a run has come, for a display.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Since the load began.
    pub elapsed: Duration,
    /// Events acknowledged so far, warm-up included.
    pub events: u64,
}

/// Measures a daemon.
pub async fn run(options: BenchOptions) -> Result<BenchReport, BenchError> {
    run_with_progress(options, |_| ()).await
}

/// Measures a daemon, and reports progress with every sample.
///
/// The load runs on one thread of its own: on a machine that it shares with the
/// daemon, more threads would mostly pass work between cores.
pub async fn run_with_progress(
    options: BenchOptions,
    progress: impl FnMut(Progress) + Send + 'static,
) -> Result<BenchReport, BenchError> {
    let (sender, report) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new().name("bench".into()).spawn(move || {
        // The receiver is gone only when nobody wants the report any more.
        let _ = sender.send(runtime.block_on(measure(options, progress)));
    })?;
    report.await.map_err(|_| BenchError::Ended)?
}

async fn measure(
    options: BenchOptions,
    progress: impl FnMut(Progress),
) -> Result<BenchReport, BenchError> {
    let connections = connect(&options).await?;
    create_missing(&connections[0], &options).await?;
    let seed = getrandom::u64().map_err(std::io::Error::other)?;
    let events = EventWriter::new(options.payload_bytes as usize, seed);
    let mut report = BenchReport::of_options(&options, events.event_bytes());
    let load = Arc::new(Load::new(&options, events));

    let freshness = options.projections.then(|| Arc::new(Freshness::new()));
    let mut tasks = start_tasks(&options, &load, &connections);
    if let Some(freshness) = &freshness {
        let calls = options.door.open().await?;
        let (watched, load) = (Arc::clone(freshness), Arc::clone(&load));
        tasks.spawn(watched.watch(load, calls, options.ledgers[0].clone()));
    }
    sample(
        &options,
        &load,
        &connections[0],
        &mut tasks,
        &mut report,
        progress,
    )
    .await?;
    // What is still in flight after that long is cut off with its connection.
    let _ = time::timeout(DRAIN_TIME_MAX, async {
        while tasks.join_next().await.is_some() {}
    })
    .await;

    report.events_total = load.tally.total();
    report.latency = Latency::of(&load.tally.latencies);
    report.failures = load.tally.failures();
    report.projections = freshness.map(|freshness| freshness.lag());
    note_ledger(&options, &connections[0], &mut report.ledger).await?;
    Ok(report)
}

fn start_tasks(options: &BenchOptions, load: &Arc<Load>, connections: &[Calls]) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let streams = connections.len().max(options.ledgers.len());
    let tasks_count = match options.workload {
        Workload::Unary | Workload::Batch => options.in_flight as usize,
        Workload::Stream => streams,
    };
    let window = (options.in_flight as usize / streams).max(1);
    for index in 0..tasks_count {
        let (load, calls) = (
            Arc::clone(load),
            connections[index % connections.len()].clone(),
        );
        match options.workload {
            Workload::Unary => tasks.spawn(append_singly(load, calls)),
            Workload::Batch => tasks.spawn(append_batches(load, calls)),
            Workload::Stream => tasks.spawn(append_stream(load, calls, index, window)),
        };
    }
    tasks
}

/// Warms up, then measures until time or events are over, noting a sample each interval.
async fn sample(
    options: &BenchOptions,
    load: &Load,
    calls: &Calls,
    tasks: &mut JoinSet<()>,
    report: &mut BenchReport,
    mut progress: impl FnMut(Progress),
) -> Result<(), BenchError> {
    let begun = Instant::now();
    time::sleep(options.warm_up).await;
    load.tally.start_measuring();
    let start = Instant::now();
    let end = options.duration.map(|duration| start + duration);
    let (mut sampled_at, mut sampled) = (start, 0);
    loop {
        let tick = sampled_at + options.sample;
        let until = end.map_or(tick, |end| end.min(tick));
        let finished = tokio::select! {
            () = time::sleep_until(until.into()) => false,
            () = all_done(tasks) => true,
        };
        let (now, events) = (Instant::now(), load.tally.measured());
        report.seconds = (now - start).as_secs_f64();
        report.events = events;
        let ended = finished || load.tally.is_stopped() || end.is_some_and(|end| now >= end);
        if ended {
            load.tally.stop();
        }
        let seconds = (now - sampled_at).as_secs_f64();
        // A short rest at the end says nothing of its own.
        if seconds * 2.0 >= options.sample.as_secs_f64() || report.samples.is_empty() {
            report
                .samples
                .push(((events - sampled) as f64 / seconds).round());
        }
        (sampled_at, sampled) = (now, events);
        progress(Progress {
            elapsed: now - begun,
            events: load.tally.total(),
        });
        if ended {
            report.events_per_second = events as f64 / report.seconds;
            return Ok(());
        }
        note_ledger(options, calls, &mut report.ledger).await?;
    }
}

/// Ends when every task has ended by itself.
async fn all_done(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

async fn note_ledger(
    options: &BenchOptions,
    calls: &Calls,
    state: &mut LedgerState,
) -> Result<(), BenchError> {
    let ledger = look_up(calls, &options.ledgers[0]).await?;
    let lag = ledger.size.saturating_sub(ledger.indexed_size);
    *state = LedgerState {
        size: ledger.size,
        indexed_size: ledger.indexed_size,
        published_size: ledger.published_size,
        index_lag_max: state.index_lag_max.max(lag),
    };
    Ok(())
}
