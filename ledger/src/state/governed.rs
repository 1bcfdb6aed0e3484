//! What callers' tasks see of a ledger's policies: the documents, and the bindings with their policies compiled. The writer
//! changes it where it links a record of them, and a fold where a ledger is opened; nobody else does.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use indelible_governance::{
    digest::Digest,
    evaluate::Bound,
    policy::binding::Binding,
    record::{Entry, PolicyRegistered},
};
use tokio::sync::watch;

use crate::state::{limits::WAITING_DECISIONS_MAX, refusals::Refusals};

/// A policy that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredPolicy {
    /// The sequence number of its record.
    pub sequence: u64,
    /// What the record says.
    pub policy: PolicyRegistered,
}

/// A binding that is in force, with its policies compiled.
#[derive(Debug)]
pub struct BindingInForce {
    /// What the record says.
    pub binding: Binding,
    /// What requests are held against; its `sequence` is that of the record.
    pub bound: Bound,
    /// Who put it in force.
    pub by: String,
}

/// What is registered and bound.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The bytes of every document, by their digest.
    pub documents: BTreeMap<Digest, Bytes>,
    /// The record of each document.
    pub document_records: BTreeMap<Digest, u64>,
    /// The policies, by the digest that bindings name.
    pub policies: BTreeMap<Digest, RegisteredPolicy>,
    /// The bindings, by name.
    pub bindings: BTreeMap<String, Arc<BindingInForce>>,
}

/// What a record brings besides its entry.
#[derive(Debug)]
pub(crate) enum Brought {
    /// Nothing.
    Nothing,
    /// A document.
    Document(Digest, Bytes),
    /// The compiled policies of a binding, and who put it in force.
    Bound(Box<Bound>, String),
}

impl Rules {
    /// The binding that governs a request: of several the most specific.
    pub fn of(&self, agent: &str, principal: &str, act: &str) -> Option<&Arc<BindingInForce>> {
        let fits = |one: &&Arc<BindingInForce>| one.binding.target.fits(agent, principal, act);
        let fitting = self.bindings.values().filter(fits);
        fitting.max_by_key(|one| one.binding.target.rank())
    }

    /// Bytes of all documents.
    pub fn bytes(&self) -> usize {
        self.documents.values().map(Bytes::len).sum()
    }

    /// Takes in a record.
    pub(crate) fn take(&mut self, sequence: u64, entry: Option<&Entry>, brought: Brought) {
        match (entry, brought) {
            (_, Brought::Document(digest, bytes)) => {
                self.documents.insert(digest, bytes);
                self.document_records.insert(digest, sequence);
            }
            (Some(Entry::Binding(binding)), Brought::Bound(mut bound, by)) => {
                bound.sequence = sequence;
                let name = binding.name.clone();
                let in_force = BindingInForce {
                    binding: binding.clone(),
                    bound: *bound,
                    by,
                };
                self.bindings.insert(name, Arc::new(in_force));
            }
            (Some(Entry::Policy(policy)), _) => {
                let policy = policy.clone();
                self.policies
                    .insert(policy.digest, RegisteredPolicy { sequence, policy });
            }
            _ => {}
        }
    }
}

/// A ledger's policies, and whether its state is with the writer.
#[derive(Debug, Default)]
pub(crate) struct Governed {
    rules: RwLock<Arc<Rules>>,
    is_folded: AtomicBool,
    /// Whoever folds holds it: one is enough.
    folding: Mutex<()>,
    /// How often something was recorded that whoever waits for an approval must see.
    answers: watch::Sender<u64>,
    /// How many decisions wait for an approval.
    waiting: AtomicUsize,
    /// Records that moved the state since it was recorded last.
    since_state: AtomicU64,
    /// The first record that the last fold read.
    folded_from: AtomicU64,
    /// Calls that came to nothing, until they are on record.
    pub(crate) refusals: Refusals,
    /// When it was last tried to record it.
    state_tried: Mutex<Option<Duration>>,
}

/// A decision that waits for an approval, until it is dropped.
pub(crate) struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Governed {
    /// What is registered and bound, as far as it is linked.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&rules)
    }

    /// Takes in a record that is linked.
    pub(crate) fn take(&self, sequence: u64, entry: Option<&Entry>, brought: Brought) {
        let changes = matches!(entry, Some(Entry::Policy(_) | Entry::Binding(_)))
            || matches!(brought, Brought::Document(..));
        if changes {
            let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut rules).take(sequence, entry, brought);
        }
    }

    /// Tells those who wait for approvals of a record that is linked, if they must look again.
    pub(crate) fn tell(&self, entry: Option<&Entry>) {
        match entry {
            Some(Entry::Snapshot { .. }) => self.set_since_state(0),
            Some(_) => {
                self.since_state.fetch_add(1, Ordering::AcqRel);
            }
            None => {}
        }
        let is_told = matches!(
            entry,
            Some(
                Entry::ApprovalAnswered { .. }
                    | Entry::ApprovalExpired { .. }
                    | Entry::Halted { .. }
                    | Entry::Binding(_)
            )
        );
        if is_told {
            self.answers.send_modify(|count| *count += 1);
        }
    }

    /// What changes where whoever waits for an approval must look again.
    pub(crate) fn answers(&self) -> watch::Receiver<u64> {
        self.answers.subscribe()
    }

    /// Takes a place among those who wait, unless all are taken.
    pub(crate) fn wait(&self) -> Option<Waiting<'_>> {
        let taken = Waiting(&self.waiting);
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        (before < WAITING_DECISIONS_MAX).then_some(taken)
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// How many records moved the state since it was recorded last.
    pub(crate) fn since_state(&self) -> u64 {
        self.since_state.load(Ordering::Acquire)
    }

    /// The first record that the last fold read.
    #[cfg(test)]
    pub(crate) fn folded_from(&self) -> u64 {
        self.folded_from.load(Ordering::Acquire)
    }

    /// Says which that was.
    pub(crate) fn set_folded_from(&self, from: u64) {
        self.folded_from.store(from, Ordering::Release);
    }

    /// Says how many that are.
    pub(crate) fn set_since_state(&self, records: u64) {
        self.since_state.store(records, Ordering::Release);
    }

    /// Whether the state may be recorded again now; then that counts as tried.
    pub(crate) fn begin_state(&self, now: Duration, every: Duration) -> bool {
        let tried = self.state_tried.lock();
        let mut tried = tried.unwrap_or_else(PoisonError::into_inner);
        let may = tried.is_none_or(|tried| now.saturating_sub(tried) >= every);
        if may {
            *tried = Some(now);
        }
        may
    }

    /// Puts in what a fold found.
    pub(crate) fn put(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Whether the writer has the state.
    pub(crate) fn is_folded(&self) -> bool {
        self.is_folded.load(Ordering::Acquire)
    }

    /// Says whether the writer has it.
    pub(crate) fn set_folded(&self, is_folded: bool) {
        self.is_folded.store(is_folded, Ordering::Release);
    }

    /// Lets one fold at a time.
    pub(crate) fn folding(&self) -> MutexGuard<'_, ()> {
        self.folding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
