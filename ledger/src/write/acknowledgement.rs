//! What an append answers, and when: drafted when its events are linked, and an acknowledgement only once they are
//! durable.

use std::{
    future::Future,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use crate::{
    state::{append::Placement, environment::Environment, error::AppendError, meters::Stages},
    write::anchor::Anchored,
};

/// What a caller will be told once it is true. Nobody can be told it as it is.
#[derive(Debug, Default)]
pub(crate) struct Drafted(Placement);

impl Drafted {
    pub(crate) fn new(placement: Placement) -> Self {
        Self(placement)
    }

    /// Names the size whose checkpoint covers all of it.
    pub(crate) fn cover(&mut self, tree_size: u64) {
        if let Some(new) = &mut self.0.new {
            new.tree_size = tree_size;
        }
        for (_, repeat) in &mut self.0.repeats {
            repeat.tree_size = tree_size;
        }
    }

    /// The acknowledgement, now that the group is in the store and in the anchor.
    pub(crate) fn acknowledge(self, _anchored: &Anchored<'_>, stages: Stages) -> Appended {
        Appended {
            placement: self.0,
            stages,
        }
    }
}

/// The outcome of one append: all of it is durable. It is made of what was drafted, and of nothing before the store and
/// the anchor are synced.
#[derive(Clone, Debug)]
pub struct Appended {
    placement: Placement,
    stages: Stages,
}

impl Appended {
    /// How long it took in each of its stages.
    pub fn stages(&self) -> Stages {
        self.stages
    }
}

/// What was appended counts, and not how long that took.
impl PartialEq for Appended {
    fn eq(&self, other: &Self) -> bool {
        self.placement == other.placement
    }
}

impl Eq for Appended {}

impl Deref for Appended {
    type Target = Placement;

    fn deref(&self) -> &Placement {
        &self.placement
    }
}

/// An append that is on its way. Dropping it does not undo it.
#[derive(Debug)]
pub struct PendingAppend(pub(crate) oneshot::Receiver<Result<Appended, AppendError>>);

impl Future for PendingAppend {
    type Output = Result<Appended, AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|received| {
            received.unwrap_or_else(|_gone| {
                Err(AppendError::Unknown {
                    reason: "the writer is gone".into(),
                })
            })
        })
    }
}

impl PendingAppend {
    /// What comes through this channel.
    pub(crate) fn of(receiver: oneshot::Receiver<Result<Appended, AppendError>>) -> Self {
        Self(receiver)
    }

    /// Waits for it on a thread that may. Blocking.
    pub(crate) fn wait(self, environment: &Environment) -> Result<Appended, AppendError> {
        environment.receive(self.0).unwrap_or_else(|| {
            Err(AppendError::Unknown {
                reason: "the writer is gone".into(),
            })
        })
    }
}
