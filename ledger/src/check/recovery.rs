//! What happens to each ledger at every start: its tree is rebuilt, everything after the last checkpoint
//! under the identity key is verified again, and the whole is held against the anchor. Whatever does not
//! fit puts the ledger in quarantine; nothing here repairs or signs.

use std::{ops::ControlFlow, sync::Arc};

use indelible_evidence::{
    chain::ChainHasher,
    checkpoint::{Checkpoint, verify_epoch, verify_identity},
    hash::TreeHash,
    header::{Header, RecordKind},
    key_event::EpochCertificate,
    note::{SignedNote, VerifierKey},
    tree::{Frontier, leaf_hash, left_cover, root_at},
    verify::records::Succession,
};
use indelible_store::{Head, LedgerId, Store, anchor::AnchorEntry, record::StoredRecord};

use crate::{
    check::{
        rebuild,
        replay::{self, Last, Replay},
    },
    read::{
        key_events::key_events,
        nodes::Nodes,
        record::{RecordView, record},
    },
    state::{
        descriptor::Descriptor,
        error::ReadError,
        event_identity::{IdHash, IndexHasher, IndexKey},
        key_state::KeyState,
        shared::{Committed, LedgerState, Published},
        tree_edge::{PartialTiles, TreeBuilder},
    },
    write::{link::Tip, reserved::is_clients, unindexed_ids::UnindexedIds},
};

/// A ledger as it stands after a start.
pub(crate) struct Recovered {
    pub(crate) cell: Arc<LedgerState>,
    /// The writer's view; none if the ledger takes no appends, and then why.
    pub(crate) tip: Result<Tip, String>,
    /// The anchor lags behind the store by what was synced just before a crash, and is to be advanced.
    pub(crate) anchor_behind: bool,
}

/// What recovery goes by.
pub(crate) struct Evidence<'a> {
    pub(crate) store: &'a dyn Store,
    /// What the anchor holds of the ledger, or why it can't say.
    pub(crate) anchor: Result<Option<AnchorEntry>, String>,
    pub(crate) verifier_key: VerifierKey,
}

/// Recovers one ledger that has a head. While its index key is away, what needs that is left for
/// [`check_identities`].
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
        verifier_key,
    } = evidence;
    let rebuilt = rebuild::partial_tiles(store, id, head.size);
    let partial = rebuilt.as_ref().map(Clone::clone).unwrap_or_default();
    let committed = Committed {
        head: head.clone(),
        partial,
    };
    let cell = Arc::new(LedgerState::new(
        id,
        descriptor,
        verifier_key,
        index_key,
        committed,
    ));
    // Also a ledger in quarantine is read through its index, and indexed on from where that ends.
    if let Ok(cursor) = store.cursor(id) {
        cell.indexed
            .store(cursor, std::sync::atomic::Ordering::Release);
    }
    let check = Check {
        store,
        cell: &cell,
        head: &head,
    };
    // First of all, and whatever else is wrong: what is read in quarantine is held against it, too.
    let keys = check.keys();
    let checked = rebuilt
        .map_err(|error| error.to_string())
        .and_then(|partial| {
            keys?;
            let edge = check.edge(partial)?;
            check.records()?;
            check.checkpoint()?;
            let anchored = check.anchor(anchor)?;
            let pending = check.pending()?;
            Ok((edge, anchored, pending))
        });
    match checked {
        Ok((edge, anchored, pending)) => {
            let tip = Tip {
                cell: Arc::clone(&cell),
                chain: head.chain,
                time: head.time,
                newest_key_event: head.newest_key_event,
                last_event: head.last_event,
                edge,
                epoch: None,
                pending,
                in_flight: std::collections::VecDeque::new(),
            };
            Recovered {
                cell,
                tip: Ok(tip),
                anchor_behind: anchored < head.size,
            }
        }
        Err(reason) => Recovered {
            cell,
            tip: Err(reason),
            anchor_behind: false,
        },
    }
}

