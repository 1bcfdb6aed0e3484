//! The engine's loops as steps, so that whoever drives them decides when each takes its next one: a thread in the
//! daemon, chance in a simulation.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use crate::state::{bell::Bell, environment::Environment};

/// What a loop does after a step. Times are those of [`Environment::elapsed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// There may be more to do at once.
    Worked,
    /// Nothing to do until the bell rings.
    Waits,
    /// Nothing to do until the bell rings, or until then.
    WaitsUntil(Duration),
    /// Nothing to do until then, whoever rings.
    PausesUntil(Duration),
    /// Nothing to do any more.
    Ended,
}

/// A loop of the engine. A step does what there is to do now, and waits for nobody.
pub(crate) trait Steps: Send {
    fn step(&mut self) -> Next;
}

/// A loop with its name and its bell.
pub(crate) struct Loop {
    pub(crate) name: &'static str,
    pub(crate) bell: Arc<Bell>,
    pub(crate) steps: Box<dyn Steps>,
}

impl Loop {
    pub(crate) fn new(name: &'static str, bell: &Arc<Bell>, steps: impl Steps + 'static) -> Self {
        Self {
            name,
            bell: Arc::clone(bell),
            steps: Box::new(steps),
        }
    }

    /// Takes steps until there is nothing to do any more, and sleeps in between.
    pub(crate) fn drive(mut self, environment: &Environment) {
        let left = |until: Duration| until.saturating_sub(environment.elapsed());
        loop {
            match self.steps.step() {
                Next::Worked => {}
                Next::Waits => self.bell.wait(None),
                Next::WaitsUntil(until) => self.bell.wait(Some(left(until))),
                Next::PausesUntil(until) => self.bell.pause(left(until)),
                Next::Ended => return,
            }
        }
    }
}

/// Hands things over to another loop, and wakes it. Dropped, it tells that nothing more comes.
pub(crate) struct Outbox<T> {
    sender: Option<mpsc::Sender<T>>,
    bell: Arc<Bell>,
}

/// Where they arrive.
pub(crate) struct Inbox<T>(mpsc::Receiver<T>);

/// What an inbox holds.
pub(crate) enum Received<T> {
    One(T),
    /// Nothing now.
    Nothing,
    /// Nothing any more.
    Closed,
}

/// A way from one loop to the one that the bell wakes. Whoever sends bounds what is on its way.
pub(crate) fn handover<T>(bell: &Arc<Bell>) -> (Outbox<T>, Inbox<T>) {
    let (sender, receiver) = mpsc::channel();
    let outbox = Outbox {
        sender: Some(sender),
        bell: Arc::clone(bell),
    };
    (outbox, Inbox(receiver))
}

impl<T> Outbox<T> {
    /// Hands one over; false if the other loop is gone.
    pub(crate) fn send(&self, one: T) -> bool {
        let sender = self.sender.as_ref();
        let sent = sender.is_some_and(|sender| sender.send(one).is_ok());
        self.bell.ring();
        sent
    }
}

impl<T> Drop for Outbox<T> {
    fn drop(&mut self) {
        self.sender = None;
        self.bell.ring();
    }
}

impl<T> Inbox<T> {
    pub(crate) fn take(&self) -> Received<T> {
        match self.0.try_recv() {
            Ok(one) => Received::One(one),
            Err(mpsc::TryRecvError::Empty) => Received::Nothing,
            Err(mpsc::TryRecvError::Disconnected) => Received::Closed,
        }
    }
}
