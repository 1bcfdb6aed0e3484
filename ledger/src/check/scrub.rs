//! One pass over one ledger while it is in use, in steps: all of it is read again, and held against the tree in memory that
//! was signed. The checks are those of a verification, but that nothing encrypted is opened.
//!
//! The last record of each step must be a leaf of the signed tree. So each step stands for itself, and a pass that goes on
//! in the middle, after a restart, relies on nothing that is stored of the steps before.

use indelible_store::{Store, StoreError};

use crate::{
    check::{
        data_keys,
        finding::Finding,
        index::paced::Comparison,
        signed_heads::published_again,
        walk::{Unfinished, Walk},
        walk_start::{Start, stored_tree},
    },
    read::{erasure_mark::Pending, key_events::key_events},
    state::{
        error::ReadError, limits::SCRUB_STEP_RECORDS, proven_leaf::check_leaf, shared::LedgerState,
    },
};

/// A pass that is under way.
pub(crate) struct Pass {
    /// Records below it are verified.
    target: u64,
    place: Place,
}

/// How far it is.
enum Place {
    /// In the records and tiles.
    Records(Box<Start>),
    /// In the index.
    Index(Box<Comparison>),
    /// What is left is small: the data keys, and the published checkpoint.
    Rest,
}

/// What a step came to.
pub(crate) enum Stepped {
    /// There is more to do.
    GoesOn(Pass),
    /// All of it is sound.
    Sound,
    /// Something could not be read, and nothing is known of it.
    Unread(String),
    /// What is stored is not what was acknowledged.
    Damaged(Finding),
}

impl Pass {
    /// Begins at a full tile's end, or at the `target`.
    ///
    /// # Errors
    /// The step that it came to instead.
    pub(crate) fn begin(
        ledger: &LedgerState,
        store: &dyn Store,
        from: u64,
        target: u64,
    ) -> Result<Self, Stepped> {
        let start = start(ledger, store, from.min(target)).map_err(judged)?;
        Ok(Self {
            target,
            place: Place::Records(Box::new(start)),
        })
    }

    /// Records below it were verified.
    pub(crate) fn upto(&self) -> u64 {
        match &self.place {
            Place::Records(start) => start.tree.size(),
            Place::Index(_) | Place::Rest => self.target,
        }
    }

    /// Takes the next step, which reads about `bytes_max`; returns what it has read, too. `seed` gives random bytes.
    pub(crate) fn step(
        self,
        ledger: &LedgerState,
        store: &dyn Store,
        bytes_max: u64,
        seed: impl FnOnce() -> [u8; 32],
    ) -> (Stepped, u64) {
        // Without it, less would be checked than a pass promises.
        if let Err(away) = ledger.hasher() {
            return (Stepped::Unread(away.to_string()), 0);
        }
        let target = self.target;
        let goes_on = |place| Stepped::GoesOn(Self { target, place });
        match self.place {
            Place::Records(start) if start.tree.size() < target => {
                match records(ledger, store, *start, target, bytes_max) {
                    (Ok(start), bytes) => (goes_on(Place::Records(Box::new(start))), bytes),
                    (Err(stepped), bytes) => (stepped, bytes),
                }
            }
            Place::Records(_) => {
                let comparison = Comparison::begin(ledger, seed());
                (goes_on(Place::Index(Box::new(comparison))), 0)
            }
            Place::Index(mut comparison) => {
                match comparison.step(ledger, store, (SCRUB_STEP_RECORDS, bytes_max)) {
                    Ok(step) => {
                        let stepped = match (step.finding, step.has_ended) {
                            (Some(finding), _) => Stepped::Damaged(finding),
                            (None, true) => goes_on(Place::Rest),
                            (None, false) => goes_on(Place::Index(comparison)),
                        };
                        (stepped, step.bytes)
                    }
                    Err(error) => (unread_or_damaged(error), 0),
                }
            }
            Place::Rest => {
                let checked = data_keys::check_again(store, ledger)
                    .and_then(|()| published_again(store, ledger));
                (checked.map_or_else(judged, |()| Stepped::Sound), 0)
            }
        }
    }
}

/// What the records below `size`, which ends a full tile or the ledger's records of some moment, leave to go on from.
fn start(ledger: &LedgerState, store: &dyn Store, size: u64) -> Result<Start, Finding> {
    if size == 0 {
        return Ok(Start::at_genesis(ledger));
    }
    let tree = stored_tree(ledger, store, size)?;
    let events = key_events(ledger, store, size)?;
    let last_event = ledger.committed().head.last_event;
    let last_event = last_event.filter(|last| *last < size);
    Start::behind(ledger, store, tree, &events, last_event)
}

/// Verifies some records with their tiles.
fn records(
    ledger: &LedgerState,
    store: &dyn Store,
    start: Start,
    target: u64,
    bytes_max: u64,
) -> (Result<Start, Stepped>, u64) {
    let head = ledger.committed().head.clone();
    let to = target.min(start.tree.size().saturating_add(SCRUB_STEP_RECORDS));
    let unfinished = Unfinished::Of(Pending::default());
    let mut walk = Walk::new(ledger, store, start, unfinished, 1);
    let bytes = walk.some_records(to, bytes_max);
    if walk.is_sound() && walk.size() == head.size {
        walk.head(&head);
        walk.custody_at_the_end();
    }
    if !walk.is_sound() {
        let finding = walk.into_findings().pop();
        let stepped = finding.map_or(Stepped::Unread("nothing was found".into()), judged);
        return (Err(stepped), bytes);
    }
    let start = walk.into_start();
    let bound = match start.tree.size().checked_sub(1) {
        Some(last) => check_leaf(ledger, store, last, &start.chain),
        None => Ok(()),
    };
    (bound.map_err(unread_or_damaged).map(|()| start), bytes)
}

/// A finding behind which the operating system stands says nothing of the stored bytes.
fn judged(finding: Finding) -> Stepped {
    match finding.cause {
        Some(_) => Stepped::Unread(finding.to_string()),
        None => Stepped::Damaged(finding),
    }
}

/// What could not be read for lack of a key, or because the store takes no calls, says nothing either.
fn unread_or_damaged(error: ReadError) -> Stepped {
    match error {
        ReadError::Damaged { .. }
        | ReadError::Misindexed { .. }
        | ReadError::Store(StoreError::Damaged { .. }) => judged(error.into()),
        error => Stepped::Unread(error.to_string()),
    }
}
