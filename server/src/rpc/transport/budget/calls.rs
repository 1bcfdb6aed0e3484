//! Room for calls in progress: who begins, who waits behind others of its connection, and who is refused.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::OwnedSemaphorePermit;

use super::Share;
use crate::limits::{
    CALL_BYTES, CALLS_OF_A_CONNECTION_ALWAYS, CALLS_OF_A_CONNECTION_FIRST, CALLS_WAITING_ALWAYS,
    CALLS_WAITING_FIRST, REFUSED_CALLS_READ_FIRST, WAITING_CALL_BYTES,
};

/// Where a call goes that has come.
pub(crate) enum Entry {
    Begins(InProgress),
    /// It waits for calls of its connection, of which only so many may.
    Waits(Waits),
    Refused,
}

/// A place for a call that is not in progress: of its connection's few, and with room in the budget for such calls.
#[derive(Debug)]
pub(crate) struct Waits {
    _place: OwnedSemaphorePermit,
    _room: Option<OwnedSemaphorePermit>,
}

/// A call in progress, until this is dropped.
#[derive(Debug)]
pub(crate) struct InProgress {
    share: Arc<Share>,
    /// Nothing where a connection's calls begin without room.
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
    /// Where a call goes that has come now. Behind those that every connection may have it may wait, since one of these will
    /// end.
    pub(crate) fn entry(self: &Arc<Self>) -> Entry {
        let others_wait = self.waiting.taken() > 0;
        if !others_wait && let Some(place) = self.try_call() {
            return Entry::Begins(place);
        }
        let may_wait =
            others_wait || self.calls.load(Ordering::Acquire) >= CALLS_OF_A_CONNECTION_ALWAYS;
        match may_wait.then(|| self.try_wait()).flatten() {
            Some(waits) => Entry::Waits(waits),
            None => Entry::Refused,
        }
    }

    /// A place for a call that waits, if there is room for it now. A connection of which many wait leaves half of the room to
    /// others. The first few need no room, for the same reason as calls that begin.
    fn try_wait(&self) -> Option<Waits> {
        let before = self.waiting.taken();
        let room = &self.budget.waiting_calls;
        let room = match before < CALLS_WAITING_FIRST || room.is_half_free() {
            true => room.try_take(WAITING_CALL_BYTES),
            false => None,
        };
        if room.is_none() && before >= CALLS_WAITING_ALWAYS {
            return None;
        }
        Some(Waits {
            _place: self.waiting.try_take(1)?,
            _room: room,
        })
    }

    /// Waits for a place for a call behind others of its connection.
    pub(crate) async fn call(self: &Arc<Self>, waits: Waits) -> InProgress {
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

    /// A place for a call, if there is room for it now. A connection with many calls leaves half of the room to others. Nobody
    /// may be kept out by others who have all of the room, so the first calls of each connection need none, and of the operator's
    /// more.
    fn try_call(self: &Arc<Self>) -> Option<InProgress> {
        let before = self.calls.fetch_add(1, Ordering::AcqRel);
        let calls = &self.budget.calls;
        let is_first = before < CALLS_OF_A_CONNECTION_FIRST;
        let taken = match is_first || calls.is_half_free() {
            true => calls.try_take(CALL_BYTES),
            false => None,
        };
        let is_always = before < CALLS_OF_A_CONNECTION_ALWAYS || is_first && self.is_the_operators;
        if taken.is_none() && !is_always {
            self.calls.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(InProgress {
            share: Arc::clone(self),
            taken,
        })
    }

    /// A place for a refused call whose request is still read.
    pub(crate) fn try_read_refused(&self) -> Option<Waits> {
        let is_first = self.refused.taken() < REFUSED_CALLS_READ_FIRST;
        let room = &self.budget.waiting_calls;
        // What waits for an answer goes before what has one.
        let room = match room.is_half_free() {
            true => room.try_take(WAITING_CALL_BYTES),
            false => None,
        };
        if room.is_none() && !is_first {
            return None;
        }
        Some(Waits {
            _place: self.refused.try_take(1)?,
            _room: room,
        })
    }
}
