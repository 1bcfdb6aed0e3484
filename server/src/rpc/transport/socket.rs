//! The socket under a connection: its place among those that may be open, and its end.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::{origins::Place, stream::Stream};
use crate::limits::{LINGER_MS, STALL_SECONDS_MAX};

/// How long a peer may take to close its side of a connection.
const LINGER: Duration = Duration::from_millis(LINGER_MS);

/// How much of what still comes in is read at once.
const LINGER_READ_BYTES: usize = 4_096;

/// A socket, and its place among those that may be open.
pub(super) struct Socket {
    stream: Stream,
    activity: Arc<AtomicU64>,
    /// Set while the system takes nothing more for the peer.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Set once all answers are out.
    lingering: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Socket {
    pub(super) fn new(stream: Stream, place: Place) -> Self {
        Self {
            stream,
            activity: Arc::default(),
            stalled: None,
            lingering: None,
            _place: place,
        }
    }

    /// Counts how often something was read.
    pub(super) fn activity(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.activity)
    }

    /// Gives up a peer that takes nothing for too long: its windows may be open, so that nothing else notices.
    fn timely<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(Duration::from_secs(STALL_SECONDS_MAX))));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the peer reads nothing",
        )))
    }

    /// Reads what still comes in, to no purpose, until the peer has closed its side.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut scrap = [0; LINGER_READ_BYTES];
        loop {
            let mut buffer = ReadBuf::new(&mut scrap);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                // The end, or a connection that is gone.
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.activity.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timely(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.timely(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Says that no more is coming, and waits a little for the peer to say so, too. Closed while something is
    /// still coming in, the connection would be reset, and the peer would lose the answers it has not read.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        }
        let lingering = this
            .lingering
            .get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if lingering.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        this.poll_end(context).map(Ok)
    }
}
