//! Publication: at a set interval the identity key signs the newest durable checkpoint of each ledger that
//! has grown, and all of them at a heartbeat, and says when it did so. Where there is a register outside this machine, it is
//! advanced first, once for all ledgers of a round.

use std::{sync::Arc, time::Duration};

use indelible_evidence::{
    checkpoint::{
        Checkpoint, cosignature_line, cosignature_message, signature_line, verify_identity,
    },
    note::{SignatureType, SignedNote},
};
use indelible_store::{LedgerId, Store, StoreError};
use tracing::{error, warn};

use crate::{
    keys::{registrar, signers::Signers},
    state::{
        bell::Stop,
        custody::IdentityError,
        error::ReadError,
        limits::{HEARTBEAT_INTERVAL, PUBLICATION_LEDGERS_MAX},
        register::Registered,
        registry::Registry,
        shared::{Availability, LedgerState, Published},
        steps::{Next, Steps},
        wall_clock::ClockUnconfirmed,
    },
    write::queue::Queue,
};

/// The loop that publishes, and publishes once more at its end.
pub(crate) struct Publisher {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    signers: Arc<Signers>,
    /// What is measured is there.
    queue: Arc<Queue>,
    interval: Duration,
    stop: Stop,
    /// When the next round may be.
    next: Duration,
    /// When all ledgers get a new timestamp.
    heartbeat: Duration,
    /// Where the next round begins among the ledgers.
    first: usize,
}

impl Steps for Publisher {
    fn step(&mut self) -> Next {
        let now = self.signers.environment().elapsed();
        let stopping = self.stop.is_set();
        if !stopping && now < self.next {
            return Next::PausesUntil(self.next);
        }
        let beats = now >= self.heartbeat;
        if beats {
            self.heartbeat = now + HEARTBEAT_INTERVAL;
        }
        self.round(beats);
        if stopping {
            return Next::Ended;
        }
        self.next = self.signers.environment().elapsed() + self.interval;
        let cells = self.registry.cells();
        match cells.iter().any(|cell| has_grown(cell) && may_sign(cell)) {
            true => Next::PausesUntil(self.next),
            false => Next::WaitsUntil(self.heartbeat),
        }
    }
}

impl Publisher {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        registry: Arc<Registry>,
        signers: Arc<Signers>,
        queue: Arc<Queue>,
        interval: Duration,
        stop: Stop,
    ) -> Self {
        let now = signers.environment().elapsed();
        Self {
            store,
            registry,
            signers,
            queue,
            interval,
            stop,
            next: now,
            heartbeat: now + HEARTBEAT_INTERVAL,
            first: 0,
        }
    }

    /// Publishes what has grown; at a heartbeat every ledger that may still sign. Where one round is not
    /// enough for all, the next one goes on with the `first` that was left over.
    fn round(&mut self, heartbeat: bool) {
        let mut due = Vec::new();
        let mut left_over = 0_usize;
        let mut cells = self.registry.cells();
        let begin = self.first % cells.len().max(1);
        cells.rotate_left(begin);
        let began = self.signers.environment().elapsed();
        let mut is_whole = true;
        for (place, cell) in cells.into_iter().enumerate() {
            if !(has_grown(&cell) || heartbeat) || !may_sign(&cell) {
                continue;
            }
            if due.len() == PUBLICATION_LEDGERS_MAX {
                if left_over == 0 {
                    self.first = begin + place;
                }
                left_over += 1;
                continue;
            }
            let head = newest(&cell);
            due.push((cell, head));
        }
        let heads: Vec<_> = due.iter().map(|(cell, head)| (&**cell, *head)).collect();
        let registered = registrar::advance(self.signers.registrar(), &heads);
        let mut notes = Vec::new();
        is_whole &= registered.is_ok();
        // Without the register nothing is signed, as the status says.
        for (cell, head) in due.into_iter().filter(|_| registered.is_ok()) {
            match sign_head(&cell, &self.signers, head, heartbeat) {
                Ok(published) => notes.push((cell, published)),
                // Its ledgers wait, as the status says; others don't.
                Err(ReadError::Shut(_) | ReadError::NotPublished) => is_whole = false,
                Err(error) => {
                    error!(%error, "checkpoints can't be published now; it will be tried again");
                    is_whole = false;
                    break;
                }
            }
        }
        if left_over > 0 {
            warn!(
                left_over,
                "more ledgers have grown than one round of publication may sign for"
            );
        }
        if let Err(error) = self.keep(&notes) {
            error!(%error, "published checkpoints could not be kept");
            self.queue.meters.note_round(began, false);
            return;
        }
        for (cell, published) in notes {
            cell.publish(published);
        }
        let is_whole = is_whole && left_over == 0;
        self.queue.meters.note_round(began, is_whole);
    }

    fn keep(&self, notes: &[(Arc<LedgerState>, Published)]) -> Result<(), StoreError> {
        if notes.is_empty() {
            return Ok(());
        }
        for (cell, published) in notes {
            keep_timed(&*self.store, cell, published)?;
        }
        let notes: Vec<(LedgerId, String)> = notes
            .iter()
            .map(|(cell, published)| (cell.id, published.note.to_string()))
            .collect();
        self.store.put_published(&notes)
    }
}

