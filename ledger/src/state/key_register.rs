//! Where a ledger's data keys stand in memory: whether they are sealed together, and as what. Whoever changes them holds
//! the register from reading to writing, so the seal in the store is always over all of them.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::state::key_binding::KeySet;

/// No seal is in force.
const UNSEALED: u64 = u64::MAX;

/// The register of one ledger.
pub(crate) struct KeyRegister {
    /// Whether the ledger's index key says that its data keys are sealed.
    wants_seal: AtomicBool,
    set: Mutex<Sealed>,
    /// How often the keys had changed in what is durable.
    changes: AtomicU64,
    /// Lists of subjects that were not what the keys say.
    rebuilt: AtomicU64,
}

/// What the seal is over.
#[derive(Clone, Copy, Default)]
struct Sealed {
    /// The keys that are known to be sealed; none if they are not.
    set: Option<KeySet>,
    /// What a write would have sealed of which nobody knows whether it is durable: the store failed.
    attempted: Option<KeySet>,
}

/// The right to change a ledger's data keys.
pub(crate) struct KeyTurn<'a> {
    register: &'a KeyRegister,
    set: MutexGuard<'a, Sealed>,
}

impl KeyRegister {
    pub(crate) fn new(wants_seal: bool) -> Self {
        Self {
            wants_seal: AtomicBool::new(wants_seal),
            set: Mutex::default(),
            changes: AtomicU64::new(UNSEALED),
            rebuilt: AtomicU64::new(0),
        }
    }

    /// Notes that lists of subjects had to be made again.
    pub(crate) fn lists_rebuilt(&self, lists: u64) {
        self.rebuilt.fetch_add(lists, Ordering::AcqRel);
    }

    /// How many lists of subjects had to be made again since the start.
    pub(crate) fn rebuilt_lists(&self) -> u64 {
        self.rebuilt.load(Ordering::Acquire)
    }

    /// Whether nothing may be believed of a data key but what a MAC vouches for.
    pub(crate) fn wants_seal(&self) -> bool {
        self.wants_seal.load(Ordering::Acquire)
    }

    /// Whether the keys were held against their seal, and agreed.
    pub(crate) fn is_sealed(&self) -> bool {
        self.changes().is_some()
    }

    /// How often the keys had changed, as of what is durable; none if no seal is in force.
    pub(crate) fn changes(&self) -> Option<u64> {
        let changes = self.changes.load(Ordering::Acquire);
        (changes != UNSEALED).then_some(changes)
    }

    /// Waits for the turn to change the keys.
    pub(crate) fn turn(&self) -> KeyTurn<'_> {
        KeyTurn {
            register: self,
            set: self.set.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl KeyTurn<'_> {
    /// The keys as they are sealed; none if they are not.
    pub(crate) fn set(&self) -> Option<KeySet> {
        self.set.set
    }

    /// What a write would have sealed of which it is not known whether it did.
    pub(crate) fn attempted(&self) -> Option<KeySet> {
        self.set.attempted
    }

    /// Notes, before it is written, what is to be sealed.
    pub(crate) fn attempts(&mut self, set: KeySet) {
        self.set.attempted = Some(set);
    }

    /// The write that was attempted did nothing.
    pub(crate) fn attempted_in_vain(&mut self) {
        self.set.attempted = None;
    }

    /// Notes what is sealed and durable now.
    pub(crate) fn sealed(&mut self, set: KeySet) {
        *self.set = Sealed {
            set: Some(set),
            attempted: None,
        };
        self.register.changes.store(set.changes, Ordering::Release);
        self.register.wants_seal.store(true, Ordering::Release);
    }
}
