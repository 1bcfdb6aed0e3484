//! The decision.

use crate::{
    action::{Action, ActionSet, Bound, ON_LEDGERS_OF_THE_STORE},
    caller::Caller,
    principal::Principal,
    reach::is_of_the_store,
    table::{Held, Table},
};

/// What a call acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// The store as a whole.
    Store,
    /// The ledger of this name or origin, as the call gives it. It need not exist.
    Ledger(&'a str),
}

/// Whether a caller may do what it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may, in this way.
    Granted(Grant),
    /// It may not. There is one such value, since a refusal must not tell a ledger that is somebody else's from one that
    /// does not exist.
    Denied,
}

/// In which way a caller may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Whether a second person must approve it first.
    pub needs_approval: bool,
    /// Of which sources events may be appended, if it is about that.
    pub sources: SourceRule,
}

/// Of which sources a caller may append events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceRule {
    /// Of all.
    Every,
    /// Of some: [`Table::decide_source`] must be asked about each event.
    Some,
}

impl Grant {
    /// Without a condition.
    pub(crate) const fn plain() -> Self {
        Self {
            needs_approval: false,
            sources: SourceRule::Every,
        }
    }
}

impl Decision {
    /// Whether it may.
    pub fn is_granted(self) -> bool {
        matches!(self, Self::Granted(_))
    }
}

impl Table {
    /// Whether a caller may do an action. It looks at nothing but the bindings: not at whether the ledger exists.
    ///
    /// An action that is asked about a place of another kind than its own is denied.
    pub fn decide(&self, caller: &Caller, action: Action, scope: Scope<'_>) -> Decision {
        let granted = match (action.bound(), scope) {
            (Bound::Anywhere, _) => self.anywhere(caller).has(action),
            (Bound::Ledger | Bound::Either, Scope::Ledger(ledger)) => {
                return self.decide_on_ledger(caller, action, ledger_name(ledger));
            }
            (Bound::Store | Bound::Either, Scope::Store) => self
                .holders(caller)
                .any(|holder| holder.on_the_store().actions.has(action)),
            (Bound::Ledger, Scope::Store) | (Bound::Store, Scope::Ledger(_)) => false,
        };
        match granted {
            true => self.granted(action, SourceRule::Every),
            false => Decision::Denied,
        }
    }

    /// Whether a caller may do an action on every ledger of clients, whatever ledgers there are. Several bindings that happen
    /// to cover all of them are not that: they don't cover the next one.
    pub fn covers_every_ledger(&self, caller: &Caller, action: Action) -> bool {
        let covers = |held: &Held| held.actions.has(action);
        self.holders(caller).any(|holder| {
            let (store, all) = (holder.on_the_store(), holder.on_every_ledger());
            covers(store) || all.is_some_and(covers)
        })
    }

    /// The names and groups of people that are bound to an action on a ledger. A token is nobody's name, and neither is
    /// whoever is on the machine.
    pub fn people_bound_to<'a>(
        &'a self,
        action: Action,
        ledger: &'a str,
    ) -> impl Iterator<Item = &'a Principal> {
        let name = ledger_name(ledger);
        let bound = self.bindings().iter().filter(move |bound| {
            bound.role.actions().has(action)
                && bound.reach.covers_ledger(name)
                && bound.principal.may_be_a_person()
        });
        bound.map(|bound| &bound.principal)
    }

    fn decide_on_ledger(&self, caller: &Caller, action: Action, name: &str) -> Decision {
        if !may_be_done_on(name).has(action) {
            return Decision::Denied;
        }
        let mut of_some_sources = false;
        for held in self.held_on(caller, name) {
            if held.actions.has(action) {
                return self.granted(action, SourceRule::Every);
            }
            of_some_sources |= action == Action::Append && !held.sources.is_empty();
        }
        match of_some_sources {
            true => self.granted(action, SourceRule::Some),
            false => Decision::Denied,
        }
    }

    /// Whether a caller may append an event of this source.
    pub fn decide_source(&self, caller: &Caller, ledger: &str, source: &str) -> Decision {
        let name = ledger_name(ledger);
        let covers = |held: &Held| {
            held.actions.has(Action::Append) || held.sources.iter().any(|own| own.covers(source))
        };
        let granted =
            may_be_done_on(name).has(Action::Append) && self.held_on(caller, name).any(covers);
        match granted {
            true => self.granted(Action::Append, SourceRule::Every),
            false => Decision::Denied,
        }
    }

    /// What a caller may do on a ledger, for showing it. Appending is among it, if only for some sources.
    pub fn actions_on(&self, caller: &Caller, ledger: &str) -> ActionSet {
        let name = ledger_name(ledger);
        let mut actions = ActionSet::EMPTY;
        for held in self.held_on(caller, name) {
            actions = actions.and(held.actions);
            if !held.sources.is_empty() {
                actions = actions.and(ActionSet::of(&[Action::Append]));
            }
        }
        actions.within(may_be_done_on(name))
    }

    fn held_on<'a>(&'a self, caller: &'a Caller, name: &'a str) -> impl Iterator<Item = &'a Held> {
        self.holders(caller)
            .flat_map(move |holder| holder.on_ledger(name).chain([holder.on_the_store()]))
    }

    fn granted(&self, action: Action, sources: SourceRule) -> Decision {
        Decision::Granted(Grant {
            needs_approval: self.takes_two(action),
            sources,
        })
    }
}

/// Whether anybody can do an action in a place at all.
pub(crate) fn can_be_done(action: Action, scope: Scope<'_>) -> bool {
    match (action.bound(), scope) {
        (Bound::Anywhere, _) | (Bound::Store | Bound::Either, Scope::Store) => true,
        (Bound::Ledger | Bound::Either, Scope::Ledger(ledger)) => {
            may_be_done_on(ledger_name(ledger)).has(action)
        }
        (Bound::Ledger, Scope::Store) | (Bound::Store, Scope::Ledger(_)) => false,
    }
}

/// What anybody can do on a ledger at all.
fn may_be_done_on(name: &str) -> ActionSet {
    match is_of_the_store(name) {
        true => ON_LEDGERS_OF_THE_STORE,
        false => ActionSet::of(Action::ALL),
    }
}

/// The end of the store's own ledger's origin, before the suffix: its name, and a fixed segment.
const SYSTEM: (&str, &str) = ("_system", "log");

/// The name of a ledger that a call gives by its name or its origin, which is `<prefix>/<name>/<suffix>`; that of the
/// store's own ledger is `<prefix>/_system/log/<suffix>`.
///
/// It is taken from the text alone. A text that is no origin has a name, too, and leads to no ledger afterwards.
pub fn ledger_name(text: &str) -> &str {
    let Some((rest, _suffix)) = text.rsplit_once('/') else {
        return text;
    };
    let (prefix, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    let last = prefix.rsplit('/').next().unwrap_or(prefix);
    match (last, name) == SYSTEM {
        true => last,
        false => name,
    }
}

#[cfg(test)]
mod tests;
