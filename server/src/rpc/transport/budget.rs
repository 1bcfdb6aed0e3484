//! What may be buffered for clients, in bytes: for all of them, and for each connection.
//!
//! Whatever buffers takes its bytes from two pools first, its connection's and the daemon's, and gives them back when the
//! bytes are gone. What is small has a pool of its own, so that it never waits behind what is large.

pub(super) mod calls;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::{
    config::Buffers,
    limits::{
        CALLS_WAITING_MAX, CONNECTION_ANSWER_BYTES_MAX, CONNECTION_MESSAGE_BYTES_MAX,
        CONNECTION_WINDOW_BYTES, REFUSED_CALLS_READ_MAX, SMALL_BYTES_MAX,
    },
};

/// A number of bytes, or of places, of which some are taken.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    free: Arc<Semaphore>,
    bytes: usize,
}

impl Pool {
    pub(super) fn new(bytes: usize) -> Self {
        let bytes = bytes.min(u32::MAX as usize);
        Self {
            free: Arc::new(Semaphore::new(bytes)),
            bytes,
        }
    }

    /// Waits until the bytes are free; those who came first are first. Nobody closes a pool, which is the one reason for
    /// nothing.
    async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let free = Arc::clone(&self.free);
        free.acquire_many_owned(self.permits(bytes)).await.ok()
    }

    fn try_take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let free = Arc::clone(&self.free);
        free.try_acquire_many_owned(self.permits(bytes)).ok()
    }

    fn has(&self, bytes: usize) -> bool {
        self.free.available_permits() >= bytes.min(self.bytes)
    }

    /// What is larger than the pool takes all of it.
    fn permits(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.min(self.bytes)).unwrap_or(u32::MAX)
    }

    fn is_half_free(&self) -> bool {
        self.free.available_permits() >= self.bytes / 2
    }

    fn taken(&self) -> usize {
        self.bytes - self.free.available_permits().min(self.bytes)
    }
}

/// How much of some pools is taken, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PoolFigures {
    /// What they are for.
    pub(crate) of: &'static str,
    pub(crate) taken: usize,
    pub(crate) limit: usize,
}

/// The daemon's pools.
#[derive(Debug)]
pub(crate) struct Budget {
    messages: Pool,
    small_messages: Pool,
    answers: Pool,
    small_answers: Pool,
    windows: Pool,
    pages: Arc<Semaphore>,
    calls: Pool,
    waiting_calls: Pool,
}

impl Budget {
    pub(crate) fn new(buffers: Buffers) -> Arc<Self> {
        Arc::new(Self {
            messages: Pool::new(buffers.messages),
            small_messages: Pool::new(buffers.small_messages),
            answers: Pool::new(buffers.answers),
            small_answers: Pool::new(buffers.small_answers),
            windows: Pool::new(buffers.windows),
            pages: Arc::new(Semaphore::new(buffers.pages_at_once)),
            calls: Pool::new(buffers.calls),
            waiting_calls: Pool::new(buffers.waiting_calls),
        })
    }

    /// What is taken of the pools that matter to an operator, and how large each is.
    pub(crate) fn pools(&self) -> [PoolFigures; 5] {
        let of = |of, pools: &[&Pool]| PoolFigures {
            of,
            taken: pools.iter().map(|pool| pool.taken()).sum(),
            limit: pools.iter().map(|pool| pool.bytes).sum(),
        };
        [
            of("messages", &[&self.messages, &self.small_messages]),
            of("answers", &[&self.answers, &self.small_answers]),
            of("windows", &[&self.windows]),
            of("calls", &[&self.calls]),
            of("waiting_calls", &[&self.waiting_calls]),
        ]
    }

    /// Bytes of calls that wait, or are refused and still read.
    #[cfg(test)]
    pub(super) fn waiting_calls_taken(&self) -> usize {
        self.waiting_calls.taken()
    }

    /// Bytes of calls that are taken now.
    #[cfg(test)]
    pub(crate) fn calls_taken(&self) -> usize {
        self.calls.taken()
    }

    fn messages(&self, bytes: usize) -> &Pool {
        match bytes <= SMALL_BYTES_MAX {
            true => &self.small_messages,
            false => &self.messages,
        }
    }

    fn answers(&self, bytes: usize) -> &Pool {
        match bytes <= SMALL_BYTES_MAX {
            true => &self.small_answers,
            false => &self.answers,
        }
    }
}

/// One connection's share.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    messages: Pool,
    answers: Pool,
    window: Window,
    is_the_operators: bool,
    /// Calls in progress.
    calls: AtomicUsize,
    call_ended: Notify,
    /// Places for calls that wait for those in progress.
    waiting: Pool,
    /// Places for refused calls whose requests are still read.
    refused: Pool,
}

impl Share {
    /// A connection's share. The operator's has places for calls whether there is room or not.
    pub(super) fn of(budget: &Arc<Budget>, is_the_operators: bool) -> Arc<Self> {
        Arc::new(Self {
            is_the_operators,
            budget: Arc::clone(budget),
            messages: Pool::new(CONNECTION_MESSAGE_BYTES_MAX),
            answers: Pool::new(CONNECTION_ANSWER_BYTES_MAX),
            window: Window::default(),
            calls: AtomicUsize::new(0),
            call_ended: Notify::new(),
            waiting: Pool::new(CALLS_WAITING_MAX),
            refused: Pool::new(REFUSED_CALLS_READ_MAX),
        })
    }

    /// Room for a message, if there is room now.
    pub(super) fn try_message(&self, bytes: usize) -> Option<Held> {
        Some(Held {
            connection: self.messages.try_take(bytes)?,
            daemon: Some(self.budget.messages(bytes).try_take(bytes)?),
        })
    }

