//! The stop that lasts until a restart: after a failed write, or when one of the engine's threads panicked.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tracing::error;

use crate::{
    state::{registry::Registry, shared::Availability},
    write::queue::Queue,
};

/// Stops every ledger. Cheap to clone; all clones stop the same engine.
#[derive(Clone)]
pub(crate) struct FailStop {
    registry: Arc<Registry>,
    queue: Arc<Queue>,
    stopped: Arc<AtomicBool>,
}

impl FailStop {
    pub(crate) fn new(registry: Arc<Registry>, queue: Arc<Queue>) -> Self {
        Self {
            registry,
            queue,
            stopped: Arc::default(),
        }
    }

    /// Whether the engine has stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Stops all ledgers: nothing is written any more.
    pub(crate) fn stop(&self, reason: &str) {
        error!(
            reason,
            "the writer stops; restart the daemon to read again what is on disk"
        );
        self.stopped.store(true, Ordering::Release);
        self.give_reason(reason);
    }

    /// Says of all ledgers that stopped why they are.
    pub(crate) fn give_reason(&self, reason: &str) {
        for cell in self.registry.cells() {
            cell.set_state(Availability::Stopped, reason);
        }
    }

    /// For the length of a thread's life: if it panics, the engine stops, and nobody waits for what it will
    /// not do any more.
    pub(crate) fn on_panic(&self, thread: &'static str) -> StopOnPanic {
        StopOnPanic {
            halt: self.clone(),
            thread,
        }
    }
}

/// Stops the engine if it is dropped by a panic.
pub(crate) struct StopOnPanic {
    halt: FailStop,
    thread: &'static str,
}

impl Drop for StopOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.halt
                .stop(&format!("the thread {:?} panicked", self.thread));
            self.halt.queue.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::queue::Taken;

    #[test]
    fn a_panic_stops_the_engine_and_an_end_does_not() {
        let queue = Arc::new(Queue::default());
        let halt = FailStop::new(Arc::default(), Arc::clone(&queue));
        let run = |panics: bool| {
            let guard = halt.on_panic("a test's");
            let thread = std::thread::spawn(move || {
                let _guard = guard;
                assert!(!panics, "on purpose");
            });
            thread.join().is_err()
        };
        assert!(!run(false) && !halt.is_stopped());
        assert!(run(true) && halt.is_stopped());
        assert_eq!(queue.take(&mut Vec::new()), Taken::Closed);
    }
}
