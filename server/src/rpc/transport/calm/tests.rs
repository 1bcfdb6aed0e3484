//! Frames that are counted and held back, whatever pieces they come in.

use super::{
    frames::{ACK, DATA, GOAWAY, HEAD_BYTES, HEADERS, SETTINGS, Seen},
    *,
};

fn frame(kind: u8, flags: u8, payload: usize) -> Vec<u8> {
    let mut bytes = (payload as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags, 0, 0, 0, 1]);
    bytes.resize(HEAD_BYTES + payload, SETTINGS);
    bytes
}

/// However a connection is cut, each frame is counted once, and nothing that a frame carries is taken for one.
#[test]
fn frames_are_counted_wherever_the_connection_is_cut() {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    for (kind, flags, payload) in [
        (SETTINGS, 0, 6),
        (SETTINGS, ACK, 0),
        (HEADERS, 4, 50),
        (DATA, 0, 70_000),
        (DATA, 0, 0),
        (8, 0, 4),
        (SETTINGS, 0, 12),
        (GOAWAY, 0, 20),
    ] {
        bytes.extend(frame(kind, flags, payload));
    }
    for piece in [1, 2, 7, 8, 9, 10, 1_000, bytes.len()] {
        let (mut frames, mut all) = (Frames::after(PREFACE_BYTES), Seen::default());
        for piece in bytes.chunks(piece) {
            let (seen, passed) = frames.advance(piece, usize::MAX);
            assert_eq!(passed, piece.len());
            all.begun += seen.begun;
            all.settings += seen.settings;
            all.of_calls += seen.of_calls;
            all.control_bytes += seen.control_bytes;
            all.call_bytes += seen.call_bytes;
            all.tells_of_a_fault |= seen.tells_of_a_fault;
        }
        let expected = Seen {
            settings: 2,
            begun: 1,
            of_calls: 2,
            control_bytes: 9 + 13 + 29,
            call_bytes: 70_000,
            tells_of_a_fault: true,
        };
        assert_eq!(all, expected, "{piece}");
    }
}

#[test]
fn a_goaway_without_an_error_tells_of_no_fault() {
    let mut bytes = frame(GOAWAY, 0, 8);
    bytes[HEAD_BYTES + 4..].fill(0);
    let (seen, _passed) = Frames::after(0).advance(&bytes, usize::MAX);
    assert!(!seen.tells_of_a_fault);
}

/// Bytes without end.
struct Endless;

impl AsyncRead for Endless {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // One frame of DATA is longer than all of it.
        buffer.put_slice(&[255; 4_096]);
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn others_have_their_turn_while_a_peer_sends_without_end() {
    let mut measured = Measured::new(Endless);
    measured.read = Frames::after(usize::MAX);
    let turns = std::future::poll_fn(|context| {
        let mut turn = 0;
        loop {
            let mut scrap = [0; 4_096];
            let mut buffer = ReadBuf::new(&mut scrap);
            match Pin::new(&mut measured).poll_read(context, &mut buffer) {
                Poll::Ready(read) => read.unwrap(),
                Poll::Pending => return Poll::Ready(turn),
            }
            turn += buffer.filled().len();
            assert!(turn < 4 * TURN_BYTES_MAX, "nobody else has a turn");
        }
    });
    assert_eq!(turns.await, TURN_BYTES_MAX);
}

/// What a peer has sent, all at once.
struct Sent(Vec<u8>);

impl AsyncRead for Sent {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = self.0.len().min(buffer.remaining());
        buffer.put_slice(&self.0[..bytes]);
        self.0.drain(..bytes);
        Poll::Ready(Ok(()))
    }
}

fn idle() -> Context<'static> {
    Context::from_waker(std::task::Waker::noop())
}

/// Reads until nothing comes through, in pieces of this size.
fn all_that_comes(measured: &mut Measured<Sent>, piece: usize) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let mut scrap = vec![0; piece];
        let mut buffer = ReadBuf::new(&mut scrap);
        let turn_was_over = measured.turn >= TURN_BYTES_MAX;
        match Pin::new(&mut *measured).poll_read(&mut idle(), &mut buffer) {
            Poll::Ready(read) => read.unwrap(),
            Poll::Pending if turn_was_over => continue,
            Poll::Pending => return all,
        }
        if buffer.filled().is_empty() {
            return all;
        }
        all.extend_from_slice(buffer.filled());
    }
}

/// Calls without end, each with a little data.
fn calls(count: usize) -> (Vec<u8>, usize) {
    let one = [frame(HEADERS, 4, 20), frame(DATA, 0, 7)].concat();
    (one.repeat(count), one.len())
}

/// h2 begins no more calls than are taken of it, and in the end everything has come through as it was sent.
#[test]
fn calls_come_through_a_few_at_a_time() {
    const CALLS: usize = 300;
    for piece in [1, 8, 10, 36, 100, 8_192] {
        let (bytes, one) = calls(CALLS);
        let preface = vec![7; PREFACE_BYTES];
        let bytes = [preface, bytes].concat();
        let mut measured = Measured::new(Sent(bytes.clone()));
        let (begun, mut all) = (measured.begun(), Vec::new());
        for _ in 0..=CALLS {
            let come = all_that_comes(&mut measured, piece);
            // Of a head that came in pieces the first ones may be through.
            let most = (CALLS_BEGUN_IN_A_TURN_MAX + 1) * one + PREFACE_BYTES;
            assert!(come.len() <= most, "{piece}: {}", come.len());
            all.extend(come);
            begun.all_taken();
        }
        assert!(all == bytes, "{piece}");
    }
}
