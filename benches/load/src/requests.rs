//! The workloads of single calls: one event, or one batch, in each.

use std::{sync::Arc, time::Instant};

use indelible_proto::v1::{AppendBatchResponse, AppendResponse};
use prost::Message;
use tonic::{Request, Status, client::Grpc, codegen::http::uri::PathAndQuery};

use super::{codec::AppendCodec, door::Calls, load::Load};

const APPEND: &str = "/indelible.v1.LedgerService/Append";
const APPEND_BATCH: &str = "/indelible.v1.LedgerService/AppendBatch";

/// Appends one event at a time until the run is over.
pub(super) async fn append_singly(load: Arc<Load>, calls: Calls) {
    let whole = |answer: &AppendResponse, _count: u32| {
        answer
            .acknowledgement
            .as_ref()
            .is_some_and(|one| !one.repeat)
    };
    call_repeatedly(load, calls, PathAndQuery::from_static(APPEND), whole).await;
}

/// Appends one batch at a time until the run is over.
pub(super) async fn append_batches(load: Arc<Load>, calls: Calls) {
    let whole = |answer: &AppendBatchResponse, count: u32| {
        answer
            .appended
            .as_ref()
            .is_some_and(|range| range.count == count)
    };
    call_repeatedly(load, calls, PathAndQuery::from_static(APPEND_BATCH), whole).await;
}

async fn call_repeatedly<R: Message + Default + 'static>(
    load: Arc<Load>,
    calls: Calls,
    path: PathAndQuery,
    whole: impl Fn(&R, u32) -> bool,
) {
    let mut client = Grpc::new(calls);
    while let Some(count) = load.tally.claim(load.batch) {
        let request = load.append_to_next_ledger(count);
        let sent = match &load.pace {
            Some(pace) => pace.due(count).await,
            None => Instant::now(),
        };
        let answer = match client.ready().await {
            Ok(()) => {
                let codec = AppendCodec::<R>::for_events(count);
                client
                    .unary(Request::new(request), path.clone(), codec)
                    .await
            }
            Err(error) => Err(unready(error)),
        };
        match answer {
            Ok(answer) if whole(answer.get_ref(), count) => load.tally.acknowledged(count, sent),
            Ok(_) => load.tally.failed(&unexpected_answer()).await,
            Err(status) => load.tally.failed(&status).await,
        }
    }
}

/// What is counted when an answer does not acknowledge just what was sent.
pub(super) fn unexpected_answer() -> Status {
    Status::data_loss("the answer does not acknowledge what was sent")
}

/// What is counted when a connection takes no call.
pub(super) fn unready(problem: impl std::fmt::Display) -> Status {
    Status::unavailable(problem.to_string())
}
