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

/// The pieces of a page are parts of one buffer, so that its last byte keeps all of it.
#[tokio::test]
async fn a_page_keeps_its_room_until_its_last_byte_is_sent() {
    for method in ["ListEvents", "QueryProjection"] {
        let all_but_one = u32::try_from(PAGE_BYTES - 1).unwrap();
        let mut rig = Rig::new(all_but_one, deadlines()).await;
        let mut calls = Vec::new();
        for _ in 0..20 {
            calls.push(rig.call(method, true).await);
        }
        let fit = CONNECTION_ANSWER_BYTES_MAX / PAGE_BYTES;
        eventually("the first pages are made", || rig.called() >= 2).await;
        a_while().await;
        let made = rig.called();
        assert!(made <= fit, "{method}: {made} pages are made");
        assert!(rig.peer.share.answers_taken() >= made * PAGE_BYTES);
        drop(calls);
        eventually("all room is back", || rig.peer.share.answers_taken() == 0).await;
    }
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

/// Making a page takes several times what it has in the end, whoever asks for it, and whether or not somebody still waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(
    clippy::await_holding_lock,
    reason = "the pages are being made for as long as this is held"
)]
async fn few_pages_are_made_at_once_and_the_others_wait() {
    const PAGES: usize = 6;
    let (budget, made, begun) = (
        Budget::new(BUFFERS),
        Arc::new(Mutex::new(())),
        Arc::new(AtomicUsize::new(0)),
    );
    let making = made.lock().unwrap();
    let call = || {
        let room = Room::new(Share::of(&budget, false));
        let (made, begun) = (Arc::clone(&made), Arc::clone(&begun));
        tokio::spawn(async move {
            let turn = room.page().await;
            let work = move || {
                begun.fetch_add(1, Ordering::SeqCst);
                drop(made.lock());
                Ok(())
            };
            making_page(turn, work).await
        })
    };
    let at_once = BUFFERS.pages_at_once;
    let first: Vec<_> = (0..at_once).map(|_| call()).collect();
    let begun = || begun.load(Ordering::SeqCst);
    eventually("some are made", || begun() == at_once).await;
    let others: Vec<_> = (at_once..PAGES).map(|_| call()).collect();
    a_while().await;
    assert_eq!(begun(), at_once);
    // What is being made for those who gave up is being made still.
    first.iter().for_each(JoinHandle::abort);
    a_while().await;
    assert_eq!(begun(), at_once);
    drop(making);
    for other in others {
        soon("another one", other).await.unwrap().unwrap();
    }
    assert_eq!(begun(), PAGES);
}