/// Whether there is more of a ledger than is published.
fn has_grown(cell: &LedgerState) -> bool {
    let published = cell.published();
    published.is_none_or(|published| published.size < cell.size())
}

/// An identity signature says that this is the ledger's history, so a quarantined ledger gets none.
fn may_sign(cell: &LedgerState) -> bool {
    cell.size() > 0
        && !matches!(
            cell.state().0,
            Availability::Quarantined | Availability::Closed
        )
}

/// The newest durable head.
fn newest(cell: &LedgerState) -> Registered {
    let committed = cell.committed();
    Registered {
        size: committed.head.size,
        root: committed.head.root,
    }
}

/// Signs the newest durable checkpoint, once the register is that far.
fn sign(cell: &LedgerState, signers: &Signers, timed: bool) -> Result<Published, ReadError> {
    if !may_sign(cell) {
        return Err(ReadError::NotPublished);
    }
    let head = newest(cell);
    registrar::advance(signers.registrar(), &[(cell, head)])?;
    sign_head(cell, signers, head, timed)
}

/// Signs a durable checkpoint that the register has with the identity key, plainly and, if it is to be `timed`, with the time. A
/// bundle needs both, and a ledger that is quarantined or closed later is signed for no more: it is exported under the
/// last that has both. A key outside of this process signs the time only at a heartbeat and for an export, so that its
/// provider sees one call for each ledger and interval.
fn sign_head(
    cell: &LedgerState,
    signers: &Signers,
    Registered { size, root }: Registered,
    timed: bool,
) -> Result<Published, ReadError> {
    let text = Checkpoint {
        origin: cell.origin().clone(),
        size,
        root,
    }
    .to_text();
    // The identity at that size: another one may be on its way to the disk.
    let key = cell.keys().verifier_key_at(size);
    let key = key.ok_or(ReadError::NotPublished)?;
    let identity = signers.with_public(key.public_key().as_bytes())?;
    // Asked once more: what was checked only when the keys came back is settled before a key can be had. And no time is
    // signed that may be wrong.
    let confirmed = signers.environment().confirmed_now();
    let (true, Ok(now)) = (may_sign(cell), confirmed) else {
        return Err(ReadError::NotPublished);
    };
    let timed = timed || !identity.is_remote();
    let plain = identity.sign(text.as_bytes())?;
    let mut signatures = vec![signature_line(key.name(), key.key_id(), &plain)];
    if timed {
        let seconds = now / 1_000_000_000;
        signatures.push(cosignature_line(
            key.name(),
            key.with_type(SignatureType::Cosignature).key_id(),
            seconds,
            &identity.sign(&cosignature_message(seconds, &text))?,
        ));
    }
    Ok(Published {
        size,
        note: SignedNote { text, signatures },
    })
}

