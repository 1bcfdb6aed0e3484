//! Calls of which nothing comes but their headers, and the room that they take.

use super::*;
use crate::{
    limits::{
        CALL_BYTES, CALLS_OF_A_CONNECTION_ALWAYS, CALLS_OF_A_CONNECTION_FIRST,
        CALLS_WAITING_ALWAYS, CALLS_WAITING_FIRST, CALLS_WAITING_MAX, REFUSED_CALLS_READ_FIRST,
        REFUSED_CALLS_READ_MAX, WAITING_CALL_BYTES,
    },
    rpc::transport::{Process, budget::calls::Entry},
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

/// Connections that have all of the room, with their calls.
async fn all_room_taken(budget: &Arc<Budget>) -> Vec<(Rig, Vec<Call>)> {
    let mut held = Vec::new();
    for _ in 0..ROOM / CALLS_OF_A_CONNECTION_FIRST {
        let mut rig = Rig::of(peer(budget, anybody(), deadlines()), 1 << 16).await;
        let calls = begin(&mut rig, CALLS_OF_A_CONNECTION_FIRST).await;
        held.push((rig, calls));
    }
    eventually("all room is taken", || {
        budget.calls_taken() == ROOM * CALL_BYTES
    })
    .await;
    held
}

#[tokio::test]
async fn nobody_is_kept_out_by_others_who_have_all_room() {
    let budget = budget();
    let _held = all_room_taken(&budget).await;
    let mut honest = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    let many = CALLS_OF_A_CONNECTION_ALWAYS + CALLS_WAITING_MAX;
    let mut calls = begin(&mut honest, many + 1).await;
    assert_refused(calls.split_off(many)).await;
    a_while().await;
    assert_eq!(honest.called(), CALLS_OF_A_CONNECTION_ALWAYS);
    for (_answer, request) in &mut calls {
        request.send_data(begun(1), true).unwrap();
    }
    for (answer, _request) in calls {
        let answer = soon("an answer", answer).await.unwrap();
        assert_eq!(reason(answer.headers()).0, Code::Ok);
    }
}

#[tokio::test]
async fn the_operator_calls_while_others_have_all_room() {
    let budget = budget();
    let _held = all_room_taken(&budget).await;
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
    // HTTP/2 puts up with some thousand requests of which it may read nothing more, and then ends the connection.
    for _ in 0..400 {
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

/// Refused requests that never end are read of few calls, and for a while.
#[tokio::test]
async fn refused_calls_of_which_nothing_comes_are_read_up_to_a_fixed_number() {
    let budget = budget();
    let mut rig = Rig::of(peer(&budget, anybody(), deadlines()), 1 << 16).await;
    let _held = begin(&mut rig, ROOM / 2 + 1 + CALLS_WAITING_MAX).await;
    eventually("half of the room is taken", || {
        budget.calls_taken() > ROOM / 2 * CALL_BYTES
    })
    .await;
    let refused = begin(&mut rig, 2 * REFUSED_CALLS_READ_MAX).await;
    let read = || rig.peer.share.refused_calls_read();
    eventually("some are read", || read() == REFUSED_CALLS_READ_MAX).await;
    assert_refused(refused).await;
    assert!(read() <= REFUSED_CALLS_READ_MAX);
    eventually("they are given up", || read() == 0).await;
    let waiting = CALLS_WAITING_MAX * WAITING_CALL_BYTES;
    assert_eq!(budget.waiting_calls_taken(), waiting);
}

/// Many connections together have no more calls waiting, or refused and read, than there is room for, and each has some.
#[test]
fn calls_of_many_connections_wait_while_there_is_room_for_that() {
    let waiting = 2 * CALLS_WAITING_MAX;
    let budget = Budget::new(Buffers {
        calls: 3 * CALLS_OF_A_CONNECTION_FIRST * CALL_BYTES,
        waiting_calls: waiting * WAITING_CALL_BYTES,
        ..BUFFERS
    });
    let shares: Vec<_> = (0..5).map(|_| Share::of(&budget, false)).collect();
    let mut held = Vec::new();
    for share in &shares[..3] {
        held.extend((0..CALLS_OF_A_CONNECTION_FIRST).map(|_| share.entry()));
    }
    assert!(held.iter().all(|entry| matches!(entry, Entry::Begins(_))));
    let mut wait = |share: &Arc<Share>| {
        let entries: Vec<_> = (0..2 * CALLS_WAITING_MAX).map(|_| share.entry()).collect();
        let waits = entries
            .iter()
            .filter(|entry| matches!(entry, Entry::Waits(_)));
        let waits = waits.count();
        held.extend(entries);
        waits
    };
    // The first finds half of the room free until it has all that one may have, and the next have what each may in any case.
    let first = CALLS_WAITING_FIRST;
    assert_eq!(wait(&shares[0]), CALLS_WAITING_MAX);
    assert!((first..=first + 1).contains(&wait(&shares[1])));
    assert!((first..=first + 1).contains(&wait(&shares[2])));
    // Where all of the room is taken, a few of each connection's may wait.
    let _rest = wait(&shares[3]);
    assert_eq!(wait(&shares[4]), CALLS_WAITING_ALWAYS);
    let taken = budget.waiting_calls_taken();
    let read: Vec<_> = std::iter::from_fn(|| shares[1].try_read_refused()).collect();
    assert_eq!(
        read.len(),
        REFUSED_CALLS_READ_FIRST,
        "calls that wait go first"
    );
    assert_eq!(budget.waiting_calls_taken(), taken);
    drop((held, read));
    assert_eq!(budget.waiting_calls_taken(), 0);
    let read: Vec<_> = std::iter::from_fn(|| shares[1].try_read_refused()).collect();
    assert_eq!(read.len(), REFUSED_CALLS_READ_MAX);
}
