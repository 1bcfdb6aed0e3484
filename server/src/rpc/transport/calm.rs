//! What a peer may make HTTP/2 do besides calls, and how much is read of it in one turn.
//!
//! A frame of a few bytes can cost much: SETTINGS that change the first window of streams make h2 look at every stream. h2
//! limits neither these nor PING, PRIORITY and WINDOW_UPDATE, and reads on for as long as something comes. It also begins
//! every call of what it has read before it hands over the first one. So frames are counted here, on their way to h2, by
//! their heads alone, and those that begin calls come through a few at a time.

mod frames;
#[cfg(test)]
mod tests;

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::Instant,
};

use self::frames::Frames;
use crate::limits::{
    CALLS_BEGUN_IN_A_TURN_MAX, CONTROL_BYTES_AT_ONCE_MAX, CONTROL_BYTES_PER_SECOND_MAX,
    SETTINGS_AT_ONCE_MAX, SETTINGS_PER_SECOND_MAX, TURN_BYTES_MAX,
};

/// What a client says first (RFC 9113 section 3.4).
const PREFACE_BYTES: usize = 24;

/// Calls that h2 has begun and not handed over. Further ones come through once it has handed over all of them.
#[derive(Debug, Default)]
pub(super) struct Begun {
    calls: AtomicUsize,
}

impl Begun {
    /// h2 has handed over all that it began. True if that lets more come through.
    pub(super) fn all_taken(&self) -> bool {
        self.calls.swap(0, Ordering::Relaxed) >= CALLS_BEGUN_IN_A_TURN_MAX
    }

    fn may_begin(&self) -> usize {
        CALLS_BEGUN_IN_A_TURN_MAX.saturating_sub(self.calls.load(Ordering::Relaxed))
    }
}

/// A connection's bytes, on their way to h2 and back.
pub(super) struct Measured<T> {
    inner: T,
    /// What was read since others had their turn.
    turn: usize,
    begun: Arc<Begun>,
    /// What was read and begins more calls than may begin now.
    kept: Bytes,
    read: Frames,
    written: Frames,
    settings: Bucket,
    control: Bucket,
    /// Set once the peer sent more than it may; nothing is read any more.
    is_over: bool,
    /// Set once the peer was told of a fault of its own.
    is_at_fault: bool,
    excess: Arc<Notify>,
}

impl<T> Measured<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            turn: 0,
            begun: Arc::default(),
            kept: Bytes::new(),
            read: Frames::after(PREFACE_BYTES),
            written: Frames::after(0),
            settings: Bucket::new(SETTINGS_AT_ONCE_MAX, SETTINGS_PER_SECOND_MAX),
            control: Bucket::new(CONTROL_BYTES_AT_ONCE_MAX, CONTROL_BYTES_PER_SECOND_MAX),
            is_over: false,
            is_at_fault: false,
            excess: Arc::default(),
        }
    }

    /// Told when the peer has sent more than it may.
    pub(super) fn excess(&self) -> Arc<Notify> {
        Arc::clone(&self.excess)
    }

    /// Calls that h2 has begun and not handed over.
    pub(super) fn begun(&self) -> Arc<Begun> {
        Arc::clone(&self.begun)
    }

    /// Counts what was read, up to where too many calls would begin: so many bytes. Nothing if it is too much.
    fn count_read(&mut self, bytes: &[u8]) -> Option<usize> {
        let (seen, passed) = self.read.advance(bytes, self.begun.may_begin());
        self.begun.calls.fetch_add(seen.begun, Ordering::Relaxed);
        self.control.excuse(seen.excuse());
        let is_calm = self.settings.take(seen.settings) && self.control.take(seen.control_bytes);
        is_calm.then_some(passed)
    }

    /// Reads what comes next, or what was kept.
    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>>
    where
        T: AsyncRead + Unpin,
    {
        if self.kept.is_empty() {
            return Pin::new(&mut self.inner).poll_read(context, buffer);
        }
        let bytes = self.kept.len().min(buffer.remaining());
        buffer.put_slice(&self.kept[..bytes]);
        self.kept.advance(bytes);
        Poll::Ready(Ok(()))
    }

    /// Keeps what may not come through yet, before what was kept already.
    fn keep(&mut self, bytes: &[u8]) {
        self.kept = match self.kept.is_empty() {
            true => Bytes::copy_from_slice(bytes),
            false => [bytes, &self.kept].concat().into(),
        };
    }

    /// What is sent of answers makes an honest client open its windows again.
    fn count_written(&mut self, bytes: &[u8]) {
        let (seen, _all) = self.written.advance(bytes, usize::MAX);
        self.is_at_fault |= seen.tells_of_a_fault;
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
        match this.poll_next(context, buffer) {
            Poll::Ready(read) => read?,
            Poll::Pending => {
                this.turn = 0;
                return Poll::Pending;
            }
        }
        let bytes = &buffer.filled()[before..];
        let is_end = bytes.is_empty();
        let Some(passed) = this.count_read(bytes) else {
            this.is_over = true;
            // What was just read is not handed on, or it would be acted on.
            buffer.set_filled(before);
            this.excess.notify_one();
            return Poll::Pending;
        };
        if passed < bytes.len() {
            this.keep(&bytes[passed..]);
            buffer.set_filled(before + passed);
        }
        this.turn += passed;
        match passed > 0 || is_end {
            true => Poll::Ready(Ok(())),
            // Whoever takes what has begun wakes the task.
            false => Poll::Pending,
        }
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

    /// A peer at fault sees the end only once its place is free, so that it does not begin anew before.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.is_at_fault {
            true => Pin::new(&mut self.inner).poll_flush(context),
            false => Pin::new(&mut self.inner).poll_shutdown(context),
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
