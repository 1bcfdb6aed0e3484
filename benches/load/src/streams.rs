//! The workload of pipelined streams: messages are sent ahead of their acknowledgements.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use indelible_proto::v1::AppendStreamResponse;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status, client::Grpc, codegen::http::uri::PathAndQuery};

use super::{
    codec::{Append, AppendCodec},
    door::Calls,
    load::Load,
    requests::{unexpected_answer, unready},
};

const APPEND_STREAM: &str = "/indelible.v1.LedgerService/AppendStream";

/// Keeps one stream to one ledger busy until the run is over; `window` is how many
/// messages may be unacknowledged. A stream that breaks is counted and replaced.
pub(super) async fn append_stream(load: Arc<Load>, calls: Calls, ledger: usize, window: usize) {
    while !load.tally.is_stopped() {
        match drive_stream(&load, calls.clone(), ledger, window).await {
            Ok(()) => break,
            Err(status) => load.tally.failed(&status).await,
        }
    }
}

async fn drive_stream(
    load: &Load,
    calls: Calls,
    ledger: usize,
    window: usize,
) -> Result<(), Status> {
    let mut client = Grpc::new(calls);
    client.ready().await.map_err(unready)?;
    let (sender, receiver) = mpsc::channel::<Append>(window);
    let mut unacknowledged = VecDeque::with_capacity(window);
    let send_one = |first: bool, unacknowledged: &mut VecDeque<(u32, Instant)>| {
        let Some(count) = load.tally.claim(load.batch) else {
            return false;
        };
        let name = if first {
            load.ledger(ledger)
        } else {
            Default::default()
        };
        unacknowledged.push_back((count, Instant::now()));
        // There is room: no more than the window is ever unacknowledged.
        sender.try_send(load.append(name, count)).is_ok()
    };
    for index in 0..window {
        if !send_one(index == 0, &mut unacknowledged) {
            break;
        }
    }
    if unacknowledged.is_empty() {
        return Ok(());
    }
    let codec = AppendCodec::<AppendStreamResponse>::for_events(load.batch);
    let requests = Request::new(ReceiverStream::new(receiver));
    let path = PathAndQuery::from_static(APPEND_STREAM);
    let mut answers = client.streaming(requests, path, codec).await?.into_inner();
    while let Some(&(count, sent)) = unacknowledged.front() {
        let answer = answers.message().await?;
        let answer = answer.ok_or_else(|| Status::aborted("the daemon ended the stream"))?;
        if answer
            .appended
            .as_ref()
            .is_none_or(|range| range.count != count)
        {
            return Err(unexpected_answer());
        }
        load.tally.acknowledged(count, sent);
        unacknowledged.pop_front();
        send_one(false, &mut unacknowledged);
    }
    Ok(())
}
