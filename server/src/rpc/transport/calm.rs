//! What a peer may make HTTP/2 do besides calls, and how much is read of it in one turn.
//!
//! A frame of a few bytes can cost much: SETTINGS that change the first window of streams make h2 look at every stream. h2
//! limits neither these nor PING, PRIORITY and WINDOW_UPDATE, and reads on for as long as something comes. So frames are
//! counted here, on their way to h2, by their heads alone.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::Instant,
};

use crate::limits::{
    CONTROL_BYTES_AT_ONCE_MAX, CONTROL_BYTES_PER_CALL_FRAME, CONTROL_BYTES_PER_SECOND_MAX,
    SETTINGS_AT_ONCE_MAX, SETTINGS_PER_SECOND_MAX, TURN_BYTES_MAX,
};

/// What a client says first (RFC 9113 section 3.4).
const PREFACE_BYTES: usize = 24;
/// The head of a frame (RFC 9113 section 4.1).
const HEAD_BYTES: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;
/// The flag of SETTINGS that only say that the peer's were seen.
const ACK: u8 = 1;

/// A connection's bytes, on their way to h2 and back.
pub(super) struct Measured<T> {
    inner: T,
    /// What was read since others had their turn.
    turn: usize,
    read: Frames,
    written: Frames,
    settings: Bucket,
    control: Bucket,
    /// Set once the peer sent more than it may; nothing is read any more.
    is_over: bool,
    excess: Arc<Notify>,
}

impl<T> Measured<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            turn: 0,
            read: Frames::after(PREFACE_BYTES),
            written: Frames::after(0),
            settings: Bucket::new(SETTINGS_AT_ONCE_MAX, SETTINGS_PER_SECOND_MAX),
            control: Bucket::new(CONTROL_BYTES_AT_ONCE_MAX, CONTROL_BYTES_PER_SECOND_MAX),
            is_over: false,
            excess: Arc::default(),
        }
    }

    /// Told when the peer has sent more than it may.
    pub(super) fn excess(&self) -> Arc<Notify> {
        Arc::clone(&self.excess)
    }

    /// Counts what was read; false if it is too much.
    fn count_read(&mut self, bytes: &[u8]) -> bool {
        let seen = self.read.advance(bytes);
        self.control.excuse(seen.excuse());
        self.settings.take(seen.settings) && self.control.take(seen.control_bytes)
    }

    /// What is sent of answers makes an honest client open its windows again.
    fn count_written(&mut self, bytes: &[u8]) {
        let seen = self.written.advance(bytes);
        self.control.excuse(seen.excuse());
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Measured<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.is_over {
            return Poll::Pending;
        }
        if this.turn >= TURN_BYTES_MAX {
            this.turn = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.inner).poll_read(context, buffer) {
            Poll::Ready(read) => read?,
            Poll::Pending => {
                this.turn = 0;
                return Poll::Pending;
            }
        }
        let bytes = &buffer.filled()[before..];
        this.turn += bytes.len();
        if !this.count_read(bytes) {
            this.is_over = true;
            // What was just read is not handed on, or it would be acted on.
            buffer.set_filled(before);
            this.excess.notify_one();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Measured<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, bytes))?;
        self.count_written(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(context, slices))?;
        let mut left = written;
        for slice in slices {
            let taken = left.min(slice.len());
            self.count_written(&slice[..taken]);
            left -= taken;
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// What began in a piece of a connection.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// SETTINGS that ask for something.
    settings: u64,
    /// Frames of calls: what they carry is limited elsewhere.
    of_calls: u64,
    /// Bytes of all other frames.
    control_bytes: u64,
    /// Bytes that calls carry.
    call_bytes: u64,
}

impl Seen {
    /// How many bytes of control an honest peer may send for this.
    fn excuse(&self) -> u64 {
        self.of_calls * CONTROL_BYTES_PER_CALL_FRAME + self.call_bytes / 16
    }
}

/// Where in a frame a connection is.
#[derive(Debug)]
struct Frames {
    /// Bytes until the next frame's head.
    skip: usize,
    head: [u8; HEAD_BYTES],
    filled: usize,
}

impl Frames {
    fn after(skip: usize) -> Self {
        Self {
            skip,
            head: [0; HEAD_BYTES],
            filled: 0,
        }
    }

    fn advance(&mut self, mut bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                return seen;
            }
            let taken = (HEAD_BYTES - self.filled).min(bytes.len());
            self.head[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
            self.filled += taken;
            bytes = &bytes[taken..];
            if self.filled == HEAD_BYTES {
                self.filled = 0;
                self.begin(&mut seen);
            }
        }
    }

    fn begin(&mut self, seen: &mut Seen) {
        let [high, middle, low, kind, flags, ..] = self.head;
        self.skip = u32::from_be_bytes([0, high, middle, low]) as usize;
        let payload = self.skip as u64;
        match kind {
            DATA if payload > 0 => {
                seen.of_calls += 1;
                seen.call_bytes += payload;
            }
            HEADERS => seen.of_calls += 1,
            // h2 limits both by itself.
            DATA | CONTINUATION => {}
            SETTINGS if flags & ACK == 0 => seen.settings += 1,
            _ => seen.control_bytes += payload + HEAD_BYTES as u64,
        }
    }
}

/// An amount that is filled at once or over time.
#[derive(Debug)]
struct Bucket {
    level: u64,
    most: u64,
    per_second: u64,
    /// When the level was that.
    since: Instant,
}

impl Bucket {
    fn new(most: u64, per_second: u64) -> Self {
        Self {
            level: 0,
            most,
            per_second,
            since: Instant::now(),
        }
    }

    /// False if it is too much.
    fn take(&mut self, amount: u64) -> bool {
        if amount == 0 {
            return true;
        }
        let seconds = self.since.elapsed().as_secs();
        self.excuse(seconds.saturating_mul(self.per_second));
        self.since += Duration::from_secs(seconds);
        self.level += amount;
        self.level <= self.most
    }

    fn excuse(&mut self, amount: u64) {
        self.level = self.level.saturating_sub(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            bytes.extend(frame(kind, flags, payload));
        }
        for piece in [1, 2, 7, 8, 9, 10, 1_000, bytes.len()] {
            let (mut frames, mut all) = (Frames::after(PREFACE_BYTES), Seen::default());
            for piece in bytes.chunks(piece) {
                let seen = frames.advance(piece);
                all.settings += seen.settings;
                all.of_calls += seen.of_calls;
                all.control_bytes += seen.control_bytes;
                all.call_bytes += seen.call_bytes;
            }
            let expected = Seen {
                settings: 2,
                of_calls: 2,
                control_bytes: 9 + 13,
                call_bytes: 70_000,
            };
            assert_eq!(all, expected, "{piece}");
        }
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
}
