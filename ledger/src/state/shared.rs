//! What all threads may see of one ledger: its names, what is durable, what is published, and whether it takes appends.
//! The writer's own view of the ledger is `write::link::Tip`; only the committer moves what is durable here.

use std::sync::{
    Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
};

use indelible_evidence::{
    IdentityTag,
    key_event::Settings,
    note::{SignedNote, VerifierKey},
    origin::Origin,
};
use indelible_store::{Head, IndexTerm, LedgerId, SubjectTag};
use tokio::sync::watch;

use crate::state::{
    custody::KeysAway,
    descriptor::Descriptor,
    doubts::Doubts,
    event_identity::{Attribute, IndexHasher, IndexKey},
    governed::Governed,
    key_binding::KeyBinder,
    key_register::KeyRegister,
    key_state::KeyState,
    ledger_settings::{self, Switches},
    opened_answers::OpenedAnswers,
    projection_progress::Progress,
    proven_tiles::ProvenTiles,
    scrubbed::ScrubbedCell,
    shares::Shares,
    shelf::ShelfCell,
    tree_edge::PartialTiles,
    unused_keys::UnusedKeys,
};

/// Whether a ledger takes appends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Availability {
    /// It does.
    Open,
    /// What is stored is not what was acknowledged: reads and proofs only.
    Quarantined,
    /// A successor took its place.
    Closed,
    /// A write failed: reads only, until a restart.
    Stopped,
    /// The disk is nearly full: reads only, until there is room.
    ReadOnly,
}

/// What is durable and acknowledged of a ledger.
#[derive(Clone)]
pub(crate) struct Committed {
    pub(crate) head: Head,
    pub(crate) partial: PartialTiles,
}

/// The newest checkpoint under the identity key.
#[derive(Clone, Debug)]
pub struct Published {
    /// The size that it covers.
    pub size: u64,
    /// The note, as strangers get it.
    pub note: SignedNote,
}

/// One ledger, as its readers see it.
pub(crate) struct LedgerState {
    pub(crate) id: LedgerId,
    pub(crate) descriptor: Descriptor,
    /// The key to pin.
    pub(crate) verifier_key: VerifierKey,
    index_key: IndexKey,
    committed: RwLock<Committed>,
    committed_size: watch::Sender<u64>,
    published: RwLock<Option<Arc<Published>>>,
    published_size: watch::Sender<u64>,
    state: RwLock<(Availability, String)>,
    keys: RwLock<KeyState>,
    /// Its data keys, together.
    pub(crate) key_register: KeyRegister,
    /// Those of them that no record names.
    pub(crate) unused_keys: UnusedKeys,
    /// The answers that hold opened content.
    pub(crate) opened: OpenedAnswers,
    /// The settings in force, as bits.
    switches: AtomicU8,
    proven_tiles: Arc<ProvenTiles>,
    /// The tree in memory is one that was signed.
    signed_tree: AtomicBool,
    /// Something of it was found damaged.
    suspect: AtomicBool,
    /// What the start could not see.
    pub(crate) doubts: Doubts,
    /// The descriptor as the catalogue has it: wrapped keys and lifecycle change, all else is `descriptor`.
    stored: Mutex<Descriptor>,
    rotating: Mutex<()>,
    /// Records below it are in the stored index.
    pub(crate) indexed: AtomicU64,
    /// How far its projections' states reach.
    pub(crate) projected: Progress,
    /// The index is wanted up to here without delay.
    index_by: AtomicU64,
    /// The index can't go on.
    index_given_up: AtomicBool,
    /// What waits for this ledger, and from whom.
    pub(crate) shares: Shares,
    pub(crate) scrubbed: ScrubbedCell,
    pub(crate) governed: Governed,
    pub(crate) shelf: ShelfCell,
}