    /// Waits for room for a message.
    pub(super) async fn message(&self, bytes: usize) -> Option<Held> {
        Some(Held {
            connection: self.messages.take(bytes).await?,
            daemon: Some(self.budget.messages(bytes).take(bytes).await?),
        })
    }

    /// Which budget of messages has no room for so much.
    pub(super) fn lack_for_message(&self, bytes: usize) -> &'static str {
        match self.messages.has(bytes) {
            true => "messages of all connections",
            false => "messages of one connection",
        }
    }

    /// Waits for room for acknowledgements of appends, which wait for no others than their own kind and what is small.
    pub(super) async fn acknowledgement(&self, bytes: usize) -> Option<Held> {
        Some(Held {
            connection: self.answers.take(bytes).await?,
            daemon: Some(self.budget.small_answers.take(bytes).await?),
        })
    }

    /// Waits for room for an answer.
    pub(super) async fn answer(&self, bytes: usize) -> Option<Held> {
        Some(Held {
            connection: self.answers.take(bytes).await?,
            daemon: Some(self.budget.answers(bytes).take(bytes).await?),
        })
    }

    /// Waits until a page may be made.
    pub(super) async fn page(&self) -> Option<OwnedSemaphorePermit> {
        let pages = Arc::clone(&self.budget.pages);
        pages.acquire_owned().await.ok()
    }

    /// Which budget of answers has no room for so much.
    pub(super) fn lack_for_answer(&self, bytes: usize) -> &'static str {
        match self.answers.has(bytes) {
            true => "answers of all connections",
            false => "answers of one connection",
        }
    }

    /// Lets the peer send so much more before it is read. `spare` must stay free for others.
    pub(super) fn widen(self: &Arc<Self>, bytes: usize, spare: usize) -> Option<Widened> {
        if !self.budget.windows.has(bytes + spare) {
            return None;
        }
        let taken = self.budget.windows.try_take(bytes)?;
        self.window.granted.fetch_add(bytes, Ordering::AcqRel);
        self.window.changed.notify_one();
        Some(Widened {
            share: Arc::clone(self),
            bytes,
            _taken: taken,
        })
    }

    /// Resolves when the window should have another size.
    pub(super) async fn window_changed(&self) {
        self.window.changed.notified().await;
    }

    /// What the peer may send before it is read.
    pub(super) fn window_bytes(&self) -> u32 {
        let granted = self.window.granted.load(Ordering::Acquire);
        CONNECTION_WINDOW_BYTES.saturating_add(u32::try_from(granted).unwrap_or(u32::MAX >> 1))
    }

    #[cfg(test)]
    pub(super) fn messages_taken(&self) -> usize {
        self.messages.taken()
    }

    /// How many refused calls of it are still read.
    #[cfg(test)]
    pub(super) fn refused_calls_read(&self) -> usize {
        self.refused.taken()
    }

    #[cfg(test)]
    pub(super) fn answers_taken(&self) -> usize {
        self.answers.taken()
    }
}

/// The window of a connection: what was granted beyond the least.
#[derive(Debug, Default)]
struct Window {
    granted: AtomicUsize,
    changed: Notify,
}

/// A wider window, for as long as it lives.
#[derive(Debug)]
pub(super) struct Widened {
    share: Arc<Share>,
    bytes: usize,
    _taken: OwnedSemaphorePermit,
}

impl Drop for Widened {
    fn drop(&mut self) {
        let window = &self.share.window;
        window.granted.fetch_sub(self.bytes, Ordering::AcqRel);
        window.changed.notify_one();
    }
}

/// Bytes that are taken, of a connection's share and of the daemon's, until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    /// Of the connection's share; or of what a call has for itself, and then of nothing else.
    connection: OwnedSemaphorePermit,
    daemon: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// So much of what a call has for itself, once it is free.
    pub(super) async fn of_own(own: &Pool, bytes: usize) -> Option<Self> {
        Some(Self {
            connection: own.take(bytes).await?,
            daemon: None,
        })
    }

    /// How much is taken.
    pub(super) fn bytes(&self) -> usize {
        self.connection.num_permits()
    }

    /// Keeps at most so much, and gives back the rest.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        for permit in std::iter::once(&mut self.connection).chain(&mut self.daemon) {
            let too_many = permit.num_permits().saturating_sub(bytes);
            drop(permit.split(too_many));
        }
    }

    /// Takes so much out of it, or all.
    pub(super) fn split(&mut self, bytes: usize) -> Option<Self> {
        let connection = bytes.min(self.connection.num_permits());
        if connection == 0 {
            return None;
        }
        let daemon = match &mut self.daemon {
            Some(daemon) => Some(daemon.split(bytes.min(daemon.num_permits()))?),
            None => None,
        };
        Some(Self {
            connection: self.connection.split(connection)?,
            daemon,
        })
    }

    /// Becomes one with another, if both are of the same pools; otherwise gives it back.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), Self> {
        let is_same = |one: &OwnedSemaphorePermit, other: &OwnedSemaphorePermit| {
            Arc::ptr_eq(one.semaphore(), other.semaphore())
        };
        let daemons = match (&self.daemon, &other.daemon) {
            (Some(one), Some(other)) => is_same(one, other),
            (None, None) => true,
            _ => false,
        };
        if !daemons || !is_same(&self.connection, &other.connection) {
            return Err(other);
        }
        self.connection.merge(other.connection);
        if let (Some(one), Some(other)) = (&mut self.daemon, other.daemon) {
            one.merge(other);
        }
        Ok(())
    }
}
