//! What callers' tasks see of a ledger's policies: the documents, and the bindings with their policies compiled. The writer
//! changes it where it links a record of them, and a fold where a ledger is opened; nobody else does.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use indelible_governance::{
    digest::Digest,
    evaluate::Bound,
    policy::binding::Binding,
    record::{Entry, PolicyRegistered},
};

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
}

/// What is registered and bound.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The bytes of every document, by their digest.
    pub documents: BTreeMap<Digest, Bytes>,
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
    /// The compiled policies of a binding.
    Bound(Box<Bound>),
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
            }
            (Some(Entry::Binding(binding)), Brought::Bound(mut bound)) => {
                bound.sequence = sequence;
                let name = binding.name.clone();
                let in_force = BindingInForce {
                    binding: binding.clone(),
                    bound: *bound,
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