impl LedgerState {
    pub(crate) fn new(
        id: LedgerId,
        descriptor: Descriptor,
        verifier_key: VerifierKey,
        index_key: IndexKey,
        committed: Committed,
        proven_tiles: Arc<ProvenTiles>,
    ) -> Self {
        let size = committed.head.size;
        let keys = RwLock::new(KeyState::new(verifier_key.clone()));
        let switches = Switches::of(&ledger_settings::of_descriptor(&descriptor));
        let wants_seal = descriptor.seals_data_keys();
        Self {
            id,
            key_register: KeyRegister::new(wants_seal),
            unused_keys: UnusedKeys::default(),
            opened: OpenedAnswers::default(),
            stored: Mutex::new(descriptor.clone()),
            descriptor,
            verifier_key,
            index_key,
            committed: RwLock::new(committed),
            committed_size: watch::Sender::new(size),
            published: RwLock::new(None),
            published_size: watch::Sender::new(0),
            state: RwLock::new((Availability::Open, String::new())),
            keys,
            switches: AtomicU8::new(switches.to_bits()),
            proven_tiles,
            // A tree that begins here grows only by what this process signs.
            signed_tree: AtomicBool::new(size == 0),
            suspect: AtomicBool::new(false),
            doubts: Doubts::default(),
            rotating: Mutex::default(),
            index_by: AtomicU64::new(0),
            indexed: AtomicU64::new(0),
            projected: Progress::behind(size),
            index_given_up: AtomicBool::new(false),
            shares: Shares::default(),
            scrubbed: ScrubbedCell::default(),
            governed: Governed::default(),
            shelf: ShelfCell::default(),
        }
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.descriptor.origin
    }

    /// Whether it is the store's own.
    pub(crate) fn is_system(&self) -> bool {
        self.descriptor.name.is_system()
    }

    pub(crate) fn id_hash(&self, source: &str, id: &str) -> Result<IdentityTag, KeysAway> {
        Ok(self.hasher()?.id(source, id))
    }

    pub(crate) fn term(&self, attribute: Attribute, value: &[u8]) -> Result<IndexTerm, KeysAway> {
        Ok(self.hasher()?.term(attribute, value))
    }

    pub(crate) fn subject_tag(&self, data_subject: &str) -> Result<SubjectTag, KeysAway> {
        Ok(self.hasher()?.subject(data_subject))
    }

    /// What hides identities and values, unless the keys are away.
    pub(crate) fn hasher(&self) -> Result<&IndexHasher, KeysAway> {
        self.index_key.hasher()
    }

    /// What vouches for its data keys, unless the keys are away.
    pub(crate) fn binder(&self) -> Result<&KeyBinder, KeysAway> {
        Ok(self.hasher()?.binder())
    }

    /// Puts in the index key that was away. The caller has checked the ledger's records against it.
    pub(crate) fn open_index_key(&self, hasher: IndexHasher) {
        self.index_key.open(hasher);
    }

