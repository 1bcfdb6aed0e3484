//! Whether a store takes writes, and the term that may commit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::contracts::Term;
use crate::error::StoreError;

/// Everything that a write must look at first. Whoever holds the lock is the
/// one writer.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) gate: Gate,
    pub(super) term: Term,
    /// The number after the greatest one that a descriptor has.
    pub(super) ledgers_end: u32,
    /// Where the search for a new ledger's number begins: how many descriptors there are.
    pub(super) search_from: u32,
}

/// Whether writes pass.
#[derive(Debug)]
pub(super) enum Gate {
    /// They do.
    Open,
    /// The store is a salvaged copy that nobody has adopted.
    Salvaged,
    /// It was opened to be read, whatever is damaged in it.
    ToRead,
    /// The store was closed.
    Closed,
    /// A write failed, and what is on disk is not known.
    Failed(String),
}

/// The one writer's place, shared with a salvage that may open it.
#[derive(Clone, Debug)]
pub(super) struct SharedWriter(Arc<Mutex<Writer>>);

impl SharedWriter {
    pub(super) fn new(writer: Writer) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }

    /// A panic while writing leaves the gate as it was: the engine's write is
    /// either issued as a whole or not at all.
    pub(super) fn lock(&self) -> MutexGuard<'_, Writer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Why writes don't pass, if they don't.
    pub(super) fn refusal(&self) -> Option<String> {
        match &self.gate {
            Gate::Open => None,
            Gate::Salvaged => Some("it is a salvaged copy that was not adopted".to_owned()),
            Gate::ToRead => Some("it was opened to be read alone".to_owned()),
            Gate::Closed => Some("it was closed".to_owned()),
            Gate::Failed(detail) => Some(format!("a write failed before: {detail}")),
        }
    }

    pub(super) fn check(&self) -> Result<(), StoreError> {
        match self.refusal() {
            None => Ok(()),
            Some(reason) => Err(StoreError::Stopped { reason }),
        }
    }
}