/// Signs the newest durable checkpoint with the time, and keeps it, at once.
pub(crate) fn publish(
    cell: &LedgerState,
    store: &dyn Store,
    signers: &Signers,
) -> Result<Published, ReadError> {
    let published = sign(cell, signers, true)?;
    store.put_published(&[(cell.id, published.note.to_string())])?;
    cell.publish(published.clone());
    Ok(published)
}

/// Why nothing newer is signed.
pub(crate) enum Unsigned {
    Key(IdentityError),
    Clock(ClockUnconfirmed),
}

impl Unsigned {
    /// The error of whoever wants more than the records below `covered`.
    pub(crate) fn beyond(self, covered: u64) -> ReadError {
        match self {
            Self::Key(error) => ReadError::NotSigned { covered, error },
            Self::Clock(error) => ReadError::NoTimeSigned { covered, error },
        }
    }
}

/// The checkpoint of an export: newly signed, with the time. A ledger that may not be signed for exports
/// under the last checkpoint that was published, and so does one whose key can't be opened, or while the clock is not
/// believed: then with why.
pub(crate) fn for_export(
    cell: &LedgerState,
    store: &dyn Store,
    signers: &Signers,
) -> Result<(Published, Option<Unsigned>), ReadError> {
    if !may_sign(cell) {
        return Ok((last_timed(cell, store)?, None));
    }
    if let Err(error) = signers.environment().confirmed_now() {
        return Ok((last_timed(cell, store)?, Some(Unsigned::Clock(error))));
    }
    match publish(cell, store, signers) {
        Ok(published) => Ok((published, None)),
        Err(ReadError::Shut(error)) => match last_timed(cell, store) {
            Ok(published) => Ok((published, Some(Unsigned::Key(error)))),
            Err(ReadError::NotPublished) => Err(error.into()),
            Err(other) => Err(other),
        },
        Err(error) => Err(error),
    }
}

/// The time in the newest published checkpoint, nanoseconds since 1970 UTC, if the ledger's identity key has signed it.
pub(crate) fn signed_time(cell: &LedgerState) -> Option<u64> {
    let published = cell.published()?;
    let key = cell.keys().verifier_key_at(published.size)?;
    let verified = verify_identity(&published.note, &key).ok()?;
    verified.identity_time?.checked_mul(1_000_000_000)
}

/// Where the last checkpoint with the time is kept of a ledger whose newest one may be without.
fn timed_key(cell: &LedgerState) -> Vec<u8> {
    format!("timed/{}", cell.id.number()).into_bytes()
}

fn is_timed(note: &SignedNote) -> bool {
    note.signatures.len() > 1
}

/// Keeps the newest checkpoint with the time before one without takes its place.
fn keep_timed(store: &dyn Store, cell: &LedgerState, next: &Published) -> Result<(), StoreError> {
    match cell.published() {
        Some(newest) if is_timed(&newest.note) && !is_timed(&next.note) => {
            store.put(&timed_key(cell), newest.note.to_string().as_bytes())
        }
        _ => Ok(()),
    }
}

/// The last checkpoint with the time, as it was kept when one without took its place; none if none did.
pub(crate) fn kept_with_time(
    cell: &LedgerState,
    store: &dyn Store,
) -> Result<Option<Vec<u8>>, StoreError> {
    store.get(&timed_key(cell))
}

/// The last checkpoint with the time, under which a bundle can be made without a key.
pub(crate) fn last_timed(cell: &LedgerState, store: &dyn Store) -> Result<Published, ReadError> {
    let newest = cell.published().ok_or(ReadError::NotPublished)?;
    if is_timed(&newest.note) {
        return Ok((*newest).clone());
    }
    let kept = kept_with_time(cell, store)?.ok_or(ReadError::NotPublished)?;
    let damaged = || StoreError::Damaged {
        place: "the catalogue".into(),
        finding: "a stored checkpoint can't be read as a checkpoint".into(),
    };
    let note = SignedNote::parse(&kept).map_err(|_| damaged())?;
    let checkpoint = Checkpoint::parse_text(&note.text).map_err(|_| damaged())?;
    Ok(Published {
        size: checkpoint.size,
        note,
    })
}
