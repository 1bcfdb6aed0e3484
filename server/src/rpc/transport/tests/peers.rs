//! Peers that ask for nothing, or for more than HTTP/2 is there for.

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

/// A rig whose client speaks HTTP/2 by hand.
async fn by_hand(frames: &[u8]) -> (tokio::io::DuplexStream, Services, watch::Sender<bool>) {
    use tokio::io::AsyncWriteExt as _;
    let (mut ours, theirs) = tokio::io::duplex(1 << 16);
    let peer = peer(&Budget::new(BUFFERS), anybody(), deadlines());
    let (stop, stopped) = watch::channel(false);
    let services = Services::default();
    let arrival = Arrival {
        accepted: tokio::time::Instant::now(),
        activity: Arc::default(),
        standing: None,
    };
    tokio::spawn(connection::serve(
        theirs,
        arrival,
        peer,
        services.clone(),
        stopped,
    ));
    ours.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    ours.write_all(frames).await.unwrap();
    (ours, services, stop)
}

/// The error code of the GOAWAY with which a connection ends, if it ends soon, and whether it is closed soon.
async fn end_of(mut stream: tokio::io::DuplexStream) -> (Option<u32>, bool) {
    use tokio::io::AsyncReadExt as _;
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_millis(500), stream.read_to_end(&mut bytes));
    let is_closed = read.await.is_ok();
    let mut rest = &bytes[..];
    let mut code = None;
    while let [high, middle, low, kind, _, _, _, _, _, payload @ ..] = rest {
        let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        if *kind == 7 {
            code = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
        rest = &payload[length..];
    }
    (code, is_closed)
}

/// The peer is told at once, and its place stays taken for a while, so that it can't begin anew at will.
#[tokio::test]
async fn settings_without_end_end_the_connection_and_keep_its_place() {
    const CALM: u32 = 0xb;
    // Each changes the first window of streams.
    let settings: Vec<_> = (0..200_u8)
        .flat_map(|value| [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 1, value])
        .collect();
    let (stream, _services, _stop) = by_hand(&settings).await;
    assert_eq!(end_of(stream).await, (Some(CALM), false));
    let (stream, _services, _stop) = by_hand(&settings[..20 * 15]).await;
    assert_eq!(end_of(stream).await, (None, false));
}

#[tokio::test]
async fn a_frame_that_is_not_allowed_keeps_its_place() {
    const PROTOCOL_ERROR: u32 = 1;
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    // DATA on the stream that is the connection.
    let data = [0, 0, 1, 0, 0, 0, 0, 0, 0, 7];
    let (stream, _services, _stop) = by_hand(&[&settings[..], &data].concat()).await;
    assert_eq!(end_of(stream).await, (Some(PROTOCOL_ERROR), false));
}

#[tokio::test]
async fn a_peer_at_fault_is_held_no_longer_than_the_daemon_serves() {
    let settings: Vec<_> = (0..200_u8)
        .flat_map(|value| [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 1, value])
        .collect();
    let (stream, _services, stop) = by_hand(&settings).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    stop.send_replace(true);
    assert!(end_of(stream).await.1);
}

#[tokio::test]
async fn pings_without_end_end_the_connection() {
    use tokio::io::AsyncWriteExt as _;
    const CALM: u32 = 0xb;
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let (stream, _services, _stop) = by_hand(&settings).await;
    let (reading, mut writing) = tokio::io::split(stream);
    let drained = tokio::spawn(async move {
        use tokio::io::AsyncReadExt as _;
        let (mut reading, mut bytes) = (reading, Vec::new());
        let _gone = reading.read_to_end(&mut bytes).await;
        bytes
    });
    let ping = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    let pings = ping.repeat(2 * 256 * 1_024 / ping.len());
    // The connection ends while they are sent.
    let _gone = tokio::time::timeout(LONG / 6, writing.write_all(&pings)).await;
    let bytes = soon("the end", drained).await.unwrap();
    let goaway = bytes.windows(4).any(|window| window == CALM.to_be_bytes());
    assert!(goaway, "the connection ended without a word");
}

/// A client that reads much opens its windows often, and is not restless.
#[tokio::test]
async fn many_honest_calls_never_meet_the_limits_of_frames() {
    let mut rig = Rig::new(1 << 20, deadlines()).await;
    for _ in 0..20 {
        let (answer, _request) = rig.call("ListEvents", true).await;
        assert_eq!(read(answer).await, PAGE_BYTES);
    }
    for _ in 0..5_000 {
        let (answer, mut request) = rig.call("Append", false).await;
        request.send_data(begun(1), true).unwrap();
        assert_eq!(reason(answer.await.unwrap().headers()).0, Code::Ok);
    }
    // One that gives up calls sends a frame for each.
    for _ in 0..5_000 {
        let (answer, request) = rig.call("AppendStream", false).await;
        drop((answer, request));
        tokio::task::yield_now().await;
    }
    assert!(!rig.ended.is_finished());
}
