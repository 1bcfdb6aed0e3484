//! All bindings, compiled so that a decision looks at a caller's names and no others.

mod holder;

use hashbrown::HashTable;

use crate::{
    action::{Action, ActionSet},
    binding::Binding,
    caller::Caller,
    hash::Hash,
    principal::Principal,
    role::Role,
};
pub(crate) use holder::Held;
use holder::Holder;

/// Whether what can't be undone takes two people.
///
/// It does from the moment that the configuration binds an approver, or that somebody who administers the store makes one by
/// a token, and no table without one ends that: whoever makes a table says whether it was in force before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DualControl {
    /// It never did.
    NeverInForce,
    /// It does, since some time.
    InForce,
}

fn hash(holder: &Holder) -> u64 {
    Hash::NEW.with(holder.name().as_bytes()).finish()
}

/// Who may do what.
#[derive(Debug)]
pub struct Table {
    holders: HashTable<Holder>,
    /// By holder, so that each has a run of them.
    bindings: Vec<Binding>,
    dual_control: DualControl,
}

impl Table {
    /// The table of the bindings of a configuration. `before` says whether what can't be undone took two people already.
    pub fn new(bindings: Vec<Binding>, before: DualControl) -> Self {
        Self::with_tokens(bindings, Vec::new(), before)
    }

    /// The same with what tokens give. An approver among these does not put two people in force: who made it may administer
    /// one ledger and no other. Whoever makes a token says so by `before`, if its maker administers the store.
    pub fn with_tokens(
        mut bindings: Vec<Binding>,
        of_tokens: Vec<Binding>,
        before: DualControl,
    ) -> Self {
        let has_approver = bindings.iter().any(|bound| bound.role == Role::Approver);
        bindings.extend(of_tokens);
        bindings.sort_by(|one, other| one.principal.cmp(&other.principal));
        let mut holders = HashTable::new();
        let mut first = 0;
        for run in bindings.chunk_by(|one, other| one.principal == other.principal) {
            let holder = Holder::new(run, first);
            first += run.len();
            holders.insert_unique(hash(&holder), holder, hash);
        }
        Self {
            holders,
            dual_control: match has_approver {
                true => DualControl::InForce,
                false => before,
            },
            bindings,
        }
    }

    /// Whether what can't be undone takes two people.
    pub fn dual_control(&self) -> DualControl {
        self.dual_control
    }

    /// All bindings, ordered by principal.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// Whether an action takes a second person here.
    pub(crate) fn takes_two(&self, action: Action) -> bool {
        action.takes_two() && self.dual_control == DualControl::InForce
    }

    /// What each of a caller's names and groups holds, of those that hold anything.
    pub(crate) fn holders<'a>(&'a self, caller: &'a Caller) -> impl Iterator<Item = &'a Holder> {
        caller.known().iter().filter_map(|known| {
            let name = known.principal.as_str();
            self.holders
                .find(known.hash, |holder| holder.name() == name)
        })
    }

    /// The bindings of a caller's names and groups.
    pub(crate) fn bindings_of<'a>(
        &'a self,
        caller: &'a Caller,
    ) -> impl Iterator<Item = &'a Binding> {
        self.holders(caller)
            .flat_map(|holder| &self.bindings[holder.bindings()])
    }

    /// What a caller may do in some place.
    pub(crate) fn anywhere(&self, caller: &Caller) -> ActionSet {
        let held = self.holders(caller).map(Holder::anywhere);
        held.fold(ActionSet::EMPTY, ActionSet::and)
    }

    /// Those who have a role, each once, with the bindings that say so.
    pub(crate) fn with_role(&self, role: Role) -> impl Iterator<Item = (&Principal, &Binding)> {
        let bound = self.bindings.iter().filter(move |bound| bound.role == role);
        bound.map(|bound| (&bound.principal, bound))
    }
}
