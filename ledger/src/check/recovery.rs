//! What happens to each ledger at every start: its tree is rebuilt, everything after the last checkpoint
//! under the identity key is verified again, and the whole is compared with the anchor. Whatever does not
//! match puts the ledger into quarantine; nothing here repairs or signs.

use std::{
    ops::ControlFlow,
    sync::{Arc, OnceLock, atomic::Ordering},
};

use indelible_evidence::{
    bundle::KeyEventRecord, chain::ChainHasher, header::Header, note::VerifierKey,
    verdict::FindingCode as Evidenced,
};
use indelible_store::{
    Head, LedgerId, Store, StoreError, TryScan,
    anchor::AnchorEntry,
    record::{NO_IDENTITY, StoredRecord},
};

use crate::{
    check::{
        data_keys,
        finding::{Finding, FindingCode},
        rebuild,
        signed_heads::SignedHeads,
        walk::{Unfinished, Walk, check_identity},
        walk_start::{Start, decoded, stored_tree, tree_with},
    },
    read::{key_events::key_events, ordered::orders_about, record::RecordView},
    state::{
        self,
        descriptor::Descriptor,
        error::ReadError,
        event_identity::{IndexHasher, IndexKey},
        interrupt::Interrupt,
        key_state::KeyState,
        proven_leaf::check_leaf,
        proven_tiles::ProvenTiles,
        register::Witness,
        shared::{Committed, LedgerState},
        tree_edge::{PartialTiles, TreeBuilder},
    },
    write::{link::Tip, reserved::is_clients, unindexed_ids::UnindexedIds},
};

/// A ledger as it is after a start.
pub(crate) struct Recovered {
    pub(crate) cell: Arc<LedgerState>,
    /// The writer's view; none if the ledger takes no appends.
    pub(crate) tip: Option<Tip>,
    /// Why the ledger must go into quarantine.
    pub(crate) finding: Option<Finding>,
    /// The anchor lags behind the store by what was synced just before a crash, and is to be advanced.
    pub(crate) anchor_behind: bool,
}

/// What recovery compares a ledger with.
pub(crate) struct Evidence<'a> {
    pub(crate) store: &'a dyn Store,
    /// What the anchor holds of the ledger, or why it can't say.
    pub(crate) anchor: Result<Option<AnchorEntry>, Finding>,
    /// What the register says of it, if it knows it and could be read.
    pub(crate) registered: Option<Witness>,
    pub(crate) verifier_key: VerifierKey,
    /// Where tiles that are proven are kept.
    pub(crate) proven_tiles: Arc<ProvenTiles>,
    /// Whether nobody waits for the outcome any more.
    pub(crate) interrupt: &'a Interrupt,
    /// What is wrong with the published checkpoint goes here, and the ledger is recovered as if there were none. Without a place
    /// for it, it is a finding as any other.
    pub(crate) bad_checkpoint: Option<&'a OnceLock<Finding>>,
}

/// Recovers one ledger that has a head. While its index key is away, what needs that is left for
/// [`check_with_key`].
pub(crate) fn recover(
    evidence: Evidence<'_>,
    id: LedgerId,
    descriptor: Descriptor,
    index_key: IndexKey,
    head: Head,
) -> Recovered {
    let Evidence {
        store,
        anchor,
        registered,
        verifier_key,
        proven_tiles,
        interrupt,
        bad_checkpoint,
    } = evidence;
    let rebuilt = rebuild::partial_tiles(store, id, head.size);
    let partial = rebuilt.as_ref().map(Clone::clone).unwrap_or_default();
    let committed = Committed {
        head: head.clone(),
        partial,
    };
    let ledger = Arc::new(LedgerState::new(
        id,
        descriptor,
        verifier_key,
        index_key,
        committed,
        proven_tiles,
    ));
    // Also a ledger in quarantine is read through its index, and indexed on from where that ends.
    if let Ok(cursor) = store.cursor(id) {
        ledger.indexed.store(cursor, Ordering::Release);
    }
    // A key that was destroyed on the word of the store's own ledger is not missing.
    let ordered = orders_about(store, id, ledger.origin()).map(|orders| {
        ledger.change_keys(|keys| {
            orders
                .into_iter()
                .for_each(|order| keys.erased.order(order))
        });
    });
    let check = Check {
        store,
        ledger: &ledger,
        head: &head,
        registered: registered.as_ref(),
        interrupt,
        bad_checkpoint,
    };
    let sound = check.all(rebuilt, anchor);
    if sound.is_err() {
        ledger.doubts.note_lack_of_records();
    }
    // Whatever else is wrong: what is sealed in a ledger in quarantine is read, too.
    let data_keys = match ledger.binder() {
        Ok(binder) => data_keys::check(store, &ledger, &head, binder),
        Err(_away) => Ok(()),
    };
    let ordered = ordered.map_err(Finding::from);
    match sound.and_then(|sound| data_keys.and(ordered).map(|()| sound)) {
        Ok(sound) => Recovered {
            anchor_behind: sound.anchored < head.size,
            tip: Some(tip(&ledger, &head, sound)),
            cell: ledger,
            finding: None,
        },
        Err(finding) => Recovered {
            cell: ledger,
            tip: None,
            finding: Some(finding),
            anchor_behind: false,
        },
    }
}