/// What a start with the index key would have found: each event after the last checkpoint under the identity key is
/// stored under its own identity.
pub(crate) fn check_identities(
    store: &dyn Store,
    cell: &LedgerState,
    hasher: &IndexHasher,
) -> Result<(), String> {
    let from = cell.published().map_or(0, |published| published.size);
    let mut fault = None;
    let scanned = store.scan(cell.id, from, cell.size(), &mut |sequence, value| {
        fault = RecordView::check(cell, sequence, value.to_vec())
            .map_err(|error| error.to_string())
            .and_then(|view| replay::check_identity(hasher, &view))
            .err();
        if fault.is_none() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    match fault {
        Some(fault) => Err(fault),
        None => scanned.map_err(|error| error.to_string()),
    }
}

/// The checks of one ledger. Each says why the ledger must not be served as it is.
struct Check<'a> {
    store: &'a dyn Store,
    cell: &'a LedgerState,
    head: &'a Head,
}

impl Check<'_> {
    /// What the key events say of data keys.
    fn keys(&self) -> Result<(), String> {
        let events =
            key_events(self.cell, self.store, self.head.size).map_err(|error| error.to_string())?;
        let mut state = KeyState::new(self.cell.verifier_key.clone());
        for event in &events {
            let header = Header::decode(&event.header).map_err(|error| error.to_string())?;
            state.apply(&header)?;
        }
        self.cell.change_keys(|keys| *keys = state);
        Ok(())
    }

    /// The tree as the writer needs it; its root must be the head's.
    fn edge(&self, partial: PartialTiles) -> Result<TreeBuilder, String> {
        let mut nodes = Nodes::new(self.cell, self.store);
        let mut subtrees = Vec::new();
        for node in left_cover(self.head.size) {
            subtrees.push((
                node.level,
                nodes.node(node).map_err(|error| error.to_string())?,
            ));
        }
        let edge = TreeBuilder::restored(self.head.size, &subtrees, partial);
        if edge.root() != self.head.root {
            return Err(format!(
                "the stored tree has root {} at size {}, the head says {}",
                edge.root(),
                self.head.size,
                self.head.root
            ));
        }
        Ok(edge)
    }

    /// Verifies again what lies after the last checkpoint under the identity key.
    fn records(&self) -> Result<(), String> {
        let published = self.published()?;
        let text = |error: ReadError| error.to_string();
        let before = self.before(published).map_err(text)?;
        let mut nodes = Nodes::new(self.cell, self.store);
        let mut subtrees = Vec::new();
        for node in left_cover(published) {
            subtrees.push(nodes.node(node).map_err(text)?);
        }
        let frontier = Frontier::from_parts(published, &subtrees)
            .ok_or_else(|| format!("the tree of size {published} can't be rebuilt"))?;
        if let Some(last) = published.checked_sub(1)
            && nodes.tile_hash(0, last).map_err(text)? != leaf_hash(&before.chain)
        {
            return Err(format!("record {last} is not the one that the tree holds"));
        }
        let mut replay = Replay {
            cell: self.cell,
            identities: self.cell.keys().identities().clone(),
            hasher: ChainHasher::new(),
            frontier,
            last: before,
        };
        let mut fault = None;
        let scanned = self.store.scan(
            self.cell.id,
            published,
            self.head.size,
            &mut |sequence, value| {
                fault = replay.record(sequence, value).err();
                if fault.is_none() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            },
        );
        if let Some(fault) = fault {
            return Err(fault);
        }
        scanned.map_err(|error| error.to_string())?;
        let Last {
            chain,
            succession,
            event,
        } = replay.last;
        if chain != self.head.chain || replay.frontier.root() != self.head.root {
            return Err("the records do not lead to the head".into());
        }
        // No signature covers these, and the writer goes on from them.
        let told = (
            self.head.time,
            self.head.newest_key_event,
            self.head.last_event,
        );
        if told
            != (
                succession.time(),
                succession.newest_key_event().unwrap_or(0),
                event,
            )
        {
            return Err(
                "the head's time, newest key event or last event does not match its newest records"
                    .into(),
            );
        }
        Ok(())
    }

    /// What the records below `size` leave to go on from.
    fn before(&self, size: u64) -> Result<Last, ReadError> {
        let Some(newest) = size.checked_sub(1) else {
            return Ok(Last {
                chain: ChainHasher::start(self.cell.origin()),
                succession: Succession::new(),
                event: None,
            });
        };
        let view = record(self.cell, self.store, newest)?;
        let header = view.header();
        let (chain, time) = (view.chain_hash(), header.time);
        let key_event = if header.is_key_event() {
            newest
        } else {
            header.prior_key_event
        };
        let event = self.event_before(size)?;
        Ok(Last::after(chain, time, key_event, event))
    }

    /// The last client event below `size`, if the head is right. Where it names one there, only what comes after that
    /// has to be looked at, which may be much: an access trail grows while no client appends. Where it names a later
    /// one, that decides.
    fn event_before(&self, size: u64) -> Result<Option<u64>, ReadError> {
        let told = self.head.last_event;
        if told.is_some_and(|told| told >= size) {
            return Ok(None);
        }
        let (mut event, mut fault) = (None, None);
        let from = told.unwrap_or(0);
        self.store
            .scan(self.cell.id, from, size, &mut |sequence, value| {
                let damaged = |what: String| ReadError::Damaged { sequence, what };
                let clients = StoredRecord::decode(value)
                    .map_err(|error| damaged(error.to_string()))
                    .and_then(|stored| {
                        Header::decode(stored.header)
                            .map(|header| is_clients(self.cell, &header))
                            .map_err(|error| damaged(error.to_string()))
                    });
                match clients {
                    Ok(true) => event = Some(sequence),
                    Ok(false) => {}
                    Err(error) => {
                        fault = Some(error);
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            })?;
        fault.map_or(Ok(event), Err)
    }

    /// The size of the last checkpoint under the identity key, which must be of this tree.
    fn published(&self) -> Result<u64, String> {
        let Some(text) = self
            .store
            .published(self.cell.id)
            .map_err(|error| error.to_string())?
        else {
            return Ok(0);
        };
        let note = SignedNote::parse(text.as_bytes())
            .map_err(|error| format!("the published checkpoint: {error}"))?;
        let identity = self
            .identity_of(&note)
            .ok_or("the published checkpoint: its identity's key is of a type that is not known")?;
        let verified = verify_identity(&note, &identity)
            .map_err(|error| format!("the published checkpoint: {error}"))?;
        let size = verified.checkpoint.size;
        if !self.cell.keys().identities().trusted_at(size) {
            // Its signature counts for nothing, so everything is verified again.
            return Ok(0);
        }
        if size > self.head.size {
            return Err(missing(
                self.head.size,
                size,
                "a checkpoint under the identity key",
            ));
        }
        if self.root_at(size)? != verified.checkpoint.root {
            return Err(format!(
                "the stored tree is not the one that the identity key signed at size {size}"
            ));
        }
        self.cell.publish(Published { size, note });
        Ok(size)
    }

    /// Who must have signed a checkpoint of its size.
    fn identity_of(&self, note: &SignedNote) -> Option<VerifierKey> {
        let size = Checkpoint::parse_text(&note.text).map_or(0, |checkpoint| checkpoint.size);
        self.cell.keys().verifier_key_at(size)
    }

    fn root_at(&self, size: u64) -> Result<TreeHash, String> {
        let mut nodes = Nodes::new(self.cell, self.store);
        root_at(size, |node| nodes.node(node)).map_err(|error| error.to_string())
    }

    /// The head's own checkpoint must be signed for, by the identity key or by a certified epoch.
    fn checkpoint(&self) -> Result<(), String> {
        let fault = |what: String| format!("the head's checkpoint: {what}");
        let note = SignedNote::parse(self.head.checkpoint.as_bytes())
            .map_err(|error| fault(error.to_string()))?;
        let identity = self.identity_of(&note);
        let by_identity = identity.and_then(|key| verify_identity(&note, &key).ok());
        let checkpoint = match by_identity {
            Some(verified) => verified.checkpoint,
            None => {
                let certificate = self.certificate(&note).map_err(fault)?;
                let key = certificate.key.as_bytes();
                if !self.cell.keys().signing().trusts(key, self.head.size) {
                    return Err(fault("the epoch key that signed it is revoked".into()));
                }
                verify_epoch(&note, &certificate).map_err(|error| fault(error.to_string()))?
            }
        };
        if checkpoint.origin != *self.cell.origin()
            || checkpoint.size != self.head.size
            || checkpoint.root != self.head.root
        {
            return Err(fault("it is of another tree".into()));
        }
        Ok(())
    }

    fn certificate(&self, note: &SignedNote) -> Result<EpochCertificate, String> {
        let first = note
            .signatures
            .iter()
            .find_map(|line| line.name.rsplit_once('#')?.1.parse::<u64>().ok())
            .ok_or("no epoch has signed it")?;
        let value = self
            .store
            .record(self.cell.id, first)
            .map_err(|error| error.to_string())?;
        let value = value.ok_or_else(|| format!("certificate {first} is missing"))?;
        let stored = StoredRecord::decode(&value).map_err(|error| error.to_string())?;
        match Header::decode(stored.header)
            .map_err(|error| error.to_string())?
            .kind
        {
            RecordKind::Epoch(signed) => {
                let identity = self.cell.keys().identities().at(first).clone();
                EpochCertificate::verify(&signed, &identity).map_err(|error| error.to_string())
            }
            _ => Err(format!("record {first} is no epoch certificate")),
        }
    }

    /// Serve only if the stored tree's root at the anchor's size is the anchor's. Returns that size.
    fn anchor(&self, anchor: Result<Option<AnchorEntry>, String>) -> Result<u64, String> {
        let entry = anchor?.ok_or("the anchor knows nothing of this ledger")?;
        if entry.size > self.head.size {
            return Err(missing(self.head.size, entry.size, "the anchor"));
        }
        if self.root_at(entry.size)? != entry.root {
            return Err(format!(
                "the stored history is not the acknowledged one: at size {} its root is not the anchor's",
                entry.size
            ));
        }
        Ok(entry.size)
    }

    /// Identities of the records that the stored index does not cover.
    fn pending(&self) -> Result<UnindexedIds, String> {
        let text = |error: indelible_store::StoreError| error.to_string();
        let cursor = self.store.cursor(self.cell.id).map_err(text)?;
        let mut pending = UnindexedIds::starting_at(cursor);
        let mut fault = None;
        self.store
            .scan(
                self.cell.id,
                cursor,
                self.head.size,
                &mut |sequence, value| match StoredRecord::decode(value) {
                    Ok(stored) if stored.id_hash == [0; 16] => ControlFlow::Continue(()),
                    Ok(stored) => {
                        pending.insert(IdHash(stored.id_hash), sequence);
                        ControlFlow::Continue(())
                    }
                    Err(error) => {
                        fault = Some(format!("record {sequence}: {error}"));
                        ControlFlow::Break(())
                    }
                },
            )
            .map_err(text)?;
        fault.map_or(Ok(pending), Err)
    }
}

fn missing(from: u64, to: u64, witness: &str) -> String {
    format!(
        "records {from} to {} were acknowledged, as {witness} shows, and are missing",
        to - 1
    )
}
