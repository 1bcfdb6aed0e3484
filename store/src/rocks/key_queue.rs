//! Callers that put data keys at the same time share one write: with thousands
//! of new subjects a second, one sync for each would be the limit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::contracts::{KeySeal, NewDataKey};
use crate::error::{Result, StoreError};

/// Puts that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct KeyQueue {
    waiting: Mutex<Vec<Arc<Waiting>>>,
    turn: Mutex<()>,
}

/// Keys that one caller puts, and what came of it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) keys: Vec<NewDataKey>,
    pub(super) seal: Option<KeySeal>,
    answer: Mutex<Option<Result<()>>>,
}

impl Waiting {
    pub(super) fn answer(&self, answer: Result<()>) {
        *lock(&self.answer) = Some(answer);
    }
}

impl KeyQueue {
    /// Held by the one who changes the key ring.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.turn)
    }

    /// Has `keys` put: by `put_all` in this thread, with those of all who
    /// wait, or in the thread of another whose turn came first.
    pub(super) fn put(
        &self,
        keys: &[NewDataKey],
        seal: Option<&KeySeal>,
        put_all: impl FnOnce(&[Arc<Waiting>]),
    ) -> Result<()> {
        let own = Arc::new(Waiting {
            keys: keys.to_vec(),
            seal: seal.cloned(),
            answer: Mutex::new(None),
        });
        lock(&self.waiting).push(Arc::clone(&own));
        let _turn = self.turn();
        if let Some(answer) = lock(&own.answer).take() {
            return answer;
        }
        let group = std::mem::take(&mut *lock(&self.waiting));
        put_all(&group);
        let answer = lock(&own.answer).take();
        // Only the panic of another, who had taken these keys along, leaves
        // them without.
        answer.unwrap_or_else(|| {
            Err(StoreError::Engine {
                action: "keep data keys",
                detail: "the thread that wrote them panicked".to_owned(),
                cause: None,
            })
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
