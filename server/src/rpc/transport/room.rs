//! Room for the answers of one call, taken before they are made and given back when the transport has sent them.

use std::{
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use indelible_ledger::{Appended, Stages};
use indelible_proto::v1::ErrorReason;
use tokio::sync::OwnedSemaphorePermit;

use super::budget::{Held, Pool, Share};
use crate::{limits::STREAM_ACKNOWLEDGEMENT_BYTES, rpc::refusal::Refusal};

tokio::task_local! {
    static ROOM: Arc<Room>;
}

/// What one call has taken for answers that the transport does not have yet.
#[derive(Debug)]
pub(crate) struct Room {
    share: Arc<Share>,
    held: Mutex<Vec<Held>>,
    /// What an append stream has for its acknowledgements besides what it shares with others.
    own: OnceLock<Pool>,
    /// How long what the call appended took, for whoever traces it.
    stages: OnceLock<Stages>,
}

impl Room {
    pub(super) fn new(share: Arc<Share>) -> Arc<Self> {
        Arc::new(Self {
            share,
            held: Mutex::new(Vec::new()),
            own: OnceLock::new(),
            stages: OnceLock::new(),
        })
    }

    /// The room of the call in whose task this runs. What works for a call elsewhere keeps it, so that nothing is given
    /// back while that work may still fill memory.
    pub(crate) fn current() -> Option<Arc<Self>> {
        ROOM.try_with(Arc::clone).ok()
    }

    /// Notes how long it took to append what the call brought. The first time counts.
    pub(crate) fn note_stages(appended: &Appended) {
        if let Some(room) = Self::current() {
            let _first = room.stages.set(appended.stages());
        }
    }

    /// What was noted.
    pub(super) fn stages(&self) -> Option<Stages> {
        self.stages.get().copied()
    }

    /// Runs a call that has this room.
    pub(super) fn within<T>(
        self: Arc<Self>,
        call: impl Future<Output = T>,
    ) -> impl Future<Output = T> {
        ROOM.scope(self, call)
    }

    /// Waits for room for so much, while earlier answers of the connection are unread. Nobody waits longer than `patience`.
    pub(super) async fn reserve(&self, bytes: usize, patience: Duration) -> Result<(), Refusal> {
        match tokio::time::timeout(patience, self.take(bytes)).await {
            Ok(Some(held)) => {
                self.keep(held);
                Ok(())
            }
            Ok(None) | Err(_) => Err(refused(self.share.lack_for_answer(bytes))),
        }
    }

    /// Takes room for one of several answers. The caller shrinks it to what it needed and hands it in with
    /// [`Self::keep`].
    pub(crate) async fn take(&self, bytes: usize) -> Option<Held> {
        self.share.answer(bytes).await
    }

    /// Waits for the turn to make a page. To make one takes several times what it has in the end, so few are made at once.
    pub(crate) async fn page(&self) -> Option<OwnedSemaphorePermit> {
        self.share.page().await
    }

    /// Waits for room for one of an append stream's acknowledgements: of the stream's own, or of what all share. A stream
    /// with few of them on their way waits for nobody else.
    pub(crate) async fn take_acknowledgement(&self, bytes: usize) -> Option<Held> {
        let own = self
            .own
            .get_or_init(|| Pool::new(STREAM_ACKNOWLEDGEMENT_BYTES));
        if bytes > STREAM_ACKNOWLEDGEMENT_BYTES {
            return self.share.acknowledgement(bytes).await;
        }
        tokio::select! {
            biased;
            held = Held::of_own(own, bytes) => held,
            held = self.share.acknowledgement(bytes) => held,
        }
    }

    /// Keeps what was taken until the transport has the answer.
    pub(crate) fn keep(&self, held: Held) {
        let mut all = self.held();
        let apart = match all.last_mut() {
            Some(last) => last.merge(held).err(),
            None => Some(held),
        };
        all.extend(apart);
    }

    /// The call's one answer is there, and has so many bytes.
    pub(super) fn settle(&self, bytes: usize) {
        let mut left = bytes;
        for held in self.held().iter_mut() {
            held.shrink(left);
            left = left.saturating_sub(held.bytes());
        }
    }

    /// So much of the room, for a message that is handed to the transport.
    pub(super) fn charge(&self, bytes: usize) -> Charge {
        let held = self.of(bytes);
        Charge(Some(held).filter(|held| !held.is_empty()).map(Arc::new))
    }

    /// So much of what was taken, oldest first.
    fn of(&self, bytes: usize) -> Vec<Held> {
        let mut all = self.held();
        let (mut parts, mut left) = (Vec::new(), bytes);
        while left > 0
            && let Some(first) = all.first_mut()
        {
            match first.split(left) {
                Some(part) => {
                    left = left.saturating_sub(part.bytes());
                    parts.push(part);
                }
                None => drop(all.remove(0)),
            }
        }
        parts
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room of one message. It is given back when this and the last piece of the message are gone, and not with each piece:
/// the pieces are parts of one buffer, which any of them keeps.
#[derive(Debug, Clone, Default)]
pub(super) struct Charge(Option<Arc<Vec<Held>>>);

impl Charge {
    /// A piece of the message, for the transport.
    pub(super) fn with(&self, piece: Bytes) -> Bytes {
        match &self.0 {
            None => piece,
            Some(held) => Bytes::from_owner(Charged {
                piece,
                _held: Arc::clone(held),
            }),
        }
    }
}

/// Bytes on their way, with the room that their message takes.
struct Charged {
    piece: Bytes,
    _held: Arc<Vec<Held>>,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.piece
    }
}

/// A call for whose bytes there is no room.
pub(super) fn refused(budget: &'static str) -> Refusal {
    Refusal::new(
        ErrorReason::BuffersExhausted,
        format!(
            "there is no room in the budget for {budget}; read what was answered, or retry later"
        ),
    )
    .with("budget", budget)
}
