//! Messages that begin and do not arrive, or are more than there is room for.

use super::*;

#[tokio::test]
async fn a_message_takes_its_room_when_its_length_is_known() {
    let room = Duration::from_millis(150);
    let mut rig = Rig::new(
        1 << 20,
        Deadlines {
            room,
            ..deadlines()
        },
    )
    .await;
    let length = REQUEST_BYTES_MAX - 1;
    let fit = CONNECTION_MESSAGE_BYTES_MAX / length;
    let mut calls = Vec::new();
    for _ in 0..3 * fit {
        let (answer, mut request) = rig.call("AppendStream", false).await;
        request.send_data(begun(length), false).unwrap();
        calls.push((answer, request));
    }
    eventually("some have room", || {
        rig.peer.share.messages_taken() == fit * length
    })
    .await;
    // The others waited for room, and are told that there is none.
    let full = (
        Code::ResourceExhausted,
        ErrorReason::BuffersExhausted.name().to_owned(),
    );
    for (answer, _request) in calls.split_off(fit) {
        let answer = soon("a refusal", answer).await.unwrap();
        assert_eq!(reason(answer.headers()), full);
    }
    assert_eq!(rig.peer.share.messages_taken(), fit * length);
    drop(calls);
    eventually("all room is back", || rig.peer.share.messages_taken() == 0).await;
}

/// More messages than fit at once, all of them honest: those that wait must not keep the others from arriving.
#[tokio::test]
async fn large_messages_beyond_the_room_of_a_connection_all_arrive() {
    let mut rig = Rig::new(1 << 20, deadlines()).await;
    let length = REQUEST_BYTES_MAX - 1;
    let mut sending = Vec::new();
    for _ in 0..4 * CONNECTION_MESSAGE_BYTES_MAX / length {
        let (answer, mut request) = rig.call("Append", false).await;
        sending.push(tokio::spawn(async move {
            send_all(&mut request, length).await;
            let answer = answer.await.unwrap();
            reason(answer.headers()).0
        }));
    }
    for sent in sending {
        assert_eq!(soon("all arrive", sent).await.unwrap(), Code::Ok);
    }
    eventually("all room is back", || rig.peer.share.messages_taken() == 0).await;
}

#[tokio::test]
async fn a_message_that_does_not_arrive_is_given_up() {
    let message = Duration::from_millis(60);
    let mut rig = Rig::new(
        1 << 20,
        Deadlines {
            message,
            ..deadlines()
        },
    )
    .await;
    let late = (
        Code::DeadlineExceeded,
        ErrorReason::MessageLate.name().to_owned(),
    );
    // The one message of a call, of which nothing comes; and a message of a stream that does not go on.
    let (answer, _request) = rig.call("Append", false).await;
    let answer = soon("the end", answer).await.unwrap();
    assert_eq!(reason(answer.headers()), late);
    let (answer, mut request) = rig.call("AppendStream", false).await;
    request.send_data(begun(100), false).unwrap();
    let answer = soon("the end", answer).await.unwrap();
    assert_eq!(reason(answer.headers()), late);
    // A stream of which no message has begun is honest.
    let (answer, mut request) = rig.call("AppendStream", false).await;
    tokio::time::sleep(3 * message).await;
    request.send_data(begun(1), true).unwrap();
    assert_eq!(reason(answer.await.unwrap().headers()).0, Code::Ok);
}
