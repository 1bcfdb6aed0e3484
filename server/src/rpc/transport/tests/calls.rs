//! Calls of which nothing comes but their headers, and the room that they take.

use super::*;
use crate::{
    limits::{CALL_BYTES, CALLS_OF_A_CONNECTION_FIRST, CALLS_WAITING_MAX, REFUSED_CALLS_READ_MAX},
    rpc::transport::Process,
};

/// Room for so many calls.
const ROOM: usize = 64;

type Call = (ResponseFuture, h2::SendStream<Bytes>);

fn budget() -> Arc<Budget> {
    Budget::new(Buffers {
        calls: ROOM * CALL_BYTES,
        ..BUFFERS
    })
}

/// Begins so many calls, and sends the message of none.
async fn begin(rig: &mut Rig, count: usize) -> Vec<Call> {
    let mut calls = Vec::new();
    for _ in 0..count {
        calls.push(rig.call("AppendStream", false).await);
    }
    calls
}

/// Asserts that all of these are refused for want of room, and when they may be tried again.
async fn assert_refused(calls: impl IntoIterator<Item = Call>) {
    for (answer, _request) in calls {
        let answer = soon("a refusal", answer).await.unwrap();
        let exhausted = (
            Code::ResourceExhausted,
            ErrorReason::BuffersExhausted.name().to_owned(),
        );
        assert_eq!(reason(answer.headers()), exhausted);
        assert!(answer.body().is_end_stream());
        let details = Status::from_header_map(answer.headers()).unwrap();
        let details = details.get_error_details();
        assert!(details.retry_info().unwrap().retry_delay.is_some());
        let metadata = &details.error_info().unwrap().metadata;
        assert_eq!(metadata["budget"], "calls in progress");
    }
}

#[tokio::test]
async fn calls_without_a_message_take_room_until_they_end() {
    let budget = budget();
    let mut rig = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    let mut calls = begin(&mut rig, 2 * ROOM).await;
    // The last one found half of the room free.
    let most = ROOM / 2 + 1;
    assert_refused(calls.split_off(most + CALLS_WAITING_MAX)).await;
    eventually("the others go on", || rig.called() == most).await;
    assert_eq!(budget.calls_taken(), most * CALL_BYTES);
    drop(calls);
    eventually("all room is back", || budget.calls_taken() == 0).await;
    let again = begin(&mut rig, most).await;
    eventually("as many go on again", || rig.called() == 2 * most).await;
    drop(again);
}

#[tokio::test]
async fn no_connection_takes_the_room_for_calls_from_others() {
    let budget = budget();
    let mut hostile = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    let _held = begin(&mut hostile, 4 * ROOM).await;
    eventually("half of the room is taken", || {
        budget.calls_taken() > ROOM / 2 * CALL_BYTES
    })
    .await;
    let mut honest = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    let many = CALLS_OF_A_CONNECTION_FIRST + CALLS_WAITING_MAX;
    let mut calls = begin(&mut honest, many + 1).await;
    assert_refused(calls.split_off(many)).await;
    // Those that can't begin yet wait for those that can.
    a_while().await;
    assert_eq!(honest.called(), CALLS_OF_A_CONNECTION_FIRST);
    for (_answer, request) in &mut calls {
        request.send_data(begun(1), true).unwrap();
    }
    for (answer, _request) in calls {
        let answer = soon("an answer", answer).await.unwrap();
        assert_eq!(reason(answer.headers()).0, Code::Ok);
    }
    assert_eq!(honest.called(), many);
}

/// What waits must not fill the window that the calls before it need.
#[tokio::test]
async fn large_messages_of_calls_that_wait_all_arrive() {
    let budget = budget();
    let mut hostile = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    let _held = begin(&mut hostile, 4 * ROOM).await;
    eventually("half of the room is taken", || {
        budget.calls_taken() > ROOM / 2 * CALL_BYTES
    })
    .await;
    let mut honest = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    let mut sending = Vec::new();
    for _ in 0..CALLS_OF_A_CONNECTION_FIRST + CALLS_WAITING_MAX {
        let (answer, mut request) = honest.call("Append", false).await;
        sending.push(tokio::spawn(async move {
            send_all(&mut request, 300_000).await;
            reason(answer.await.unwrap().headers()).0
        }));
    }
    // The last ones first, so that those that wait fill the window.
    for sent in sending.into_iter().rev() {
        assert_eq!(soon("all arrive", sent).await.unwrap(), Code::Ok);
    }
}

#[tokio::test]
async fn a_call_waits_no_longer_than_for_other_room() {
    let budget = budget();
    let room = Duration::from_millis(80);
    let deadlines = Deadlines {
        room,
        ..deadlines()
    };
    let mut rig = Rig::of(peer(&budget, anybody(), deadlines), 1 << 16).await;
    let mut calls = begin(&mut rig, ROOM / 2 + 2).await;
    assert_refused(calls.split_off(ROOM / 2 + 1)).await;
    assert_eq!(rig.called(), calls.len());
}

#[tokio::test]
async fn the_operator_calls_while_others_have_all_room() {
    let budget = budget();
    let mut held = Vec::new();
    for _ in 0..ROOM / CALLS_OF_A_CONNECTION_FIRST {
        let mut rig = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
        let calls = begin(&mut rig, CALLS_OF_A_CONNECTION_FIRST).await;
        held.push((rig, calls));
    }
    eventually("all room is taken", || {
        budget.calls_taken() == ROOM * CALL_BYTES
    })
    .await;
    let mut other = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    assert_refused(begin(&mut other, 1).await).await;
    let root = Presented::Process(Process {
        user: 0,
        name: None,
        groups: Vec::new(),
    });
    let mut operator = Rig::of(peer(&budget, root, deadlines()), 1 << 16).await;
    let calls = begin(&mut operator, CALLS_OF_A_CONNECTION_FIRST).await;
    eventually("its calls go on", || operator.called() == calls.len()).await;
}

/// A refused request that still comes in is not an error of the peer's, after some of which HTTP/2 would end the connection.
#[tokio::test]
async fn a_client_whose_calls_are_refused_keeps_its_connection() {
    let budget = budget();
    let mut rig = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    let held = begin(&mut rig, ROOM / 2 + 1 + CALLS_WAITING_MAX).await;
    eventually("half of the room is taken", || {
        budget.calls_taken() > ROOM / 2 * CALL_BYTES
    })
    .await;
    for _ in 0..20 {
        let mut refused = begin(&mut rig, REFUSED_CALLS_READ_MAX).await;
        for (_answer, request) in &mut refused {
            request.send_data(begun(1), true).unwrap();
        }
        assert_refused(refused).await;
    }
    drop(held);
    eventually("all room is back", || budget.calls_taken() == 0).await;
    let (answer, mut request) = rig.call("Append", false).await;
    request.send_data(begun(1), true).unwrap();
    assert_eq!(reason(answer.await.unwrap().headers()).0, Code::Ok);
}
