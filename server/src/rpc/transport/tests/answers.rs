//! Answers that are not read, or slowly.

use super::*;

#[tokio::test]
async fn no_page_is_made_while_earlier_ones_of_the_connection_are_unread() {
    let mut rig = Rig::new(0, deadlines()).await;
    let mut calls = Vec::new();
    for _ in 0..20 {
        calls.push(rig.call("ListEvents", true).await);
    }
    let fit = CONNECTION_ANSWER_BYTES_MAX / PAGE_BYTES;
    eventually("the first pages are made", || rig.called() >= 2).await;
    a_while().await;
    assert!(rig.called() <= fit, "{} pages are made", rig.called());
    assert!(rig.peer.share.answers_taken() <= CONNECTION_ANSWER_BYTES_MAX);
    // Whoever reads gets all of them.
    rig.open.notify_one();
    for (answer, _) in calls {
        assert_eq!(read(answer).await, PAGE_BYTES);
    }
    eventually("all room is back", || rig.peer.share.answers_taken() == 0).await;
}

#[tokio::test]
async fn an_answer_that_is_not_read_ends_and_says_so() {
    let stall = Duration::from_millis(80);
    let mut rig = Rig::new(
        0,
        Deadlines {
            stall,
            ..deadlines()
        },
    )
    .await;
    let (answer, _request) = rig.call("ListEvents", true).await;
    let mut body = answer.await.unwrap().into_body();
    assert!(rig.peer.share.answers_taken() >= PAGE_BYTES);
    let trailers = poll_fn(|context| body.poll_trailers(context));
    let trailers = soon("the end", trailers).await.unwrap().unwrap();
    let unread = (
        Code::DeadlineExceeded,
        ErrorReason::AnswerUnread.name().to_owned(),
    );
    assert_eq!(reason(&trailers), unread);
    eventually("its room is back", || rig.peer.share.answers_taken() == 0).await;
}

/// Progress is what counts, not the time that an answer takes.
#[tokio::test]
async fn an_answer_that_is_read_slowly_arrives() {
    let stall = Duration::from_millis(300);
    let mut rig = Rig::new(
        100_000,
        Deadlines {
            stall,
            ..deadlines()
        },
    )
    .await;
    let (answer, _request) = rig.call("ListEvents", true).await;
    let mut body = answer.await.unwrap().into_body();
    let (begun, mut bytes) = (Instant::now(), 0);
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        bytes += data.len();
        tokio::time::sleep(Duration::from_millis(10)).await;
        body.flow_control().release_capacity(data.len()).unwrap();
    }
    assert_eq!(bytes, PAGE_BYTES);
    assert!(begun.elapsed() > stall, "it was not slow");
}

#[tokio::test]
async fn a_call_that_is_given_up_gives_its_room_back() {
    let mut rig = Rig::new(0, deadlines()).await;
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(rig.call("ListEvents", true).await);
    }
    eventually("pages wait", || {
        rig.peer.share.answers_taken() >= PAGE_BYTES
    })
    .await;
    drop(calls);
    eventually("all room is back", || rig.peer.share.answers_taken() == 0).await;
}

/// Work on another thread goes on without its client, and fills memory until it ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(
    clippy::await_holding_lock,
    reason = "the work on the other thread goes on for as long as this is held"
)]
async fn the_work_of_a_call_that_is_given_up_keeps_its_room() {
    let mut rig = Rig::new(0, deadlines()).await;
    let work = Arc::clone(&rig.services.work);
    let working = work.lock().unwrap();
    let call = rig.call("GetRecord", true).await;
    eventually("it works", || rig.called() == 1).await;
    drop(call);
    a_while().await;
    assert!(rig.peer.share.answers_taken() > 0);
    drop(working);
    eventually("all room is back", || rig.peer.share.answers_taken() == 0).await;
}
