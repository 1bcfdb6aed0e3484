//! The thread on which requests are made, so that callers may block wherever they are.

use std::{future::Future, io, sync::mpsc, thread};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};
use tracing::subscriber::{NoSubscriber, set_default};

/// One thread with a runtime of its own; it ends when this is dropped.
pub(crate) struct RequestThread {
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl RequestThread {
    pub(crate) fn start() -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, made) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("bucket".to_owned())
            .spawn(move || {
                // At trace level libraries log whole requests, with what signs them: here nothing is
                // logged, whatever the configuration says. Each caller logs the error that it gets.
                let _silence = set_default(NoSubscriber::default());
                let runtime = match Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(ready.send(Err(error))),
                };
                if ready.send(Ok(runtime.handle().clone())).is_ok() {
                    // An error means that the sender is gone, which is a reason to stop, too.
                    let _ = runtime.block_on(stopped);
                }
            })?;
        let runtime = made
            .recv()
            .map_err(|_| io::Error::other("the thread ended before it was ready"))??;
        Ok(Self {
            runtime,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Runs a future there and waits for it. Nothing comes back if it panicked.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // Nobody but this caller waits, and it does until the sender is gone.
            let _ = answer.send(future.await);
        });
        answered.recv().ok()
    }
}

impl Drop for RequestThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