/// What the writer of a sound ledger goes on from.
fn tip(ledger: &Arc<LedgerState>, head: &Head, sound: Sound) -> Tip {
    Tip {
        cell: Arc::clone(ledger),
        chain: head.chain,
        time: head.time,
        newest_key_event: head.newest_key_event,
        last_event: head.last_event,
        edge: sound.edge,
        epoch: None,
        pending: sound.pending,
        in_flight: std::collections::VecDeque::new(),
        gate: Default::default(),
    }
}

/// Puts a ledger into quarantine, and returns the reason as its operator reads it.
pub(crate) fn quarantine(ledger: &LedgerState, finding: &Finding) -> String {
    let reason = finding.reason();
    state::quarantine::quarantine(ledger, finding.code.as_str(), &reason);
    reason
}

/// What a start with the index key would have found: the data keys are those that were sealed, and each event after the
/// last checkpoint under the identity key is stored under its own identity.
pub(crate) fn check_with_key(
    store: &dyn Store,
    ledger: &LedgerState,
    hasher: &IndexHasher,
) -> Result<(), Finding> {
    let head = ledger.committed().head.clone();
    data_keys::check(store, ledger, &head, hasher.binder())?;
    let from = ledger.published().map_or(0, |published| published.size);
    store.try_scan(ledger.id, from, ledger.size(), |sequence, value| {
        let view = RecordView::check(ledger, sequence, value.to_vec())?;
        check_identity(hasher, &view.header(), &view.stored())?;
        Ok(ControlFlow::Continue(()))
    })
}

/// The checks of one ledger. Each says why the ledger must not be served as it is.
struct Check<'a> {
    store: &'a dyn Store,
    ledger: &'a LedgerState,
    head: &'a Head,
    registered: Option<&'a Witness>,
    interrupt: &'a Interrupt,
    bad_checkpoint: Option<&'a OnceLock<Finding>>,
}

/// What the writer of a sound ledger begins with.
struct Sound {
    edge: TreeBuilder,
    /// The size that the anchor holds.
    anchored: u64,
    pending: UnindexedIds,
}

