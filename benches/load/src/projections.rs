//! How fresh the projections are under load: a query is asked over and over, and must hold for all that was durable
//! when it was asked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    QueryProjectionRequest, compliance_service_client::ComplianceServiceClient,
};
use tokio::time;
use tonic::Status;

use super::{
    door::Calls,
    histogram::Histogram,
    ledgers::look_up,
    load::Load,
    report::{Latency, ProjectionLag},
};

/// What is asked for: any table shows how far all projections are.
const TABLE: &str = "records.by_type";
/// Between an answer and the next question.
const PAUSE: Duration = Duration::from_millis(10);

/// What the questions came to so far.
pub(super) struct Freshness {
    latencies: Histogram,
    behind: AtomicU64,
}

impl Freshness {
    pub(super) fn new() -> Self {
        Self {
            latencies: Histogram::new(),
            behind: AtomicU64::new(0),
        }
    }

    pub(super) fn lag(&self) -> ProjectionLag {
        ProjectionLag {
            answers: self.latencies.count(),
            behind: self.behind.load(Relaxed),
            latency: Latency::of(&self.latencies),
        }
    }

    /// Asks until the run is over, and counts once it is measured.
    pub(super) async fn watch(self: Arc<Self>, load: Arc<Load>, calls: Calls, ledger: String) {
        let mut client = ComplianceServiceClient::new(calls.clone());
        while !load.tally.is_stopped() {
            let asked = Instant::now();
            match self.ask(&mut client, &calls, &ledger).await {
                Ok(is_behind) if load.tally.measured() > 0 => {
                    self.latencies.record(asked.elapsed());
                    self.behind.fetch_add(is_behind.into(), Relaxed);
                }
                Ok(_) => {}
                Err(status) => load.tally.failed(&status).await,
            }
            time::sleep(PAUSE).await;
        }
    }

    async fn ask(
        &self,
        client: &mut ComplianceServiceClient<Calls>,
        calls: &Calls,
        ledger: &str,
    ) -> Result<bool, Status> {
        let durable = look_up(calls, ledger)
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?
            .size;
        let request = QueryProjectionRequest {
            ledger: ledger.to_owned(),
            table: TABLE.to_owned(),
            ..Default::default()
        };
        let answer = client.query_projection(request).await?.into_inner();
        let held_for = answer.coverage.map_or(0, |holds| holds.size);
        Ok(held_for < durable)
    }
}
