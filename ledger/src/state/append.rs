//! What an append answers, and when.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use indelible_evidence::hash::ChainHash;
use tokio::sync::oneshot;

use crate::state::error::AppendError;

/// Where one event stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acknowledgement {
    /// The record's sequence number.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The chain hash at the record.
    pub chain: ChainHash,
    /// A size at which a durable signed checkpoint covers it.
    pub tree_size: u64,
    /// Body and payload were erased since, so that a repeat's content could not be compared.
    pub erased: bool,
}

/// Consecutive records of one commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewRange {
    /// Sequence number of the first.
    pub first: u64,
    /// How many.
    pub count: u32,
    /// When they were recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The chain hash at the last.
    pub chain: ChainHash,
    /// A size at which a durable signed checkpoint covers them.
    pub tree_size: u64,
}

/// The outcome of one append: all of it is durable.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Appended {
    /// The events that are new, in the order in which they were given.
    pub new: Option<NewRange>,
    /// The repeats: index among the events given, and the first acknowledgement.
    pub repeats: Vec<(u32, Acknowledgement)>,
}

impl Appended {
    /// Names the size whose checkpoint covers all of it.
    pub(crate) fn cover(&mut self, tree_size: u64) {
        if let Some(new) = &mut self.new {
            new.tree_size = tree_size;
        }
        for (_, repeat) in &mut self.repeats {
            repeat.tree_size = tree_size;
        }
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
    /// Waits for it on a thread that may. Blocking.
    pub(crate) fn wait(self) -> Result<Appended, AppendError> {
        self.0.blocking_recv().unwrap_or_else(|_gone| {
            Err(AppendError::Unknown {
                reason: "the writer is gone".into(),
            })
        })
    }
}
