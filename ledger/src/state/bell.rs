//! How the engine's loops are woken: by a bell, by a time, or by the stop. A loop that has nothing to do sleeps.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Wakes one loop. A ring that comes while the loop is at work is heard when it waits next.
#[derive(Default)]
pub(crate) struct Bell {
    /// There is news.
    rung: AtomicBool,
    /// The loop is to end: from here on no wait lasts.
    stopped: AtomicBool,
    waiting: Mutex<()>,
    woken: Condvar,
}

impl Bell {
    /// Wakes the loop. What it is to see must be there before.
    pub(crate) fn ring(&self) {
        // Whoever waits has held the lock since it last looked.
        if !self.rung.swap(true, Ordering::AcqRel) {
            drop(self.lock());
            self.woken.notify_one();
        }
    }

    /// Waits for a ring, for so long at most.
    pub(crate) fn wait(&self, most: Option<Duration>) {
        self.wait_while(most, || !self.rung.swap(false, Ordering::AcqRel));
    }

    /// Waits for so long whoever rings, unless it is the stop.
    pub(crate) fn pause(&self, pause: Duration) {
        self.wait_while(Some(pause), || true);
    }

    /// Whether the loop would wake up if it waited.
    #[cfg(test)]
    pub(crate) fn is_rung(&self) -> bool {
        self.rung.load(Ordering::Acquire) || self.is_stopped()
    }

    /// Whether the loop is to end.
    #[cfg(test)]
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        drop(self.lock());
        self.woken.notify_all();
    }

    fn wait_while(&self, most: Option<Duration>, goes_on: impl Fn() -> bool) {
        let goes_on = |_: &mut ()| goes_on() && !self.stopped.load(Ordering::Acquire);
        let guard = self.lock();
        match most {
            None => drop(self.woken.wait_while(guard, goes_on)),
            Some(most) => drop(self.woken.wait_timeout_while(guard, most, goes_on)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of some loops. Cheap to clone; all clones stop the same loops.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<Stopping>);

#[derive(Default)]
struct Stopping {
    is_set: AtomicBool,
    bells: Mutex<Vec<Arc<Bell>>>,
    waiting: Bell,
}

impl Stop {
    /// A bell that the stop rings, too.
    pub(crate) fn bell(&self) -> Arc<Bell> {
        let bell = Arc::new(Bell::default());
        let mut bells = self.bells();
        bells.push(Arc::clone(&bell));
        if self.is_set() {
            bell.stop();
        }
        bell
    }

    /// Stops the loops.
    pub(crate) fn set(&self) {
        // Under the lock: a bell that is made meanwhile is either seen here or sees the stop.
        let bells = self.bells();
        self.0.is_set.store(true, Ordering::Release);
        bells.iter().for_each(|bell| bell.stop());
        self.0.waiting.stop();
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.is_set.load(Ordering::Acquire)
    }

    /// Waits for so long, or until the stop.
    pub(crate) fn wait(&self, pause: Duration) {
        self.0.waiting.pause(pause);
    }

    fn bells(&self) -> MutexGuard<'_, Vec<Arc<Bell>>> {
        self.0.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bells of those who follow the log. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Followers {
    pub(crate) indexer: Arc<Bell>,
    pub(crate) projector: Arc<Bell>,
    pub(crate) publisher: Arc<Bell>,
}

impl Followers {
    /// Bells that a stop rings, too.
    pub(crate) fn new(stop: &Stop) -> Self {
        Self {
            indexer: stop.bell(),
            projector: stop.bell(),
            publisher: stop.bell(),
        }
    }

    /// Tells all of them that there may be more to follow.
    pub(crate) fn ring(&self) {
        self.indexer.ring();
        self.projector.ring();
        self.publisher.ring();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_ring_is_heard_also_before_the_wait_and_only_once() {
        let bell = Bell::default();
        bell.ring();
        bell.ring();
        bell.wait(Some(LONG));
        bell.wait(Some(Duration::from_millis(1)));
        bell.ring();
        bell.pause(Duration::from_millis(1));
        bell.wait(Some(LONG));
    }

    #[test]
    fn a_stop_ends_every_wait_that_has_begun_or_will() {
        let stop = Stop::default();
        let bell = stop.bell();
        thread::scope(|scope| {
            scope.spawn(|| bell.wait(None));
            scope.spawn(|| stop.wait(LONG));
            scope.spawn(|| stop.wait(LONG));
            stop.set();
        });
        bell.pause(LONG);
        stop.bell().wait(None);
        stop.wait(LONG);
        assert!(stop.is_set());
    }
}
