//! Room for calls in progress: who begins, who waits behind others of its connection, and who is refused.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::OwnedSemaphorePermit;

use super::Share;
use crate::limits::{CALL_BYTES, CALLS_OF_A_CONNECTION_FIRST, CALLS_WAITING_MAX};

/// Where a call goes that has come.
pub(crate) enum Entry {
    Begins(InProgress),
    /// It waits for calls of its connection, of which only so many may.
    Waits(OwnedSemaphorePermit),
    Refused,
}

/// A call in progress, until this is dropped.
#[derive(Debug)]
pub(crate) struct InProgress {
    share: Arc<Share>,
    /// Nothing where the operator's calls go on without room.
    taken: Option<OwnedSemaphorePermit>,
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.taken = None;
        self.share.calls.fetch_sub(1, Ordering::AcqRel);
        self.share.call_ended.notify_one();
    }
}

impl Share {
    /// Where a call goes that has come now. Behind 16 of its connection it may wait, since one of these will end.
    pub(crate) fn entry(self: &Arc<Self>) -> Entry {
        let others_wait = self.waiting.available_permits() < CALLS_WAITING_MAX;
        if !others_wait && let Some(place) = self.try_call() {
            return Entry::Begins(place);
        }
        let may_wait =
            others_wait || self.calls.load(Ordering::Acquire) >= CALLS_OF_A_CONNECTION_FIRST;
        let waits = Arc::clone(&self.waiting).try_acquire_owned();
        match waits.ok().filter(|_| may_wait) {
            Some(waits) => Entry::Waits(waits),
            None => Entry::Refused,
        }
    }

    /// Waits for a place for a call behind others of its connection.
    pub(crate) async fn call(self: &Arc<Self>, waits: OwnedSemaphorePermit) -> InProgress {
        loop {
            self.call_ended.notified().await;
            if let Some(place) = self.try_call() {
                drop(waits);
                // There may be room for the next one as well.
                self.call_ended.notify_one();
                return place;
            }
        }
    }

    /// A place for a call, if there is room for it now. A connection with many calls leaves half of the room to others. The
    /// operator must be able to look at a daemon whose room others have, so its first calls need none.
    fn try_call(self: &Arc<Self>) -> Option<InProgress> {
        let before = self.calls.fetch_add(1, Ordering::AcqRel);
        let calls = &self.budget.calls;
        let is_first = before < CALLS_OF_A_CONNECTION_FIRST;
        let taken = match is_first || calls.is_half_free() {
            true => calls.try_take(CALL_BYTES),
            false => None,
        };
        if taken.is_none() && !(is_first && self.is_the_operators) {
            self.calls.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(InProgress {
            share: Arc::clone(self),
            taken,
        })
    }

    /// A place for a refused call whose request is still read.
    pub(crate) fn try_read_refused(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.refused).try_acquire_owned().ok()
    }
}
