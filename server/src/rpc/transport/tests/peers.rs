//! Peers that ask for nothing.

use super::*;

#[tokio::test]
async fn a_peer_that_asks_for_nothing_is_sent_away() {
    let first_request = Duration::from_millis(60);
    let rig = Rig::new(
        1 << 20,
        Deadlines {
            first_request,
            ..deadlines()
        },
    )
    .await;
    let ended = soon("the end", rig.ended).await.unwrap().unwrap_err();
    assert_eq!(ended.reason(), Some(h2::Reason::ENHANCE_YOUR_CALM));
}

#[tokio::test]
async fn a_peer_that_has_asked_once_may_be_quiet() {
    let first_request = Duration::from_millis(60);
    let mut rig = Rig::new(
        1 << 20,
        Deadlines {
            first_request,
            ..deadlines()
        },
    )
    .await;
    for _ in 0..2 {
        let (answer, _request) = rig.call("ListEvents", true).await;
        assert_eq!(read(answer).await, PAGE_BYTES);
        tokio::time::sleep(2 * first_request).await;
    }
    assert!(!rig.ended.is_finished());
}