    /// Its descriptor as the catalogue has it. A caller that changes it holds the guard from reading to writing.
    pub(crate) fn stored(&self) -> MutexGuard<'_, Descriptor> {
        self.stored
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What its key events say of its keys, those on their way to the disk included.
    pub(crate) fn keys(&self) -> RwLockReadGuard<'_, KeyState> {
        read(&self.keys)
    }

    /// Takes in key events. Only the writer calls it, and recovery before there is one.
    pub(crate) fn change_keys<T>(&self, change: impl FnOnce(&mut KeyState) -> T) -> T {
        let mut keys = write(&self.keys);
        let changed = change(&mut keys);
        if let Some(settings) = keys.settings() {
            let switches = Switches::of(settings);
            self.switches.store(switches.to_bits(), Ordering::Release);
        }
        changed
    }

    /// The settings in force: the chain's, or the descriptor's as long as the chain says nothing.
    pub(crate) fn settings(&self) -> Settings {
        let keys = self.keys();
        let settings = keys.settings().cloned();
        settings.unwrap_or_else(|| ledger_settings::of_descriptor(&self.descriptor))
    }

    fn switches(&self) -> Switches {
        Switches::from_bits(self.switches.load(Ordering::Acquire))
    }

    /// Whether every event is sealed, or only those that name a data subject.
    pub(crate) fn encrypts_all(&self) -> bool {
        self.switches().encrypts_all
    }

    /// Whether opening what is sealed is recorded in the ledger itself.
    pub(crate) fn keeps_trail(&self) -> bool {
        self.switches().access_trail
    }

    /// Whether events that break the conventions of their type are refused.
    pub(crate) fn checks_events(&self) -> bool {
        self.switches().checks_events
    }

    /// Whether a trail was kept at a record. What came before all settings is held to the first ones: they say what was
    /// in force when they were recorded.
    pub(crate) fn kept_trail_at(&self, sequence: u64) -> bool {
        let keys = self.keys();
        let first = keys.first_settings().map_or(0, |first| first + 1);
        match keys.settings_at(sequence.max(first)) {
            Some(settings) => settings.access_trail,
            None => self.descriptor.access_trail,
        }
    }

    /// How the descriptor differs from what the chain says; none if it does not. The chain decides.
    pub(crate) fn descriptor_differs(&self) -> Option<String> {
        let keys = self.keys();
        ledger_settings::difference(&self.descriptor, keys.settings()?)
    }

    /// What is durable, for as long as the guard lives. Hold it briefly: the committer waits for it.
    pub(crate) fn committed(&self) -> RwLockReadGuard<'_, Committed> {
        read(&self.committed)
    }

    /// Tiles that were proven, of all ledgers.
    pub(crate) fn proven_tiles(&self) -> &ProvenTiles {
        &self.proven_tiles
    }

    /// Whether the tree in memory is one that was signed, so that it can vouch for records.
    pub(crate) fn has_signed_tree(&self) -> bool {
        self.signed_tree.load(Ordering::Acquire)
    }

    /// Notes that a signature covers the tree in memory. Only recovery calls it.
    pub(crate) fn trust_tree(&self) {
        self.signed_tree.store(true, Ordering::Release);
    }

    /// Whether something of it was found damaged. What is read then is marked where it can't be verified, so that what
    /// is sound can still be read.
    pub(crate) fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Acquire)
    }

    /// Notes that something of it was found damaged. True the first time.
    pub(crate) fn suspect(&self) -> bool {
        !self.suspect.swap(true, Ordering::AcqRel)
    }

    /// The durable size.
    pub(crate) fn size(&self) -> u64 {
        *self.committed_size.borrow()
    }

    /// Moves what is durable. Only the committer calls it, and recovery before there is one.
    pub(crate) fn advance(&self, change: impl FnOnce(&mut Committed)) {
        let mut committed = write(&self.committed);
        change(&mut committed);
        let size = committed.head.size;
        drop(committed);
        self.committed_size.send_replace(size);
    }

    /// Tells of every new durable size.
    pub(crate) fn watch_committed(&self) -> watch::Receiver<u64> {
        self.committed_size.subscribe()
    }

    /// The newest checkpoint under the identity key.
    pub(crate) fn published(&self) -> Option<Arc<Published>> {
        read(&self.published).clone()
    }

    /// Replaces the published checkpoint, unless a larger one is there.
    pub(crate) fn publish(&self, published: Published) {
        let size = published.size;
        let mut current = write(&self.published);
        if current.as_ref().is_none_or(|current| current.size <= size) {
            *current = Some(Arc::new(published));
            drop(current);
            self.published_size.send_replace(size);
        }
    }

    /// Tells of every new published size.
    pub(crate) fn watch_published(&self) -> watch::Receiver<u64> {
        self.published_size.subscribe()
    }

    /// Whether it takes appends, and if not, why.
    pub(crate) fn state(&self) -> (Availability, String) {
        read(&self.state).clone()
    }

    /// Whether what is stored is not what was acknowledged.
    pub(crate) fn is_quarantined(&self) -> bool {
        read(&self.state).0 == Availability::Quarantined
    }

    /// Changes the state. Quarantine and closure last; a stop lasts until the restart, for the reason that was given last.
    pub(crate) fn set_state(&self, state: Availability, reason: impl Into<String>) {
        use Availability::{Closed, Quarantined, Stopped};
        let mut current = write(&self.state);
        let lasts = matches!(current.0, Quarantined | Closed | Stopped);
        if !lasts || state == Closed || (current.0 == Stopped && state == Stopped) {
            *current = (state, reason.into());
        }
    }

    /// Lets one rotation of the ledger's data key, or one change of its settings, happen at a time.
    pub(crate) fn rotating(&self) -> MutexGuard<'_, ()> {
        self.rotating
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Asks for the index to reach a size without waiting for more to come.
    pub(crate) fn want_index(&self, size: u64) {
        self.index_by.fetch_max(size, Ordering::AcqRel);
    }

    /// Whether somebody waits for the index.
    pub(crate) fn index_is_wanted(&self) -> bool {
        self.indexed.load(Ordering::Acquire) < self.index_by.load(Ordering::Acquire)
    }

    /// Notes that the index can't go on: a record that it needs can't be read.
    pub(crate) fn give_up_index(&self) {
        self.index_given_up.store(true, Ordering::Release);
    }

    /// Whether the index can't go on.
    pub(crate) fn index_is_given_up(&self) -> bool {
        self.index_given_up.load(Ordering::Acquire)
    }

    /// How many durable records the stored index does not cover yet.
    pub(crate) fn index_lag(&self) -> u64 {
        self.size()
            .saturating_sub(self.indexed.load(Ordering::Acquire))
    }
}

// A poisoned lock means that a thread panicked while it held plain values; they are still whole, since
// every change is one assignment.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
