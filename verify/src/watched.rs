//! A reader that counts, and that remembers why it failed.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Remembers why reading failed, since a decoder between would hide it.
#[derive(Clone, Default)]
pub(crate) struct Failed(Arc<Mutex<Option<io::Error>>>);

impl Failed {
    /// The error of the reader itself, if there was one.
    pub(crate) fn take(&self) -> Option<io::Error> {
        self.0.lock().ok().and_then(|mut failed| failed.take())
    }

    fn keep(&self, error: &io::Error) {
        if let Ok(mut failed) = self.0.lock() {
            *failed = Some(io::Error::new(error.kind(), error.to_string()));
        }
    }
}

/// Counts what is read.
pub(crate) struct Watched<R> {
    inner: R,
    read: Arc<AtomicU64>,
    failed: Failed,
}

impl<R> Watched<R> {
    /// Counts what is read of `inner`, and keeps in `failed` why reading failed.
    pub(crate) fn new(inner: R, read: Arc<AtomicU64>, failed: Failed) -> Self {
        Self {
            inner,
            read,
            failed,
        }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out);
        match &read {
            Ok(count) => {
                self.read.fetch_add(*count as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.failed.keep(error),
        }
        read
    }
}