impl Check<'_> {
    fn all(
        &self,
        rebuilt: Result<PartialTiles, ReadError>,
        anchor: Result<Option<AnchorEntry>, Finding>,
    ) -> Result<Sound, Finding> {
        // First of all, and whatever else is wrong: what is read in quarantine is checked against the key events, too.
        let key_events = self.keys();
        if key_events.is_err() {
            self.ledger.doubts.leave_key_events_unread();
        }
        let partial = rebuilt?;
        let key_events = key_events?;
        let edge = tree_with(self.ledger, self.store, self.head.size, partial)?;
        if edge.root() != self.head.root {
            let detail = format!(
                "the stored tree has root {} at size {}, but the head says {}",
                edge.root(),
                self.head.size,
                self.head.root
            );
            return Err(Finding::new(Evidenced::RootMismatch, detail));
        }
        let signed = SignedHeads {
            store: self.store,
            ledger: self.ledger,
            head: self.head,
        };
        let own = signed.own();
        if own.is_ok() {
            // Whatever is found from here on, what the tree holds can still be read as sound.
            self.ledger.trust_tree();
        }
        self.records(self.published(&signed)?, &key_events, &edge)?;
        own?;
        self.held_by_the_tree(&key_events)?;
        let anchored = signed.anchor(anchor)?;
        if let Some(witness) = self.registered {
            signed.registered(witness)?;
        }
        Ok(Sound {
            anchored,
            pending: self.pending()?,
            edge,
        })
    }

    /// The size of the last checkpoint under the identity key, or 0, from where on everything is verified again.
    fn published(&self, signed: &SignedHeads<'_>) -> Result<u64, Finding> {
        let Some(bad_checkpoint) = self.bad_checkpoint else {
            return signed.published();
        };
        let found = match self.store.published(self.ledger.id) {
            Err(error @ StoreError::Damaged { .. }) => Err(error.into()),
            _ => signed.published(),
        };
        found.or_else(|finding| match finding.code {
            // The tree is another one than the identity key signed: no other checkpoint is better than that one.
            FindingCode::HistoryMismatch => Err(finding),
            _ if finding.cause.is_some() => Err(finding),
            _ => {
                let _first = bad_checkpoint.set(finding);
                Ok(0)
            }
        })
    }

    /// What the key events say of data keys. Returns all key events.
    fn keys(&self) -> Result<Vec<KeyEventRecord>, Finding> {
        let events = key_events(self.ledger, self.store, self.head.size)?;
        let mut state = KeyState::new(self.ledger.verifier_key.clone());
        for event in &events {
            state.apply(&decoded(event)?)?;
        }
        self.ledger.change_keys(|keys| {
            // What is ordered elsewhere no key event of the ledger says.
            let orders = keys.erased.elsewhere().iter();
            orders.for_each(|order| state.erased.order(order.clone()));
            *keys = state;
        });
        Ok(events)
    }

    /// Holds each key event against its leaf. What they say decides what the daemon does, and they name each other: one
    /// that was altered could hide another.
    fn held_by_the_tree(&self, key_events: &[KeyEventRecord]) -> Result<(), Finding> {
        let mut hasher = ChainHasher::new();
        for event in key_events {
            let sequence = decoded(event)?.sequence;
            let chain = hasher.link(&event.previous, &event.header);
            check_leaf(self.ledger, self.store, sequence, &chain)
                .map_err(|error| as_finding(error, Evidenced::LeafMismatch))?;
        }
        Ok(())
    }

    /// Verifies again the records from `published` on: what lies after the last checkpoint under the identity key.
    fn records(
        &self,
        published: u64,
        key_events: &[KeyEventRecord],
        edge: &TreeBuilder,
    ) -> Result<(), Finding> {
        let start = self.start(published, key_events, edge)?;
        let mut walk = Walk::new(self.ledger, self.store, start, Unfinished::Any, 1);
        walk.records(self.head.size, |walk, _| {
            if self.interrupt.is_set() {
                walk.break_off();
            }
        });
        if walk.is_sound() {
            walk.head(self.head);
        }
        walk.into_findings().pop().map_or(Ok(()), Err)
    }

    /// What the records below `size` leave to go on from. `edge` is the tree at the head.
    fn start(
        &self,
        size: u64,
        key_events: &[KeyEventRecord],
        edge: &TreeBuilder,
    ) -> Result<Start, Finding> {
        if size == 0 {
            return Ok(Start::at_genesis(self.ledger));
        }
        let tree = if size == self.head.size {
            edge.clone()
        } else {
            stored_tree(self.ledger, self.store, size)?
        };
        let last_event = self.event_before(size)?;
        Start::behind(self.ledger, self.store, tree, key_events, last_event)
    }

    /// The last client event below `size`, if the head is right. If the head names one there, only what comes after that
    /// has to be looked at, which may be much: an access trail grows while no client appends. If it names a later
    /// one, that decides.
    fn event_before(&self, size: u64) -> Result<Option<u64>, ReadError> {
        let stated = self.head.last_event;
        if stated.is_some_and(|stated| stated >= size) {
            return Ok(None);
        }
        let mut event = None;
        let from = stated.unwrap_or(0);
        self.store
            .try_scan(self.ledger.id, from, size, |sequence, value| {
                let damaged = |what: String| ReadError::Damaged { sequence, what };
                let stored =
                    StoredRecord::decode(value).map_err(|error| damaged(error.to_string()))?;
                let header =
                    Header::decode(stored.header).map_err(|error| damaged(error.to_string()))?;
                if is_clients(self.ledger, &header) {
                    event = Some(sequence);
                }
                Ok::<_, ReadError>(ControlFlow::Continue(()))
            })?;
        Ok(event)
    }

    /// Identities of the records that the stored index does not cover.
    fn pending(&self) -> Result<UnindexedIds, Finding> {
        let cursor = self.store.cursor(self.ledger.id)?;
        let mut pending = UnindexedIds::starting_at(cursor);
        let (id, size) = (self.ledger.id, self.head.size);
        self.store.try_scan(id, cursor, size, |sequence, value| {
            let stored = StoredRecord::decode(value).map_err(|error| {
                Finding::of_record(FindingCode::RecordDamaged, sequence, error.to_string())
            })?;
            if stored.id_hash != NO_IDENTITY {
                pending.insert(stored.id_hash, sequence);
            }
            Ok::<_, Finding>(ControlFlow::Continue(()))
        })?;
        Ok(pending)
    }
}

/// The same under another code, if it is about a record.
fn as_finding(error: ReadError, code: Evidenced) -> Finding {
    match error {
        ReadError::Damaged { sequence, what } => Finding::of_record(code, sequence, what),
        error => error.into(),
    }
}
